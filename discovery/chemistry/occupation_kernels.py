"""Compiled loops of :mod:`discovery.chemistry.occupations`: neighbours, hard spheres, exchanges."""

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.types import FloatArray

Integers: TypeAlias = NDArray[np.int64]

EMPTY: Final = -1
"""Marks a site without an atom."""

_SAME: Final = 1e-6  # Angstrom
_TRIES: Final = 70  # to find a place for an atom before all others move
_PATIENCE: Final = 15  # such rounds in vain are 1000 failures: then hard spheres shrink ...
_SHRINK: Final = 0.1  # ... by this, Angstrom, ...
_ROUNDING: Final = 0.02  # ... unless no more than this share of the disordered atoms is left


class Neighbours(NamedTuple):
    """Neighbours of the n sites of a cell, nearest first, and where they are in a supercell.

    Site i of cell c of the supercell has the number i C + c, if C is the number of cells.

    Args:
        start: (n + 1,) first entry of each site.
        site: (k,) the neighbour.
        translation: (k,) lattice translation to its cell.
        distance: (k,) in Angstrom.
        moved: (t, C) where a translation leads to from a cell.
    """

    start: Integers
    site: Integers
    translation: Integers
    distance: FloatArray
    moved: Integers


class Groups(NamedTuple):
    """Disordered sites of a supercell, in groups that share atoms.

    Args:
        members: (d,) their numbers, group by group.
        start: (g + 1,) first member of each group.
        group: (n C,) group of each site of the supercell, -1 for ordered sites.
    """

    members: Integers
    start: Integers
    group: Integers


@njit(cache=True)
def find_neighbours(
    points: FloatArray, shifts: FloatArray, reach: FloatArray, moved: Integers
) -> Neighbours:
    """Return all neighbours by brute force: cells have some hundred sites at most.

    Args:
        points: (n, 3) Cartesian positions, Angstrom.
        shifts: (t, 3) lattice translations, Angstrom.
        reach: (n, n) distance up to which the second site is a neighbour of the first.
        moved: (t, C) see :class:`Neighbours`.
    """
    count = len(points)
    start = np.zeros(count + 1, np.int64)
    site = np.empty(0, np.int64)
    translation = np.empty(0, np.int64)
    distance = np.empty(0)
    for fill in (False, True):
        number = 0
        for i in range(count):
            start[i] = number
            for j in range(count):
                limit = reach[i, j] * abs(reach[i, j])
                for t in range(len(shifts)):
                    x = points[j, 0] - points[i, 0] + shifts[t, 0]
                    y = points[j, 1] - points[i, 1] + shifts[t, 1]
                    z = points[j, 2] - points[i, 2] + shifts[t, 2]
                    square = x * x + y * y + z * z
                    if square > limit or (i == j and square < _SAME):
                        continue
                    if fill:
                        site[number], translation[number] = j, t
                        distance[number] = math.sqrt(square)
                    number += 1
            if fill:
                order = start[i] + np.argsort(distance[start[i] : number], kind="mergesort")
                site[start[i] : number] = site[order]
                translation[start[i] : number] = translation[order]
                distance[start[i] : number] = distance[order]
        start[count] = number
        if not fill:
            site, translation = np.empty(number, np.int64), np.empty(number, np.int64)
            distance = np.empty(number)
    return Neighbours(start, site, translation, distance, moved)


@njit(cache=True)
def relax(
    rng: np.random.Generator,
    filled: Integers,
    groups: Groups,
    alternatives: Neighbours,
    radius: float,
) -> float:
    """Move atoms that touch another one to empty sites of their group where they touch none.

    Args:
        rng: Source of randomness.
        filled: (n C,) element of each site of the supercell; changed in place.
        groups: Between whose sites atoms may move.
        alternatives: Pairs of sites that touch if both are filled and nearer than the radius.
        radius: Angstrom.

    Atoms that find no place are left out if they are few, as rounded occupancies make them.

    Returns:
        The radius that is kept: 0.1 Angstrom less for each time that too many atoms found no place
        in 1000 tries, all others moving.
    """
    atoms = (filled[groups.members] != EMPTY).sum()
    while radius > 0:
        fewest, waited = len(filled), 0
        while waited < _PATIENCE:
            homeless = _settle(rng, filled, groups, alternatives, radius)
            if homeless == 0:
                return radius
            waited = waited + 1 if homeless >= fewest else 0
            fewest = min(homeless, fewest)
            sweep(rng, filled, groups, alternatives, radius)
        if fewest <= _ROUNDING * atoms:
            _leave_out(filled, groups, alternatives, radius)
            return radius
        radius -= _SHRINK
    return 0.0


@njit(cache=True)
def _leave_out(filled: Integers, groups: Groups, alternatives: Neighbours, radius: float) -> None:
    for here in groups.members:
        if filled[here] != EMPTY and _touches(filled, here, here, alternatives, radius):
            filled[here] = EMPTY


@njit(cache=True)
def _settle(
    rng: np.random.Generator,
    filled: Integers,
    groups: Groups,
    alternatives: Neighbours,
    radius: float,
) -> int:
    """Try some places for each atom that touches another one; return how many found none."""
    homeless = 0
    for here in groups.members:
        if filled[here] == EMPTY or not _touches(filled, here, here, alternatives, radius):
            continue
        homeless += 1
        for trial in range(_TRIES):
            there = _partner(rng, here, groups, alternatives, trial)
            if filled[there] == EMPTY and not _touches(filled, there, here, alternatives, radius):
                filled[there], filled[here] = filled[here], EMPTY
                homeless -= 1
                break
    return homeless


@njit(cache=True)
def sweep(
    rng: np.random.Generator,
    filled: Integers,
    groups: Groups,
    alternatives: Neighbours,
    radius: float,
) -> None:
    """Try as many exchanges within groups as there are disordered sites; refuse those that touch.

    Arguments are those of :func:`relax`. All occupations without contact are equally likely, so
    the Metropolis rule accepts every other exchange.
    """
    for trial in range(len(groups.members)):
        here = groups.members[rng.integers(0, len(groups.members))]
        there = _partner(rng, here, groups, alternatives, trial)
        if filled[here] == EMPTY:
            here, there = there, here
        if filled[here] == filled[there]:
            continue
        if filled[there] == EMPTY and _touches(filled, there, here, alternatives, radius):
            continue
        filled[here], filled[there] = filled[there], filled[here]


@njit(cache=True)
def _partner(
    rng: np.random.Generator, here: int, groups: Groups, alternatives: Neighbours, trial: int
) -> int:
    """Return a random site of the same group: in every other trial one of the alternatives."""
    group = groups.group[here]
    cells = alternatives.moved.shape[1]
    site, cell = here // cells, here % cells
    first, last = alternatives.start[site], alternatives.start[site + 1]
    if trial % 2 == 0 and last > first:
        k = rng.integers(first, last)
        there = alternatives.site[k] * cells + alternatives.moved[alternatives.translation[k], cell]
        return there if groups.group[there] == group else here
    return groups.members[rng.integers(groups.start[group], groups.start[group + 1])]


@njit(cache=True)
def _touches(
    filled: Integers, number: int, vacated: int, alternatives: Neighbours, radius: float
) -> bool:
    """Whether an atom at site ``number`` would touch another one than that at ``vacated``."""
    cells = alternatives.moved.shape[1]
    site, cell = number // cells, number % cells
    for k in range(alternatives.start[site], alternatives.start[site + 1]):
        if alternatives.distance[k] >= radius:
            break
        moved = alternatives.moved[alternatives.translation[k], cell]
        other = alternatives.site[k] * cells + moved
        if filled[other] != EMPTY and other != vacated:
            return True
    return False
