"""Wyckoff positions of the 230 space groups, derived from their symmetry operations.

Settings are the standard ones of International Tables for Crystallography, Volume A (ITA):
monoclinic groups with unique axis b and cell choice 1, rhombohedral ones on hexagonal axes, origin
choice 2 where there are two. The operations come from spglib.

A position is a class of points whose site-symmetry groups are conjugate; its points fill the images
of one affine subspace, which such a site-symmetry group fixes. Every such subspace passes through a
point whose coordinates are multiples of 1/8 (of 1/12 on hexagonal axes), along directions that
rotation parts fix. So looking at those points finds all positions, exactly, in integers.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from string import ascii_letters
from typing import Final, TypeAlias

import numpy as np
import spglib
from numpy.typing import NDArray

from discovery.chemistry.symmetry import SPACE_GROUPS, crystal_system
from discovery.chemistry.wyckoff_subspaces import (
    SPACE,
    IntArray,
    Subspace,
    Vector,
    annihilator,
    basis,
    integers,
    kernel,
    span,
)
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

_Stratum: TypeAlias = tuple[Subspace, Vector]
"""A subspace and where it lies: its annihilator times any of its points."""

STEPS: Final = 24
"""Translations and special coordinates are multiples of 1/24 of the cell."""

_HALL_NUMBERS: Final = range(1, 531)
_SECOND_ORIGIN: Final = "2"


@dataclass(frozen=True)
class WyckoffPosition:
    """Points of one kind of site symmetry, as affine maps of free parameters.

    Args:
        space_group: International number.
        letter: ``a`` for the highest site symmetry, on through ``z`` to ``A``. Multiplicities
            ascend as in ITA; among positions of one multiplicity the order is our own (fewer free
            parameters first, then the first point), since symmetry does not determine ITA's.
        multiplicity: Points per conventional cell.
        freedom: Free parameters, 0 to 3.
        matrix: (3, freedom) W of the first point x = W u + t.
        offset: (3,) t in multiples of 1/24 of the cell.
    """

    space_group: int
    letter: str
    multiplicity: int
    freedom: int
    matrix: tuple[Vector, ...]
    offset: Vector

    @property
    def representative(self) -> tuple[FloatArray, FloatArray]:
        """W (3, 3), zero in the columns beyond :attr:`freedom`, and t (3,) in cell fractions."""
        full = np.zeros((3, 3))
        full[:, : self.freedom] = np.array(self.matrix).reshape(3, self.freedom)
        return full, np.array(self.offset) / STEPS

    @cached_property
    def maps(self) -> tuple[FloatArray, FloatArray]:
        """W (multiplicity, 3, freedom) and t (multiplicity, 3) of all points."""
        rotations, shifts = operations(self.space_group)
        directions = rotations @ np.array(self.matrix, dtype=np.int64).reshape(3, self.freedom)
        offsets = (rotations @ np.array(self.offset) + shifts) % STEPS
        rows = np.concatenate([directions.reshape(len(shifts), -1), offsets], axis=1)
        _, first = np.unique(rows, axis=0, return_index=True)
        first.sort()
        return directions[first].astype(float), offsets[first] / STEPS

    def orbit(self, parameters: FloatArray) -> FloatArray:
        """Return all points, (..., multiplicity, 3), as cell fractions in [0, 1).

        Args:
            parameters: (..., k) with k >= freedom, of which the first ``freedom`` count. Those in
                the unit cube reach every point of the position.
        """
        directions, offsets = self.maps
        free = np.asarray(parameters, dtype=float)[..., : self.freedom]
        points = np.einsum("mxf,...f->...mx", directions, free) + offsets
        points -= np.floor(points)
        return np.where(points >= 1, 0.0, points)  # where -1e-17 was wrapped to 1


@lru_cache(maxsize=len(SPACE_GROUPS))
def operations(space_group: int) -> tuple[IntArray, IntArray]:
    """Return rotation parts (n, 3, 3) and translations (n, 3), in 1/24 of the conventional cell.

    Args:
        space_group: International number, 1-230.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    hall = hall_number(space_group)
    with _without_notices():
        symmetry = spglib.get_symmetry_from_database(hall)
    assert symmetry is not None
    shifts = np.rint(np.asarray(symmetry["translations"]) * STEPS).astype(np.int64)
    return np.asarray(symmetry["rotations"]).astype(np.int64), shifts % STEPS


@lru_cache(maxsize=len(SPACE_GROUPS))
def positions(space_group: int) -> tuple[WyckoffPosition, ...]:
    """Return the Wyckoff positions, multiplicities ascending; the general one comes last.

    Args:
        space_group: International number, 1-230.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    rotations, shifts = operations(space_group)
    hexagonal = crystal_system(space_group) in {"trigonal", "hexagonal"}
    axis = range(0, STEPS, 2 if hexagonal else 3)
    points = np.array(list(product(axis, axis, axis)))
    moved = np.einsum("oxy,py->opx", rotations, points) + shifts[:, None]
    fixes = ((moved - points) % STEPS == 0).all(axis=2)  # (operations, points)
    found = []
    seen: set[_Stratum] = set()
    for subspace in _fixed_subspaces(rotations):
        for point, order in _generic(subspace, rotations, points, fixes):
            stratum = (subspace, _label(subspace, points[point]))
            if stratum not in seen:
                images = _images(subspace, points[point], rotations, shifts)
                seen.update(images)
                found.append((len(shifts) // order, *_first(images, points)))
    found.sort()
    return tuple(
        WyckoffPosition(space_group, letter, multiplicity, freedom, matrix, offset)
        for letter, (multiplicity, freedom, offset, matrix) in zip(
            ascii_letters, found, strict=False
        )
    )


def hall_number(space_group: int) -> int:
    """Return the Hall number (1-530) by which spglib knows the standard setting of a group.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    if space_group not in SPACE_GROUPS:
        raise InvalidInputError(f"space group {space_group} is outside 1-230")
    return _hall_numbers()[space_group]


@lru_cache(maxsize=1)
def _hall_numbers() -> dict[int, int]:
    """Of each group the setting that spglib lists first, or the one with the second origin."""
    numbers: dict[int, int] = {}
    for hall in _HALL_NUMBERS:
        with _without_notices():
            kind = spglib.get_spacegroup_type(hall)
        assert kind is not None
        if kind.number not in numbers or kind.choice == _SECOND_ORIGIN:
            numbers[kind.number] = hall
    return numbers


@contextmanager
def _without_notices() -> Iterator[None]:
    """Keep spglib from announcing, at every call, that its error handling will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _fixed_subspaces(rotations: IntArray) -> list[Subspace]:
    """Directions fixed by some set of rotation parts."""
    own = {
        kernel(np.eye(3, dtype=np.int64) - rotation) for rotation in np.unique(rotations, axis=0)
    }
    known = {SPACE}
    for subspace in own:
        known |= {kernel(np.concatenate([annihilator(a), annihilator(subspace)])) for a in known}
    return sorted(known)


def _generic(
    subspace: Subspace, rotations: IntArray, points: IntArray, fixes: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """One point (and the order of the group that fixes it) of each stratum along a subspace."""
    columns = basis(subspace)
    pointwise = (rotations @ columns == columns).all(axis=(1, 2))
    own = fixes[pointwise]
    order = own.sum(axis=0)
    # the dimension of what a group fixes is the mean trace of its operations
    dimension = np.trace(rotations[pointwise], axis1=1, axis2=2) @ own // order
    _, first = np.unique(points @ annihilator(subspace).T % STEPS, axis=0, return_index=True)
    return [(int(p), int(order[p])) for p in first if dimension[p] == subspace[0]]


def _images(
    subspace: Subspace, point: IntArray, rotations: IntArray, shifts: IntArray
) -> set[_Stratum]:
    moved = rotations @ point + shifts
    turned = [span(rotation @ basis(subspace)) for rotation in rotations]
    return {(new, _label(new, p)) for new, p in zip(turned, moved, strict=True)}


def _first(images: set[_Stratum], points: IntArray) -> tuple[int, Vector, tuple[Vector, ...]]:
    """Freedom, offset and matrix of the image that looks simplest: through the first point."""
    choices = []
    for subspace, label in images:
        labels = points @ annihilator(subspace).T % STEPS
        point = points[int(np.argmax((labels == label).all(axis=1)))]
        direction = tuple(-x for x in subspace[1])
        choices.append((integers(point), direction, subspace))
    offset, _, subspace = min(choices)
    return subspace[0], offset, tuple(integers(row) for row in basis(subspace))


def _label(subspace: Subspace, point: IntArray) -> Vector:
    return integers(annihilator(subspace) @ point % STEPS)
