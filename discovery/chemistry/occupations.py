"""Random occupations of a disordered crystal, alternatives never filled together.

The atoms of a species are dealt out to all sites with the same occupancies and surroundings, as
many as the occupancies say. That is seldom a whole number: systematic sampling keeps its mean
exact, and deals exactly one atom to alternatives that share one. Alternatives are those of
:mod:`~discovery.chemistry.neighbours`.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from discovery.cells import compact_cell
from discovery.chemistry.neighbours import (
    Pairs,
    cell_matrix,
    fractional,
    neighbour_pairs,
    occupancies,
)
from discovery.chemistry.occupation_kernels import (
    EMPTY,
    Groups,
    Integers,
    Neighbours,
    find_neighbours,
    relax,
    sweep,
)
from discovery.crystal import Crystal
from discovery.types import FloatArray

_REPEATS: Final = 3
_THICKNESS: Final = 24.0  # Angstrom
_LITHIUM: Final = 50
_SITES: Final = 5000
_SURROUNDINGS: Final = 4.0  # Angstrom
_PAIR: Final = 1.2  # Angstrom; two alternatives that are nearer hold one atom at most, ...
_PLACE: Final = 1.0  # ... and so do all within this, which are near each other as well
_DIGITS: Final = 2  # of what symmetry makes equal and the rounding in a CIF does not

_Shares: TypeAlias = list[tuple[int, float]]  # (element, atoms)


class Supercell:
    """A periodic block of the n sites of a crystal, repeated in C cells.

    It has three repeats along each vector of the reduced cell, fewer where two or one make it 24
    Angstrom thick, more while it holds less than 50 Li; and at most 5000 sites, or one cell.

    Args:
        crystal: Ordered or disordered.
        hard_sphere: Distance in Angstrom below which alternatives exclude each other.

    Attributes:
        elements: Its elements, sorted; occupations count them from 0.
        repeats: Along each vector of the reduced cell.
    """

    def __init__(self, crystal: Crystal, hard_sphere: float) -> None:
        self.elements, occupancy = occupancies(crystal)
        cell = cell_matrix(crystal)
        self._cell = compact_cell(cell)
        points = fractional(crystal) @ cell @ np.linalg.inv(self._cell)
        self._points = (points - np.floor(points)) @ self._cell
        self.repeats = _repeats(self._cell, len(occupancy), crystal.composition.get("Li", 0.0))
        self._size = int(self.repeats.prod())
        ordered = np.array([site.is_ordered for site in crystal.sites])
        self._fixed = np.repeat(np.where(ordered, occupancy.argmax(axis=1), EMPTY), self._size)
        near = neighbour_pairs(crystal, _SURROUNDINGS, split_distance=hard_sphere)
        alternatives = near.take(near.exclusive)
        reach = np.full((len(occupancy), len(occupancy)), -1.0)
        reach[alternatives.i, alternatives.j] = hard_sphere
        self._alternatives = self.neighbours(reach)
        share = occupancy / np.maximum(_crowd(occupancy, alternatives), 1)[:, None]
        groups = _alike(occupancy, near, np.flatnonzero(~ordered))
        self._groups = _numbers(groups, self._size, len(self._fixed))
        self._shares: list[_Shares] = [
            [(e, len(g) * self._size * x) for e, x in enumerate(share[g].mean(axis=0)) if x]
            for g in groups
        ]

    def neighbours(self, reach: FloatArray) -> Neighbours:
        """Return the neighbours of the sites.

        Args:
            reach: (n, n) distance in Angstrom up to which the second site is a neighbour of the
                first; never if negative.
        """
        heights = 1 / np.linalg.norm(np.linalg.inv(self._cell), axis=0)
        steps = [np.arange(-k, k + 1) for k in np.ceil(reach.max() / heights).astype(int)]
        shifts = _grid(steps)
        places = _grid([np.arange(count) for count in self.repeats])
        moved = (places[None] + shifts[:, None]) % self.repeats
        number = np.ravel_multi_index(tuple(np.moveaxis(moved, -1, 0)), tuple(self.repeats))
        return find_neighbours(self._points, shifts @ self._cell, reach, number.astype(np.int64))

    def occupy(self, rng: np.random.Generator, radius: float) -> tuple[Integers, float]:
        """Return a random occupation (n C,) and the radius that its alternatives keep.

        Site i of cell c has the number i C + c; it holds an element or ``EMPTY``.

        Args:
            rng: Source of randomness.
            radius: Distance in Angstrom that alternatives should keep; they keep less where there
                are too many atoms for it.
        """
        filled = self._fixed.copy()
        dealt = np.cumsum([atoms for shares in self._shares for _, atoms in shares])
        counts = iter(np.diff(np.floor(dealt + rng.random()), prepend=0).astype(int))
        for first, last, shares in zip(
            self._groups.start, self._groups.start[1:], self._shares, strict=False
        ):
            places = rng.permutation(self._groups.members[first:last])
            for element, _ in shares:
                taken = next(counts)
                filled[places[:taken]] = element
                places = places[taken:]
        return filled, relax(rng, filled, self._groups, self._alternatives, radius)

    def exchange(self, rng: np.random.Generator, filled: Integers, radius: float) -> None:
        """Move on to another occupation: one tried exchange for each disordered site."""
        sweep(rng, filled, self._groups, self._alternatives, radius)


def _repeats(cell: FloatArray, sites: int, lithium: float) -> Integers:
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    repeats = np.clip(np.ceil(_THICKNESS / heights), 1, _REPEATS).astype(np.int64)
    while lithium * repeats.prod() < _LITHIUM:
        repeats[np.argmin(repeats * heights)] += 1
        if sites * repeats.prod() > _SITES:
            break
    while sites * repeats.prod() > _SITES and repeats.max() > 1:
        repeats[np.argmax(np.where(repeats > 1, repeats * heights, 0))] -= 1
    return repeats


def _crowd(occupancy: FloatArray, alternatives: Pairs) -> FloatArray:
    """Most atoms (n,) that share the place of each site; more than one are a rounding."""
    number = occupancy.sum(axis=1)
    pair = alternatives.take(alternatives.distance < _PAIR)
    crowd = number.copy()
    np.maximum.at(crowd, pair.i, number[pair.i] + number[pair.j])
    place = alternatives.take(alternatives.distance < _PLACE)
    return np.maximum(crowd, number + np.bincount(place.i, number[place.j], len(number)))


def _alike(occupancy: FloatArray, near: Pairs, disordered: Integers) -> list[Integers]:
    """Sites in groups of equal occupancies and surroundings, alternatives one after the other."""
    count = len(occupancy)
    weight = occupancy.sum(axis=1)[near.j] * np.exp(-near.distance)
    surroundings = np.bincount(near.i, weight, minlength=count)
    exclusive = csr_array((near.exclusive, (near.i, near.j)), shape=(count, count))
    _, cluster = connected_components(exclusive, directed=False)
    groups: dict[tuple[float, ...], list[int]] = {}
    for site in disordered[np.argsort(cluster[disordered], kind="stable")]:
        key = (round(surroundings[site], _DIGITS), *occupancy[site].round(3))
        groups.setdefault(key, []).append(site)
    return [np.array(sites, dtype=np.int64) for sites in groups.values()]


def _numbers(groups: Sequence[Integers], cells: int, sites: int) -> Groups:
    """Sites of the cell become sites of a supercell of some cells, which has ``sites`` in all."""
    members = [(own[:, None] * cells + np.arange(cells)).ravel() for own in groups]
    group = np.full(sites, -1, dtype=np.int64)
    for index, numbers in enumerate(members):
        group[numbers] = index
    return Groups(
        members=np.concatenate([np.empty(0, np.int64), *members]),
        start=np.cumsum([0, *(len(numbers) for numbers in members)], dtype=np.int64),
        group=group,
    )


def _grid(axes: Sequence[Integers]) -> Integers:
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
