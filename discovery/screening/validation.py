"""Predictions of rows that a model has not seen: leave-one-out and any other folds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.assessment.splits import Split, split_at
from discovery.assessment.splits import leave_one_out as each_row
from discovery.errors import InvalidInputError
from discovery.screening.fitting import fit, many_fits, parts, predict
from discovery.screening.models import make
from discovery.screening.problem import Problem
from discovery.screening.scores import SCORES, score
from discovery.types import FloatArray


@dataclass(frozen=True)
class LeftOut:
    """How well a model predicts what it has not seen.

    Args:
        model: Its name.
        predicted: (n,) prediction of each row by a model that was fitted without it.
        scores: Score name -> score of all predictions together.
        left_out: What was left out at a time, e.g. ``one row``.
    """

    model: str
    predicted: FloatArray
    scores: dict[str, float]
    left_out: str


def leave_one_out(problem: Problem, model: str, seed: int = 0) -> LeftOut:
    """Predict every row by a model fitted to all other rows; with groups, to all other groups.

    Args:
        problem: What is to be predicted.
        model: Name of a model of the screening.
        seed: Of the model.

    Raises:
        InvalidInputError: The model cannot be fitted to the rest; the message says why.
    """
    splits, what = each_row(len(problem)), "one row"
    if problem.groups is not None:
        splits = [split_at(problem.groups == group) for group in np.unique(problem.groups)]
        what = f"one {problem.group_name}"
    predicted = predict_left_out(problem, splits, lambda: make(problem.task, model, seed), model)
    scores = {
        name: score(problem.task, name, problem.target, predicted) for name in SCORES[problem.task]
    }
    return LeftOut(model, predicted, scores, what)


def predict_left_out(
    problem: Problem, splits: Sequence[Split], made: Callable[[], Any], name: str
) -> FloatArray:
    """Return (n,) the prediction of each row in the split that has it in its test part.

    Args:
        problem: What is to be predicted.
        splits: Each row is in exactly one test part.
        made: Makes an unfitted model.
        name: Of the model, for messages.

    Raises:
        InvalidInputError: A fit has failed.
    """
    predicted = np.full(len(problem), np.nan)
    with many_fits():
        for split in splits:
            prepared = parts(problem, split)
            try:
                predicted[split.test] = predict(fit(made(), prepared), prepared)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                raise InvalidInputError(
                    f"{name} fails on {len(split.train)} rows: {error}"
                ) from error
    return predicted
