"""The metrics of an assessment, each with a bootstrap interval over clusters of related rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from discovery.agreement.bootstrap import interval, point
from discovery.agreement.rank_statistics import Statistic, Values
from discovery.assessment import metrics
from discovery.assessment.assess import Assessment
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

Metric: TypeAlias = Callable[[Values, FloatArray, FloatArray], float]
"""(truth, mean, std) of n rows -> number; NaN where it is not defined."""

RESAMPLES: Final = 1000

CALIBRATION: Final[Mapping[str, Metric]] = {
    "coverage_50": lambda truth, mean, std: metrics.coverage(truth, mean, std, 0.5),
    "coverage_90": lambda truth, mean, std: metrics.coverage(truth, mean, std, 0.9),
    "width_90": lambda _truth, _mean, std: metrics.width(std, 0.9),
    "miscalibration_area": metrics.miscalibration_area,
    "nll": metrics.nll,
    "crps": metrics.crps,
}
"""How well the deviations describe the errors."""


@dataclass(frozen=True)
class Score:
    """A metric, averaged over the repeats of a protocol.

    Args:
        value: ``None`` where it is not defined.
        interval: 95 % bootstrap interval, clusters of related rows drawn as a whole; ``None``
            with fewer than five clusters. It holds the chance of the rows, not that of training.
        rows: How many rows it is made of.
        clusters: Of how many clusters.
    """

    value: float | None
    interval: tuple[float, float] | None
    rows: int
    clusters: int


def accuracy_metrics(threshold: float | None) -> dict[str, Metric]:
    """Return the metrics of the predicted means, with those of a class where there is one.

    Args:
        threshold: From which truth on a row is a positive, or ``None``.
    """
    found: dict[str, Metric] = {
        "spearman": lambda truth, mean, _: metrics.spearman(truth, mean),
        "r_squared": lambda truth, mean, _: metrics.r_squared(truth, mean),
        "rmse": lambda truth, mean, _: metrics.rmse(truth, mean),
        "mae": lambda truth, mean, _: metrics.mae(truth, mean),
    }
    if threshold is not None:
        found |= {
            "auc": lambda truth, mean, _: metrics.auc(truth, mean, threshold),
            "accuracy": lambda truth, mean, _: metrics.accuracy(truth, mean, threshold),
        }
    return found


def enrichment_metrics(send: Iterable[int], best: float = 0.1) -> dict[str, Metric]:
    """Return the enrichment among the first ``send`` rows, for each number.

    Args:
        send: Numbers of rows chosen; a resample with fewer rows sends them all.
        best: Share of the rows that are hits.
    """

    def first(count: int) -> Metric:
        return lambda truth, mean, _: metrics.enrichment(truth, mean, min(count, len(truth)), best)

    return {f"enrichment_{count}": first(count) for count in send}


def scores(
    assessment: Assessment, wanted: Mapping[str, Metric], seed: int, resamples: int = RESAMPLES
) -> dict[str, Score]:
    """Return the metrics of an assessment.

    A metric is computed of all rows of a repeat together, then averaged over the repeats.

    Args:
        assessment: Predictions and truth of n rows.
        wanted: Name -> metric.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
    """
    count = len(assessment.rows)
    _, related = np.unique(assessment.related, return_inverse=True)
    found = {}
    for name, metric in wanted.items():
        statistic = _averaged(assessment, metric)
        found[name] = Score(
            point(statistic, count),
            interval(
                statistic, count, seed=seed, purpose=name, clusters=related, resamples=resamples
            ),
            count,
            assessment.clusters,
        )
    return found


def check_send(send: Iterable[int], rows: int) -> None:
    """Refuse to send more rows than are ranked.

    Raises:
        InvalidInputError: A number is not 1 ... ``rows``.
    """
    for count in send:
        if not 1 <= count <= rows:
            raise InvalidInputError(f"of {rows} ranked rows 1 to {rows} can be sent, not {count}")


def _averaged(assessment: Assessment, metric: Metric) -> Statistic:
    """The metric as a function of how often each row counts."""
    truth = assessment.truth
    parts = [
        (np.flatnonzero(np.isfinite(mean)), mean, std)
        for mean, std in zip(assessment.mean, assessment.std, strict=True)
    ]

    def of(weights: FloatArray) -> float:
        values = []
        for rows, mean, std in parts:
            drawn = np.repeat(rows, weights[rows].astype(np.intp))
            if len(drawn):
                values.append(
                    metric(Values(truth.value[drawn], truth.side[drawn]), mean[drawn], std[drawn])
                )
        return float(np.mean(values)) if values else float("nan")

    return lambda weights: np.array([of(row) for row in weights])
