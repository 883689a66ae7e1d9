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
from discovery.transport.percolation import Percolation, percolation
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


def percolating_path(
    landscape: Landscape, dimension: int = 3, *, found: Percolation | None = None
) -> MigrationPath:
    """Return the path that completes percolation in a dimension.

    It passes the critical point of that level and nowhere anything higher, and leads to a translate
    that the region just below the level does not reach. Among such paths it is the one with the
    smallest integral of (energy above the minimum + 0.1 eV) along it: short, and low.

    Args:
        landscape: Energies on a periodic grid.
        dimension: 1, 2 or 3.
        found: Critical points and windings of the landscape, where they are known.

    Raises:
        InvalidInputError: The dimension is not 1, 2 or 3, or the landscape does not percolate so.
    """
    if dimension not in (1, 2, 3):
        raise InvalidInputError(f"a path percolates in 1, 2 or 3 dimensions, not {dimension}")
    found = found or percolation(landscape)
    critical = found.points[dimension - 1]
    if critical is None:
        raise InvalidInputError(f"the landscape does not percolate in {dimension} dimensions")
    flat = landscape.energy.ravel()
    inside = np.flatnonzero(flat <= landscape.energy[critical])
    number = np.full(flat.size, -1, dtype=np.int64)
    number[inside] = np.arange(len(inside))
    cost = flat[inside] - flat.min() + _TOLL
    start = int(number[np.ravel_multi_index(critical, landscape.shape)])
    lengths = np.linalg.norm(_STEPS @ landscape.steps, axis=1)
    across = _across(found.windings[dimension - 1])
    ends, came, cell = _search(start, inside, number, cost, lengths, landscape.shape, across)
    there, back = (_way(came, int(end)) for end in ends[:, 0])
    moved = ends[0, 1:] - ends[1, 1:]  # the second half of the loop starts in another cell
    points = np.concatenate([there[::-1], back])
    shifts = np.concatenate([cell[there[::-1]], cell[back] + moved])
    return _closed(landscape, inside[points], shifts)


def _way(came: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Return the points of the cheapest way from an end back to the start, both included."""
    way = [end]
    while came[way[-1]] >= 0:
        way.append(int(came[way[-1]]))
    return np.array(way)


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


def _across(windings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a matrix (m, 3) that maps exactly those translations to zero that windings span."""
    if not len(windings):
        return np.eye(3, dtype=np.int64)
    if len(windings) == 1:
        return np.cross(np.eye(3, dtype=np.int64), windings[0])
    return np.cross(windings[0], windings[1])[None]


@njit(cache=True)
def _search(
    start: int,
    inside: NDArray[np.int64],
    number: NDArray[np.int64],
    cost: FloatArray,
    lengths: FloatArray,
    shape: tuple[int, int, int],
    across: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Find the cheapest loop through the start whose winding ``across`` does not map to zero.

    That loop is two cheapest ways from the start and the step between their ends: if of three ways
    between two points two pairs close loops that map to zero, so does the third (the three-path
    condition of Thomassen, J. Combin. Theory B 48, 155 (1990)). One run of Dijkstra's algorithm
    over the points of one cell is therefore enough. It stops where ways are longer than half of
    the best loop.

    Returns:
        (2, 4) the two ends, each the number of an inside point and the cell it is reached in, the
        second as seen from the first; the point (n,) before each one, -1 for none; and the cell
        (n, 3) in which each is reached.
    """
    count = len(inside)
    best = np.full(count, math.inf)
    settled = np.zeros(count, np.bool_)
    came = np.full(count, -1, np.int64)
    cell = np.zeros((count, 3), np.int64)
    ends = np.zeros((2, 4), np.int64)
    loop = math.inf
    best[start] = 0.0
    queue = [(0.0, start)]
    n0, n1, n2 = shape
    while queue:
        paid, here = heapq.heappop(queue)
        if 2 * paid >= loop:
            break
        if settled[here]:
            continue
        settled[here] = True
        point = inside[here]
        for step in range(len(_STEPS)):
            x = point // (n1 * n2) + _STEPS[step, 0]
            y = point // n2 % n1 + _STEPS[step, 1]
            z = point % n2 + _STEPS[step, 2]
            there = number[(x % n0 * n1 + y % n1) * n2 + z % n2]
            if there < 0:
                continue
            a = cell[here, 0] + x // n0
            b = cell[here, 1] + y // n1
            c = cell[here, 2] + z // n2
            total = paid + 0.5 * (cost[here] + cost[there]) * lengths[step]
            if settled[there]:
                u, v, w = a - cell[there, 0], b - cell[there, 1], c - cell[there, 2]
                if total + best[there] < loop and _is_new(across, u, v, w):
                    loop = total + best[there]
                    ends[0] = here, a, b, c
                    ends[1, 0] = there
                    ends[1, 1:] = cell[there]
            elif total < best[there]:
                best[there] = total
                came[there] = here
                cell[there] = a, b, c
                heapq.heappush(queue, (total, there))
    return ends, came, cell


@njit(cache=True)
def _is_new(across: NDArray[np.int64], u: int, v: int, w: int) -> bool:
    for row in range(len(across)):
        if across[row, 0] * u + across[row, 1] * v + across[row, 2] * w != 0:
            return True
    return False
