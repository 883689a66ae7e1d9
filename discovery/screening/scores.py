"""How good predictions are, as one number each; higher is better for all of them."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
)

from discovery.agreement.rank_statistics import spearman
from discovery.errors import UnknownNameError
from discovery.screening.problem import Task
from discovery.types import FloatArray

Score = Callable[[FloatArray, FloatArray], float]
"""Truth (n,), predictions (n,) -> the score."""


def _ranks(truth: FloatArray, predicted: FloatArray) -> float:
    """Constant predictions rank nothing: 0."""
    return float(np.nan_to_num(spearman(predicted, truth)(np.ones((1, len(truth))))[0]))


SCORES: Final[Mapping[Task, Mapping[str, Score]]] = {
    "classification": {
        "accuracy": accuracy_score,
        "balanced accuracy": balanced_accuracy_score,
        "F1": lambda truth, predicted: f1_score(
            truth, predicted, average="macro", zero_division=0.0
        ),
    },
    "regression": {
        "R2": r2_score,
        "Spearman": _ranks,
        "negative error": lambda truth, predicted: -mean_absolute_error(truth, predicted),
    },
}
"""Task -> name -> score; the first is the default. "negative error" is minus the mean absolute
error, in the unit of the target."""


def score_names(task: Task) -> tuple[str, ...]:
    """Return the names of the scores of a task; the first is the default."""
    return tuple(SCORES[task])


def score(task: Task, name: str, truth: FloatArray, predicted: FloatArray) -> float:
    """Return one score of predictions.

    Raises:
        UnknownNameError: The task has no such score.
    """
    known = SCORES[task]
    if name not in known:
        raise UnknownNameError(f"{task} score", name, known)
    return float(known[name](truth, predicted))
