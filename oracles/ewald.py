"""How strongly lithium is held: its electrostatic energy."""

from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.crystal import Crystal
from discovery.types import Estimate
from oracles.structural import StructuralOracle, disorder_treatment


class EwaldOracle(StructuralOracle):
    """Mean electrostatic energy of Li between point charges, half of charge times potential, eV.

    Charges are oxidation states that balance the cell; the sum is Ewald's (see
    :mod:`discovery.chemistry.electrostatics`). The standard deviation over the Li sites is in the
    details; it is a property of the crystal, not an error of the mean: no standard error.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures are refused.
    """

    version = "1"
    property = "li_site_energy"
    unit = "eV"

    def __init__(self, *, price: float = 0.02, max_sites: int = 1000) -> None:
        super().__init__(price=price, max_sites=max_sites)

    def estimate(self, crystal: Crystal) -> Estimate:
        """Return the mean site energy, with its spread in the details.

        Raises:
            InvalidInputError: See
                :func:`discovery.chemistry.electrostatics.mean_field_site_energies`.
        """
        energies = mean_field_site_energies(crystal)
        return Estimate(
            energies.mean,
            details={"std": energies.std, "disorder": disorder_treatment(crystal)},
        )
