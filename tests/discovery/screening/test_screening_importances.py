"""Features that matter, features that do not, and sums of SHAP values."""

import numpy as np
import pytest
from screening_cases import classes, table, values

from discovery.screening.divisions import replication
from discovery.screening.fitting import fit, many_fits, parts
from discovery.screening.importances import built_in, importances, output, shap_values
from discovery.screening.models import make
from discovery.screening.prepare import prepare


def with_shuffled(task_options):
    frame = table(80)
    frame["shuffled"] = np.random.default_rng(1).permutation(frame["a"])
    return prepare(frame[["a", "b", "shuffled", "sigma"]], "sigma", **task_options)


@pytest.mark.parametrize(
    ("options", "model"), [({"threshold": 0.0}, "random forest"), ({}, "ridge")]
)
def test_a_shuffled_column_ranks_near_zero(options, model) -> None:
    problem = with_shuffled(options)
    score = "accuracy" if problem.classes else "R2"
    found = importances(problem, model, score=score, share=0.2, seed=0, splits=4)
    assert set(found.by_kind) == {"built-in", "permutation", "SHAP"}
    for values_of in found.by_kind.values():
        assert values_of.shape == (4, 3)
        a, b, shuffled = np.median(values_of, axis=0)
        assert shuffled < b < a
        # trees split on anything; what counts is the test part
        assert shuffled < (0.4 if model == "random forest" else 0.1) * a
    assert abs(np.median(found.by_kind["permutation"][:, 2])) < 0.05
    np.testing.assert_allclose(found.by_kind["built-in"].sum(axis=1), 1)


@pytest.mark.slow  # SHAP compiles what estimates by permutations
def test_importances_repeat_and_a_model_without_its_own_has_two_kinds() -> None:
    problem = values()
    one, two = (
        importances(problem, "nearest neighbours", score="R2", share=0.2, seed=3, splits=2)
        for _ in range(2)
    )
    assert set(one.by_kind) == {"permutation", "SHAP"}
    for kind, found in one.by_kind.items():
        np.testing.assert_array_equal(found, two.by_kind[kind])


@pytest.mark.parametrize(
    ("problem", "model"),
    [
        (classes(), "random forest"),
        (classes(), "gradient boosting"),
        (classes(), "logistic regression"),
        pytest.param(classes(), "SVC", marks=pytest.mark.slow),
        (values(), "extra trees"),
        (values(), "LightGBM"),
        pytest.param(values(), "SVR", marks=pytest.mark.slow),
    ],
    ids=lambda each: getattr(each, "task", each),
)
def test_shap_values_and_their_base_add_up_to_what_the_model_puts_out(problem, model) -> None:
    prepared = parts(problem, replication(problem, 0, share=0.2, seed=0))
    with many_fits():
        fitted = fit(make(problem.task, model, 0), prepared)
        found, base = shap_values(fitted, prepared, seed=0)
        function = fitted.decision_function if "regression" in model else output(fitted)
        told = np.asarray(function(prepared.test)).reshape(len(prepared.test), -1)
    total = found.sum(axis=1) + base
    if model == "gradient boosting":  # explained as log-odds of the second class
        told = np.log(told[:, 1:] / told[:, :1])
    np.testing.assert_allclose(total, told, atol=1e-6)


def test_a_model_that_says_nothing_of_its_features_has_no_built_in_importance() -> None:
    prepared = parts(values(), replication(values(), 0, share=0.2, seed=0))
    assert built_in(fit(make("regression", "SVR", 0), prepared)) is None
    assert built_in(fit(make("regression", "guessing", 0), prepared)) is None
