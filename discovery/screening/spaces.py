"""Which hyperparameters of a model are searched, and in which range."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from lightgbm import LGBMClassifier, LGBMRegressor
from optuna import Trial
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.svm import NuSVC, NuSVR

from discovery.screening.fitting import largest_nu
from discovery.screening.models import LIGHTGBM
from discovery.screening.problem import Problem, Task

Parameters: TypeAlias = dict[str, Any]

KERNELS: Final = ("linear", "poly", "rbf", "sigmoid")


@dataclass(frozen=True)
class Space:
    """How a model is searched.

    Args:
        trials: Number of trials by default.
        suggest: Trial and problem -> parameters.
        build: Parameters and seed -> an unfitted model.
        first: Parameters that are tried before all others; the rest of each is drawn.
    """

    trials: int
    suggest: Callable[[Trial, Problem], Parameters]
    build: Callable[[Parameters, int], Any]
    first: tuple[Parameters, ...] = ()


def _lightgbm(trial: Trial, _: Problem) -> Parameters:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 20, 300, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 64, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 1, 40, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "subsample_freq": 1,
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "reg_alpha": trial.suggest_float("reg_alpha", 1e-4, 10.0, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-4, 10.0, log=True),
    }


def _forest(trial: Trial, _: Problem) -> Parameters:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 20, 200, log=True),
        "max_depth": trial.suggest_int("max_depth", 2, 24, log=True),
        "min_samples_split": trial.suggest_int("min_samples_split", 2, 20, log=True),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 10, log=True),
        "max_features": trial.suggest_float("max_features", 0.1, 1.0),
    }


def _kernel(trial: Trial) -> Parameters:
    """Parameters of a kernel; those that it has no use for are not drawn."""
    kernel = trial.suggest_categorical("kernel", KERNELS)
    found: Parameters = {"kernel": kernel}
    if kernel != "linear":
        found["gamma"] = trial.suggest_float("gamma", 1e-3, 3.0, log=True)
    if kernel == "poly":
        found["degree"] = trial.suggest_int("degree", 2, 4)
    if kernel in ("poly", "sigmoid"):
        found["coef0"] = trial.suggest_float("coef0", 0.0, 2.0)
    return found


def _nu_svc(trial: Trial, problem: Problem) -> Parameters:
    # beyond its largest value, which the shares of the classes set, no solution exists
    nu = trial.suggest_float("nu", 0.01, max(largest_nu(problem.target), 0.02))
    return {"nu": nu, **_kernel(trial)}


def _nu_svr(trial: Trial, _: Problem) -> Parameters:
    return {
        "nu": trial.suggest_float("nu", 0.01, 1.0),
        "C": trial.suggest_float("C", 1e-2, 1e2, log=True),
        **_kernel(trial),
    }


# at most so many iterations: some kernels converge on some data never
_PATIENCE: Final = 100_000
_EACH_KERNEL: Final[tuple[Parameters, ...]] = tuple({"kernel": kernel} for kernel in KERNELS)

SPACES: Final[Mapping[Task, Mapping[str, Space]]] = {
    "classification": {
        "LightGBM": Space(
            100, _lightgbm, lambda p, s: LGBMClassifier(**p, random_state=s, **LIGHTGBM)
        ),
        "random forest": Space(
            100, _forest, lambda p, s: RandomForestClassifier(**p, random_state=s)
        ),
        "NuSVC": Space(
            200,
            _nu_svc,
            lambda p, s: NuSVC(**p, max_iter=_PATIENCE, random_state=s),
            _EACH_KERNEL,
        ),
    },
    "regression": {
        "LightGBM": Space(
            100, _lightgbm, lambda p, s: LGBMRegressor(**p, random_state=s, **LIGHTGBM)
        ),
        "random forest": Space(
            100, _forest, lambda p, s: RandomForestRegressor(**p, random_state=s)
        ),
        "NuSVR": Space(200, _nu_svr, lambda p, _: NuSVR(**p, max_iter=_PATIENCE), _EACH_KERNEL),
    },
}
"""Task -> model -> its space."""
