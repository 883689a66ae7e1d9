"""Search of hyperparameters with Optuna, and nested cross-validation that says what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from discovery.assessment.splits import Split
from discovery.errors import InvalidInputError, UnknownNameError
from discovery.rng import derive
from discovery.screening.divisions import folds
from discovery.screening.fitting import fit, many_fits, parts, predict
from discovery.screening.models import make
from discovery.screening.problem import Problem
from discovery.screening.scores import score as rate
from discovery.screening.spaces import SPACES, Parameters, Space

FOLDS = 5


@dataclass(frozen=True)
class Trial:
    """Parameters that were tried, and their mean score over the folds; ``None`` where it failed."""

    parameters: Parameters
    score: float | None


@dataclass(frozen=True)
class Tuned:
    """What a search has found.

    Args:
        model: Name of the model.
        parameters: The best ones.
        score: Their mean score over the folds that they were chosen by: too good to be expected.
        untuned: The score of the model as it comes, on the same folds.
        trials: All trials, in order.
        seed: Of the models.
    """

    model: str
    parameters: Parameters
    score: float
    untuned: float
    trials: tuple[Trial, ...]
    seed: int


@dataclass(frozen=True)
class Nested:
    """What tuning is worth on rows that the search has not seen.

    Args:
        model: Name of the model.
        tuned: Score on each outer fold, tuned within the rest.
        untuned: Score of the model as it comes, on the same folds.
        parameters: What was chosen for each fold.
    """

    model: str
    tuned: tuple[float, ...]
    untuned: tuple[float, ...]
    parameters: tuple[Parameters, ...]


def space(problem: Problem, model: str) -> Space:
    """Return the space of a model.

    Raises:
        UnknownNameError: The model has none.
    """
    known = SPACES[problem.task]
    if model not in known:
        raise UnknownNameError("model to tune", model, known)
    return known[model]


def tune(
    problem: Problem, model: str, *, score: str, seed: int, trials: int | None = None
) -> Tuned:
    """Search the parameters of a model by their mean score over folds.

    Tree-structured Parzen estimator (Bergstra et al., NIPS 24, 2546 (2011)), the same with the same
    seed. Folds are of whole groups where the problem has groups.

    Args:
        problem: The rows that the search may see.
        model: ``LightGBM``, ``random forest``, or ``NuSVC`` for classes and ``NuSVR`` for values.
        score: Name of the score.
        seed: Of folds, search and models.
        trials: By default 100, and 200 for the support vectors.

    Raises:
        InvalidInputError: No folds are possible, or every trial has failed.
    """
    searched = space(problem, model)
    splits = folds(problem, FOLDS, derive(seed, "inner folds"))
    drawn = derive(seed, "tuned", model) % 2**31
    count = trials or searched.trials

    def objective(trial: optuna.Trial) -> float:
        parameters = searched.suggest(trial, problem)
        trial.set_user_attr("parameters", parameters)
        found = _mean_score(problem, splits, searched.build(parameters, drawn), score)
        if found is None:
            raise optuna.TrialPruned
        return found

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        sampler = optuna.samplers.TPESampler(seed=derive(seed, "search", model) % 2**32)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for first in searched.first[:count]:
            study.enqueue_trial(first)
        with many_fits():
            study.optimize(objective, n_trials=count)
            untuned = _mean_score(problem, splits, make(problem.task, model, drawn), score)
    finally:
        optuna.logging.set_verbosity(before)
    told = tuple(Trial(t.user_attrs["parameters"], t.value) for t in study.trials)
    best = max(told, key=lambda t: -np.inf if t.score is None else t.score)
    if best.score is None:
        raise InvalidInputError(f"all {len(told)} trials of {model} have failed")
    return Tuned(
        model,
        best.parameters,
        best.score,
        np.nan if untuned is None else untuned,
        told,
        drawn,
    )


def nested(
    problem: Problem, model: str, *, score: str, seed: int, trials: int | None = None
) -> Nested:
    """Judge a tuned model on outer folds; each search sees the rows outside its fold only.

    Args:
        problem: All rows; folds are of whole groups where it has groups.
        model: See :func:`tune`.
        score: Name of the score, of the search and of the judgement.
        seed: Of everything.
        trials: Of each search.

    Raises:
        InvalidInputError: No folds are possible, or every trial has failed.
    """
    tuned, untuned, chosen = [], [], []
    for number, split in enumerate(folds(problem, FOLDS, derive(seed, "outer folds"))):
        inner = problem.take(split.train)
        found = tune(
            inner, model, score=score, seed=derive(seed, "outer fold", number), trials=trials
        )
        searched = space(problem, model).build(found.parameters, found.seed)
        plain = make(problem.task, model, found.seed)
        with many_fits():
            tuned.append(_score(problem, split, searched, score))
            untuned.append(_score(problem, split, plain, score))
        chosen.append(found.parameters)
    return Nested(model, tuple(tuned), tuple(untuned), tuple(chosen))


def _score(problem: Problem, split: Split, model: Any, score: str) -> float:  # noqa: ANN401
    prepared = parts(problem, split)
    predicted = predict(fit(model, prepared), prepared)
    return rate(problem.task, score, problem.target[split.test], predicted)


def _mean_score(
    problem: Problem,
    splits: Sequence[Split],
    model: Any,  # noqa: ANN401
    score: str,
) -> float | None:
    try:
        return float(np.mean([_score(problem, split, model, score) for split in splits]))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None
