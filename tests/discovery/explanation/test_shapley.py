"""Shapley values of trees: what brute force says, to the last digits."""

import numpy as np
import pytest
from explanation_cases import KINDS, grown, numbers, told
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.explanation.impurity import impurity
from discovery.explanation.shapley import brute_force_shapley, deepest, tree_shapley
from proxies.forest import forest_of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_trees_agree_with_brute_force_over_all_sets_of_columns(kind, missing) -> None:
    rows, target = numbers(60, missing=missing)
    trees = grown(kind, rows, target)
    asked, background = rows[:5], rows[20:27]
    values, base = tree_shapley([(np.ones(5), trees)], asked, background)
    slow = brute_force_shapley(lambda x: told(trees, x), asked, background)
    assert values == pytest.approx(slow, abs=1e-9)
    assert base == pytest.approx(np.full(5, told(trees, background).mean()), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), columns=st.integers(4, 8), others=st.integers(1, 5))
def test_values_and_base_add_up_to_the_response_whatever_the_weights(seed, columns, others) -> None:
    rows, target = numbers(30, columns, seed=seed)
    terms = [
        (np.linspace(0, 1, 6), grown("extra_trees", rows, target)),
        (np.linspace(1, -0.5, 6), grown("boosting", rows, target)),
    ]
    values, base = tree_shapley(terms, rows[:6], rows[10 : 10 + others])
    response = sum(weight * told(trees, rows[:6]) for weight, trees in terms)
    assert values.sum(axis=1) + base == pytest.approx(response, abs=1e-9)
    alone, _ = tree_shapley([(np.ones(1), terms[1][1])], rows[:1], rows[10 : 10 + others])
    assert values[0] == pytest.approx(alone[0], abs=1e-9)


def test_a_column_that_no_tree_asks_for_has_no_share() -> None:
    rows, target = numbers(50)
    trees = grown("extra_trees", rows[:, :4], target)
    values, _ = tree_shapley([(np.ones(4), trees)], rows[:4], rows[10:20])
    assert (values[:, 4:] == 0).all()
    assert (impurity([(np.ones(50), trees)], rows)[4:] == 0).all()


def test_a_row_like_its_background_has_nothing_to_explain() -> None:
    rows, target = numbers(50)
    values, base = tree_shapley([(np.ones(1), grown("boosting", rows, target))], rows[:1], rows[:1])
    assert (values == 0).all()
    assert base[0] == pytest.approx(told(grown("boosting", rows, target), rows[:1])[0])


@pytest.mark.parametrize("kind", ["extra_trees", "boosting"])
def test_importance_by_impurity_is_that_of_the_library_where_it_has_one(kind) -> None:
    rows, target = numbers(80)
    model = KINDS[kind](0).fit(rows, target)
    found = impurity([(np.ones(80), forest_of([model]))], rows)
    assert found.sum() == pytest.approx(1)
    assert found[0] == found.max()
    if kind == "extra_trees":
        trees = [forest_of([tree]) for tree in model.estimators_]
        each = [impurity([(np.ones(80), tree)], rows) for tree in trees]
        assert np.mean(each, axis=0) == pytest.approx(model.feature_importances_, abs=1e-9)
        members = forest_of(list(model.estimators_))
        assert impurity([(np.ones(80), members)], rows) == pytest.approx(
            model.feature_importances_, abs=1e-9
        )


def test_a_single_leaf_says_its_value_and_nothing_of_columns() -> None:
    rows, target = numbers(10)
    trees = grown("boosting", rows[:3], target[:3])
    assert deepest(trees) == 0
    values, base = tree_shapley([(np.ones(2), trees)], rows[:2], rows[2:3])
    assert (values == 0).all()
    assert base == pytest.approx(np.full(2, target[:3].mean()))
    assert (impurity([(np.ones(3), trees)], rows[:3]) == 0).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # shap's own, of matplotlib
def test_the_shap_package_says_the_same_of_trees_that_it_can_read() -> None:
    import shap  # noqa: PLC0415 - takes seconds to import

    rows, target = numbers(120, missing=0.0)
    model = KINDS["random_forest"](0).fit(rows, target)
    slow = shap.TreeExplainer(model, rows[:20], feature_perturbation="interventional")
    values, base = tree_shapley([(np.ones(30), forest_of([model]))], rows[30:60], rows[:20])
    assert values == pytest.approx(slow.shap_values(rows[30:60]), abs=1e-6)
    assert base[0] == pytest.approx(float(np.ravel(slow.expected_value)[0]), abs=1e-6)
