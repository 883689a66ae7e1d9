"""Percolation levels without the error of the grid: passes followed to where they really are.

A level of a grid depends on where its points happen to lie: at 0.2 Angstrom it is off by up to
60 meV. Here the grid only tells which passes join which basins. Those near a level, and the deepest
basins, are followed to where the gradient of the field vanishes; then the network of basins
percolates at the energies found there.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from discovery.transport.basins import find_basins
from discovery.transport.field import Field, energy_at
from discovery.transport.landscape import Landscape
from discovery.transport.percolation import Percolation, network_levels, percolation
from discovery.types import FloatArray

_CURVATURE: Final = 2.5  # eV/A^2; times resolution^2: more than a grid is ever wrong by
_SHALLOW: Final = 0.25  # of that: a basin may be the grid's making
_NEAR: Final = 2.5  # resolutions; where a pass usually is
_FAR: Final = 5.0  # resolutions; where the pass of a flat ridge may be
_LONGEST: Final = 0.2  # of the reach: one step
_STEPS: Final = 60
_FLAT: Final = 1e-5  # eV/A
_SOFTEST: Final = 0.05  # eV/A^2; softer modes are followed as if they had this curvature


def refined_percolation(field: Field, landscape: Landscape) -> Percolation:
    """Return the levels at which a field percolates, independent of the grid to a few meV.

    The critical points stay those of the grid. A pass that is not found near its grid point keeps
    the energy of that.

    Args:
        field: Of the framework.
        landscape: The field on a grid of at least four points along each axis.
    """
    raw = percolation(landscape)
    levels = np.array([level for level in raw.levels if math.isfinite(level)]) + raw.minimum
    if not len(levels):
        return raw
    resolution = float(np.linalg.norm(landscape.steps, axis=1).max())
    window = _CURVATURE * resolution**2
    basins = find_basins(landscape.cell, landscape.energy, float(levels.max()) + window)
    bottom = landscape.energy[tuple(basins.minimum.T)]
    for k in np.flatnonzero(bottom < raw.minimum + window):
        point = basins.minimum[k] @ landscape.steps
        found = follow(field, point, uphill=False, reach=_NEAR * resolution)
        bottom[k] = bottom[k] if found is None else found
    level = basins.level.copy()
    for k in np.flatnonzero((np.abs(level[:, None] - levels) < window).any(axis=1)):
        floor = float(max(bottom[basins.i[k]], bottom[basins.j[k]]))
        level[k] = _pass_energy(field, landscape, float(level[k]), floor, resolution)
    opened = network_levels(len(bottom), basins.i, basins.j, basins.shift, level)
    minimum = float(bottom.min())
    first, second, third = (energy - minimum for energy in opened)
    return replace(raw, minimum=minimum, levels=(first, second, third))


def follow(field: Field, start: FloatArray, *, uphill: bool, reach: float) -> float | None:
    """Return the energy (eV) of the pass or the minimum next to a point; ``None`` without any.

    Newton steps in the eigenvectors of the Hessian: up along the softest for a pass, down along all
    others (Cerjan and Miller, J. Chem. Phys. 75, 2800 (1981), doi 10.1063/1.442352).

    Args:
        field: Of the framework.
        start: (3,) Cartesian coordinates, Angstrom.
        uphill: Whether a pass is wanted, not a minimum.
        reach: How far away it may lie, Angstrom.
    """
    wanted, point = int(uphill), start
    for _ in range(_STEPS):
        energy, gradient, hessian = energy_at(field, point)
        curvature, mode = np.linalg.eigh(hessian)
        if float(np.linalg.norm(gradient)) < _FLAT:
            return energy if int((curvature < 0).sum()) == wanted else None
        step = -(gradient @ mode) / np.maximum(np.abs(curvature), _SOFTEST)
        step[:wanted] *= -1
        length = float(np.linalg.norm(step))
        point = point + mode @ step * min(1.0, _LONGEST * reach / length)
        if float(np.linalg.norm(point - start)) > reach:
            return None
    return None


def _pass_energy(
    field: Field, landscape: Landscape, level: float, floor: float, resolution: float
) -> float:
    """Return the energy of a pass that has ``level`` on the grid, above basins up to ``floor``."""
    window = _CURVATURE * resolution**2
    point = np.unravel_index(np.argmax(landscape.energy == level), landscape.shape)
    start = np.array(point) @ landscape.steps
    found = follow(field, start, uphill=True, reach=_NEAR * resolution)
    if found is not None:
        return found
    if level - floor < _SHALLOW * window:
        return floor  # a valley that the grid cuts into basins has no pass there
    found = follow(field, start, uphill=True, reach=_FAR * resolution)
    return level if found is None or abs(found - level) > window else found
