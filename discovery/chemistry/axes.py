"""Axes of rhombohedral cells."""

import math
from dataclasses import replace
from typing import Final

from discovery.chemistry.symmetry import RHOMBOHEDRAL
from discovery.crystal import Lattice
from discovery.types import Candidate

_HEXAGONAL: Final = 120.0


def on_hexagonal_axes(candidate: Candidate) -> Candidate:
    """Return a crystal of an R group on hexagonal axes, any other as it is.

    Formula units per cell follow; a structure keeps the cell in which it is written.
    """
    lattice = candidate.lattice
    if lattice is None or candidate.space_group not in RHOMBOHEDRAL:
        return candidate
    placed = hexagonal_axes(lattice)
    if placed is lattice:
        return candidate
    return replace(candidate, lattice=placed, z=candidate.z and 3 * candidate.z)


def hexagonal_axes(lattice: Lattice) -> Lattice:
    """Return a cell on rhombohedral axes on hexagonal ones, and one on hexagonal axes as it is.

    a_h = 2 a sin(alpha / 2) and c_h = a sqrt(3 + 6 cos(alpha)), International Tables for
    Crystallography A (2016), section 1.5. The hexagonal cell has three times the volume.
    """
    if abs(lattice.gamma - _HEXAGONAL) < 1 and abs(lattice.alpha - lattice.gamma) > 1:
        return lattice
    alpha = math.radians(lattice.alpha)
    a = 2 * lattice.a * math.sin(alpha / 2)
    c = lattice.a * math.sqrt(3 + 6 * math.cos(alpha))
    return Lattice(a, a, c, 90.0, 90.0, _HEXAGONAL)
