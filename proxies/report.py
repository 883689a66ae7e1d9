"""The model of a report on 599 lithium conductors, kept to be compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from discovery.features.report_sets import FeatureSet, Reading, feature_set
from discovery.features.stages import FeatureTable, Stage
from discovery.types import Candidate, FloatArray
from proxies.beliefs import Column
from proxies.folds import composition_folds
from proxies.forest import Forest
from proxies.growing import grown
from proxies.scale import Scale, fit_scale
from proxies.separate import SeparateProxy, expected
from proxies.stage_model import Side

_LEAST_STD: Final = 0.05  # score units; nothing measured is known better than that
_SETS: Final[dict[Stage, FeatureSet]] = {
    "composition": "composition",
    "geometry": "geometry",
    "physics": "physics",
}


@dataclass(frozen=True)
class ReportModel:
    """One fidelity; in standard units, to which boosted trees are indifferent.

    Args:
        scale: Between values and scores.
        forest: The boosted trees.
        std: Of every prediction, in scores.
    """

    scale: Scale
    forest: Forest
    std: float

    def terms(self) -> Sequence[tuple[float, Forest]]:
        """Return the trees of the mean."""
        return [(1.0, self.forest)]

    def column(self, features: FloatArray) -> Column:
        """Return the scores of n candidates."""
        mean = _predict(self.forest, features)
        return Column(self.scale, mean, np.full(len(mean), self.std), 0.0)


class ReportProxy(SeparateProxy[ReportModel]):
    """Boosted trees with scikit-learn's defaults on the report's features of one stage.

    ``HistGradientBoostingRegressor`` on 128, 151 or 159 features (see
    :func:`discovery.features.report_sets.feature_set`); the report's one feature more is made from
    the label and has no place in a proxy. One model per fidelity; its deviation is the root mean
    square error on held-out compositions, the same for every candidate, as the report gives none.
    With fewer than five observations a fidelity falls back to their mean with a wide deviation;
    with fewer than 40 such trees have a single leaf.

    Args:
        stage: Stage of the features.
        reading: ``historical``: bounds stand at their value, unknown features are zero, physics is
            what pymatgen alone gives, which takes minutes for hundreds of crystals. ``honest``:
            bounds enter with their expectation, unknown features are unknown, and physics is known
            for every crystal with Li.
        folds: Folds for the held-out errors.
    """

    def __init__(
        self, *, stage: Stage = "physics", reading: Reading = "honest", folds: int = 3
    ) -> None:
        super().__init__("report", ReportModel)
        self._stage: Stage = stage
        self._reading: Reading = reading
        self._folds = folds

    def _features(self, candidates: Sequence[Candidate]) -> FeatureTable:
        return feature_set(candidates, _SETS[self._stage], self._reading)

    def _learn(
        self,
        candidates: Sequence[Candidate],
        features: FloatArray,
        value: FloatArray,
        side: Side,
        seed: int,
    ) -> ReportModel:
        """Fit, bounds first expected from all values, then from held-out predictions."""
        scale = fit_scale(value, "standard")
        position = scale.forward(value)
        side = side if self._reading == "honest" else np.zeros_like(side)
        mean, std, exact = np.zeros(len(value)), 1.0, side == 0
        scores = expected(position, side, mean, np.full(len(mean), std))
        for held_out in composition_folds(candidates, self._folds, seed):
            if not held_out.all():
                forest = _fit(features[~held_out], scores[~held_out], seed)
                mean[held_out] = _predict(forest, features[held_out])
        if exact.any():
            error = float(np.sqrt(np.mean((mean - scores)[exact] ** 2)))
            std = max(error, _LEAST_STD)
        scores = expected(position, side, mean, np.full(len(mean), std))
        return ReportModel(scale, _fit(features, scores, seed), std)


def _fit(features: FloatArray, scores: FloatArray, seed: int) -> Forest:
    model = HistGradientBoostingRegressor(early_stopping=False, random_state=seed % 2**31)
    return grown(model, features, scores)


def _predict(forest: Forest, features: FloatArray) -> FloatArray:
    return forest.predict(features)[0]
