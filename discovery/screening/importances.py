"""Which features a model uses: by its own account, by permutation, and by SHAP values."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from sklearn.inspection import permutation_importance

from discovery.rng import derive, stream
from discovery.screening.divisions import replication
from discovery.screening.fitting import Parts, fit, many_fits, parts, predict
from discovery.screening.models import make
from discovery.screening.problem import Problem, Task
from discovery.screening.scores import score as rate
from discovery.types import FloatArray

Kind: TypeAlias = Literal["built-in", "permutation", "SHAP"]

SPLITS: Final = 10
_REPEATS: Final = 5
_EXPLAINED: Final = 30  # rows of the test part, where explaining takes many predictions
_BACKGROUND: Final = 20


@dataclass(frozen=True)
class Importances:
    """How important each feature is to a model, over several splits.

    Args:
        model: Name of the model.
        names: Of the d features.
        by_kind: Kind -> (splits, d). ``built-in``: what the model itself says, shares of 1;
            ``permutation``: by how much the score of the test part falls when the feature is
            shuffled there; ``SHAP``: mean absolute contribution to the prediction of the test
            part (Lundberg and Lee, NIPS 30 (2017)). A kind that a model does not have is missing.
        score: Name of the score that permutation lowers.
    """

    model: str
    names: tuple[str, ...]
    by_kind: dict[Kind, FloatArray]
    score: str


def importances(
    problem: Problem, model: str, *, score: str, share: float, seed: int, splits: int = SPLITS
) -> Importances:
    """Return the importances of a model's features over replications of the screening.

    Permutation and SHAP are of the test part: what a model has learned by heart does not count.

    Args:
        problem: What is to be predicted.
        model: Name of a model of the screening.
        score: Name of the score.
        share: Of the rows in the test part.
        seed: Of splits, models and permutations.
        splits: Number of splits.
    """
    found: dict[Kind, list[FloatArray]] = {"built-in": [], "permutation": [], "SHAP": []}
    with many_fits():
        for number in range(splits):
            split = replication(problem, number, share=share, seed=seed)
            prepared = parts(problem, split)
            fitted = fit(make(problem.task, model, derive(seed, model, number) % 2**31), prepared)
            own = built_in(fitted)
            if own is not None:
                found["built-in"].append(own)
            drawn = derive(seed, "permutation", number) % 2**32
            truth = problem.target[split.test]
            found["permutation"].append(
                _permuted(problem.task, fitted, prepared, truth, score, drawn)
            )
            values, _ = shap_values(fitted, prepared, derive(seed, "SHAP", number))
            found["SHAP"].append(np.abs(values).mean(axis=(0, 2)))
    by_kind = {kind: np.array(rows) for kind, rows in found.items() if rows}
    return Importances(model, problem.names, by_kind, score)


def built_in(fitted: Any) -> FloatArray | None:  # noqa: ANN401 - models share no base class
    """Return (d,) what a fitted model says itself, as shares of 1, or ``None`` if it says nothing.

    Importances of trees, or absolute coefficients, of standardised features.
    """
    told = getattr(fitted, "feature_importances_", None)
    if told is None:
        told = getattr(fitted, "coef_", None)
    if told is None:
        return None
    values = np.abs(np.atleast_2d(np.asarray(told, dtype=float))).mean(axis=0)
    total = values.sum()
    return np.asarray(values / total if total > 0 else values)


def shap_values(fitted: Any, prepared: Parts, seed: int) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401
    """Return SHAP values (rows, d, outputs) of up to 30 test rows, and their base (rows, outputs).

    Values of a row and its base add up to what the model puts out for it: log-odds or
    probabilities of classes, decision values, or predictions. Exact for linear models and for
    the trees that SHAP knows; otherwise estimated by permutations against rows of the training
    part.
    """
    import shap  # noqa: PLC0415 - takes seconds to import

    rng = stream(seed, "rows")
    rows = rng.permutation(len(prepared.test))[:_EXPLAINED]
    shown = prepared.test[np.sort(rows)]
    background = prepared.train[rng.permutation(len(prepared.train))[:_BACKGROUND]]
    explained = _exact(shap, fitted, background, shown)
    if explained is None:
        explainer = shap.PermutationExplainer(output(fitted), background, seed=seed % 2**31)
        explained = explainer(shown, silent=True)
    values = np.asarray(explained.values, dtype=float)
    values = values.reshape(*values.shape[:2], -1)
    base = np.asarray(explained.base_values, dtype=float)
    return values, np.broadcast_to(base.reshape(-1, values.shape[2]), (len(shown), values.shape[2]))


def output(fitted: Any) -> Any:  # noqa: ANN401
    """Return the function of features that is explained: the finest that a model has."""
    for name in ("predict_proba", "decision_function"):
        if hasattr(fitted, name):
            return getattr(fitted, name)
    return fitted.predict


def _exact(shap: Any, fitted: Any, background: FloatArray, shown: FloatArray) -> Any:  # noqa: ANN401
    """What SHAP says of a model whose form it knows, or ``None``."""
    for explain in (
        lambda: shap.TreeExplainer(fitted)(shown, check_additivity=False),
        lambda: shap.LinearExplainer(fitted, background)(shown),
    ):
        # SHAP refuses what it does not know by various errors
        with suppress(Exception):
            return explain()
    return None


def _permuted(
    task: Task,
    fitted: Any,  # noqa: ANN401
    prepared: Parts,
    truth: FloatArray,
    score: str,
    seed: int,
) -> FloatArray:
    def scorer(model: Any, rows: FloatArray, values: FloatArray) -> float:  # noqa: ANN401
        return rate(task, score, values, predict(model, replace(prepared, test=rows)))

    told = permutation_importance(
        fitted, prepared.test, truth, scoring=scorer, n_repeats=_REPEATS, random_state=seed
    )
    return np.asarray(told.importances_mean)
