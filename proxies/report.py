"""The model of a report on 599 lithium conductors, kept to be compared with."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from discovery.errors import NotFittedError
from discovery.features.report_sets import FeatureSet, Reading, feature_set
from discovery.features.stages import Stage
from discovery.rng import derive
from discovery.types import Belief, BoolArray, Candidate, Fidelity, FloatArray, Observation
from proxies.beliefs import Column, assemble
from proxies.censoring import expectation
from proxies.evidence import Evidence, gather
from proxies.folds import composition_folds
from proxies.scale import fit_scale
from proxies.stage_model import FEWEST, Side

_LEAST_STD: Final = 0.05  # score units; nothing measured is known better than that
_SETS: Final[dict[Stage, FeatureSet]] = {
    "composition": "composition",
    "geometry": "geometry",
    "physics": "physics",
}


class ReportProxy:
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
        self._stage: Stage = stage
        self._reading: Reading = reading
        self._folds = folds
        self._evidence: Evidence | None = None
        self._models: list[_Model | None] = []

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        evidence = gather(observations, fidelities)
        features = self._features(evidence.candidates)
        self._evidence, self._models = evidence, []
        for k, name in enumerate(evidence.fidelities):
            known = evidence.known[:, k]
            model = None
            if known.sum() >= FEWEST:
                model = _Model(
                    evidence.value[known, k],
                    evidence.side[known, k],
                    censored=self._reading == "honest",
                )
                candidates = [c for c, it in zip(evidence.candidates, known, strict=True) if it]
                own = derive(seed, "report", name)
                model.fit(features[known], composition_folds(candidates, self._folds, own), own)
            self._models.append(model)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if self._evidence is None:
            raise NotFittedError("the report's proxy has no observations yet; call fit first")
        features = self._features(candidates)
        columns = [None if model is None else model.column(features) for model in self._models]
        return assemble(self._evidence, len(candidates), columns, np.eye(len(columns)))

    def _features(self, candidates: Sequence[Candidate]) -> FloatArray:
        return feature_set(candidates, _SETS[self._stage], self._reading).values


class _Model:
    """One fidelity; in standard units, to which boosted trees are indifferent."""

    def __init__(self, value: FloatArray, side: Side, *, censored: bool) -> None:
        self._scale = fit_scale(value, "standard")
        self._position = self._scale.forward(value)
        self._side = side if censored else np.zeros_like(side)
        self._std = 1.0
        self._trees: _Trees | None = None

    def fit(self, features: FloatArray, folds: Sequence[BoolArray], seed: int) -> None:
        """Fit, bounds first expected from all values, then from held-out predictions."""
        count = len(self._position)
        scores, mean = self._expected(np.zeros(count), 1.0), np.zeros(count)
        for held_out in folds:
            if not held_out.all():
                trees = _Trees(features[~held_out], scores[~held_out], seed)
                mean[held_out] = trees.predict(features[held_out])
        exact = self._side == 0
        if exact.any():
            error = float(np.sqrt(np.mean((mean - scores)[exact] ** 2)))
            self._std = max(error, _LEAST_STD)
        self._trees = _Trees(features, self._expected(mean, self._std), seed)

    def column(self, features: FloatArray) -> Column:
        """Return the scores of n candidates."""
        assert self._trees is not None
        mean = self._trees.predict(features)
        return Column(self._scale, mean, np.full(len(mean), self._std), 0.0)

    def _expected(self, mean: FloatArray, std: float) -> FloatArray:
        expected, _ = expectation(mean, np.full(len(mean), std), self._position, self._side)
        return np.where(self._side == 0, self._position, expected)


class _Trees:
    """Boosted trees on the columns of which training knew anything."""

    def __init__(self, features: FloatArray, scores: FloatArray, seed: int) -> None:
        self._columns = np.isfinite(features).any(axis=0)
        self._trees = HistGradientBoostingRegressor(
            early_stopping=False, random_state=seed % 2**31
        ).fit(features[:, self._columns], scores)

    def predict(self, features: FloatArray) -> FloatArray:
        if not len(features):
            return np.zeros(0)
        predicted: FloatArray = self._trees.predict(features[:, self._columns])
        return predicted
