"""Compiled sums over pairs of points and atoms within a cut-off, all periodic images included.

They are in one file because Numba's cache notices changes of a function's own file only.
"""

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.chemistry.neighbours import IndexArray
from discovery.types import FloatArray

_CORE: Final = 0.01  # Angstrom; on top of a nucleus energies are those of this distance
_FINENESS: Final = 64.0  # spline rows per square Angstrom: right within 2e-7 eV
_NEAR: Final = 1.0  # square Angstrom; nearer pairs are calculated, not interpolated


@njit(cache=True)
def pair_energy(potential: FloatArray, square: float) -> tuple[float, float, float]:
    """Return a pair's energy (eV), its first (eV/A^2) and second (eV/A^4) derivative.

    Args:
        potential: (6,) row of :attr:`Field.potential`.
        square: Squared distance, A^2, by which derivatives are taken.
    """
    r = math.sqrt(max(square, _CORE * _CORE))
    depth, stiffness, minimum = potential[0], potential[1], potential[2]
    strength, length = potential[3], potential[4]
    energy, slope, bend = 0.0, 0.0, 0.0
    if depth != 0.0:
        x = math.exp(stiffness * (minimum - r))
        energy = 0.5 * depth * x * (x - 2.0)
        slope = depth * stiffness * x * (1.0 - x)
        bend = depth * stiffness * stiffness * x * (2.0 * x - 1.0)
    if strength != 0.0:
        screened = strength * math.erfc(r / length) / r
        gauss = strength * math.exp(-((r / length) ** 2)) * 2.0 / math.sqrt(math.pi) / length
        energy += screened
        slope -= (screened + gauss) / r
        bend += 2.0 * (screened + gauss) / (r * r) + 2.0 * gauss / (length * length)
    return energy, 0.5 * slope / r, 0.25 * (bend - slope / r) / (r * r)


@njit(cache=True)
def sum_pairs(
    cell: FloatArray,
    away: FloatArray,
    kind: IndexArray,
    weight: FloatArray,
    potential: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """Sum over all images of the centres, ``away`` (n, 3) from the point, fractional."""
    reach = potential[:, 5].max()
    wide0, wide1 = _widths(cell)
    wide0, wide1 = wide0 * reach, wide1 * reach
    square2 = (cell[2] ** 2).sum()
    energy, gradient, hessian, bond = 0.0, np.zeros(3), np.zeros((3, 3)), np.zeros(3)
    for atom in range(len(away)):
        row = potential[kind[atom]]
        u, v, w = away[atom]
        for i in range(math.ceil(-wide0 - u), math.floor(wide0 - u) + 1):
            for j in range(math.ceil(-wide1 - v), math.floor(wide1 - v) + 1):
                half, beside, first, last = _chord(cell, u + i, v + j, w, row[5] ** 2)
                for k in range(first, last + 1):
                    value, slope, bend = pair_energy(row, beside + (half + k) ** 2 * square2)
                    energy += weight[atom] * value
                    slope *= 2.0 * weight[atom]
                    bend *= 4.0 * weight[atom]
                    for x in range(3):
                        bond[x] = (u + i) * cell[0, x] + (v + j) * cell[1, x] + (w + k) * cell[2, x]
                        gradient[x] -= slope * bond[x]
                        hessian[x, x] += slope
                    for x in range(3):
                        for y in range(3):
                            hessian[x, y] += bend * bond[x] * bond[y]
    return energy, gradient, hessian


@njit(cache=True)
def splines(potential: FloatArray) -> FloatArray:
    """(k, rows, 4) polynomials in the squared distance: cubic Hermite between exact values."""
    rows = math.ceil((potential[:, 5].max() ** 2 - _NEAR) * _FINENESS) + 1
    spline = np.empty((len(potential), rows, 4))
    for k in range(len(potential)):
        left, slope, _ = pair_energy(potential[k], _NEAR)
        for row in range(rows):
            right, end, _ = pair_energy(potential[k], _NEAR + (row + 1) / _FINENESS)
            rise, first, last = right - left, slope / _FINENESS, end / _FINENESS
            spline[k, row, 0] = left
            spline[k, row, 1] = first
            spline[k, row, 2] = 3 * rise - 2 * first - last
            spline[k, row, 3] = first + last - 2 * rise
            left, slope = right, end
    return spline


@njit(cache=True)
def add_pairs(
    energy: FloatArray,
    steps: FloatArray,
    centre: FloatArray,
    kind: IndexArray,
    weight: FloatArray,
    potential: FloatArray,
    spline: FloatArray,
) -> None:
    """Add each centre's potential to the points within its cut-off, in all periodic images."""
    n0, n1, n2 = energy.shape
    wide0, wide1 = _widths(steps)
    square2 = (steps[2] ** 2).sum()
    longest = 2 * math.ceil(potential[:, 5].max() / math.sqrt(square2)) + 2
    rows, rest = np.empty(longest, np.int32), np.empty(longest)
    for atom in range(len(centre)):
        k, share = kind[atom], weight[atom]
        reach0, reach1 = potential[k, 5] * wide0, potential[k, 5] * wide1
        u, v, w = centre[atom]
        for i in range(math.ceil(u - reach0), math.floor(u + reach0) + 1):
            for j in range(math.ceil(v - reach1), math.floor(v + reach1) + 1):
                half, beside, first, last = _chord(steps, i - u, j - v, -w, potential[k, 5] ** 2)
                if last < first:
                    continue
                line = energy[i % n0, j % n1]
                middle = last + 1
                if beside < _NEAR:
                    _, _, middle, end = _chord(steps, i - u, j - v, -w, _NEAR)
                    for m in range(middle, end + 1):
                        square = beside + (m + half) ** 2 * square2
                        line[m % n2] += share * pair_energy(potential[k], square)[0]
                    _interpolate(rows, rest, end + 1, last, half, beside, square2)
                    _add_line(line, end + 1, last, share, spline[k], rows, rest)
                _interpolate(rows, rest, first, middle - 1, half, beside, square2)
                _add_line(line, first, middle - 1, share, spline[k], rows, rest)


# two loops, because a processor works on several points at once only in the first


@njit(cache=True)
def _interpolate(
    rows: NDArray[np.int32],
    rest: FloatArray,
    first: int,
    last: int,
    half: float,
    beside: float,
    square2: float,
) -> None:
    """Look up in which row of the splines points first..last of a line are, and where in it."""
    for t in range(last - first + 1):
        u = first + t + half
        x = (beside + u * u * square2 - _NEAR) * _FINENESS
        rows[t] = np.int32(x)
        rest[t] = x - rows[t]


@njit(cache=True)
def _add_line(
    line: FloatArray,
    first: int,
    last: int,
    weight: float,
    spline: FloatArray,
    rows: NDArray[np.int32],
    rest: FloatArray,
) -> None:
    """Add the interpolated potential to points first..last of a line that repeats itself."""
    m = first
    while m <= last:
        begin, done = m % len(line), m - first
        run = min(len(line) - begin, last - m + 1)
        for t in range(run):
            row, x = np.uint32(rows[done + t]), rest[done + t]
            line[begin + t] += weight * (
                spline[row, 0] + x * (spline[row, 1] + x * (spline[row, 2] + x * spline[row, 3]))
            )
        m += run


@njit(cache=True)
def lower_to_nearest(
    room: FloatArray, steps: FloatArray, centre: FloatArray, radius: FloatArray, reach: float
) -> None:
    """Lower each point to its distance from every ion whose surface is within reach."""
    n0, n1, n2 = room.shape
    wide0, wide1 = _widths(steps)
    square2 = (steps[2] ** 2).sum()
    for atom in range(len(centre)):
        far = radius[atom] + reach
        u, v, w = centre[atom]
        for i in range(math.ceil(u - far * wide0), math.floor(u + far * wide0) + 1):
            for j in range(math.ceil(v - far * wide1), math.floor(v + far * wide1) + 1):
                half, beside, first, last = _chord(steps, i - u, j - v, -w, far * far)
                line = room[i % n0, j % n1]
                for m in range(first, last + 1):
                    gap = math.sqrt(beside + (m + half) ** 2 * square2) - radius[atom]
                    line[m % n2] = min(line[m % n2], gap)


@njit(cache=True)
def _widths(vectors: FloatArray) -> tuple[float, float]:
    """Return how many lines of points per Angstrom cross the first two axes of a lattice.

    Args:
        vectors: (3, 3) from a point to the next as rows, Angstrom.
    """
    # planes of constant first coordinate lie 1/|first column of the inverse| apart
    inverse = np.linalg.inv(vectors)
    first, second = (inverse[:, 0] ** 2).sum(), (inverse[:, 1] ** 2).sum()
    return math.sqrt(first), math.sqrt(second)


@njit(cache=True)
def _chord(
    vectors: FloatArray, a: float, b: float, c: float, square: float
) -> tuple[float, float, int, int]:
    """Return where the line of points (a, b, c + k), k whole, passes a sphere at the origin.

    Args:
        vectors: (3, 3) of the lattice as rows, Angstrom.
        a: Coordinates along the vectors.
        b: Likewise.
        c: Likewise.
        square: Squared radius of the sphere, A^2.

    Returns:
        ``half`` and ``beside``, such that the squared distance of point k from the origin is
        beside + (k + half)^2 |third vector|^2, and the first and the last k inside; the last
        comes before the first if the line passes outside.
    """
    step, half, beside = 0.0, 0.0, 0.0
    for x in range(3):
        start = a * vectors[0, x] + b * vectors[1, x] + c * vectors[2, x]
        step += vectors[2, x] * vectors[2, x]
        half += start * vectors[2, x]
        beside += start * start
    half /= step
    beside = max(beside - half * half * step, 0.0)  # rounding
    if beside > square:
        return half, beside, 0, -1
    width = math.sqrt((square - beside) / step)
    return half, beside, math.ceil(-half - width), math.floor(-half + width)
