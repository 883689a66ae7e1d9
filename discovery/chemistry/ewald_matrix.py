"""The Ewald sum of a cell as one matrix, and what changes when charges move.

With E = 1/2 q^T M q, where M depends on positions alone, the potentials M q tell the energy of any
exchange of charges in O(1) and follow it in O(n): what a search over orderings needs. The sum is
that of :mod:`~discovery.chemistry.electrostatics`: conducting surroundings, a uniform background
against a net charge, energies in eV, charges in units of e.
"""

import math
from typing import Final

import numpy as np
from numba import njit

from discovery.cells import compact_cell
from discovery.chemistry.electrostatics import ACCURACY, COINCIDENT, COULOMB, half_of_reciprocal
from discovery.chemistry.neighbours import IndexArray
from discovery.chemistry.supercells import repeated_positions, shifts
from discovery.errors import InvalidStructureError
from discovery.types import FloatArray

_RECIPROCAL_SHARE: Final = 1.0  # measured: a pair costs what a reciprocal vector costs


def ewald_matrix(
    cell: FloatArray,
    positions: FloatArray,
    *,
    times: tuple[int, int, int] = (1, 1, 1),
    shortest: float = 0.0,
) -> FloatArray:
    """Return M (n, n) in eV/e^2 with E = 1/2 q^T M q, self and background terms included.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        positions: (s, 3) fractional coordinates.
        times: Repeat the cell so often along its vectors; n = s * product, in the order of
            :func:`discovery.chemistry.supercells.repeated_positions`. Only s rows are summed, the
            others follow by translation.
        shortest: Angstrom. Two charges nearer than this interact as at this distance, so that
            alternatives that are never both present may coincide.

    Raises:
        InvalidStructureError: Two positions coincide and ``shortest`` is zero.
    """
    large = cell * np.asarray(times)[:, None]
    points = repeated_positions(positions, times)
    count = math.prod(times)
    rows = np.arange(0, len(points), count)
    block = _rows(large, points, rows, shortest)
    if count == 1:
        return block
    offset = shifts(times)
    difference = (offset[None, :, :] - offset[:, None, :]) % times
    image = np.ravel_multi_index(tuple(np.moveaxis(difference, -1, 0)), times)
    spread = block.reshape(len(rows), len(rows), count)[:, :, image]
    return np.ascontiguousarray(spread.transpose(0, 2, 1, 3)).reshape(len(points), len(points))


@njit(cache=True)
def swap_change(
    matrix: FloatArray, potential: FloatArray, charge: FloatArray, a: int, b: int
) -> float:
    """Return the change of energy (eV) if sites a and b exchange their charges.

    Args:
        matrix: (n, n) of :func:`ewald_matrix`.
        potential: (n,) ``matrix @ charge``, plus that of any charges outside, V.
        charge: (n,).
        a: Index of a site.
        b: Index of another.
    """
    step = charge[b] - charge[a]
    response = matrix[a, a] + matrix[b, b] - 2 * matrix[a, b]
    return step * (potential[a] - potential[b]) + 0.5 * step * step * response


@njit(cache=True)
def swap(matrix: FloatArray, potential: FloatArray, charge: FloatArray, a: int, b: int) -> None:
    """Exchange the charges of sites a and b; ``potential`` and ``charge`` follow in place."""
    step = charge[b] - charge[a]
    for k in range(len(potential)):
        potential[k] += step * (matrix[a, k] - matrix[b, k])
    charge[a], charge[b] = charge[b], charge[a]


def _rows(cell: FloatArray, positions: FloatArray, rows: IndexArray, shortest: float) -> FloatArray:
    """Rows of the matrix, (r, n)."""
    compact = compact_cell(cell)
    volume = abs(float(np.linalg.det(cell)))
    points = positions @ cell @ np.linalg.inv(compact)
    eta = math.pi * (_RECIPROCAL_SHARE * len(points) / volume**2) ** (1 / 3)
    cutoff = math.sqrt(ACCURACY / eta)
    matrix = np.empty((len(rows), len(points)))
    screening = (math.sqrt(eta), cutoff, shortest)
    nearest = _real(compact, points, rows, _images(compact, cutoff), screening, matrix)
    if nearest < COINCIDENT and shortest == 0:
        raise InvalidStructureError("two positions coincide; the energy of charges there diverges")
    waves = _waves(compact, points, eta)
    matrix += (8 * math.pi / volume) * (waves[:, rows].T @ waves)
    matrix -= math.pi / (volume * eta)
    matrix[np.arange(len(rows)), rows] -= 2 * math.sqrt(eta / math.pi)
    matrix *= COULOMB
    return matrix


def _waves(cell: FloatArray, positions: FloatArray, eta: float) -> FloatArray:
    """Cosines and sines (2 k, n) of half of the reciprocal vectors, by the root of their weight."""
    index, square = half_of_reciprocal(cell, eta)
    reach = np.abs(index).max(axis=0)
    weight = np.sqrt(np.exp(-square / (4 * eta)) / square)
    tables = [
        np.exp(2j * math.pi * np.arange(-k, k + 1)[:, None] * positions[:, axis])
        for axis, k in enumerate(reach)
    ]
    wave = weight[:, None] * tables[0][index[:, 0] + reach[0]]
    wave *= tables[1][index[:, 1] + reach[1]]
    wave *= tables[2][index[:, 2] + reach[2]]
    return np.concatenate([wave.real, wave.imag])


def _images(cell: FloatArray, cutoff: float) -> FloatArray:
    """Translations (t, 3) in Angstrom that bring a nearest image within the cut-off; 0 first."""
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = [np.arange(-k, k + 1) for k in np.floor(cutoff / heights + 0.5).astype(int)]
    index = np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3)
    return index[np.argsort(np.abs(index).sum(axis=1), kind="stable")] @ cell


@njit(cache=True)
def _real(
    cell: FloatArray,
    positions: FloatArray,
    rows: IndexArray,
    images: FloatArray,
    screening: tuple[float, float, float],
    out: FloatArray,
) -> float:
    """Fill (r, n) with the screened 1/distance of all images; return the shortest distance."""
    nearest = np.inf
    for r in range(len(rows)):
        for j in range(len(positions)):
            gap = positions[j] - positions[rows[r]]
            gap -= np.floor(gap + 0.5)
            x = gap[0] * cell[0, 0] + gap[1] * cell[1, 0] + gap[2] * cell[2, 0]
            y = gap[0] * cell[0, 1] + gap[1] * cell[1, 1] + gap[2] * cell[2, 1]
            z = gap[0] * cell[0, 2] + gap[1] * cell[1, 2] + gap[2] * cell[2, 2]
            total = 0.0
            for t in range(1 if j == rows[r] else 0, len(images)):
                square = (x + images[t, 0]) ** 2 + (y + images[t, 1]) ** 2 + (z + images[t, 2]) ** 2
                if square <= screening[1] * screening[1]:
                    distance = math.sqrt(square)
                    nearest = min(nearest, distance)
                    total += _screened(distance, screening[0], screening[2])
            out[r, j] = total
    return nearest


@njit(cache=True)
def _screened(distance: float, root: float, shortest: float) -> float:
    """Return erfc(root r) / r; below ``shortest`` with 1 / shortest in place of 1 / r."""
    if distance >= max(shortest, COINCIDENT):
        return math.erfc(root * distance) / distance
    if shortest == 0:
        return 0.0
    smeared = max(distance, COINCIDENT)
    return 1 / shortest - math.erf(root * smeared) / smeared
