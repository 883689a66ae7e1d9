"""How well the forecasts made when queries were asked agree with what was then measured.

Every pair is out of sample: the forecast was journalled before the answer existed. The pairs are
no random sample of the pool, because an acquisition function chose them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.agreement.bootstrap import FEWEST, interval, point
from discovery.agreement.rank_statistics import Statistic, spearman
from discovery.campaign import CampaignRecord
from discovery.report.history import Answer, censored, exact, measured
from discovery.report.intervals import Z90, Interval
from discovery.types import BoolArray

_LEVEL: Final = 0.90  # as all intervals of a campaign's report


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
    ranks = spearman(predicted, actual)
    return Agreement(
        count=len(values),
        censored=len(censored(pairs)),
        spearman=point(ranks, len(values)) if len(values) >= FEWEST else None,
        spearman_interval=_interval(record, "spearman", ranks, len(values)),
        with_std=len(covered),
        coverage=float(covered.mean()) if len(covered) else None,
        coverage_interval=_interval(record, "coverage", _share(covered), len(covered)),
    )


def _covers(pair: Answer) -> bool:
    """The interval holds the spread of the forecast and the error of the measurement."""
    mean, std, value = pair.forecast.mean, pair.forecast.std, pair.observation.value
    assert mean is not None and std is not None and value is not None  # noqa: PT018
    spread = np.hypot(std, pair.observation.standard_error or 0.0)
    return bool(abs(value - mean) <= Z90 * spread)


def _share(true: BoolArray) -> Statistic:
    return lambda weights: weights @ true / weights.sum(axis=1)


def _interval(
    record: CampaignRecord, purpose: str, statistic: Statistic, count: int
) -> Interval | None:
    return interval(statistic, count, seed=record.seed, purpose=purpose, level=_LEVEL)
