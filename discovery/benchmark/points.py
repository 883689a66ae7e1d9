"""The candidates of a problem of numbers: each is known by its descriptors alone."""

import numpy as np

from discovery.benchmark.problems.problem import Problem
from discovery.types import Candidate, FloatArray

_STEP = 1e-8
"""Identity counts nine digits of a descriptor."""


def pool_of(problem: Problem) -> tuple[Candidate, ...]:
    """Return the candidates of a problem, in its order.

    Those of a problem of crystals are its own. Else the features, each brought to [0, 1] over the
    pool, are the descriptors: what range a feature has is known before anything is asked, and no
    strategy is to suffer from its unit. Candidates with the same features (``duplicates: keep``)
    are set apart by some 1e-8 of the range of the first feature.
    """
    if problem.candidates:
        return problem.candidates
    found: dict[str, Candidate] = {}
    for values in _unit(problem.features).tolist():
        candidate = _point(problem.names, values)
        while candidate.id in found:
            values[0] += _STEP * max(1.0, abs(values[0]))
            candidate = _point(problem.names, values)
        found[candidate.id] = candidate
    return tuple(found.values())


def _unit(features: FloatArray) -> FloatArray:
    low, width = features.min(axis=0), np.ptp(features, axis=0)
    scaled: FloatArray = (features - low) / np.where(width > 0, width, 1.0)
    return scaled


def _point(names: tuple[str, ...], values: list[float]) -> Candidate:
    return Candidate((), descriptors=tuple(zip(names, values, strict=True)))
