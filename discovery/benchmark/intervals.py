"""Intervals over seeds of whatever is computed from curves averaged over seeds.

Seeds are the independent units: a run is drawn with all that belongs to it. Strategies that were
run with the same seeds (the same initial designs) are drawn together, which takes out what a
lucky seed does to all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from discovery.agreement.bootstrap import LEVEL, RESAMPLES, interval, point
from discovery.agreement.rank_statistics import Statistic
from discovery.errors import InvalidInputError
from discovery.types import FloatArray


@dataclass(frozen=True)
class Estimated:
    """A number with its bootstrap interval over seeds.

    Args:
        value: Of all seeds; ``None`` where it is not defined.
        interval: Ends; ``None`` with fewer than five seeds, or where half of the resamples have
            no value.
        seeds: How many there are.
    """

    value: float | None
    interval: tuple[float, float] | None
    seeds: int


def over_seeds(
    summary: Callable[..., float],
    *tables: FloatArray,
    seed: int,
    purpose: str,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Estimated:
    """Return a summary of mean curves, with its bootstrap interval (BCa) over seeds.

    ``over_seeds(lambda mean: mean[-1], curves)`` is the interval of a final value;
    ``over_seeds(lambda ours, theirs: ours[-1] - theirs[-1], ours, theirs)`` is that of a paired
    difference.

    Args:
        summary: Takes the mean over seeds (g,) of each table; NaN where it is not defined.
        tables: (s,) or (s, g) each, one row per seed, the same seeds in the same order. The means
            of tables (s,) are arrays of shape (1,).
        seed: Of the bootstrap.
        purpose: Names its stream of random numbers.
        level: Coverage aimed at.
        resamples: Of the bootstrap.

    Raises:
        InvalidInputError: The tables have different numbers of seeds, or there is none.
    """
    counts = {len(table) for table in tables}
    if len(counts) != 1 or 0 in counts:
        raise InvalidInputError(
            f"paired tables have one row per seed each, not {[len(table) for table in tables]}"
        )
    statistic, count = _of_means(summary, tables), counts.pop()
    return Estimated(
        point(statistic, count),
        interval(statistic, count, seed=seed, purpose=purpose, level=level, resamples=resamples),
        count,
    )


def paired_difference(
    first: FloatArray, second: FloatArray, *, seed: int, purpose: str, resamples: int = RESAMPLES
) -> Estimated:
    """Return mean(first - second) over seeds (s,), with its interval."""
    return over_seeds(
        lambda a, b: float(a[0] - b[0]),
        first,
        second,
        seed=seed,
        purpose=purpose,
        resamples=resamples,
    )


def paired_ratio(
    first: FloatArray, second: FloatArray, *, seed: int, purpose: str, resamples: int = RESAMPLES
) -> Estimated:
    """Return mean(first) / mean(second) over seeds (s,), with its interval.

    The ratio of the means, not the mean of the ratios, which a small denominator decides alone.
    """
    return over_seeds(
        lambda a, b: float(a[0] / b[0]) if b[0] else float("nan"),
        first,
        second,
        seed=seed,
        purpose=purpose,
        resamples=resamples,
    )


def _of_means(summary: Callable[..., float], tables: tuple[FloatArray, ...]) -> Statistic:
    columns = [table.reshape(len(table), -1) for table in tables]

    def statistic(weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1, keepdims=True)
        means = [weights @ table / total for table in columns]
        return np.array([summary(*row) for row in zip(*means, strict=True)])

    return statistic
