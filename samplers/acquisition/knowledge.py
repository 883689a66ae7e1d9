"""What an answer is expected to add to the best that the belief knows of.

Knowledge gradient for correlated beliefs over a finite pool: Frazier, Powell & Dayanik, INFORMS J.
Comput. 21, 599 (2009).
"""

import numpy as np
from numpy.typing import NDArray

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.costs import NOTHING, log_costs
from samplers.acquisition.improvement import log_improvement
from samplers.acquisition.lines import log_gain
from samplers.acquisition.pending import expected
from samplers.acquisition.target import TargetAcquisition, standard_deviation

Rows = NDArray[np.intp]

_CHUNK = 2**20
"""Numbers in one block of slopes."""
_FEW = 16
"""Lines among which the gradient of every candidate is found, to choose the shortlist."""
_OPTIMISM = 3.0
"""Standard deviations above the mean by which the lines are ranked that may come out on top."""


class KnowledgeGradient(TargetAcquisition):
    """Logarithm of the expected rise of the largest mean, the target being asked.

    Unlike the improvement it counts what an answer tells of other candidates, and that a noisy
    answer is not believed entirely.

    Args:
        shortlist: Candidates among which the largest mean is looked for, and for which the rise is
            exact among them. All others get the rise from a few of these, or from the best
            candidate and themselves, which is never larger.
    """

    def __init__(self, *, shortlist: int = 500) -> None:
        self._shortlist = shortlist

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) log E[max mean after the answer] - max mean, in the target's unit."""
        del context
        scale = np.abs(belief.correlation[:, [belief.column]])
        return np.maximum(_log_gradient(belief, scale, self._shortlist)[:, 0], NOTHING)


class MultiFidelityKnowledgeGradient:
    """Logarithm of the knowledge gradient of any fidelity, less the logarithm of the cost.

    Given the target of its own candidate a cheap answer is taken to be independent of all other
    candidates.

    Args:
        shortlist: As for :class:`KnowledgeGradient`.
        cost_exponent: 1 compares the gradient per cost, 0 forgets the costs.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self, *, shortlist: int = 500, cost_exponent: float = 1.0, least_cost: float = 1e-3
    ) -> None:
        self._shortlist = shortlist
        self._exponent, self._least_cost = cost_exponent, least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf where a cheap fidelity tells nothing."""
        belief, context = expected(belief, context)
        scores = _log_gradient(belief, np.abs(belief.correlation), self._shortlist)
        scores -= self._exponent * log_costs(context.costs, self._least_cost)
        t = belief.column
        scores[:, t] = np.maximum(scores[:, t], NOTHING)
        return scores


def _log_gradient(belief: Belief, scales: FloatArray, shortlist: int) -> FloatArray:
    """(n, m) logarithms of the knowledge gradient, exact for the shortlist."""
    mean = belief.target_mean
    upper = mean + _OPTIMISM * standard_deviation(belief)
    upper[np.argmax(mean)] = np.inf  # the mean to rise above
    lines = _largest(upper, shortlist)
    gradient = _of_two(belief, scales)
    everyone = np.arange(len(mean))
    if len(lines) < len(mean):
        _raise(gradient, belief, scales, everyone, lines[_largest(upper[lines], _FEW)])
        everyone = _largest(gradient.max(axis=1), shortlist)
    _raise(gradient, belief, scales, everyone, lines)
    return gradient


def _raise(
    gradient: FloatArray, belief: Belief, scales: FloatArray, queries: Rows, lines: Rows
) -> None:
    """Raise the gradient of the queries to what it is among these lines, in place."""
    mean, std = belief.target_mean, standard_deviation(belief)
    block = max(_CHUNK // len(lines), 1)
    for start in range(0, len(queries), block):
        rows = queries[start : start + block]
        slopes = _covariance(belief, rows, lines) / std[rows, None]
        gradient[rows] = np.maximum(gradient[rows], log_gain(mean[lines], slopes, scales[rows]))


def _of_two(belief: Belief, scales: FloatArray) -> FloatArray:
    """(n, m) logarithms of the gradient from each candidate and the best other one alone."""
    mean, std = belief.target_mean, standard_deviation(belief)
    if len(mean) == 1:
        return np.full(scales.shape, -np.inf)
    second, first = np.argsort(mean, kind="stable")[-2:]
    rows = np.arange(len(mean))
    other = np.where(rows == first, second, first)
    shared: FloatArray = np.zeros(len(mean))
    if belief.factor is not None:
        shared = np.einsum("nr,nr->n", belief.factor, belief.factor[other])
    rise = np.abs(belief.target_std**2 - shared) / std
    rise = np.maximum(rise[:, None] * scales, 1e-300)
    with np.errstate(over="ignore"):
        gap = log_improvement(-np.abs(mean - mean[other])[:, None] / rise)
    return np.where(rise > 1e-300, np.log(rise) + gap, -np.inf)  # noqa: PLR2004 - its floor


def _covariance(belief: Belief, rows: Rows, lines: Rows) -> FloatArray:
    """(q, k) covariance of the targets of two lists of candidates."""
    shared: FloatArray = np.zeros((len(rows), len(lines)))
    if belief.factor is not None:
        shared = belief.factor[rows] @ belief.factor[lines].T
    return np.where(rows[:, None] == lines, (belief.target_std**2)[lines], shared)


def _largest(values: FloatArray, count: int) -> Rows:
    if count >= len(values):
        return np.arange(len(values))
    return np.argpartition(-values, count)[:count]
