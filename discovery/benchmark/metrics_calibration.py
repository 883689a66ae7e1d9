"""Whether a strategy knew what it did not know, batch by batch."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.rank_statistics import Values
from discovery.assessment import metrics
from discovery.assessment.scores import CALIBRATION, Metric
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

METRICS: Final[Mapping[str, Metric]] = {
    "spearman": lambda truth, mean, _: metrics.spearman(truth, mean),
    "rmse": lambda truth, mean, _: metrics.rmse(truth, mean),
    **CALIBRATION,
}
"""Name -> metric of a batch; formulas are told in :mod:`discovery.assessment.metrics`."""


def calibration_by_batch(
    batch: NDArray[np.intp],
    truth: Values,
    mean: FloatArray,
    std: FloatArray,
    wanted: Mapping[str, Metric] = METRICS,
) -> tuple[NDArray[np.intp], dict[str, FloatArray]]:
    """Return the numbers (k,) of the batches, and each metric (k,) of the forecasts of each.

    Give the forecasts of all candidates that were not yet measured: those of the candidates that
    were chosen are too high on average, because high ones are chosen (the winner's curse), and
    tell of the choice as much as of the model.

    Args:
        batch: (r,) number of the batch before which each forecast was made.
        truth: Of r forecasts; bounds are read as in :mod:`discovery.assessment.metrics`.
        mean: (r,) predicted.
        std: (r,) predicted, positive, noise of the measurement included.
        wanted: Name -> metric.

    Raises:
        InvalidInputError: The arrays do not fit, or a deviation is not positive.
    """
    shapes = {batch.shape, truth.value.shape, mean.shape, std.shape}
    if len(shapes) > 1:
        raise InvalidInputError(f"a forecast has batch, truth, mean and std, not {sorted(shapes)}")
    numbers = np.unique(batch)
    of_batch = [batch == number for number in numbers]
    return numbers, {
        name: np.array([metric(truth.take(b), mean[b], std[b]) for b in of_batch])
        for name, metric in wanted.items()
    }
