"""What all oracles that compute on a crystal structure share: price, refusals, one by one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.packing import check_packing
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.types import Candidate, Estimate, Outcome, Refusal
from oracles.price import checked_price

Result = TypeVar("Result")


class CrystalOracle(ABC):
    """Computes one number from the structure of a lithium compound; may draw.

    Refused, each with its reason: no structure, more than ``max_sites`` sites, no Li, nothing more
    electronegative than Li, atoms that overlap or are packed as in no
    crystal (:func:`discovery.chemistry.packing.check_packing`), and whatever the calculation cannot
    use (no neutral oxidation states, an element without parameters).

    Args:
        price: Cost of one query in budget units.
        max_sites: Largest structure that is worked on.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: ``max_sites`` is not positive.
    """

    version: str
    property: str
    unit: str

    def __init__(self, *, price: float, max_sites: int) -> None:
        self._price = checked_price(price)
        if max_sites < 1:
            raise InvalidInputError(f"max_sites must be 1 or more, not {max_sites}")
        self._max_sites = max_sites

    def cost(self, candidate: Candidate) -> float:  # noqa: ARG002 - the same for all
        """Return the price of one query in budget units."""
        return self._price

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return an estimate or a refusal per candidate, in order.

        What is drawn depends on the seed and the candidate, not on its company.
        """
        return [self.attempt(self.evaluate, candidate, seed) for candidate in candidates]

    @abstractmethod
    def evaluate(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the value for a lithium compound.

        Args:
            crystal: Its structure, ordered or not.
            seed: Of this candidate in this call.

        Raises:
            InvalidInputError: The calculation does not apply; the message is the reason.
        """

    def attempt(
        self, work: Callable[[Crystal, int], Result], candidate: Candidate, seed: int
    ) -> Result | Refusal:
        """Return what some work on the structure of a candidate gives, or why there is nothing.

        Args:
            work: Takes the crystal and the seed of this candidate.
            candidate: One of those asked for.
            seed: Of the call.
        """
        crystal = candidate.structure
        if crystal is None:
            return Refusal("no structure: only the composition is known")
        try:
            self._check(crystal)
            return work(crystal, derive(seed, candidate.id))
        except InvalidInputError as error:
            return Refusal(str(error))

    def _check(self, crystal: Crystal) -> None:
        if len(crystal.sites) > self._max_sites:
            raise InvalidInputError(
                f"{len(crystal.sites)} sites are more than max_sites = {self._max_sites}"
            )
        elements = crystal.composition
        if "Li" not in elements:
            raise InvalidInputError(f"no Li in the structure, only {', '.join(elements)}")
        if max(elements, key=electronegativity) == "Li":
            raise InvalidInputError(
                f"no anion: nothing in {', '.join(elements)} is more electronegative than Li"
            )
        check_packing(crystal)


class StructuralOracle(CrystalOracle):
    """Computes one deterministic number from the structure: the seed changes nothing.

    Args:
        price: Cost of one query in budget units.
        max_sites: Largest structure that is worked on.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: ``max_sites`` is not positive.
    """

    def evaluate(self, crystal: Crystal, seed: int) -> Estimate:  # noqa: ARG002 - nothing is drawn
        """Return the value for a lithium compound.

        Raises:
            InvalidInputError: See :meth:`estimate`.
        """
        return self.estimate(crystal)

    @abstractmethod
    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the value for a lithium compound.

        Raises:
            InvalidInputError: The calculation does not apply; the message is the reason.
        """


def disorder_treatment(crystal: Crystal) -> str:
    """Return how disorder enters a value: ``none`` is there, or the ``mean-field`` of all sites."""
    return "none" if crystal.is_ordered else "mean-field"
