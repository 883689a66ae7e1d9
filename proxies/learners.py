"""Ensembles of trees on a feature matrix that may hold NaN."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)

from discovery.rng import derive, stream
from discovery.types import FloatArray

Learner: TypeAlias = Literal["extra_trees", "random_forest", "hist_gradient_boosting"]

_SHARE_OF_FEATURES = 0.3  # tried at each split; less is faster and, on conductors, no worse
_BAGS = 8  # of boosted models; each costs as much as a small forest


@dataclass(frozen=True)
class Ensemble:
    """A fitted ensemble.

    Args:
        members: Fitted regressors.
        columns: (k,) features that were not constant in training; others cannot inform.
        importance: (k,) share of each in the splits; uniform where a learner does not tell.
    """

    members: tuple[Any, ...]
    columns: NDArray[np.intp]
    importance: FloatArray

    def predict(self, features: FloatArray) -> FloatArray:
        """Return the prediction of each member (members, n) for features (n, d)."""
        chosen = np.ascontiguousarray(features[:, self.columns], dtype=np.float32)
        return np.array([np.ravel(member.predict(chosen)) for member in self.members])


def fit_ensemble(
    learner: Learner, features: FloatArray, scores: FloatArray, *, size: int, seed: int
) -> Ensemble:
    """Fit an ensemble to features (n, d) and scores (n,).

    Args:
        learner: ``hist_gradient_boosting`` is bagged, as its members would be identical.
        features: NaN where unknown.
        scores: Finite.
        size: Number of trees of a forest.
        seed: Decides everything random.
    """
    columns = _varying(features)
    if not len(columns):
        columns = np.array([0])
    chosen = np.ascontiguousarray(features[:, columns], dtype=np.float32)
    uniform = np.full(len(columns), 1 / len(columns))
    if learner == "hist_gradient_boosting":
        members = tuple(_boosted(chosen, scores, derive(seed, "bag", k)) for k in range(_BAGS))
        return Ensemble(members, columns, uniform)
    kind = ExtraTreesRegressor if learner == "extra_trees" else RandomForestRegressor
    forest = kind(
        n_estimators=size,
        max_features=_SHARE_OF_FEATURES,
        random_state=derive(seed, "forest") % 2**31,
    ).fit(chosen, scores)
    importance = np.asarray(forest.feature_importances_, dtype=np.float64)
    return Ensemble(
        tuple(tree.tree_ for tree in forest.estimators_),
        columns,
        importance if importance.sum() > 0 else uniform,
    )


def _boosted(features: NDArray[np.float32], scores: FloatArray, seed: int) -> Any:  # noqa: ANN401 - untyped library
    drawn = stream(seed, "rows").integers(len(scores), size=len(scores))
    model = HistGradientBoostingRegressor(
        max_iter=100,
        min_samples_leaf=min(20, max(2, len(scores) // 10)),
        early_stopping=False,
        random_state=seed % 2**31,
    )
    return model.fit(features[drawn], scores[drawn])


def _varying(features: FloatArray) -> NDArray[np.intp]:
    """Return the columns that hold at least two different entries, NaN counting as one."""
    unknown = np.isnan(features)
    low = np.where(unknown, np.inf, features).min(axis=0)
    high = np.where(unknown, -np.inf, features).max(axis=0)
    return np.flatnonzero((high > low) | (unknown.any(axis=0) & ~unknown.all(axis=0)))
