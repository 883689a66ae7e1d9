"""Where candidates lie relative to each other: atomic fractions and the shape of the cell."""

import math
from collections.abc import Sequence

import numpy as np

from discovery.types import Candidate, FloatArray

_CELL_SCALE = 0.2
"""Difference of log volume per atom (or of log axis ratio) that makes two cells different; the
volume per atom of a chloride and its bromide differ by about 0.15."""


def positions(candidates: Sequence[Candidate], length_scale: float) -> FloatArray:
    """Return coordinates (n, d) in which a distance of 1 means "different".

    The first columns are atomic fractions over ``length_scale``, the last four log volume per
    atom and log cell edges over the mean edge, shortest first. What is not known of a cell is put
    at the mean of what is known, so it adds the least to any distance.
    """
    elements = sorted({element for candidate in candidates for element in candidate.fractions})
    column = {element: index for index, element in enumerate(elements)}
    fractions: FloatArray = np.zeros((len(candidates), len(elements)))
    cells: FloatArray = np.full((len(candidates), 4), np.nan)
    for row, candidate in enumerate(candidates):
        for element, fraction in candidate.fractions.items():
            fractions[row, column[element]] = fraction
        cells[row] = _cell(candidate)
    known = np.isfinite(cells)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, cells, 0.0).sum(axis=0) / count
    centred = np.where(known, cells - mean, 0.0)
    return np.hstack([fractions / length_scale, centred / _CELL_SCALE])


def _cell(candidate: Candidate) -> tuple[float, float, float, float]:
    """Log volume per atom and three log edge ratios; NaN where unknown."""
    lattice, crystal, volume = candidate.lattice, candidate.structure, math.nan
    if crystal is not None:
        volume = crystal.volume / sum(site.occupancy for site in crystal.sites)
    elif lattice is not None and candidate.z is not None:
        atoms = sum(amount for _, amount in candidate.composition)
        volume = lattice.volume / (candidate.z * atoms)
    if lattice is None:
        return math.log(volume), math.nan, math.nan, math.nan
    edges = sorted((lattice.a, lattice.b, lattice.c))
    mean = math.prod(edges) ** (1 / 3)
    a, b, c = (math.log(edge / mean) for edge in edges)
    return math.log(volume), a, b, c
