"""How much room the framework leaves: the largest free sphere, and the largest that gets through.

Ions are hard spheres of Shannon's effective ionic radius
(:func:`discovery.chemistry.softbv.ionic_radius`). Percolation by size instead of energy: Haranczyk
and Sethian, Proc. Natl. Acad. Sci. 106, 21472 (2009), doi 10.1073/pnas.0910016106.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.chemistry.neighbours import cell_matrix, fractional, occupancies
from discovery.chemistry.softbv import ionic_radius
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.field import ion_charges
from discovery.transport.kernels import lower_to_nearest
from discovery.transport.landscape import Landscape, grid_shape
from discovery.transport.percolation import percolation
from discovery.types import FloatArray

_REACH: Final = 3.0  # Angstrom beyond the ions; tripled until it leaves no point unvisited


@dataclass(frozen=True)
class VoidRadii:
    """Radii of free spheres, Angstrom; negative where ions overlap everywhere.

    Args:
        largest: Of the largest sphere that fits anywhere.
        passing: Of the largest sphere that travels through the crystal in one, two and three
            dimensions.
    """

    largest: float
    passing: tuple[float, float, float]


def void_radii(
    crystal: Crystal,
    ion: str = "Li",
    *,
    resolution: float = 0.2,
    charges: Mapping[str, float] | None = None,
) -> VoidRadii:
    """Return the radii of the voids between the ions other than the mobile ones.

    Sphere centres are grid points: radii are wrong by at most half the diagonal between points.
    Every partly occupied site counts as filled.

    Args:
        crystal: Ordered or disordered.
        ion: Element of the mobile ion, which is taken out.
        resolution: Largest distance of neighbouring points along a cell vector, Angstrom.
        charges: Oxidation state of each element, instead of the most plausible ones.

    Raises:
        InvalidInputError: Nothing but the mobile ion is there, no oxidation states are neutral, an
            ion has no radius, or the resolution cannot be used.
    """
    room = free_distance(crystal, ion, resolution=resolution, charges=charges)
    found = percolation(Landscape(cell_matrix(crystal), -room, ion))
    largest = -found.minimum
    first, second, third = (largest - level for level in found.levels)
    return VoidRadii(largest, (first, second, third))


def free_distance(
    crystal: Crystal,
    ion: str = "Li",
    *,
    resolution: float = 0.2,
    charges: Mapping[str, float] | None = None,
) -> FloatArray:
    """Return the distance (n1, n2, n3) of each grid point to the nearest ion's surface, Angstrom.

    Raises:
        InvalidInputError: As for :func:`void_radii`.
    """
    elements, occupancy = occupancies(crystal)
    if set(elements) <= {ion}:
        raise InvalidInputError(f"nothing but {ion} in the structure")
    states = ion_charges(crystal, charges)
    radii = {e: ionic_radius(e, states[e]) for e in elements if e != ion}
    size = [
        max((radii[e] for e, share in zip(elements, row, strict=True) if share and e in radii),
            default=-math.inf)
        for row in occupancy
    ]  # fmt: skip
    radius = np.array(size)
    cell = cell_matrix(crystal)
    shape = np.array(grid_shape(cell, resolution))
    held = np.isfinite(radius)
    centre = fractional(crystal)[held] % 1.0 * shape
    room, reach = np.full(shape, math.inf), _REACH
    while not np.isfinite(room).all():
        lower_to_nearest(room, cell / shape[:, None], centre, radius[held], reach)
        reach *= 3
    return room
