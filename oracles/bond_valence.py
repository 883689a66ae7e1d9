"""How badly lithium is bonded: the mismatch of its bond valence sums."""

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.crystal import Crystal
from discovery.types import Estimate
from oracles.structural import StructuralOracle, disorder_treatment


class BondValenceOracle(StructuralOracle):
    """Mean over Li of | bond valence sum - 1 |, counting bonds to anions, in valence units.

    Parameters of O'Keeffe and Brese (see :mod:`discovery.chemistry.bond_valence`). Its standard
    deviation over the Li and the global instability index of the whole cell are in the details.
    The spread is a property of the crystal, not an error of the mean: no standard error.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures are refused.
    """

    version = "1"
    property = "li_bond_valence_mismatch"
    unit = "v.u."

    def __init__(self, *, price: float = 0.02, max_sites: int = 1000) -> None:
        super().__init__(price=price, max_sites=max_sites)

    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the mean mismatch, with its spread and the instability index in the details.

        Raises:
            InvalidInputError: See :func:`discovery.chemistry.bond_valence.valence_mismatch`.
        """
        mismatch = valence_mismatch(crystal)
        return Estimate(
            mismatch.mean,
            details={
                "std": mismatch.std,
                "global_instability_index": mismatch.instability,
                "disorder": disorder_treatment(crystal),
            },
        )
