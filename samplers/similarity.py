"""Where candidates lie relative to each other: composition, shape of the cell, descriptors."""

import math
from collections.abc import Sequence

import numpy as np

from discovery.types import Candidate, FloatArray

_CELL_SCALE = 0.2
"""Difference of log volume per atom (or of log axis ratio) that makes two cells different; the
volume per atom of a chloride and its bromide differ by about 0.15."""


def positions(candidates: Sequence[Candidate], length_scale: float) -> FloatArray:
    """Return coordinates (n, d) in which a distance of 1 means "different".

    The first columns are atomic fractions over ``length_scale``, then come log volume per atom and
    log cell edges over the mean edge, shortest first, and last the descriptors, in their range
    over ``length_scale``. The range is from 0 to 1 for a descriptor that lies in it, as shares do
    and what was scaled over a pool, and that over the candidates for any other. What is not known
    of a candidate is put at the mean of what is known, so it adds the least to any distance.

    Args:
        candidates: The n candidates.
        length_scale: Difference in an atomic fraction, or share of the range of a descriptor.
    """
    elements = sorted({element for candidate in candidates for element in candidate.fractions})
    column = {element: index for index, element in enumerate(elements)}
    fractions: FloatArray = np.zeros((len(candidates), len(elements)))
    cells: FloatArray = np.full((len(candidates), 4), np.nan)
    for row, candidate in enumerate(candidates):
        for element, fraction in candidate.fractions.items():
            fractions[row, column[element]] = fraction
        cells[row] = _cell(candidate)
    return np.hstack(
        [
            fractions / length_scale,
            _centred(cells) / _CELL_SCALE,
            _centred(_descriptors(candidates)) / length_scale,
        ]
    )


def _centred(values: FloatArray) -> FloatArray:
    """Columns less their means; what is unknown is 0."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return np.where(known, values - mean, 0.0)


def _descriptors(candidates: Sequence[Candidate]) -> FloatArray:
    """(n, k) descriptors in their ranges; NaN where unknown."""
    names = sorted({name for candidate in candidates for name, _ in candidate.descriptors})
    column = {name: index for index, name in enumerate(names)}
    values: FloatArray = np.full((len(candidates), len(names)), np.nan)
    for row, candidate in enumerate(candidates):
        for name, value in candidate.descriptors:
            values[row, column[name]] = value
    low, high = (
        np.nanmin(values, axis=0, initial=np.inf),
        np.nanmax(values, axis=0, initial=-np.inf),
    )
    shared = (low >= 0) & (high <= 1)
    return values / np.where(shared | (high <= low), 1.0, high - low)


def _cell(candidate: Candidate) -> tuple[float, float, float, float]:
    """Log volume per atom and three log edge ratios; NaN where unknown."""
    lattice, crystal, volume = candidate.lattice, candidate.structure, math.nan
    if crystal is not None:
        volume = crystal.volume / sum(site.occupancy for site in crystal.sites)
    elif lattice is not None and candidate.z is not None and candidate.composition:
        atoms = sum(amount for _, amount in candidate.composition)
        volume = lattice.volume / (candidate.z * atoms)
    if lattice is None:
        return math.log(volume), math.nan, math.nan, math.nan
    edges = sorted((lattice.a, lattice.b, lattice.c))
    mean = math.prod(edges) ** (1 / 3)
    a, b, c = (math.log(edge / mean) for edge in edges)
    return math.log(volume), a, b, c
