"""How well the forecasts made when queries were asked agree with what was then measured.

Every pair is out of sample: the forecast was journalled before the answer existed. The pairs are
no random sample of the pool, because an acquisition function chose them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from discovery.campaign import CampaignRecord
from discovery.report.history import Answer, censored, exact, measured
from discovery.report.intervals import Z90, Interval
from discovery.rng import stream
from discovery.types import FloatArray

_RESAMPLES: Final = 2000
_FEWEST: Final = 5


@dataclass(frozen=True)
class Agreement:
    """Agreement of forecasts with uncensored target measurements.

    Args:
        count: Pairs of a forecast mean and a measured value.
        censored: Pairs left out because the answer is a bound.
        spearman: Rank correlation; ``None`` below five pairs or without variation.
        spearman_interval: Its 90 % bootstrap interval.
        with_std: Pairs whose forecast has a standard deviation.
        coverage: Share of those whose value lies within the 90 % interval.
        coverage_interval: Its 90 % bootstrap interval; ``None`` below five pairs.
    """

    count: int
    censored: int
    spearman: float | None
    spearman_interval: Interval | None
    with_std: int
    coverage: float | None
    coverage_interval: Interval | None


def forecast_pairs(record: CampaignRecord) -> list[Answer]:
    """Return the answered target queries that had a forecast, in the order of the answers."""
    return [answer for answer in measured(record) if answer.forecast.mean is not None]


def agreement(record: CampaignRecord) -> Agreement:
    """Return how forecasts agree with measurements; the bootstrap follows the campaign's seed."""
    pairs = forecast_pairs(record)
    values = exact(pairs)
    predicted = np.array([pair.forecast.mean for pair in values], dtype=float)
    actual = np.array([pair.observation.value for pair in values], dtype=float)
    covered = np.array([_covers(pair) for pair in values if pair.forecast.std is not None])
    rank = _spearman(predicted[None], actual[None])[0] if len(values) >= _FEWEST else np.nan
    return Agreement(
        count=len(values),
        censored=len(censored(pairs)),
        spearman=float(rank) if np.isfinite(rank) else None,
        spearman_interval=_bootstrap(
            record.seed, "spearman", len(values), lambda i: _spearman(predicted[i], actual[i])
        )
        if np.isfinite(rank)
        else None,
        with_std=len(covered),
        coverage=float(covered.mean()) if len(covered) else None,
        coverage_interval=_bootstrap(
            record.seed, "coverage", len(covered), lambda i: covered[i].mean(axis=1)
        ),
    )


def _covers(pair: Answer) -> bool:
    """The interval holds the spread of the forecast and the error of the measurement."""
    mean, std, value = pair.forecast.mean, pair.forecast.std, pair.observation.value
    assert mean is not None and std is not None and value is not None  # noqa: PT018
    spread = np.hypot(std, pair.observation.standard_error or 0.0)
    return bool(abs(value - mean) <= Z90 * spread)


def _spearman(x: FloatArray, y: FloatArray) -> FloatArray:
    """Rank correlation of each row of two (k, n) arrays; NaN where a row is constant."""
    ranks = [rankdata(values, axis=1) for values in (x, y)]
    a, b = (r - r.mean(axis=1, keepdims=True) for r in ranks)
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    result: FloatArray = np.full(len(x), np.nan)
    return np.divide((a * b).sum(axis=1), scale, out=result, where=scale > 0)


def _bootstrap(
    seed: int, purpose: str, count: int, statistic: Callable[[Sequence[int]], FloatArray]
) -> Interval | None:
    if count < _FEWEST:
        return None
    rows = stream(seed, "report", purpose).integers(count, size=(_RESAMPLES, count))
    low, high = np.nanquantile(statistic(rows), (0.05, 0.95))  # type: ignore[arg-type]
    return float(low), float(high)
