"""A small world to explain models in: trees on a few named columns, some of them unknown."""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)

from discovery.features.stages import FeatureTable, featurise
from discovery.types import Belief, Candidate, Fidelity, Observation
from proxies.forest import Forest, forest_of

KINDS = {
    "extra_trees": lambda seed: ExtraTreesRegressor(12, max_features=0.5, random_state=seed),
    "random_forest": lambda seed: RandomForestRegressor(12, random_state=seed),
    "boosting": lambda seed: HistGradientBoostingRegressor(
        max_iter=15, min_samples_leaf=3, random_state=seed
    ),
}


def told(trees: Forest, rows: np.ndarray) -> np.ndarray:
    return trees.predict(rows).mean(axis=0)


def numbers(count: int, columns: int = 6, *, missing: float = 0.2, seed: int = 0):
    """Rows with gaps, and a target that two columns and a product of two others make."""
    rng = np.random.default_rng(seed)
    full = rng.normal(size=(count, columns))
    target = 2 * full[:, 0] - full[:, 1] + full[:, 2] * full[:, 3] + 0.1 * rng.normal(size=count)
    rows = np.where(rng.random(full.shape) < missing, np.nan, full)
    return rows.astype(np.float32).astype(float), target


def grown(kind: str, rows: np.ndarray, target: np.ndarray, seed: int = 0) -> Forest:
    return forest_of([KINDS[kind](seed).fit(rows, target)])


class TreeProxy:
    """Extremely randomised trees on the features of a stage; two forests, weighed row by row."""

    def __init__(self, trees: int = 20, stage: str = "composition", *, told: bool = True) -> None:
        self._count, self._stage, self._told = trees, stage, told
        self._forests: list[Forest] = []
        self.fitted_on: list[str] = []

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        candidates = [o.query.candidate for o in observations]
        values = [o.value if o.bound is None else o.bound.value for o in observations]
        rows = self.inputs(candidates).values
        self.fitted_on = [c.id for c in candidates]
        self._forests = [
            forest_of(
                [
                    ExtraTreesRegressor(self._count, random_state=(seed + k) % 2**31).fit(
                        rows, values
                    )
                ]
            )
            for k in range(2)
        ]
        self._fidelity = fidelities[0].name

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        mean = self.respond(self.inputs(candidates).values)[:, None]
        variance = np.ones((len(mean), 1, 1))
        return Belief((self._fidelity,), self._fidelity, mean, variance, np.array([0.1]))

    def inputs(self, candidates: Sequence[Candidate]) -> FeatureTable:
        return featurise(candidates, self._stage)

    def respond(self, values: np.ndarray) -> np.ndarray:
        return sum(weight * told(trees, values) for weight, trees in self._weighed(values))

    def trees(self, values: np.ndarray):
        return self._weighed(values) if self._told else None

    def _weighed(self, values: np.ndarray):
        # rows with much lithium are told by one forest alone
        share = np.where(values[:, 1] > 2, 1.0, 0.4)
        return [(share, self._forests[0]), (1 - share, self._forests[1])]
