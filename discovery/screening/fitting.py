"""One fit: gaps filled and scales set by the training part, then the model, then predictions."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVC
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from discovery.assessment.splits import Split
from discovery.screening.problem import Problem
from discovery.types import FloatArray


@contextmanager
def many_fits() -> Iterator[None]:
    """Keep fits on one thread and silent.

    A screening fits models where they do not suit; their scores say so, not thousands of warnings.
    """
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Parts:
    """The two parts of a split, prepared for models.

    Args:
        train: (k, d) filled and standardised.
        truth: (k,) target of the training part; values are standardised, classes are not.
        test: (l, d) filled and standardised by what the training part knows.
        center: Mean of the training values; 0 for classes.
        scale: Standard deviation of the training values; 1 for classes.
        filler: What fills and standardises.
    """

    train: FloatArray
    truth: FloatArray
    test: FloatArray
    center: float
    scale: float
    filler: Pipeline


def parts(problem: Problem, split: Split) -> Parts:
    """Return both parts; the test part has no influence on the training part."""
    # a feature without a value in the training part becomes a constant
    filler = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    train = filler.fit_transform(problem.features[split.train])
    truth = problem.target[split.train]
    center, scale = 0.0, 1.0
    if problem.task == "regression":
        center, scale = float(truth.mean()), float(truth.std()) or 1.0
    test = filler.transform(problem.features[split.test])
    return Parts(train, (truth - center) / scale, test, center, scale, filler)


def fit(model: Any, prepared: Parts) -> Any:  # noqa: ANN401 - models share no base class
    """Fit a model to the training part and return it.

    A ``NuSVC`` whose ``nu`` no solution has gets the largest one that has.
    """
    if isinstance(model, NuSVC):
        model.set_params(nu=min(model.nu, largest_nu(prepared.truth)))
    model.fit(prepared.train, prepared.truth)
    return model


def predict(model: Any, prepared: Parts) -> FloatArray:  # noqa: ANN401
    """Return (l,) predictions of the test part, as classes or on the scale of the target.

    Raises:
        ValueError: A prediction is not finite.
    """
    predicted = np.asarray(model.predict(prepared.test), dtype=float).ravel()
    if not np.isfinite(predicted).all():
        raise ValueError("a prediction is not finite")
    return predicted * prepared.scale + prepared.center


def largest_nu(classes: FloatArray) -> float:
    """Return the largest feasible ``nu`` of a nu-SVC, by its rarest pair of classes.

    For each pair of classes of sizes a and b, nu is at most 2 min(a, b) / (a + b); Chang and Lin,
    Neural Computation 13, 2119 (2001).
    """
    _, counts = np.unique(classes, return_counts=True)
    least, most = float(counts.min()), float(counts.max())
    # on the limit itself the solver may end either way
    return 0.999 * 2 * least / (least + most)
