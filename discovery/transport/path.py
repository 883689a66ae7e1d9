"""The way an ion takes through a crystal: a path of the grid that percolates."""

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.transport.landscape import Landscape
from discovery.transport.percolation import percolation
from discovery.types import FloatArray

_TOLL: Final = 0.1  # eV; what a path pays for its length at the minimum, so that it takes no detour
_STEPS: Final = np.array([step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)])


@dataclass(frozen=True)
class MigrationPath:
    """A path that closes up to a lattice translation.

    Args:
        positions: (k, 3) fractional coordinates, unwrapped; the last point is the first one
            translated by ``winding``, and both have the lowest energy on the path.
        energies: (k,) eV above the minimum of the landscape.
        winding: (3,) lattice translation from the first point to the last.
        length: Angstrom.
    """

    positions: FloatArray
    energies: FloatArray
    winding: NDArray[np.int64]
    length: float


def percolating_path(landscape: Landscape, dimension: int = 3) -> MigrationPath:
    """Return the path that completes percolation in a dimension.

    It passes the critical point of that level and nowhere anything higher, and leads to a translate
    that the region just below the level does not reach. Among such paths it is the one with the
    smallest integral of (energy above the minimum + 0.1 eV) along it: short, and low.

    Args:
        landscape: Energies on a periodic grid.
        dimension: 1, 2 or 3.

    Raises:
        InvalidInputError: The dimension is not 1, 2 or 3, or the landscape does not percolate so.
    """
    if dimension not in (1, 2, 3):
        raise InvalidInputError(f"a path percolates in 1, 2 or 3 dimensions, not {dimension}")
    found = percolation(landscape)
    critical = found.points[dimension - 1]
    if critical is None:
        raise InvalidInputError(f"the landscape does not percolate in {dimension} dimensions")
    flat = landscape.energy.ravel()
    inside = np.flatnonzero(flat <= landscape.energy[critical])
    number = np.full(flat.size, -1, dtype=np.int32)
    number[inside] = np.arange(len(inside))
    cost = flat[inside] - flat.min() + _TOLL
    start = int(number[np.ravel_multi_index(critical, landscape.shape)])
    lengths = np.linalg.norm(_STEPS @ landscape.steps, axis=1)
    nodes = np.empty((0, 4), dtype=np.int64)
    for around in itertools.count(1):  # a wider and wider block of cells, until a path stays inside
        goal = _independent(found.windings[dimension - 1], around)
        nodes = _search(start, inside, number, cost, lengths, landscape.shape, goal)
        if len(nodes):
            break
    return _closed(landscape, inside[nodes[:, 0]], nodes[:, 1:])


def _closed(
    landscape: Landscape, points: NDArray[np.int64], shifts: NDArray[np.int64]
) -> MigrationPath:
    """Return the path from its lowest point on; the last of the points repeats the first."""
    winding = shifts[-1] - shifts[0]
    energy = landscape.energy.ravel()[points]
    grid = np.stack(np.unravel_index(points, landscape.shape), axis=1)
    place = grid / np.array(landscape.shape) + shifts
    low = int(np.argmin(energy[:-1]))
    place = np.concatenate([place[low:], place[1 : low + 1] + winding])
    energy = np.concatenate([energy[low:], energy[1 : low + 1]])
    length = float(np.linalg.norm(np.diff(place, axis=0) @ landscape.cell, axis=1).sum())
    return MigrationPath(place, energy - float(landscape.energy.min()), winding, length)


def _independent(windings: NDArray[np.int64], around: int) -> NDArray[np.bool_]:
    """Return which translations (s, s, s), from -around to around, do not depend on windings."""
    reach = range(-around, around + 1)
    rank = [
        np.linalg.matrix_rank(np.vstack([windings, shift]))
        for shift in itertools.product(reach, repeat=3)
    ]
    return (np.array(rank) > len(windings)).reshape((len(reach),) * 3)


@njit(cache=True)
def _search(
    start: int,
    inside: NDArray[np.int64],
    number: NDArray[np.int32],
    cost: FloatArray,
    lengths: FloatArray,
    shape: tuple[int, int, int],
    goal: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the cheapest way (k, 4) from the start to a translate of it that is a goal.

    Rows are the number of an inside point and the cell it is in; none if every way leaves the
    block of cells that ``goal`` (s, s, s) describes, the home cell in its middle (Dijkstra).
    """
    count, side = len(inside), len(goal)
    around = side // 2
    best = np.full(count * side**3, math.inf)
    came = np.full(count * side**3, -1, np.int8)
    first = (around * side + around) * side + around
    best[first * count + start] = 0.0
    queue = [(0.0, first * count + start)]
    n0, n1, n2 = shape
    end = -1
    while queue:
        paid, state = heapq.heappop(queue)
        if paid > best[state]:
            continue
        here, block = state % count, state // count
        a, b, c = block // side**2 - around, block // side % side - around, block % side - around
        if here == start and goal[a + around, b + around, c + around]:
            end = state
            break
        point = inside[here]
        for step in range(len(_STEPS)):
            x = point // (n1 * n2) + _STEPS[step, 0]
            y = point // n2 % n1 + _STEPS[step, 1]
            z = point % n2 + _STEPS[step, 2]
            next_ = number[(x % n0 * n1 + y % n1) * n2 + z % n2]
            p, q, r = a + x // n0 + around, b + y // n1 + around, c + z // n2 + around
            if next_ < 0 or min(p, q, r) < 0 or max(p, q, r) >= side:
                continue
            there = ((p * side + q) * side + r) * count + next_
            total = paid + 0.5 * (cost[here] + cost[next_]) * lengths[step]
            if total < best[there]:
                best[there] = total
                came[there] = step
                heapq.heappush(queue, (total, there))
    return _retrace(end, came, inside, number, shape, side)


@njit(cache=True)
def _retrace(
    end: int,
    came: NDArray[np.int8],
    inside: NDArray[np.int64],
    number: NDArray[np.int32],
    shape: tuple[int, int, int],
    side: int,
) -> NDArray[np.int64]:
    """Return the rows of :func:`_search`, in order, by going back from the last state."""
    count, around = len(inside), side // 2
    n0, n1, n2 = shape
    rows = []
    state = end
    while state >= 0:
        here, block = state % count, state // count
        a, b, c = block // side**2, block // side % side, block % side
        rows.append((here, a - around, b - around, c - around))
        step = came[state]
        if step < 0:
            break
        point = inside[here]
        x = point // (n1 * n2) - _STEPS[step, 0]
        y = point // n2 % n1 - _STEPS[step, 1]
        z = point % n2 - _STEPS[step, 2]
        here = number[(x % n0 * n1 + y % n1) * n2 + z % n2]
        state = (((a + x // n0) * side + b + y // n1) * side + c + z // n2) * count + here
    path = np.empty((len(rows), 4), np.int64)
    for k in range(len(rows)):
        for column in range(4):
            path[len(rows) - 1 - k, column] = rows[k][column]
    return path
