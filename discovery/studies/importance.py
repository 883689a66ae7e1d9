"""How much a model loses when one feature is shuffled, on rows that it did not learn from."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.features.stages import FeatureTable
from discovery.rng import stream
from discovery.studies.boosting import DEFAULTS, fitted
from discovery.studies.experiments import fingerprint, folds
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix

REPEATS: Final = 5


@dataclass(frozen=True)
class Importance:
    """Of one feature.

    Args:
        feature: Its name.
        loss: By how much R squared falls when it is shuffled (L. Breiman, Mach. Learn. 45, 5
            (2001)), mean over folds and repeats.
        deviation: Over folds and repeats.
    """

    feature: str
    loss: float
    deviation: float


def importances(
    table: FeatureTable, data: Obelix, *, seed: int, repeats: int = REPEATS, memory: Memory
) -> list[Importance]:
    """Return the importance of each feature to boosted trees with defaults, largest first.

    Args:
        table: (n, d) of all rows.
        data: Its training rows are divided into the folds of the report.
        seed: Of folds and shuffles.
        repeats: Shuffles of a feature in each fold.
        memory: Where losses are kept.
    """

    def compute() -> list[list[float]]:
        return _losses(table, data, seed, repeats)

    depends = {
        "data": data.digest,
        "features": fingerprint(table.values),
        "seed": seed,
        "repeats": repeats,
    }
    losses = np.array(memory.recall("importance", depends, compute))
    found = zip(table.names, losses.mean(axis=0), losses.std(axis=0), strict=True)
    return sorted(
        (Importance(name, float(mean), float(deviation)) for name, mean, deviation in found),
        key=lambda each: -each.loss,
    )


def _losses(table: FeatureTable, data: Obelix, seed: int, repeats: int) -> list[list[float]]:
    """(folds x repeats, d) losses; a feature that is constant in a fold cannot be missed there."""
    value, found = data.placed.value, []
    for number, part in enumerate(folds(data, seed)):
        model = fitted(DEFAULTS, table.values[part.train], value[part.train], seed)
        features, truth = table.values[part.test], value[part.test]
        spread = float(np.sum((truth - truth.mean()) ** 2))
        error = float(np.sum((truth - model.predict(features)) ** 2))
        for repeat in range(repeats):
            order = stream(seed, "importance", number, repeat).permutation(len(truth))
            row = np.zeros(len(table.names))
            for column in np.flatnonzero(np.ptp(features, axis=0) != 0):
                shuffled = features.copy()
                shuffled[:, column] = features[order, column]
                row[column] = np.sum((truth - model.predict(shuffled)) ** 2) - error
            found.append((row / spread).tolist())
    return found
