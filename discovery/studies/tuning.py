"""The report's searches: Optuna's TPE on a score that punishes a gap to the training error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from discovery.studies.boosting import Settings, fitted
from discovery.studies.experiments import fingerprint, folds
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix
from discovery.types import FloatArray

if TYPE_CHECKING:
    import optuna

Space: TypeAlias = Literal["conservative", "expanded"]

PENALTY: Final = 0.2
"""Weight of the gap between validation and training error."""

TRIALS: Final = 50
SEED: Final = 42

_DEEPEST: Final = {"conservative": 8, "expanded": 30}
_LEAST_L2: Final = {"conservative": 1e-6, "expanded": 1e-10}


@dataclass(frozen=True)
class Search:
    """What a search found.

    Args:
        name: Of the features that were searched for.
        space: ``conservative`` (depth 3-8) or ``expanded`` (depth 3-30, next to no penalty).
        best: Settings with the least score.
        score: Mean over the folds of RMSE + 0.2 max(0, RMSE - RMSE on the training rows).
        trials: How many settings were tried.
    """

    name: str
    space: Space
    best: Settings
    score: float
    trials: int


def search(
    name: str,
    table: FloatArray,
    data: Obelix,
    space: Space,
    *,
    trials: int,
    seed: int,
    memory: Memory,
    done: Callable[[], None] = lambda: None,
) -> Search:
    """Search the settings of boosted trees on features (n, d), on the training rows alone.

    Each trial is kept. A search that was interrupted proposes the same settings again, because the
    sampler is seeded, and reads their scores: it ends where it would have ended undisturbed.

    Args:
        name: Of the features.
        table: Features of all n rows.
        data: Its training rows are divided into the folds of the report.
        space: Of the settings.
        trials: How many to try.
        seed: Of the folds.
        memory: Where scores are kept.
        done: Called after each trial.
    """
    import optuna  # noqa: PLC0415 - heavy

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    depends = {"data": data.digest, "features": fingerprint(table), "seed": seed}

    def objective(trial: "optuna.Trial") -> float:
        settings = _drawn(trial, space)
        key = {**depends, "settings": repr(settings)}
        score: float = memory.recall("trial", key, lambda: penalised(table, data, settings, seed))
        done()
        return score

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED))
    study.optimize(objective, n_trials=trials)
    return Search(name, space, Settings(**study.best_params), study.best_value, trials)


def penalised(table: FloatArray, data: Obelix, settings: Settings, seed: int) -> float:
    """Return the mean over the folds of RMSE + 0.2 max(0, RMSE - RMSE on the training rows)."""
    value = data.placed.value
    scores = []
    for part in folds(data, seed):
        model = fitted(settings, table[part.train], value[part.train], seed)
        learnt, judged = (
            float(np.sqrt(np.mean((model.predict(table[rows]) - value[rows]) ** 2)))
            for rows in (part.train, part.test)
        )
        scores.append(judged + PENALTY * max(0.0, judged - learnt))
    return float(np.mean(scores))


def _drawn(trial: "optuna.Trial", space: Space) -> Settings:
    return Settings(
        max_depth=trial.suggest_int("max_depth", 3, _DEEPEST[space]),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        max_leaf_nodes=trial.suggest_int("max_leaf_nodes", 15, 100),
        min_samples_leaf=trial.suggest_int("min_samples_leaf", 5, 35),
        l2_regularization=trial.suggest_float("l2_regularization", _LEAST_L2[space], 0.1, log=True),
        max_bins=trial.suggest_int("max_bins", 64, 255),
        max_iter=trial.suggest_int("max_iter", 50, 200),
    )
