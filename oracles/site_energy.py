"""How high lithium has to climb: the migration barrier on the bond valence energy landscape."""

import math

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.landscape import CEILING
from discovery.transport.migration import migration
from discovery.types import Detail, Estimate
from oracles.ordered import OrderedOracle


class SiteEnergyOracle(OrderedOracle):
    """Energy above the best Li site at which Li percolates in three dimensions, E_3D, in eV.

    Bond valence site energies with the parameters of softBV (see :mod:`discovery.transport.field`)
    on a grid, passes followed to where they really are (:mod:`discovery.transport.saddle`). These
    barriers rank materials; they are higher than those of density functional theory.

    Details: ``e_1d`` and ``e_2d``, the same in one and two dimensions (eV); ``minimum``, the energy
    of the best site (eV); ``path_length`` of the way through in three dimensions and ``void``,
    ``passing_void_1d``, ``_2d``, ``_3d``, radii of the largest sphere that fits and that gets
    through the framework (Angstrom; absent where an ion has no tabulated radius).

    A crystal that is closed in three dimensions even at 100 eV is refused: no barrier stands for
    what never happens.

    Args:
        price: Cost of one query in budget units.
        resolution: Largest distance of grid points along a cell vector, Angstrom.
        representatives: How many orderings of a disordered crystal to average.
        max_sites: Larger structures are refused.
        max_atoms: Larger ordered cells are refused.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: A number is not positive.
    """

    version = "2"
    property = "migration_barrier"
    unit = "eV"

    def __init__(
        self,
        *,
        price: float = 0.02,
        resolution: float = 0.2,
        representatives: int = 1,
        max_sites: int = 1000,
        max_atoms: int = 200,
    ) -> None:
        super().__init__(
            price=price, max_sites=max_sites, representatives=representatives, max_atoms=max_atoms
        )
        if not (math.isfinite(resolution) and resolution > 0):
            raise InvalidInputError(f"resolution must be a positive distance, not {resolution}")
        self._resolution = resolution

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:  # noqa: ARG002 - nothing is drawn
        """Return E_3D of an ordered cell.

        Raises:
            InvalidInputError: softBV lacks parameters, no oxidation states are neutral, or the
                crystal is closed.
        """
        found = migration(crystal, resolution=self._resolution)
        first, second, third = found.percolation.levels
        if not math.isfinite(third) or found.path is None:
            raise InvalidInputError(
                f"no way through the crystal in three dimensions: Li is shut in at {CEILING:g} eV"
            )
        details: dict[str, Detail] = {
            "e_1d": first,
            "e_2d": second,
            "minimum": found.percolation.minimum,
            "path_length": found.path.length,
        }
        if found.voids is not None:
            details["void"] = found.voids.largest
            details |= {
                f"passing_void_{n}d": radius for n, radius in enumerate(found.voids.passing, 1)
            }
        return Estimate(third, details=details)
