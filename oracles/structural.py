"""What all oracles that compute on a crystal structure share: price, refusals, one by one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.neighbours import OVERLAP_DISTANCE, closest_contact
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import Candidate, Estimate, Outcome, Refusal
from oracles.price import checked_price


class StructuralOracle(ABC):
    """Computes one deterministic number from the structure of a lithium compound.

    Refused, each with its reason: no structure, more than ``max_sites`` sites, no Li, nothing more
    electronegative than Li, atoms nearer than 0.5 Angstrom, and whatever the calculation cannot
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

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:  # noqa: ARG002 - nothing is drawn
        """Return an estimate or a refusal per candidate, in order; the seed changes nothing."""
        return [self._answer(candidate) for candidate in candidates]

    @abstractmethod
    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the value for a lithium compound.

        Raises:
            InvalidInputError: The calculation does not apply; the message is the reason.
        """

    def _answer(self, candidate: Candidate) -> Outcome:
        crystal = candidate.structure
        if crystal is None:
            return Refusal("no structure: only the composition is known")
        try:
            self._check(crystal)
            return self.estimate(crystal)
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
        contact = closest_contact(crystal)
        if contact < OVERLAP_DISTANCE:
            raise InvalidInputError(
                f"two atoms overlap: {contact:.3f} A apart, where no bond is shorter than 0.7 A"
            )


def disorder_treatment(crystal: Crystal) -> str:
    """Return how disorder enters a value: ``none`` is there, or the ``mean-field`` of all sites."""
    return "none" if crystal.is_ordered else "mean-field"
