"""Experiments of the report: one way to predict, judged as it was, with the same folds for all."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from sklearn.model_selection import KFold

from discovery.agreement.rank_statistics import exact_values
from discovery.assessment.assess import Assessment
from discovery.assessment.groups import IntArray, same_source
from discovery.assessment.scores import Metric, Score, accuracy_metrics, scores
from discovery.assessment.splits import Split
from discovery.studies.boosting import DEFAULTS, Settings, fitted
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix
from discovery.types import FloatArray

Predict: TypeAlias = Callable[[IntArray, IntArray], FloatArray]
"""(rows to learn from, rows to predict) -> predictions."""

FOLDS: Final = 5
RESAMPLES: Final = 500
_TABLE: Final = frozenset({"r_squared", "rmse", "spearman"})


@dataclass(frozen=True)
class Experiment:
    """What one way to predict gave.

    Args:
        name: Of the experiment.
        features: How many a row has.
        validated: Predictions of the training rows, each by a model that did not see its fold.
        held_out: Predictions of the published test rows.
    """

    name: str
    features: int
    validated: Assessment
    held_out: Assessment


def folds(data: Obelix, seed: int) -> list[Split]:
    """Return the report's folds of the training rows, the same for every experiment.

    ``KFold(5, shuffle=True, random_state=seed)`` on the rows in the published order; with seed 42
    its tables come out, so it must be that.
    """
    parts = KFold(FOLDS, shuffle=True, random_state=seed).split(data.train)
    return [Split(data.train[learn], data.train[judge]) for learn, judge in parts]


def boosted(features: FloatArray, data: Obelix, settings: Settings, seed: int) -> Predict:
    """Return boosted trees on features (n, d) of all rows, bounds taken for values."""
    value = data.placed.value

    def predict(learn: IntArray, asked: IntArray) -> FloatArray:
        predicted: FloatArray = fitted(settings, features[learn], value[learn], seed).predict(
            features[asked]
        )
        return predicted

    return predict


def experiment(
    name: str,
    predict: Predict,
    data: Obelix,
    *,
    features: int,
    seed: int,
    memory: Memory,
    depends: Mapping[str, object],
) -> Experiment:
    """Return what a way to predict gives under the report's folds and on its test rows.

    Args:
        name: Of the experiment.
        predict: Learns and predicts.
        data: Its training rows are divided into folds.
        features: How many a row has.
        seed: Of the folds.
        memory: Where predictions are kept.
        depends: What they depend on besides data and seed.
    """

    def compute() -> dict[str, list[float]]:
        validated = np.full(len(data.placed), np.nan)
        for part in folds(data, seed):
            validated[part.test] = predict(part.train, part.test)
        return {
            "validated": validated[data.train].tolist(),
            "held_out": predict(data.train, data.test).tolist(),
        }

    key = {"experiment": name, "data": data.digest, "seed": seed, **depends}
    found = memory.recall(name, key, compute)
    return Experiment(
        name,
        features,
        judged("folds of the report", data, data.train, np.array(found["validated"])),
        judged("official", data, data.test, np.array(found["held_out"])),
    )


def judged(protocol: str, data: Obelix, rows: IntArray, mean: FloatArray) -> Assessment:
    """Return predictions (n,) or (repeats, n) of some rows, bounds taken for values."""
    repeats = np.atleast_2d(mean)
    return Assessment(
        protocol,
        rows,
        truth=exact_values(data.truth.value[rows]),
        mean=repeats,
        std=np.ones(repeats.shape),
        related=same_source(data.dataset)[rows],
        trained=float(len(data.train)),
        resubstituted={},
        seconds=0.0,
    )


def table_scores(assessment: Assessment, seed: int) -> dict[str, Score]:
    """Return R squared, RMSE and Spearman's rho, with intervals over clusters of related rows."""
    return scores(assessment, _wanted(), seed, resamples=RESAMPLES)


def table_values(assessment: Assessment) -> dict[str, float]:
    """Return R squared, RMSE and Spearman's rho, each the mean over the repeats."""
    repeats = zip(assessment.mean, assessment.std, strict=True)
    found = [
        [metric(assessment.truth, mean, std) for metric in _wanted().values()]
        for mean, std in repeats
    ]
    return dict(zip(_wanted(), np.mean(found, axis=0).tolist(), strict=True))


def _wanted() -> dict[str, Metric]:
    return {name: metric for name, metric in accuracy_metrics(None).items() if name in _TABLE}


def plain_boosting(
    name: str,
    table: FloatArray,
    data: Obelix,
    *,
    settings: Settings = DEFAULTS,
    seed: int,
    memory: Memory,
) -> Experiment:
    """Return the experiment of boosted trees on features (n, d)."""
    return experiment(
        name,
        boosted(table, data, settings, seed),
        data,
        features=table.shape[1],
        seed=seed,
        memory=memory,
        depends={"settings": repr(settings), "features": fingerprint(table)},
    )


def fingerprint(table: FloatArray) -> str:
    """Return the hash of a table of features, to the last digit: boosted trees see it."""
    return hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest()[:16]
