"""Metrics against numerical integration, hand cases and other libraries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm, spearmanr
from sklearn.metrics import r2_score, roc_auc_score

from discovery.agreement.rank_statistics import Values, exact_values
from discovery.assessment import metrics
from discovery.errors import InvalidInputError

NUMBERS = st.floats(-6, 6)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def bounded(value: list[float], side: list[int]) -> Values:
    return Values(np.array(value), np.array(side, dtype=np.int8))


def one(value: float, side: int = 0) -> Values:
    return bounded([value], [side])


@settings(max_examples=25)
@given(truth=NUMBERS, mean=NUMBERS, std=st.floats(0.1, 3))
def test_crps_is_the_integral_of_the_squared_distance_of_distributions(truth, mean, std):
    below, _ = quad(lambda x: norm.cdf(x, mean, std) ** 2, -60, truth, points=[mean], limit=200)
    above, _ = quad(lambda x: norm.sf(x, mean, std) ** 2, truth, 60, points=[mean], limit=200)
    score = metrics.crps(one(truth), np.array([mean]), np.array([std]))
    assert score == pytest.approx(below + above, abs=1e-6)


@settings(max_examples=25)
@given(bound=NUMBERS, mean=NUMBERS, std=st.floats(0.3, 3), side=st.sampled_from([-1, 1]))
def test_the_likelihood_of_a_bound_is_the_probability_of_its_side(bound, mean, std, side):
    ends = (-60, bound) if side < 0 else (bound, 60)
    probability, _ = quad(lambda x: norm.pdf(x, mean, std), *ends, points=[mean], limit=200)
    score = metrics.nll(one(bound, side), np.array([mean]), np.array([std]))
    if probability > 1e-6:
        assert score == pytest.approx(-np.log(probability), abs=1e-3)


def test_the_likelihood_of_values_is_that_of_scipy(rng):
    truth, mean, std = rng.normal(size=20), rng.normal(size=20), rng.uniform(0.2, 2, 20)
    score = metrics.nll(exact_values(truth), mean, std)
    assert score == pytest.approx(-norm.logpdf(truth, mean, std).mean())


def test_behind_a_bound_the_score_is_the_best_that_a_truth_there_could_give():
    std = np.array([1.0])
    at_bound = metrics.crps(one(-10.0), np.array([-8.0]), std)
    assert metrics.crps(one(-10.0, -1), np.array([-8.0]), std) == pytest.approx(at_bound)
    perfect = metrics.crps(one(-12.0), np.array([-12.0]), std)
    assert metrics.crps(one(-10.0, -1), np.array([-12.0]), std) == pytest.approx(perfect)


def test_a_prediction_beyond_a_bound_has_no_error_and_one_before_it_has():
    truth = bounded([-10.0, -10.0, -2.0, -5.0], [-1, -1, 1, 0])
    mean = np.array([-12.0, -9.0, -4.0, -5.0])
    assert metrics.mae(truth, mean) == pytest.approx((0 + 1 + 2 + 0) / 4)
    assert metrics.rmse(truth, mean) == pytest.approx(np.sqrt(5 / 4))


def test_miscalibration_area_is_a_half_where_every_interval_holds_all_or_nothing():
    truth, std = exact_values(np.zeros(7)), np.ones(7)
    assert metrics.miscalibration_area(truth, np.zeros(7), std) == pytest.approx(0.5)
    assert metrics.miscalibration_area(truth, np.full(7, 50.0), std) == pytest.approx(0.5, abs=0.01)


def test_miscalibration_area_of_one_truth_at_half_probability_is_a_quarter():
    # covered from level 1/2 on: two triangles of area 1/8
    truth = exact_values(np.array([norm.ppf(0.75)]))
    area = metrics.miscalibration_area(truth, np.zeros(1), np.ones(1))
    assert area == pytest.approx(0.25, abs=0.006)


def test_a_true_normal_is_calibrated_and_scales_show(rng):
    mean, std = rng.normal(size=20_000), rng.uniform(0.5, 2, 20_000)
    truth = exact_values(mean + std * rng.normal(size=20_000))
    assert metrics.miscalibration_area(truth, mean, std) < 0.01
    assert metrics.coverage(truth, mean, std, 0.9) == pytest.approx(0.9, abs=0.01)
    assert metrics.coverage(truth, mean, std / 2, 0.9) == pytest.approx(
        2 * norm.cdf(norm.ppf(0.95) / 2) - 1, abs=0.01
    )
    assert metrics.miscalibration_area(truth, mean, std * 2) > 0.1


def test_a_90_percent_interval_is_3_29_deviations_wide():
    assert metrics.width(np.array([1.0, 3.0]), 0.9) == pytest.approx(2 * 3.289707, abs=1e-5)


def test_bounds_leave_a_calibrated_prediction_calibrated(rng):
    mean, std = rng.normal(-7, 3, 20_000), rng.uniform(0.5, 2, 20_000)
    value = mean + std * rng.normal(size=20_000)
    side = np.where(value < -10, -1, np.where(value > -3, 1, 0)).astype(np.int8)
    truth = Values(np.clip(value, -10, -3), side)
    assert metrics.miscalibration_area(truth, mean, std) < 0.01


def test_a_prediction_that_excludes_a_bound_does_not_cover_it():
    bound, std = one(-10.0, -1), np.array([1.0])
    assert metrics.coverage(bound, np.array([100.0]), std, 0.9) == 0
    assert metrics.coverage(bound, np.array([-40.0]), std, 0.9) == pytest.approx(0.9)


@given(
    value=st.lists(st.integers(0, 5), min_size=5, max_size=30), seed=st.integers(0, 1000)
)  # integers make ties
def test_spearman_is_that_of_scipy(value, seed):
    mean = np.random.default_rng(seed).integers(0, 6, len(value)).astype(float)
    truth = exact_values(np.array(value, dtype=float))
    got = metrics.spearman(truth, mean)
    if np.ptp(truth.value) == 0 or np.ptp(mean) == 0:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(spearmanr(value, mean).statistic, abs=1e-12)


def test_bounds_rank_at_their_place_as_ties(rng):
    truth = bounded([-10.0, -10.0, -8.0, -12.0, -3.0], [-1, -1, -1, 0, 0])
    mean = rng.normal(size=5)
    assert metrics.spearman(truth, mean) == pytest.approx(spearmanr(truth.value, mean).statistic)


def test_r_squared_and_auc_are_those_of_scikit_learn(rng):
    truth = rng.normal(size=50)
    mean = truth + rng.normal(size=50)
    exact = exact_values(truth)
    assert metrics.r_squared(exact, mean) == pytest.approx(r2_score(truth, mean))
    assert metrics.auc(exact, mean, 0.3) == pytest.approx(roc_auc_score(truth >= 0.3, mean))
    assert metrics.accuracy(exact, mean, 0.3) == np.mean((truth >= 0.3) == (mean >= 0.3))


def test_a_bound_above_the_threshold_decides_nothing():
    truth = bounded([-3.0, -3.0, -5.0], [-1, 0, 0])
    mean = np.array([-9.0, -3.0, -6.0])
    assert metrics.auc(truth, mean, -4.0) == 1
    assert metrics.accuracy(truth, mean, -4.0) == 1
    assert np.isnan(metrics.auc(one(-3.0, -1), mean[:1], -4.0))
    assert np.isnan(metrics.accuracy(one(-3.0, -1), mean[:1], -4.0))


def test_what_is_constant_has_no_rank_correlation_and_no_r_squared():
    constant = exact_values(np.ones(4))
    assert np.isnan(metrics.spearman(constant, np.arange(4.0)))
    assert np.isnan(metrics.r_squared(constant, np.arange(4.0)))


def test_the_best_ten_of_a_hundred_sent_first_are_ten_times_chance(rng):
    truth = rng.permutation(100).astype(float)
    assert metrics.enrichment(exact_values(truth), truth, 10) == pytest.approx(10)
    assert metrics.enrichment(exact_values(truth), -truth, 10) == 0
    assert metrics.enrichment(exact_values(truth), truth, 50) == pytest.approx(2)


@given(send=st.integers(1, 20))
def test_a_constant_prediction_enriches_nothing(send):
    truth = exact_values(np.arange(20.0))
    assert metrics.enrichment(truth, np.zeros(20), send) == pytest.approx(1)


def test_what_cannot_be_chosen_or_scaled_is_refused():
    truth = exact_values(np.arange(3.0))
    with pytest.raises(InvalidInputError, match="choose 1 to 3 of 3 rows, not 4"):
        metrics.enrichment(truth, np.zeros(3), 4)
    for metric in (metrics.nll, metrics.crps, metrics.miscalibration_area):
        with pytest.raises(InvalidInputError, match=r"positive, not 0\.0"):
            metric(truth, np.zeros(3), np.array([1.0, 0.0, 1.0]))
