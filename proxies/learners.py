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
from proxies.forest import Forest, forest_of

Learner: TypeAlias = Literal[
    "blend", "extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"
]

_SHARE_OF_FEATURES = 0.3  # tried at each split; less is faster and, on conductors, no worse
PARTNER_SHARE = 2 / 3
"""Of the boosted trees in a blend."""

_BAGS = 8  # of boosted models; each costs as much as a small forest


@dataclass(frozen=True)
class Ensemble:
    """A fitted ensemble.

    Args:
        forest: Fitted regressors, its members.
        columns: (k,) features that were not constant in training; others cannot inform.
        importance: (k,) share of each in the splits; uniform where a learner does not tell.
        partner: One that moves all members, their mean by two thirds of the way to it.
    """

    forest: Forest
    columns: NDArray[np.intp]
    importance: FloatArray
    partner: Forest | None = None

    def predict(self, features: FloatArray) -> FloatArray:
        """Return the prediction of each member (members, n) for features (n, d)."""
        chosen = features[:, self.columns]
        told = self.forest.predict(chosen)
        if self.partner is None or not len(chosen):
            return told
        return told + PARTNER_SHARE * (self.partner.predict(chosen) - told.mean(axis=0))


def fit_ensemble(
    learner: Learner,
    features: FloatArray,
    scores: FloatArray,
    *,
    size: int,
    seed: int,
    leaf: int = 1,
) -> Ensemble:
    """Fit an ensemble to features (n, d) and scores (n,).

    Args:
        learner: Boosted ones are bagged, as their members would be identical. ``blend`` is
            one third extremely randomised trees and two thirds gradient boosting that draws rows
            and features; the members, and so the spread, are those of the randomised trees.
        features: NaN where unknown.
        scores: Finite.
        size: Number of trees of a forest.
        seed: Decides everything random.
        leaf: Fewest rows in a leaf of a forest; boosted trees have their own.
    """
    columns = _varying(features)
    if not len(columns):
        columns = np.array([0])
    chosen = np.ascontiguousarray(features[:, columns], dtype=np.float32)
    uniform = np.full(len(columns), 1 / len(columns))
    if learner in _BOOSTED:
        boosted = _BOOSTED[learner]
        members = tuple(_bagged(boosted, chosen, scores, seed, bag) for bag in range(_BAGS))
        return Ensemble(forest_of(members), columns, uniform)
    kind = RandomForestRegressor if learner == "random_forest" else ExtraTreesRegressor
    forest = kind(
        n_estimators=size,
        max_features=_SHARE_OF_FEATURES,
        min_samples_leaf=leaf,
        random_state=derive(seed, "forest") % 2**31,
    ).fit(chosen, scores)
    importance = np.asarray(forest.feature_importances_, dtype=np.float64)
    return Ensemble(
        forest_of(forest.estimators_),
        columns,
        importance if importance.sum() > 0 else uniform,
        forest_of([_partner(chosen, scores, seed)]) if learner == "blend" else None,
    )


def _partner(features: NDArray[np.float32], scores: FloatArray, seed: int) -> Any:  # noqa: ANN401 - untyped library
    from lightgbm import LGBMRegressor  # noqa: PLC0415 - heavy, and only this learner needs it

    return LGBMRegressor(
        n_estimators=300,
        learning_rate=0.05,
        num_leaves=15,
        min_child_samples=min(8, max(2, len(scores) // 10)),
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=_SHARE_OF_FEATURES,
        reg_lambda=3.0,
        max_bin=63,
        random_state=derive(seed, "boosting") % 2**31,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    ).fit(features, scores)


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
    # scikit-learn cannot bin a column of which the drawn rows know nothing
    unknown = np.isnan(features[drawn]).all(axis=0)
    seen = np.where(unknown, np.float32(0), features[drawn])
    return boosted(leaf, own % 2**31).fit(seen, scores[drawn])


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
