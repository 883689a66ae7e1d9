"""Ensembles of trees on a feature matrix that may hold NaN."""

from collections.abc import Callable, Mapping
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

Learner: TypeAlias = Literal["extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"]

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
        learner: Boosted ones are bagged, as their members would be identical.
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
    if learner in _BOOSTED:
        boosted = _BOOSTED[learner]
        members = tuple(_bagged(boosted, chosen, scores, seed, bag) for bag in range(_BAGS))
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


def _bagged(
    boosted: Callable[[int, int], Any],
    features: NDArray[np.float32],
    scores: FloatArray,
    seed: int,
    bag: int,
) -> Any:  # noqa: ANN401 - untyped library
    own = derive(seed, "bag", bag)
    drawn = stream(own, "rows").integers(len(scores), size=len(scores))
    leaf = min(20, max(2, len(scores) // 10))
    return boosted(leaf, own % 2**31).fit(features[drawn], scores[drawn])


def _hist_gradient_boosting(leaf: int, seed: int) -> Any:  # noqa: ANN401 - untyped library
    return HistGradientBoostingRegressor(
        max_iter=100, min_samples_leaf=leaf, early_stopping=False, random_state=seed
    )


def _lightgbm(leaf: int, seed: int) -> Any:  # noqa: ANN401 - untyped library
    from lightgbm import LGBMRegressor  # noqa: PLC0415 - heavy, and only this learner needs it

    return LGBMRegressor(
        n_estimators=100,
        min_child_samples=leaf,
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        verbose=-1,
    )


_BOOSTED: Mapping[str, Callable[[int, int], Any]] = {
    "hist_gradient_boosting": _hist_gradient_boosting,
    "lightgbm": _lightgbm,
}
"""(smallest leaf, seed) -> an unfitted model."""


def _varying(features: FloatArray) -> NDArray[np.intp]:
    """Return the columns that hold at least two different entries, NaN counting as one."""
    unknown = np.isnan(features)
    low = np.where(unknown, np.inf, features).min(axis=0)
    high = np.where(unknown, -np.inf, features).max(axis=0)
    return np.flatnonzero((high > low) | (unknown.any(axis=0) & ~unknown.all(axis=0)))
