"""Compiled kernels that relax orbits under the forces between ions."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from discovery.chemistry.neighbours import IndexArray
from discovery.types import FloatArray
from samplers.realise_frame import Frame, place, square_of, vector_between
from samplers.realise_ions import BINS, FIRST, REACH

SKIN = 1.2
"""Angstrom beyond the reach of forces within which neighbours are listed."""

_LONGEST_STEP = 0.25  # Angstrom
_RATE = 0.02  # Angstrom^2/eV; the inverse of what holds a bond of 2 Angstrom
_STILL = 0.02  # eV/Angstrom
_BIN = (REACH - FIRST) / (BINS - 1)


class Near(NamedTuple):
    """Neighbours of the first atom of each orbit.

    Args:
        start: (k + 1,) where those of each orbit begin.
        atom: (p,) index of the neighbour.
        shift: (p, 3) to add to the vector that leads from the neighbour, Angstrom.
    """

    start: IndexArray
    atom: IndexArray
    shift: FloatArray


@njit(cache=True)
def forces(frame: Frame, positions: FloatArray, near: Near, out: FloatArray) -> float:
    """Return the energy of the cell in eV; write the force on each v, (k, 3) in eV/Angstrom."""
    total = 0.0
    points = positions @ frame.cell
    pull = np.empty(3)
    gap = np.empty(3)
    for k in range(len(frame.first) - 1):
        i = frame.first[k]
        pull[:] = 0.0
        own = 0.0
        for p in range(near.start[k], near.start[k + 1]):
            j = near.atom[p]
            square = 0.0
            for x in range(3):
                gap[x] = points[i, x] - points[j, x] + near.shift[p, x]
                square += gap[x] * gap[x]
            if square < REACH * REACH:
                spot = max((math.sqrt(square) - FIRST) / _BIN, 0.0)
                b = min(int(spot), BINS - 2)
                share = spot - b
                energy = frame.energy[frame.kind[i], frame.kind[j]]
                own += energy[b] + share * (energy[b + 1] - energy[b])
                slope = frame.slope[frame.kind[i], frame.kind[j]]
                s = slope[b] + share * (slope[b + 1] - slope[b])
                for x in range(3):
                    pull[x] += s * gap[x]
        total += 0.5 * (frame.first[k + 1] - i) * own
        for f in range(3):
            out[k, f] = 0.0
        for y in range(3):
            along = 0.0
            for x in range(3):
                along += pull[x] * frame.cell[y, x]
            for f in range(3):
                out[k, f] -= along * frame.maps[i, y, f]
    return total


@njit(cache=True)
def neighbours(frame: Frame, positions: FloatArray) -> Near:
    """Return all neighbours of the first atom of each orbit, a little farther than forces reach."""
    start = np.zeros(len(frame.first), dtype=np.intp)
    capacity = 64 * len(start)
    atom = np.empty(capacity, dtype=np.intp)
    shift = np.empty((capacity, 3))
    gap = np.empty(3)
    wrap = np.empty(3)
    count = 0
    reach = REACH + SKIN
    for k in range(len(frame.first) - 1):
        i = frame.first[k]
        for j in range(len(frame.kind)):
            vector_between(frame.cell, positions, i, j, gap)
            for x in range(3):
                wrap[x] = gap[x]
                for y in range(3):
                    wrap[x] -= (positions[i, y] - positions[j, y]) * frame.cell[y, x]
            far = reach + math.sqrt(gap[0] ** 2 + gap[1] ** 2 + gap[2] ** 2)
            for t in range(1 if i == j else 0, len(frame.images)):
                if frame.far[t] > far:
                    break
                if square_of(gap, frame.images[t]) < reach * reach:
                    if count == capacity:
                        capacity *= 2
                        wider, longer = np.empty(capacity, dtype=np.intp), np.empty((capacity, 3))
                        wider[:count], longer[:count] = atom, shift
                        atom, shift = wider, longer
                    atom[count] = j
                    for x in range(3):
                        shift[count, x] = wrap[x] + frame.images[t, x]
                    count += 1
        start[k + 1] = count
    return Near(start, atom, shift)


@njit(cache=True)
def relax(frame: Frame, v: FloatArray, positions: FloatArray, steps: int) -> float:
    """Move v (k, 3) and positions (n, 3) to a minimum nearby; return its energy in eV per cell.

    Steps have the lengths of Barzilai & Borwein, IMA J. Numer. Anal. 8, 141 (1988), eq. 5, where no
    orbit goes farther than a quarter of an Angstrom; the lowest energy met counts.
    """
    n, k = len(frame.kind), len(v)
    force, last = np.empty((k, 3)), np.empty((k, 3))
    step = np.empty((k, 3))
    place(frame, v, positions, 0, n)
    near = neighbours(frame, positions)
    listed = v.copy()
    energy = forces(frame, positions, near, force)
    best, kept = energy, v.copy()
    rate = _RATE
    for _ in range(steps):
        if _largest(force) < _STILL:
            break
        _limit(force, rate, step)
        last[:] = force
        v += step
        place(frame, v, positions, 0, n)
        if 2 * _largest(v - listed) > SKIN:
            near = neighbours(frame, positions)
            listed[:] = v
        energy = forces(frame, positions, near, force)
        if energy < best:
            best = energy
            kept[:] = v
        along = curve = 0.0
        for a in range(k):
            weight = frame.first[a + 1] - frame.first[a]
            for x in range(3):
                along += weight * step[a, x] * step[a, x]
                curve += weight * step[a, x] * (last[a, x] - force[a, x])
        rate = min(max(along / curve, _RATE / 10), _RATE * 10) if curve > 0 else _RATE
    v[:] = kept
    place(frame, v, positions, 0, n)
    return best


@njit(cache=True)
def _limit(force: FloatArray, rate: float, step: FloatArray) -> None:
    """Write steps along the forces, each orbit's own no longer than allowed."""
    for a in range(len(force)):
        size = math.sqrt(force[a, 0] ** 2 + force[a, 1] ** 2 + force[a, 2] ** 2)
        scale = min(rate, _LONGEST_STEP / size) if size > 0 else 0.0
        for x in range(3):
            step[a, x] = scale * force[a, x]


@njit(cache=True)
def _largest(force: FloatArray) -> float:
    largest = 0.0
    for a in range(len(force)):
        size = force[a, 0] ** 2 + force[a, 1] ** 2 + force[a, 2] ** 2
        largest = max(largest, size)
    return math.sqrt(largest)
