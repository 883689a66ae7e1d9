"""Known structure types, ready to be decorated with other ions.

A prototype keeps what a structure has apart from its chemistry and size: Wyckoff positions with
their free parameters, and which of them hold the same element. Sources are pymatgen's AFLOW
prototypes (Mehl et al., Comput. Mater. Sci. 136, S1 (2017)) and structures handed in.
"""

import gzip
import json
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice, permutations, product
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import spglib
from pymatgen.core.structure import Structure

from discovery.chemistry.axes import on_hexagonal_axes
from discovery.chemistry.structures import from_pymatgen
from discovery.chemistry.wyckoff import WyckoffPosition, hall_number, positions
from discovery.crystal import Crystal
from discovery.errors import DatasetError
from discovery.types import Candidate, FloatArray
from samplers.assignments import Orbits

Key: TypeAlias = tuple[int, tuple[int, ...]]
"""Space group, and the numbers of atoms of the elements in the conventional cell, ascending."""

_MOST_DECORATIONS: Final = 24
_SYMPREC: Final = 0.01  # Angstrom
_NEAR: Final = 0.03  # Angstrom
_RHOMBOHEDRAL: Final = "hR"
_FILE: Final = "aflow_prototypes.json.gz"


@dataclass(frozen=True)
class Prototype:
    """A structure type.

    Args:
        name: What it is called.
        space_group: International number.
        orbits: (role, position) pairs; a role is the element that the source holds there.
        parameters: Free parameters (3,) of each orbit.
    """

    name: str
    space_group: int
    orbits: Orbits
    parameters: tuple[tuple[float, float, float], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Atoms of each role in the conventional cell."""
        counts: Counter[str] = Counter()
        for role, position in self.orbits:
            counts[role] += position.multiplicity
        return dict(counts)

    @property
    def key(self) -> Key:
        """What a cell must share with the prototype."""
        return key(self.space_group, self.counts)

    def decorations(self, counts: Mapping[str, int]) -> Iterator[Orbits]:
        """Yield the orbits with elements in place of roles, in all ways that fit the counts.

        Args:
            counts: Atoms of each element in the conventional cell.
        """
        roles = self.counts
        sizes = sorted(set(counts.values()))
        groups = [permutations([e for e, n in counts.items() if n == size]) for size in sizes]
        ordered = [role for size in sizes for role, n in roles.items() if n == size]
        for choice in islice(product(*groups), _MOST_DECORATIONS):
            taken = dict(zip(ordered, (e for group in choice for e in group), strict=True))
            yield tuple((taken[role], position) for role, position in self.orbits)


class Prototypes:
    """A library of prototypes, looked up by space group and cell contents.

    Args:
        known: Materials, of which those with an ordered structure, a space group and formula units
            per cell count.
        aflow: Whether AFLOW's prototypes are in the library.
    """

    def __init__(self, known: Iterable[Candidate] = (), *, aflow: bool = True) -> None:
        self._aflow = aflow
        self._known: dict[Key, list[Candidate]] = {}
        self._own: dict[Key, list[Prototype]] = {}
        for candidate in map(on_hexagonal_axes, known):
            declared = _declared(candidate)
            if declared is not None:
                self._known.setdefault(declared, []).append(candidate)

    def matching(self, space_group: int, counts: Mapping[str, int]) -> Sequence[Prototype]:
        """Return the prototypes of a group with such numbers of atoms, those handed in first."""
        wanted = key(space_group, counts)
        if wanted not in self._own:
            found = [_of(candidate) for candidate in self._known.get(wanted, ())]
            self._own[wanted] = [p for p in found if p is not None and p.key == wanted]
        return [*self._own[wanted], *(_aflow(wanted) if self._aflow else ())]


def key(space_group: int, counts: Mapping[str, int]) -> Key:
    """Return what a prototype and a cell have in common."""
    return space_group, tuple(sorted(counts.values()))


def _declared(candidate: Candidate) -> Key | None:
    """The key of a material with an ordered structure, as far as it is told."""
    crystal, group, z = candidate.structure, candidate.space_group, candidate.z
    if crystal is None or group is None or z is None or not crystal.is_ordered:
        return None
    return key(group, {element: round(n * z) for element, n in candidate.composition})


def _of(candidate: Candidate) -> Prototype | None:
    assert candidate.structure is not None
    return prototype(candidate.structure, candidate.name or candidate.formula)


def prototype(crystal: Crystal, name: str = "") -> Prototype | None:
    """Return the prototype of an ordered structure in any cell.

    ``None`` where symmetry analysis finds no symmetry, or positions that do not fit it.
    """
    symbols = [site.species[0][0] for site in crystal.sites]
    names = sorted(set(symbols))
    numbers = [names.index(symbol) + 1 for symbol in symbols]
    cell = (crystal.matrix, [site.position for site in crystal.sites], numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC)
        if found is None:
            return None
        hall = hall_number(found.number)
        standard = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC, hall_number=hall)
    if standard is None:
        return None
    orbits = _orbits(found.number, standard)
    if orbits is None:
        return None
    return Prototype(
        name,
        found.number,
        tuple((names[kind - 1], position) for kind, position, _ in orbits),
        tuple((float(u[0]), float(u[1]), float(u[2])) for _, _, u in orbits),
    )


def _orbits(
    space_group: int,
    standard: Any,  # noqa: ANN401 - spglib's data set has no public type
) -> list[tuple[int, WyckoffPosition, FloatArray]] | None:
    """Kind, position and parameters of every orbit of spglib's standard cell."""
    points, kinds = np.asarray(standard.std_positions), np.asarray(standard.std_types)
    cell = np.asarray(standard.std_lattice)
    left = np.ones(len(points), dtype=bool)
    orbits = []
    while left.any():
        start = int(np.argmax(left))
        located = _locate(space_group, points[start], cell)
        if located is None:
            return None
        position, u = located
        gap = position.orbit(u)[:, None] - points
        near = np.linalg.norm((gap - np.round(gap)) @ cell, axis=2) < _NEAR
        same = near.any(axis=0) & left & (kinds == kinds[start])
        if same.sum() != position.multiplicity:
            return None
        left &= ~same
        orbits.append((int(kinds[start]), position, u))
    return orbits


def _locate(
    space_group: int, point: FloatArray, cell: FloatArray
) -> tuple[WyckoffPosition, FloatArray] | None:
    """The position of highest symmetry that a point is on, and its free parameters (3,)."""
    shifts = np.array(list(product(range(-2, 3), repeat=3)))
    for position in positions(space_group):
        directions, offsets = position.maps
        # all images of the position and of the point at once
        gap = (point - offsets)[:, None] + shifts
        along = np.linalg.pinv(directions) if position.freedom else np.zeros((len(offsets), 0, 3))
        free = np.einsum("mfx,msx->msf", along, gap)
        miss = gap - np.einsum("mxf,msf->msx", directions, free)
        distance = np.linalg.norm(miss @ cell, axis=2)
        image, shift = np.unravel_index(int(np.argmin(distance)), distance.shape)
        if distance[image, shift] < _NEAR:
            u = np.zeros(3)
            u[: position.freedom] = free[image, shift]
            return position, u
    return None


@lru_cache(maxsize=512)
def _aflow(wanted: Key) -> tuple[Prototype, ...]:
    found = []
    for row in _labels().get(wanted, ()):
        entry = _library()[row]
        tags, snl = entry["tags"], entry["snl"]
        crystal = from_pymatgen(Structure.from_dict({**snl, "@class": "Structure"}))
        one = prototype(crystal, tags["mineral"] or tags["aflow"])
        if one is not None and one.key == wanted:
            found.append(one)
    return tuple(found)


@lru_cache(maxsize=1)
def _labels() -> dict[Key, list[int]]:
    """Rows of AFLOW's prototypes by what their labels, such as ``A2B_cF12_225_c_a``, tell."""
    rows: dict[Key, list[int]] = {}
    for row, entry in enumerate(_library()):
        formula, pearson, group = entry["tags"]["aflow"].split("_")[:3]
        atoms = int(pearson[2:]) * (3 if pearson.startswith(_RHOMBOHEDRAL) else 1)
        amounts = _amounts(formula)
        scale = atoms // sum(amounts.values())
        counts = {role: amount * scale for role, amount in amounts.items()}
        rows.setdefault(key(int(group), counts), []).append(row)
    return rows


def _amounts(formula: str) -> dict[str, int]:
    """Amounts of an anonymous formula such as ``AB12C3``."""
    starts = [i for i, letter in enumerate(formula) if letter.isalpha()]
    parts = [formula[i:j] for i, j in zip(starts, [*starts[1:], None], strict=True)]
    return {part[0]: int(part[1:] or 1) for part in parts}


@lru_cache(maxsize=1)
def _library() -> list[dict[str, Any]]:
    """Read the file, which ships with pymatgen: its loader takes seconds to build all structures.

    Raises:
        DatasetError: pymatgen keeps it elsewhere.
    """
    spec = find_spec("pymatgen.analysis.prototypes")
    folders = (spec.submodule_search_locations or ()) if spec else ()
    for folder in folders:
        path = Path(folder) / _FILE
        if path.is_file():
            with gzip.open(path, "rt", encoding="utf-8") as file:
                return list(json.load(file))
    raise DatasetError(
        f"this version of pymatgen has no {_FILE} in pymatgen/analysis/prototypes; update it, or "
        "do without AFLOW's prototypes (aflow=False)"
    )
