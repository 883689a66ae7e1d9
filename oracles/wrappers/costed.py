"""Another price for the same answers."""

from discovery.errors import BudgetError
from discovery.protocols import Oracle
from discovery.types import Candidate
from oracles.price import checked_price
from oracles.wrappers.wrapper import Wrapper


class CostedOracle(Wrapper):
    """Announces ``price + per_site * sites ** exponent`` and answers as the oracle it asks.

    Sites are those of the structure, atoms of the cell where only the cell is known, and none where
    neither is. An exponent of 3 is the textbook scaling of plane-wave DFT.

    Args:
        oracle: The oracle that is asked; its own price is not used.
        price: Cost of any query in budget units.
        per_site: Cost of the first site in budget units.
        exponent: How the cost grows with the number of sites.

    Raises:
        BudgetError: A price is no price, or the exponent is negative.
    """

    def __init__(
        self, *, oracle: Oracle, price: float, per_site: float = 0.0, exponent: float = 1.0
    ) -> None:
        super().__init__(oracle)
        self._price, self._per_site = checked_price(price), checked_price(per_site)
        if not exponent >= 0:
            raise BudgetError(f"costs grow with the number of sites, not as sites ** {exponent}")
        self._exponent = exponent

    def cost(self, candidate: Candidate) -> float:
        """Return the price of one query in budget units."""
        sites = _sites(candidate)
        return checked_price(
            self._price + self._per_site * sites**self._exponent if sites else self._price
        )


def _sites(candidate: Candidate) -> float:
    if candidate.structure is not None:
        return len(candidate.structure.sites)
    return (candidate.z or 0) * sum(amount for _, amount in candidate.composition)
