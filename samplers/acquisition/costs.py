"""What a query costs, for comparing it with what it is worth."""

from typing import Final

import numpy as np

from discovery.types import FloatArray

NOTHING: Final = -1e100
"""Logarithm of a gain of zero, for queries that may be asked although nothing is gained."""


def log_costs(costs: FloatArray, least: float) -> FloatArray:
    """Return (n, m) logarithms of costs, free queries included.

    Args:
        costs: (n, m) announced costs.
        least: Share of the dearest fidelity's cost at a candidate that a query counts as, at
            least: even a free answer takes a place in a batch.
    """
    dearest = costs.max(axis=1, keepdims=True)
    floor = least * np.where(dearest > 0, dearest, 1.0)
    logarithms: FloatArray = np.log(np.maximum(costs, floor))
    return logarithms
