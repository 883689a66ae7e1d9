"""What all oracles that need every site filled or empty share: they average over orderings."""

import math
import statistics
from abc import abstractmethod
from collections.abc import Sequence

from discovery.chemistry.ordering import REVISION, representatives
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.types import Detail, Estimate
from oracles.structural import CrystalOracle


class OrderedOracle(CrystalOracle):
    """Averages a number over ordered representatives of a crystal.

    An ordered crystal represents itself. Of a disordered one, ``representatives`` ordered, neutral
    cells are drawn (:func:`discovery.chemistry.ordering.representatives`). The value is the mean
    over them; the standard error joins, in quadrature, their standard deviation / sqrt(n) and the
    standard error of the mean of what the calculation itself is unsure of.

    Details beside the calculation's own (numbers averaged, others kept where all agree):
    ``disorder`` (``none`` or ``representatives``), ``representatives`` (how many) and ``spread``
    (their standard deviation; absent for one). ``version``, which a subclass sets before this class
    is initialised, is joined by the revision of the ordering: other cells, other answers.

    Args:
        price: Cost of one query in budget units.
        max_sites: Largest structure that is worked on, sites as published.
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Largest ordered cell.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: A number is not positive.
    """

    def __init__(
        self, *, price: float, max_sites: int, representatives: int = 1, max_atoms: int = 200
    ) -> None:
        super().__init__(price=price, max_sites=max_sites)
        if representatives < 1:
            raise InvalidInputError(f"representatives must be 1 or more, not {representatives}")
        if max_atoms < 1:
            raise InvalidInputError(f"max_atoms must be 1 or more, not {max_atoms}")
        self.version = f"{self.version}+ordering.{REVISION}"
        self._representatives = representatives
        self._max_atoms = max_atoms

    def evaluate(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the mean over the representatives.

        Raises:
            InvalidInputError: The crystal cannot be ordered, or the calculation does not apply to
                one of its representatives.
        """
        return average(
            crystal,
            [
                self.estimate_ordered(cell, derive(seed, "representative", index))
                for index, cell in enumerate(self.cells(crystal, seed))
            ],
        )

    def cells(self, crystal: Crystal, seed: int) -> tuple[Crystal, ...]:
        """Return the representatives that the value is the mean over.

        Raises:
            InvalidInputError: The crystal cannot be ordered.
        """
        return representatives(
            crystal,
            count=self._representatives,
            seed=derive(seed, "ordering"),
            max_atoms=self._max_atoms,
        )

    @abstractmethod
    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the value for one ordered cell of a lithium compound.

        Raises:
            InvalidInputError: The calculation does not apply; the message is the reason.
        """


def average(crystal: Crystal, estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean of estimates for equally good representatives of one crystal."""
    count = len(estimates)
    common = _merge([dict(estimate.details) for estimate in estimates])
    common["disorder"] = "none" if crystal.is_ordered else "representatives"
    common["representatives"] = count
    values = [estimate.value for estimate in estimates]
    own = [estimate.standard_error for estimate in estimates if estimate.standard_error is not None]
    variances = [sum(error**2 for error in own) / count**2] if own else []
    if count > 1:
        spread = statistics.stdev(values)
        common["spread"] = spread
        variances.append(spread**2 / count)
    standard_error = math.sqrt(sum(variances)) if variances else None
    return Estimate(statistics.fmean(values), standard_error, common)


def _merge(all_details: Sequence[dict[str, Detail]]) -> dict[str, Detail]:
    merged: dict[str, Detail] = {}
    for key in all_details[0]:
        if not all(key in details for details in all_details):
            continue
        said = [details[key] for details in all_details]
        numbers = [x for x in said if isinstance(x, int | float) and not isinstance(x, bool)]
        if all(x == said[0] for x in said):
            merged[key] = said[0]
        elif len(numbers) == len(said):
            merged[key] = statistics.fmean(numbers)
    return merged
