"""A search for the parameters of a learner by how well they rank what they have not seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
import optuna
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor

from discovery.rng import derive
from discovery.types import BoolArray, FloatArray
from proxies.forest import Forest
from proxies.growing import boosting, grown

Kind: TypeAlias = Literal["extra_trees", "hist_gradient_boosting", "lightgbm"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Parameters: TypeAlias = dict[str, float]

START: Final[Mapping[Kind, Parameters]] = {
    "extra_trees": {"max_features": 0.3, "min_samples_leaf": 1},
    "hist_gradient_boosting": {
        "learning_rate": 0.1,
        "max_iter": 100,
        "max_leaf_nodes": 15,
        "l2_regularization": 1.0,
        "max_features": 0.3,
    },
    "lightgbm": {
        "learning_rate": 0.05,
        "n_estimators": 200,
        "num_leaves": 15,
        "min_child_samples": 8,
        "colsample_bytree": 0.3,
        "reg_lambda": 3.0,
    },
}
"""What the first trial is, and what is used where there are too few rows to choose by."""

_Range: TypeAlias = tuple[float, float, bool]
_SPACES: Final[Mapping[Kind, Mapping[str, _Range]]] = {
    "extra_trees": {"max_features": (0.1, 1.0, False), "min_samples_leaf": (1, 5, False)},
    "hist_gradient_boosting": {
        "learning_rate": (0.02, 0.2, True),
        "max_iter": (50, 300, True),
        "max_leaf_nodes": (4, 31, True),
        "l2_regularization": (0.1, 30.0, True),
        "max_features": (0.1, 1.0, False),
    },
    "lightgbm": {
        "learning_rate": (0.02, 0.2, True),
        "n_estimators": (50, 400, True),
        "num_leaves": (4, 31, True),
        "min_child_samples": (2, 20, True),
        "colsample_bytree": (0.1, 1.0, False),
        "reg_lambda": (0.1, 30.0, True),
    },
}
"""Smallest and largest value, and whether their logarithm is even; integers stay integers."""

_TREES: Final = 100  # of a forest; more cost time and are never worse
_SECONDS = 0.3, 0.001  # to fit one of each kind to 200 columns on one core, and more per row


def grow(
    kind: Kind, parameters: Parameters, features: FloatArray, scores: FloatArray, seed: int
) -> Forest:
    """Return a learner fitted to features (n, d) and scores (n,); its members are its trees.

    Args:
        kind: Of learner.
        parameters: Of the kind, see :data:`START`.
        features: NaN where unknown.
        scores: Finite.
        seed: Decides everything random.
    """
    own = derive(seed, kind) % 2**31
    model: Any
    if kind == "extra_trees":
        model = ExtraTreesRegressor(n_estimators=_TREES, random_state=own, **parameters)
    elif kind == "hist_gradient_boosting":
        leaf = min(8, max(2, len(scores) // 10))
        model = HistGradientBoostingRegressor(
            early_stopping=False, min_samples_leaf=leaf, random_state=own, **parameters
        )
    else:
        from lightgbm import LGBMRegressor  # noqa: PLC0415 - heavy, and few proxies need it

        leaf = min(int(parameters["min_child_samples"]), max(2, len(scores) // 10))
        model = LGBMRegressor(
            **{**boosting(len(scores), 1, own), **parameters, "min_child_samples": leaf}
        )
    return grown(model, features, scores)


def trials_within(seconds: float, rows: int, folds: int) -> int:
    """Return how many trials of every kind are expected to take the seconds, one at least.

    By a formula rather than a clock: the same data find the same parameters on any machine.
    """
    once, per_row = _SECONDS
    return max(1, int(seconds / (folds * (once + per_row * rows))))


def held_out(
    fit: Callable[[FloatArray, FloatArray, int], Forest],
    features: FloatArray,
    scores: FloatArray,
    folds: Sequence[BoolArray],
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Return mean and spread of the members (n,) for rows by models that have not seen them.

    Args:
        fit: Features, scores and seed to a fitted learner.
        features: (n, d).
        scores: (n,).
        folds: Masks (n,) of the rows held out; a row in none of them has mean and spread zero.
        seed: Of the models.
    """
    mean, spread = np.zeros(len(scores)), np.zeros(len(scores))
    for number, out in enumerate(folds):
        forest = fit(features[~out], scores[~out], derive(seed, "fold", number))
        told = forest.predict(features[out])
        mean[out], spread[out] = told.mean(axis=0), told.std(axis=0)
    return mean, spread


def search(
    kind: Kind, rank: Callable[[Parameters], float], *, trials: int, seed: int
) -> tuple[Parameters, float, float]:
    """Return the parameters that rank best, the rank correlation of the start, and theirs.

    Tree-structured Parzen estimator (Bergstra et al., NIPS 24, 2546 (2011)); the same seed finds
    the same.

    Args:
        kind: Of learner.
        rank: Parameters to the rank correlation of their held-out predictions.
        trials: How many are tried, :data:`START` first.
        seed: Of the search.
    """

    def objective(trial: optuna.Trial) -> float:
        return rank(_suggest(trial, kind))

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        sampler = optuna.samplers.TPESampler(seed=derive(seed, "search", kind) % 2**32)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.enqueue_trial(dict(START[kind]))
        study.optimize(objective, n_trials=trials)
    finally:
        optuna.logging.set_verbosity(before)
    return dict(study.best_params), float(study.trials[0].value or 0.0), float(study.best_value)


def rank_correlation(mean: FloatArray, scores: FloatArray) -> float:
    """Return Spearman's coefficient, zero where either is constant."""
    if np.ptp(mean) == 0 or np.ptp(scores) == 0:
        return 0.0
    return float(spearmanr(mean, scores).statistic)


def _suggest(trial: optuna.Trial, kind: Kind) -> Parameters:
    found: Parameters = {}
    for name, (low, high, even_logarithm) in _SPACES[kind].items():
        if isinstance(START[kind][name], int):
            found[name] = trial.suggest_int(name, int(low), int(high), log=even_logarithm)
        else:
            found[name] = trial.suggest_float(name, low, high, log=even_logarithm)
    return found
