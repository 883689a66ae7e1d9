"""Basins of a periodic energy grid, and the passes between them.

Points are taken in order of energy. A point without lower neighbours is a minimum and opens a
basin; any other joins the basin that its steepest descent leads to. Where the lower neighbours of
a point fall into several pieces that do not touch each other, the point is a pass (a saddle of
index one): it joins the basins below each piece. Since a region can become connected, or wind
around the cell, at such a point only, the network of basins and passes percolates exactly at the
level at which the grid does (Morse theory; neighbours share a face, an edge or a corner).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.types import FloatArray

_STEPS: Final = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if i or j or k]
)
_TOUCH: Final = np.abs(_STEPS[:, None] - _STEPS[None]).max(axis=2) <= 1
_UNSEEN: Final = -1
_HIGHER: Final = -2


@dataclass(frozen=True)
class Basins:
    """Minima of a grid and passes between them, the passes in order of energy.

    Args:
        minimum: (s, 3) grid indices of the minima, in order of energy.
        i: (m,) basin on one side of a pass.
        j: (m,) basin on the other side.
        shift: (m, 3) lattice translation of ``j`` where ``i`` lies in the home cell.
        level: (m,) energy of the pass, eV.
    """

    minimum: NDArray[np.int64]
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    shift: NDArray[np.int64]
    level: FloatArray


def find_basins(cell: FloatArray, energy: FloatArray, ceiling: float) -> Basins:
    """Return the basins and passes at or below an energy.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        energy: (n1, n2, n3) eV, each n at least 4 so that no point is its own neighbour twice.
        ceiling: eV; what lies higher is not looked at.
    """
    shape = np.array(energy.shape)
    flat = np.ascontiguousarray(energy, dtype=np.float64).ravel()
    inside = np.flatnonzero(flat <= ceiling)
    order = inside[np.argsort(flat[inside], kind="stable")]
    length = np.linalg.norm(_STEPS / shape @ cell, axis=1)
    minima, passes = _flood(flat, order, shape, length)
    grid = np.stack(np.unravel_index(minima, energy.shape), axis=1)
    return Basins(
        grid.astype(np.int64), passes[:, 0], passes[:, 1], passes[:, 2:5], flat[passes[:, 5]]
    )


@njit(cache=True)
def _flood(
    energy: FloatArray,
    order: NDArray[np.intp],
    shape: NDArray[np.int64],
    length: FloatArray,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return flat indices of minima, and passes as rows (i, j, shift, flat index)."""
    label = np.full(len(energy), -1, np.int64)
    offset = np.zeros((len(energy), 3), np.int64)  # of the image of the basin's minimum
    near, wrap = np.empty(len(_STEPS), np.int64), np.empty((len(_STEPS), 3), np.int64)
    piece, slope = np.empty(len(_STEPS), np.int64), np.empty(len(_STEPS))
    minima, passes = [np.int64(0) for _ in range(0)], [np.zeros(6, np.int64) for _ in range(0)]
    for point in order:
        _look_around(point, shape, near, wrap)
        for k in range(len(_STEPS)):
            piece[k] = _UNSEEN if label[near[k]] >= 0 else _HIGHER
            slope[k] = (energy[point] - energy[near[k]]) / length[k]
        steepest = _steepest_by_piece(piece, slope)
        if not len(steepest):
            label[point] = len(minima)
            minima.append(point)
            continue
        way = steepest[np.argmax(slope[steepest])]
        label[point] = label[near[way]]
        offset[point] = offset[near[way]] + wrap[way]
        for a in steepest:
            for b in steepest:
                if b == a:
                    break
                i, j = label[near[a]], label[near[b]]
                shift = offset[near[b]] + wrap[b] - offset[near[a]] - wrap[a]
                if i != j or shift.any():
                    passes.append(np.array([i, j, shift[0], shift[1], shift[2], point]))
    rows = np.empty((len(passes), 6), np.int64)
    for row, found in enumerate(passes):
        rows[row] = found
    return np.array(minima, dtype=np.int64), rows


@njit(cache=True, inline="always")
def _look_around(
    point: int, shape: NDArray[np.int64], near: NDArray[np.int64], wrap: NDArray[np.int64]
) -> None:
    """Set the indices of the neighbours of a point, and the cells that they lie in."""
    here = (point // (shape[1] * shape[2]), point // shape[2] % shape[1], point % shape[2])
    for k in range(len(_STEPS)):
        index = 0
        for axis in range(3):
            x = here[axis] + _STEPS[k, axis]
            wrap[k, axis] = -1 if x < 0 else (1 if x >= shape[axis] else 0)
            index = index * shape[axis] + x - wrap[k, axis] * shape[axis]
        near[k] = index


@njit(cache=True)
def _steepest_by_piece(piece: NDArray[np.int64], slope: FloatArray) -> NDArray[np.int64]:
    """Sort the lower neighbours into pieces that touch; return the steepest way into each."""
    best, todo = np.empty(len(piece), np.int64), np.empty(len(piece), np.int64)
    pieces = 0
    for first in range(len(piece)):
        if piece[first] != _UNSEEN:
            continue
        best[pieces], piece[first], todo[0], waiting = first, pieces, first, 1
        while waiting:
            waiting -= 1
            a = todo[waiting]
            if slope[a] > slope[best[pieces]]:
                best[pieces] = a
            for b in range(len(piece)):
                if piece[b] == _UNSEEN and _TOUCH[a, b]:
                    piece[b], todo[waiting] = pieces, b
                    waiting += 1
        pieces += 1
    return best[:pieces]
