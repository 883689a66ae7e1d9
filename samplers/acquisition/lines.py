"""The expected maximum of lines in a normal variable.

Frazier, Powell & Dayanik, INFORMS J. Comput. 21, 599 (2009): with the upper envelope of the lines
known, E max_i (a_i + b_i Z) - max_i a_i is the sum over its corners, at Z = c, of the rise in slope
times phi(c) - |c| Phi(-|c|). The envelopes of many sets of lines with the same intercepts are
walked side by side, from the smallest slope to the largest.
"""

import numpy as np
from numpy.typing import NDArray

from discovery.types import FloatArray
from samplers.acquisition.improvement import log_improvement

_LEAST = 1e-300


def log_gain(intercepts: FloatArray, slopes: FloatArray, scales: FloatArray) -> FloatArray:
    """Return (q, m) logarithms of E max_i (a_i + s b_i Z) - max_i a_i; -inf where it is zero.

    Args:
        intercepts: (k,) a_i, the same for all sets of lines.
        slopes: (q, k) b_i of each set.
        scales: (q, m) factors s >= 0 of all slopes of a set.
    """
    gains: FloatArray = np.full(scales.shape, -np.inf)
    steps = np.log(np.maximum(scales, _LEAST))
    sets = np.arange(len(slopes))
    lines = _first(intercepts, slopes)
    while sets.size:
        crossings, following = _crossing(intercepts, slopes[sets], lines)
        on = np.isfinite(crossings)
        sets, lines, crossings, following = sets[on], lines[on], crossings[on], following[on]
        rise = slopes[sets, following] - slopes[sets, lines]
        with np.errstate(over="ignore"):
            tail = log_improvement(-np.abs(crossings)[:, None] / np.maximum(scales[sets], _LEAST))
        term = np.log(rise)[:, None] + steps[sets] + tail
        gains[sets] = np.logaddexp(gains[sets], term)
        lines = following
    return np.where(scales > 0, gains, -np.inf)


def _first(intercepts: FloatArray, slopes: FloatArray) -> NDArray[np.intp]:
    """The line on top far to the left: of smallest slope, and of those the highest."""
    flattest = slopes == slopes.min(axis=1, keepdims=True)
    return np.argmax(np.where(flattest, intercepts, -np.inf), axis=1)


def _crossing(
    intercepts: FloatArray, slopes: FloatArray, lines: NDArray[np.intp]
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Where each line on top is crossed next and by which; +inf where it stays on top."""
    rows = np.arange(len(lines))
    rise = slopes - slopes[rows, lines][:, None]
    drop = intercepts[lines][:, None] - intercepts
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossings = np.where(rise > 0, drop / rise, np.inf)
    nearest = crossings.min(axis=1)
    # of several lines through one point the steepest goes on
    following = np.argmax(np.where(crossings == nearest[:, None], rise, -np.inf), axis=1)
    return nearest, following
