"""One fit: what the training part decides, and what the models make of it."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screening_cases import classes, values
from sklearn.svm import NuSVC

from discovery.assessment.splits import Split
from discovery.errors import InvalidInputError, UnknownNameError
from discovery.screening.divisions import folds, replication
from discovery.screening.fitting import fit, largest_nu, many_fits, parts, predict
from discovery.screening.models import BASELINE, make, models
from discovery.screening.scores import score
from discovery.screening.validation import leave_one_out

SPLIT = Split(np.arange(30), np.arange(30, 40))


@pytest.mark.parametrize("problem", [classes(), values()], ids=lambda p: p.task)
def test_gaps_are_filled_with_the_mean_of_the_training_part(problem) -> None:
    prepared = parts(problem, SPLIT)
    known = np.nanmean(problem.features[SPLIT.train], axis=0)
    np.testing.assert_allclose(prepared.filler[0].statistics_, known)
    gap = int(np.flatnonzero(np.isnan(problem.features[SPLIT.test, 3]))[0])
    assert prepared.test[gap, 3] == pytest.approx(0)  # the mean, standardised


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_test_part_changes_nothing_that_is_fitted(seed) -> None:
    problem = classes()
    rng = np.random.default_rng(seed)
    other = problem.features.copy()
    other[SPLIT.test] = rng.normal(5, 100, (10, other.shape[1]))
    target = problem.target.copy()
    target[SPLIT.test] = rng.integers(0, 2, 10)
    one = parts(problem, SPLIT)
    two = parts(replace(problem, features=other, target=target), SPLIT)
    np.testing.assert_array_equal(one.train, two.train)
    np.testing.assert_array_equal(one.truth, two.truth)
    with many_fits():
        same = [predict(fit(make("classification", "ridge", 0), p), one) for p in (one, two)]
    np.testing.assert_array_equal(*same)


def test_a_column_without_a_value_in_the_training_part_is_harmless() -> None:
    problem = values()
    problem.features[SPLIT.train, 3] = np.nan
    prepared = parts(problem, SPLIT)
    assert np.isfinite(prepared.train).all()
    assert np.isfinite(prepared.test).all()


@pytest.mark.parametrize("problem", [classes(30), values(30)], ids=lambda p: p.task)
def test_more_than_twenty_models_and_lightgbm_learn_an_easy_table(problem) -> None:
    known = models(problem.task)
    assert len(known) >= 25
    assert {"LightGBM", "random forest", BASELINE} <= set(known)
    split = Split(np.arange(24), np.arange(24, 30))
    prepared = parts(problem, split)
    better = 0
    with many_fits():
        for name in known:
            predicted = predict(fit(make(problem.task, name, 1), prepared), prepared)
            first = "accuracy" if problem.classes else "Spearman"
            better += score(problem.task, first, problem.target[split.test], predicted) > 0.6
            assert predicted.shape == (6,)
    assert better > 15


def test_nu_is_lowered_to_what_the_classes_allow() -> None:
    problem = classes()
    rare = np.r_[np.zeros(36), np.ones(4)]
    prepared = parts(replace(problem, target=rare), Split(np.arange(40), np.arange(40)))
    assert largest_nu(rare) == pytest.approx(0.2, rel=1e-2)
    with pytest.raises(ValueError, match="infeasible"):
        NuSVC(nu=0.5).fit(prepared.train, prepared.truth)
    fitted = fit(NuSVC(nu=0.5), prepared)
    assert fitted.nu == largest_nu(rare)
    for share in (0.1, 0.5, 0.9):
        fit(NuSVC(nu=share * largest_nu(rare)), prepared)


def test_warnings_of_fits_stay_inside() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with many_fits():
            warnings.warn("no convergence", stacklevel=1)
    assert not told


def test_unknown_models_and_scores_are_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'random forest'"):
        make("regression", "random forrest", 0)
    with pytest.raises(UnknownNameError, match="R2"):
        score("regression", "accuracy", np.zeros(2), np.zeros(2))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_split_is_a_function_of_number_and_seed_and_keeps_the_shares_of_classes(n, seed) -> None:
    problem = classes()
    split = replication(problem, n, share=0.2, seed=seed)
    again = replication(problem, n, share=0.2, seed=seed)
    np.testing.assert_array_equal(split.test, again.test)
    assert sorted([*split.train, *split.test]) == list(range(40))
    assert abs(problem.target[split.test].mean() - problem.target.mean()) < 0.1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100))
def test_groups_are_never_divided(number) -> None:
    problem = classes(groups="doi")
    assert problem.groups is not None
    for split in (
        replication(problem, number, share=0.2, seed=1),
        *folds(problem, 5, seed=number),
    ):
        assert not set(problem.groups[split.train]) & set(problem.groups[split.test])
        assert len(set(problem.target[split.train])) == 2


def test_rows_that_cannot_be_divided_are_refused() -> None:
    problem = classes()
    with pytest.raises(InvalidInputError, match="40 rows cannot be divided with 1%"):
        replication(problem, 0, share=0.01, seed=0)
    alone = replace(problem, groups=problem.target.astype(np.intp), group_name="doi")
    with pytest.raises(InvalidInputError, match=r"whole groups|never in the training part"):
        replication(alone, 0, share=0.2, seed=0)
    with pytest.raises(InvalidInputError, match="make no folds"):
        folds(replace(problem, groups=np.zeros(40, dtype=np.intp)), 5, 0)


def test_leaving_one_out_predicts_every_row_by_the_others() -> None:
    problem = values()
    found = leave_one_out(problem, "linear regression")
    x, y = problem.features[:, :3], problem.target
    assert found.left_out == "one row"
    assert found.scores["R2"] > 0.9
    assert np.corrcoef(found.predicted, y)[0, 1] > 0.95
    # the nearest neighbours of a row that is left out are never itself
    copied = replace(problem, features=np.c_[y], names=("y",), needed=np.array([True]))
    near = leave_one_out(copied, "decision tree").predicted
    assert not np.isclose(near, y).any()
    assert x.shape == (40, 3)


def test_leaving_a_group_out_leaves_all_its_rows_out() -> None:
    problem = values(groups="doi")
    found = leave_one_out(problem, "guessing")
    assert found.left_out == "one doi"
    assert problem.groups is not None
    for group in set(problem.groups):
        rows = problem.groups == group
        np.testing.assert_allclose(found.predicted[rows], problem.target[~rows].mean())


def test_a_model_that_cannot_be_left_out_says_why() -> None:
    problem = values(groups="doi")
    two = problem.take(np.arange(8))
    with pytest.raises(InvalidInputError, match="nearest neighbours fails on 4 rows"):
        leave_one_out(two, "nearest neighbours")
