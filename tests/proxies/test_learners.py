import numpy as np
import pytest
from scipy.stats import spearmanr

from proxies.learners import fit_ensemble

LEARNERS = ("blend", "extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 6))
Y = X[:, 0] + np.where(X[:, 1] > 0, 1.0, -1.0) + 0.1 * RNG.normal(size=90)

every_learner = pytest.mark.parametrize("learner", LEARNERS)


def fit(learner, x=X, y=Y, size=30):
    return fit_ensemble(learner, x, y, size=size, seed=5)


@every_learner
def test_learns(learner):
    mean = fit(learner, X[:60], Y[:60]).predict(X[60:]).mean(axis=0)
    assert spearmanr(mean, Y[60:])[0] > 0.75


@every_learner
def test_permuting_rows_permutes_predictions(learner):
    ensemble = fit(learner)
    order = RNG.permutation(90)
    np.testing.assert_array_equal(ensemble.predict(X[order]), ensemble.predict(X)[:, order])


@every_learner
def test_the_unit_of_a_feature_changes_nothing(learner):
    factors = 2.0 ** np.array([10, -7, 3, 0, 1, -1])  # exact in floating point
    np.testing.assert_allclose(
        fit(learner, X * factors).predict(X * factors), fit(learner).predict(X), atol=1e-6
    )


@every_learner
def test_constant_and_unknown_features_take_no_part(learner):
    padded = np.column_stack([X, np.full(90, 3.0), np.full(90, np.nan)])
    ensemble = fit(learner, padded)
    assert set(ensemble.columns) == set(range(6))
    np.testing.assert_array_equal(ensemble.predict(padded), fit(learner).predict(X))


@every_learner
def test_nothing_but_constant_features_gives_the_mean(learner):
    predicted = fit(learner, np.full((90, 2), np.nan)).predict(np.full((4, 2), np.nan))
    assert predicted.mean(axis=0) == pytest.approx([Y.mean()] * 4, abs=0.2)


@every_learner
def test_a_missing_entry_is_a_value_like_any_other(learner):
    holes = np.where(RNG.uniform(size=X.shape) < 0.2, np.nan, X)
    assert np.isfinite(fit(learner, holes).predict(holes)).all()


@every_learner
@pytest.mark.parametrize("rows", [2, 5])
def test_a_handful_of_rows_is_enough(learner, rows):
    mean = fit(learner, X[:rows], Y[:rows]).predict(X).mean(axis=0)
    width = np.ptp(Y[:rows])  # boosted trees may leave the range of what they saw, but not by far
    assert mean.min() >= Y[:rows].min() - width
    assert mean.max() <= Y[:rows].max() + width


def test_a_blend_lies_between_its_parts_and_spreads_as_the_randomised_trees():
    blend, trees = fit("blend"), fit("extra_trees")
    (boosted,) = blend.partner.predict(X[:, blend.columns])
    expected = trees.predict(X).mean(axis=0) / 3 + boosted * 2 / 3
    np.testing.assert_allclose(blend.predict(X).mean(axis=0), expected, atol=1e-6)
    np.testing.assert_allclose(
        blend.predict(X).std(axis=0), trees.predict(X).std(axis=0), atol=1e-6
    )
