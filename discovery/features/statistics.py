"""Weighted statistics over the elements of many materials at once."""

import warnings

import numpy as np

from discovery.types import FloatArray


def spread(name: str, weights: FloatArray, values: FloatArray) -> dict[str, FloatArray]:
    """Return weighted mean and deviation, minimum, maximum of ``values`` where ``weights`` > 0.

    Args:
        name: Prefix of the column names.
        weights: (n, e), not negative; rows need not sum to one.
        values: (n, e); unknown values (NaN) take no part.

    Returns:
        Four columns (n,), NaN in rows without any known value.
    """
    present = (weights > 0) & np.isfinite(values)
    share = np.where(present, weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share / share.sum(axis=1, keepdims=True)
    known = np.where(present, values, 0.0)
    mean = np.sum(share * known, axis=1)
    variance = np.sum(share * np.where(present, values - mean[:, None], 0.0) ** 2, axis=1)
    inside = np.where(present, values, np.nan)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)  # NaN is the answer there
        lowest, highest = np.nanmin(inside, axis=1), np.nanmax(inside, axis=1)
    return {
        f"{name} mean": mean,
        f"{name} deviation": np.sqrt(variance),
        f"{name} min": lowest,
        f"{name} max": highest,
    }


def entropy(weights: FloatArray) -> FloatArray:
    """Return the mixing entropy -sum(x ln x) of the rows of ``weights`` (n, e), normalised."""
    total = weights.sum(axis=1, keepdims=True)
    share = weights / np.where(total > 0, total, 1.0)
    return -np.sum(share * np.log(np.where(share > 0, share, 1.0)), axis=1)
