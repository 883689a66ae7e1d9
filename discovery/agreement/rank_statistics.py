"""How well two quantities rank the same things, when some values are only known to be bounds.

Three statistics, all on the scale -1 (opposite order) ... 0 (no relation) ... 1 (same order):
Spearman's rank correlation, for exact values; the same with bounds as ties at the ends, for
comparison; and the concordance of pairs, which uses a bound for the pairs that it decides and
leaves out the others (E. A. Gehan, Biometrika 52, 203 (1965); F. E. Harrell et al., JAMA 247, 2543
(1982): their C is ``(1 + concordance) / 2``). Against a class, that C is the area under the ROC
curve.

Every statistic is a function of multiplicities ``weights`` (b, n): a row says how often each of
the n things counts, so that a row of ones is the sample itself, and b rows are a bootstrap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.types import BoolArray, FloatArray

Statistic: TypeAlias = Callable[[FloatArray], FloatArray]
"""Multiplicities (b, n) -> (b,); NaN where the statistic is not defined."""

_PAIRS_AT_ONCE: Final = 4_000_000  # 32 MB per matrix


@dataclass(frozen=True)
class Values:
    """n values of one quantity, some of them bounds.

    Args:
        value: (n,) finite.
        side: (n,) 0 for a value, -1 where the truth lies below ``value``, +1 where above.

    Raises:
        InvalidInputError: The arrays do not fit, or a value is not finite.
    """

    value: FloatArray
    side: NDArray[np.int8]

    def __post_init__(self) -> None:
        if self.value.ndim != 1 or self.value.shape != self.side.shape:
            raise InvalidInputError(
                f"values and sides are one row each, not {self.value.shape} and {self.side.shape}"
            )
        if not np.isfinite(self.value).all():
            raise InvalidInputError("values must be finite; leave out what is not known")

    def __len__(self) -> int:
        return len(self.value)

    @property
    def exact(self) -> BoolArray:
        """(n,) whether the value is no bound."""
        return self.side == 0

    @property
    def tied_at_ends(self) -> FloatArray:
        """(n,) values for ranking, all that lie below a bound tied first, all above one last."""
        ends = np.where(self.side < 0, -np.inf, np.inf)
        ranked: FloatArray = np.where(self.exact, self.value, ends)
        return ranked

    def take(self, rows: BoolArray) -> "Values":
        """Return some of the values."""
        return Values(self.value[rows], self.side[rows])


def exact_values(value: FloatArray) -> Values:
    """Return values none of which is a bound."""
    return Values(value, np.zeros(len(value), dtype=np.int8))


def reaches(values: Values, threshold: float) -> tuple[BoolArray, BoolArray]:
    """Return (n,) whether the truth is at or above the threshold, and (n,) whether that is known.

    A bound from above decides only when it lies at or below the threshold, one from below only
    when it lies at or above.
    """
    high = values.value >= threshold
    positive: BoolArray = high & (values.side >= 0)
    known = values.exact | np.where(values.side < 0, values.value <= threshold, high)
    return positive, known


def spearman(x: FloatArray, y: FloatArray) -> Statistic:
    """Return Spearman's rank correlation of two rows of n numbers; infinite ones may be ranked.

    NaN where one of them is constant.
    """
    rank_x, rank_y = _midranks(x), _midranks(y)

    def statistic(weights: FloatArray) -> FloatArray:
        total = np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
        a, b = rank_x(weights), rank_y(weights)
        a -= (weights * a).sum(axis=1, keepdims=True) / total
        b -= (weights * b).sum(axis=1, keepdims=True) / total
        scale = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
        defined = scale > 1e-9 * total[:, 0] ** 3  # rounding leaves a little of equal ranks
        result: FloatArray = np.full(len(weights), np.nan)
        return np.divide((weights * a * b).sum(axis=1), scale, out=result, where=defined)

    return statistic


def concordance(score: Values, truth: Values) -> Statistic:
    """Return (concordant - discordant) / comparable pairs.

    A pair is comparable when the order of its truths is known, and its scores are in known order
    or equal; equal scores count as neither concordant nor discordant. NaN without such a pair.
    """

    def statistic(weights: FloatArray) -> FloatArray:
        agreeing, comparable = _pair_totals(score, truth, weights)
        result: FloatArray = np.full(len(weights), np.nan)
        return np.divide(agreeing, comparable, out=result, where=comparable > 0)

    return statistic


def comparable_pairs(score: Values, truth: Values) -> int:
    """Return how many pairs :func:`concordance` compares."""
    _, twice = _pair_totals(score, truth, np.ones((1, len(score))))
    return round(float(twice[0]) / 2)


def area_under_curve(score: Values, positive: BoolArray) -> Statistic:
    """Return the probability that a positive scores above a negative, ties counted half."""
    separation = concordance(score, exact_values(positive.astype(float)))
    return lambda weights: (1 + separation(weights)) / 2


def _midranks(x: FloatArray) -> Statistic:
    """Ranks (b, n) of n numbers that count several times; equal numbers share their mean rank."""
    order = np.argsort(x, kind="stable")
    new = np.concatenate([[True], x[order][1:] != x[order][:-1]])
    last = np.concatenate([np.flatnonzero(new)[1:], [len(x)]]) - 1
    group = np.empty(len(x), dtype=np.intp)
    group[order] = np.cumsum(new) - 1

    def ranks(weights: FloatArray) -> FloatArray:
        upto = np.cumsum(weights[:, order], axis=1)[:, last]
        before = np.concatenate([np.zeros((len(weights), 1)), upto[:, :-1]], axis=1)
        return ((before + upto + 1) / 2)[:, group]

    return ranks


def _pair_totals(
    score: Values, truth: Values, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(b,) weighted sums of agreement and of comparable pairs, each pair counted twice."""
    count = len(score)
    agreeing: FloatArray = np.zeros(len(weights))
    comparable: FloatArray = np.zeros(len(weights))
    step = max(1, _PAIRS_AT_ONCE // max(count, 1))
    for start in range(0, count, step):
        rows = slice(start, start + step)
        by_truth, _ = _order(truth, rows)
        by_score, equal = _order(score, rows)
        counts = (by_truth != 0) & ((by_score != 0) | equal)
        agreeing += _quadratic(weights, rows, by_score * by_truth)
        comparable += _quadratic(weights, rows, counts)
    return agreeing, comparable


def _quadratic(weights: FloatArray, rows: slice, pairs: NDArray[Any]) -> FloatArray:
    """(b,) sum of w_i w_j A_ij over the rows i of A that are given."""
    # sums of at most n whole numbers, which single precision holds exactly
    sums = weights.astype(np.float32) @ pairs.T.astype(np.float32)
    total: FloatArray = (weights[:, rows] * sums).sum(axis=1)
    return total


def _order(values: Values, rows: slice) -> tuple[NDArray[np.int8], BoolArray]:
    """(rows, n) sign of truth i minus truth j where it is known, else 0; whether both are equal."""
    low = np.where(values.side < 0, -np.inf, values.value)
    high = np.where(values.side > 0, np.inf, values.value)
    equal = (low[rows, None] == high) & (high[rows, None] == low)
    # a bound is strict, so what touches it is in order
    above = (low[rows, None] >= high) & ~equal
    below = (high[rows, None] <= low) & ~equal
    return above.astype(np.int8) - below.astype(np.int8), equal
