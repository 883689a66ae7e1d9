"""How badly lithium is bonded: the mismatch of its bond valence sums."""

from discovery.chemistry.bond_parameters import PARAMETER_SETS, ParameterSet
from discovery.chemistry.bond_valence import valence_mismatch
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import Detail, Estimate
from oracles.structural import StructuralOracle, disorder_treatment


class BondValenceOracle(StructuralOracle):
    """Mean over Li of | bond valence sum - 1 |, counting bonds to anions, in valence units.

    Parameters are those of O'Keeffe and Brese or of softBV (see
    :mod:`discovery.chemistry.bond_parameters`); what a set does not list is refused. The standard
    deviation over the Li and the global instability index of the whole cell, where all of it has
    parameters, are in the details. The spread is a property of the crystal, not an error of the
    mean: no standard error.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures are refused.
        parameters: ``okeeffe_brese`` or ``softbv``.

    Raises:
        InvalidInputError: There is no such set of parameters.
    """

    version = "2"
    property = "li_bond_valence_mismatch"
    unit = "v.u."

    def __init__(
        self,
        *,
        price: float = 0.02,
        max_sites: int = 1000,
        parameters: ParameterSet = "okeeffe_brese",
    ) -> None:
        super().__init__(price=price, max_sites=max_sites)
        if parameters not in PARAMETER_SETS:
            raise InvalidInputError(
                f"parameters is one of {', '.join(PARAMETER_SETS)}, not {parameters!r}"
            )
        self._parameters: ParameterSet = parameters

    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the mean mismatch, with its spread and the instability index in the details.

        Raises:
            InvalidInputError: See :func:`discovery.chemistry.bond_valence.valence_mismatch`.
        """
        mismatch = valence_mismatch(crystal, parameters=self._parameters)
        details: dict[str, Detail] = {
            "std": mismatch.std,
            "global_instability_index": mismatch.instability,
            "parameters": self._parameters,
            "disorder": disorder_treatment(crystal),
        }
        return Estimate(mismatch.mean, details=details)
