"""How far labels are apart when some of them are only known to be bounds."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.bootstrap import interval
from discovery.types import Bound, Dataset, Estimate, FloatArray

DECADE: Final = 1.0
"""A difference of log10 sigma that counts as large: a factor of ten."""

_OPEN: Final = 1e9  # stands for infinity where a bootstrap needs numbers


@dataclass(frozen=True)
class Range:
    """A number of which only the ends are known; they are equal where it is known itself.

    Args:
        low: It is at least this.
        high: It is at most this; infinite where bounds leave it open.
        interval: 95 % bootstrap interval of what lies in between, where there is one.
    """

    low: float
    high: float
    interval: tuple[float, float] | None = None

    @classmethod
    def between(cls, one: Estimate | Bound, other: Estimate | Bound) -> "Range":
        """Return the absolute difference of two labels."""
        ends = np.array([_ends(one), _ends(other)])
        low, high = _apart(ends[:1], ends[1:])
        return cls(float(low[0]), float(high[0]))


@dataclass(frozen=True)
class Differences:
    """Absolute differences of the labels of pairs of rows.

    Args:
        pairs: Pairs of which both rows have a label.
        exact: Those of them with two values.
        median: Of the differences; ``None`` without a pair.
        share: Of the pairs that are a :data:`DECADE` or more apart; ``None`` without a pair.
    """

    pairs: int
    exact: int
    median: Range | None
    share: Range | None


def differences(
    dataset: Dataset,
    pairs: NDArray[np.intp],
    clusters: NDArray[np.intp],
    *,
    seed: int,
    purpose: str,
) -> Differences:
    """Return median and share of large differences, each as the range that bounds leave.

    The interval reaches from the lower end of the interval of the lower end to the upper end of
    that of the upper end; whole clusters are resampled.

    Args:
        dataset: The n rows.
        pairs: (p, 2) rows.
        clusters: (n,) which rows are not independent of each other.
        seed: Of the bootstrap.
        purpose: Names its stream of random numbers.
    """
    labels = [dataset.labels.get(candidate.id) for candidate in dataset.candidates]
    known = np.array([label is not None for label in labels])
    pairs = pairs[known[pairs].all(axis=1)]
    if not len(pairs):
        return Differences(0, 0, None, None)
    ends = np.array([(np.nan, np.nan) if label is None else _ends(label) for label in labels])
    low, high = _apart(ends[pairs[:, 0]], ends[pairs[:, 1]])
    weigh = _Weights(pairs, clusters)

    def span(kind: type["_Median | _Share"]) -> Range:
        both = [kind(weigh, end) for end in (low, high)]
        middle = [float(one(np.ones((1, len(labels))))[0]) for one in both]
        around = [
            interval(one, len(labels), seed=seed, purpose=purpose, clusters=clusters)
            for one in both
        ]
        inner = [one for one in around if one is not None]
        reach = (inner[0][0], _closed(inner[1][1])) if len(inner) == len(both) else None
        return Range(middle[0], _closed(middle[1]), reach)

    exact = int(np.isfinite(ends[pairs]).all(axis=(1, 2)).sum())
    return Differences(len(pairs), exact, span(_Median), span(_Share))


def scatter(
    dataset: Dataset,
    numbers: NDArray[np.intp],
    clusters: NDArray[np.intp],
    *,
    seed: int,
    purpose: str,
) -> Range | None:
    """Return the pooled standard deviation of the values within a key; bounds are left out.

    Args:
        dataset: The n rows.
        numbers: (n,) the key of each row, -1 where it has none.
        clusters: (n,) which rows are not independent of each other; rows of one key are in one.
        seed: Of the bootstrap.
        purpose: Names its stream of random numbers.

    Returns:
        ``None`` where no key has two values.
    """
    labels = [dataset.labels.get(candidate.id) for candidate in dataset.candidates]
    value = np.array([one.value if isinstance(one, Estimate) else np.nan for one in labels])
    keys = np.where(np.isfinite(value), numbers, -1)
    inner = [np.flatnonzero(keys == key) for key, n in Counter(keys.tolist()).items() if n > 1]
    groups = [rows for rows in inner if keys[rows[0]] >= 0]
    if not groups:
        return None
    first = np.array([rows[0] for rows in groups])
    squares = np.array([np.var(value[rows]) * len(rows) for rows in groups])
    freedom = np.array([len(rows) - 1.0 for rows in groups])

    def pooled(times: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):  # a resample may hold none of the groups
            return np.sqrt(times[:, first] @ squares / (times[:, first] @ freedom))

    middle = float(pooled(np.ones((1, len(value))))[0])
    around = interval(pooled, len(value), seed=seed, purpose=purpose, clusters=clusters)
    return Range(middle, middle, around)


class _Weights:
    """How often pairs are in a resample: rows of one cluster come together or not at all."""

    def __init__(self, pairs: NDArray[np.intp], clusters: NDArray[np.intp]) -> None:
        self._first, self._second = pairs.T
        self._apart = clusters[self._first] != clusters[self._second]

    def __call__(self, times: FloatArray) -> FloatArray:
        one, other = times[self._first], times[self._second]
        # a cluster drawn twice is two copies of its pairs, not four
        return np.where(self._apart, one * other, one)


class _Median:
    def __init__(self, weigh: _Weights, values: FloatArray) -> None:
        self._weigh, self._order = weigh, np.argsort(values, kind="stable")
        self._values = np.minimum(values[self._order], _OPEN)

    def __call__(self, weights: FloatArray) -> FloatArray:
        return np.array([self._one(row) for row in weights])

    def _one(self, times: FloatArray) -> float:
        below = np.cumsum(self._weigh(times)[self._order])
        if not below[-1] > 0:
            return np.nan
        half = below[-1] / 2
        left, right = (np.searchsorted(below, half, side=side) for side in ("left", "right"))
        return float((self._values[left] + self._values[min(right, len(below) - 1)]) / 2)


class _Share:
    def __init__(self, weigh: _Weights, values: FloatArray) -> None:
        self._weigh, self._large = weigh, values >= DECADE

    def __call__(self, weights: FloatArray) -> FloatArray:
        counted = (self._weigh(row) for row in weights)
        return np.array([one @ self._large / one.sum() if one.any() else np.nan for one in counted])


def _closed(end: float) -> float:
    """Infinity again where a number stands for it, or is a mean with one that does."""
    return end if end < np.sqrt(_OPEN) else float(np.inf)


def _ends(label: Estimate | Bound) -> tuple[float, float]:
    if isinstance(label, Estimate):
        return label.value, label.value
    return (-np.inf, label.value) if label.side == "left" else (label.value, np.inf)


def _apart(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and largest absolute difference of (p, 2) ends."""
    low = np.maximum(0.0, np.maximum(other[:, 0] - one[:, 1], one[:, 0] - other[:, 1]))
    return low, np.maximum(one[:, 1] - other[:, 0], other[:, 1] - one[:, 0])
