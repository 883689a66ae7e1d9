"""Trees on tables with unknown entries, whatever the library that grows them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.types import FloatArray
from proxies.forest import Forest, forest_of


def boosting(rows: int, trees: int, seed: int) -> dict[str, Any]:
    """Return arguments of LightGBM's estimators for few rows of many redundant features.

    Args:
        rows: Number to learn from.
        trees: Boosted trees.
        seed: Decides everything random.
    """
    return {
        "n_estimators": trees,
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_child_samples": min(8, max(2, rows // 10)),
        "colsample_bytree": 0.3,
        "reg_lambda": 3.0,
        "max_bin": 63,
        "random_state": seed % 2**31,
        "n_jobs": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }


def grown(
    model: Any,  # noqa: ANN401 - untyped libraries
    features: FloatArray,
    answers: FloatArray | NDArray[np.intp],
    **further: Sequence[int],
) -> Forest:
    """Fit a model and return its trees, in terms of all columns.

    It sees the columns of which any row knows something, as scikit-learn cannot bin others, and in
    single precision, as the forest will see them.

    Args:
        model: Unfitted, see :func:`proxies.forest.forest_of`.
        features: (n, d), NaN where unknown.
        answers: (n,).
        further: Arguments of ``model.fit``.
    """
    columns = np.flatnonzero(np.isfinite(features).any(axis=0))
    if not len(columns):
        columns, features = np.array([0]), np.zeros_like(features)
    forest = _of(model.fit(features[:, columns].astype(np.float32), answers, **further))
    return replace(forest, feature=columns[forest.feature])


def _of(model: Any) -> Forest:  # noqa: ANN401
    """Return the trees, those of a random forest as members of their own."""
    boosted = hasattr(model, "booster_") or hasattr(model, "_predictors")
    return forest_of(getattr(model, "estimators_", [model]) if not boosted else [model])
