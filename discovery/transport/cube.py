"""Energy landscapes as Gaussian cube files, which VESTA, VMD, ASE and pymatgen read."""

from pathlib import Path
from typing import Final

import numpy as np
from pymatgen.core.periodic_table import Element
from scipy.constants import physical_constants

from discovery.chemistry.neighbours import cell_matrix, fractional
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.landscape import Landscape

_BOHR: Final = physical_constants["Bohr radius"][0] * 1e10  # Angstrom
_SAME_CELL: Final = 1e-6  # Angstrom
_PER_LINE: Final = 6


def write_cube(path: Path, landscape: Landscape, crystal: Crystal) -> Path:
    """Write a landscape and the atoms of its crystal, and return the path.

    Lengths in the file are in Bohr, as the format wants; values are in eV. A site that several
    elements share is written as the most frequent one.

    Args:
        path: The file to write.
        landscape: Energies on a grid.
        crystal: In the same cell.

    Raises:
        InvalidInputError: The cells differ, or the file cannot be written.
    """
    if not np.allclose(cell_matrix(crystal), landscape.cell, rtol=0, atol=_SAME_CELL):
        raise InvalidInputError("the landscape and the crystal have different cells")
    lines = [
        f"energy of {landscape.ion} in eV",
        "bond valence site energy; lengths in Bohr",
        _row(len(crystal.sites), np.zeros(3)),
    ]
    steps = landscape.steps / _BOHR
    lines += [_row(n, step) for n, step in zip(landscape.shape, steps, strict=True)]
    places = fractional(crystal) @ landscape.cell / _BOHR
    for site, place in zip(crystal.sites, places, strict=True):
        number = Element(max(site.species, key=lambda one: one[1])[0]).Z
        lines.append(f"{number:5d}{float(number):12.6f}" + _numbers(place))
    for line in landscape.energy.reshape(-1, landscape.shape[2]):
        for start in range(0, len(line), _PER_LINE):
            part = line[start : start + _PER_LINE]
            lines.append(("%13.5E" * len(part)) % tuple(part))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
    except OSError as error:
        raise InvalidInputError(
            f"cannot write {path}: {error.strerror or error}; choose another folder"
        ) from None
    return path


def _row(count: int, vector: np.ndarray) -> str:
    return f"{count:5d}" + _numbers(vector)


def _numbers(vector: np.ndarray) -> str:
    return "".join(f"{x:12.6f}" for x in vector)
