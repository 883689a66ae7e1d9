"""The cell that is to be filled, and the crystal that comes of it."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import spglib
from pymatgen.core.lattice import Lattice as PymatgenLattice

from discovery.chemistry.axes import on_hexagonal_axes
from discovery.chemistry.neighbours import periodic_pairs
from discovery.chemistry.symmetry import LatticeSystem, lattice_mismatch, lattice_system
from discovery.chemistry.wyckoff import STEPS, operations
from discovery.crystal import Crystal, Lattice, Site
from discovery.errors import UnrealisableError
from discovery.types import Candidate, FloatArray
from samplers.realise_ions import Ions

_WHOLE: Final = 1e-3
_RIGHT: Final = 90.0
_HEXAGONAL: Final = 120.0
_ANGLE: Final = 0.1  # degrees
_SYMPREC: Final = 0.01  # Angstrom


@dataclass(frozen=True)
class Contents:
    """What a conventional cell in the standard setting holds.

    Args:
        space_group: International number.
        counts: Atoms of each element.
        lattice: Its cell, with the ties of its lattice system exact.
        z: Formula units in it.
    """

    space_group: int
    counts: Mapping[str, int]
    lattice: Lattice
    z: float

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return sum(self.counts.values())

    def matrix(self, volume_scale: float = 1.0) -> FloatArray:
        """Cell vectors as rows (3, 3), Angstrom, scaled evenly to a multiple of the volume."""
        matrix = PymatgenLattice.from_parameters(*self.lattice.parameters).matrix
        return np.asarray(matrix, dtype=float) * volume_scale ** (1 / 3)

    @property
    def shortest(self) -> float:
        """Distance at which every atom has an image, Angstrom; centring counts."""
        rotations, shifts = operations(self.space_group)
        centring = shifts[(rotations == np.eye(3)).all(axis=(1, 2))] / STEPS
        reach = min(self.lattice.parameters[:3])
        _, _, distance = periodic_pairs(self.matrix(), centring, reach)
        return float(distance.min())


def contents(candidate: Candidate) -> Contents:
    """Return what a candidate says about its cell.

    Raises:
        UnrealisableError: Formula units, space group or cell are not known, an element has no
            whole number of atoms, or the cell cannot carry the group (monoclinic ones with the
            unique axis b; rhombohedral ones may be on either axes).
    """
    group, lattice, z = candidate.space_group, candidate.lattice, candidate.z
    if group is None or lattice is None or z is None:
        named = {"z": z, "space_group": group, "lattice": lattice}
        missing = ", ".join(name for name, value in named.items() if value is None)
        raise UnrealisableError("incomplete", f"{candidate.formula} has no {missing}")
    mismatch = lattice_mismatch(lattice, group)
    if mismatch is None and lattice_system(group) == "monoclinic":
        mismatch = _unusual(lattice)
    if mismatch:
        raise UnrealisableError("cell", mismatch)
    candidate = on_hexagonal_axes(candidate)
    lattice, z = candidate.lattice or lattice, candidate.z or z
    counts: dict[str, int] = {}
    for element, amount in candidate.composition:
        count = amount * z
        if abs(count - round(count)) > _WHOLE or round(count) < 1:
            raise UnrealisableError("incomplete", f"the cell holds {count:.6g} {element} atoms")
        counts[element] = counts.get(element, 0) + round(count)
    return Contents(group, counts, _tied(lattice, lattice_system(group)), z)


def crystal_of(elements: Sequence[str], positions: FloatArray, matrix: FloatArray) -> Crystal:
    """Return the ordered crystal of n elements at fractional positions (n, 3)."""
    a, b, c = (tuple(float(x) for x in row) for row in matrix)
    sites = (
        Site(((element, 1.0),), (float(x), float(y), float(z)))
        for element, (x, y, z) in zip(elements, positions, strict=True)
    )
    return Crystal((a, b, c), tuple(sites))  # type: ignore[arg-type]  # rows of three


def found_group(crystal: Crystal, space_group: int) -> int | None:
    """Return the space group that spglib finds; ``None`` if it has less symmetry than asked for.

    Args:
        crystal: Ordered, in the conventional cell of the group asked for.
        space_group: The group asked for.
    """
    symbols = [site.species[0][0] for site in crystal.sites]
    names = sorted(set(symbols))
    cell = (
        crystal.matrix,
        [site.position for site in crystal.sites],
        [names.index(symbol) for symbol in symbols],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC)
    if found is None or len(found.rotations) < len(operations(space_group)[0]):
        return None
    return int(found.number)


def closest(crystal: Crystal, ions: Ions) -> tuple[float, tuple[str, str, float]]:
    """Return the least distance over the shortest that is physical, whose, and that distance."""
    symbols = [site.species[0][0] for site in crystal.sites]
    kind = np.array([ions.elements.index(symbol) for symbol in symbols])
    matrix = np.asarray(crystal.matrix, dtype=float)
    points = np.array([site.position for site in crystal.sites])
    # every ion has a neighbour of its own kind within a cell vector
    reach = max(float(ions.nearest.max()), float(np.linalg.norm(matrix, axis=1).min()))
    i, j, distance = periodic_pairs(matrix, points, reach)
    ratio = distance / ions.nearest[kind[i], kind[j]]
    least = int(np.argmin(ratio))
    return float(ratio[least]), (symbols[i[least]], symbols[j[least]], float(distance[least]))


def _unusual(lattice: Lattice) -> str | None:
    if max(abs(lattice.alpha - _RIGHT), abs(lattice.gamma - _RIGHT)) > _ANGLE:
        return f"write the monoclinic cell with the unique axis b: {lattice}"
    return None


def _tied(lattice: Lattice, system: LatticeSystem) -> Lattice:
    """The cell with equal lengths and fixed angles exactly so."""
    a, b, c = lattice.a, lattice.b, lattice.c
    if system == "triclinic":
        return lattice
    if system == "monoclinic":
        return Lattice(a, b, c, _RIGHT, lattice.beta, _RIGHT)
    if system == "orthorhombic":
        return Lattice(a, b, c, _RIGHT, _RIGHT, _RIGHT)
    if system == "cubic":
        edge = (a * b * c) ** (1 / 3)
        return Lattice(edge, edge, edge, _RIGHT, _RIGHT, _RIGHT)
    edge = (a * b) ** 0.5
    return Lattice(edge, edge, c, _RIGHT, _RIGHT, _RIGHT if system == "tetragonal" else _HEXAGONAL)
