"""The cells that a force field works on: small ones to relax, wide ones to move in."""

import math
from typing import Final

import numpy as np

from discovery.chemistry.structures import from_pymatgen, to_pymatgen
from discovery.chemistry.supercells import Times
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError

_SAME_POSITION: Final = 0.01  # Angstrom
_ROUNDING: Final = 1e-9


def primitive(crystal: Crystal) -> Crystal:
    """Return the smallest cell of an ordered crystal, its vectors as short as possible."""
    structure = to_pymatgen(crystal).get_primitive_structure(tolerance=_SAME_POSITION)
    return from_pymatgen(structure.get_reduced_structure())


def wide_repeats(crystal: Crystal, *, min_length: float, max_atoms: int) -> Times:
    """Return how often to repeat a cell so that opposite faces are ``min_length`` (A) apart.

    No side, and no distance of an atom to its own image, is then shorter.

    Raises:
        InvalidInputError: The supercell has more than ``max_atoms``.
    """
    widths = 1 / np.linalg.norm(np.linalg.inv(np.asarray(crystal.matrix)), axis=0)
    a, b, c = (max(1, math.ceil(min_length / width - _ROUNDING)) for width in widths)
    atoms = a * b * c * len(crystal.sites)
    if atoms > max_atoms:
        raise InvalidInputError(
            f"a supercell with sides of {min_length:g} A has {atoms} atoms, more than "
            f"max_atoms = {max_atoms}; allow more, or a smaller min_length"
        )
    return a, b, c
