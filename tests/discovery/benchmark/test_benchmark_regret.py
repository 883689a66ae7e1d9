"""Regret, the discount of cheap fidelities, and calibration batch by batch."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from discovery.agreement.rank_statistics import exact_values
from discovery.assessment.metrics import crps
from discovery.benchmark import metrics_regret
from discovery.benchmark.metrics_calibration import calibration_by_batch
from discovery.benchmark.metrics_fidelities import discount, target_share
from discovery.benchmark.metrics_trace import Curve, Trace, by_count, mean_curve
from discovery.errors import InvalidInputError

VALUE = np.array([1.0, 5.0, 2.0, 4.0])
LEVELS = np.linspace(0.05, 1.0, 20)


def mixed(rng, pool, queries, cheap):
    """A run in which cheap queries come between measurements."""
    column = rng.integers(0, 2, queries)
    rows = np.concatenate([rng.permutation(pool)] * (queries // pool + 1))[:queries]
    return Trace(rows, column, np.where(column == 1, 1.0, cheap))


def test_simple_regret_is_the_distance_to_the_best_measured():
    regret = metrics_regret.simple_regret(by_count([0, 2, 1, 3]), VALUE)
    assert regret.value.tolist() == [2, 4, 3, 0, 0]  # 2 is what a blind choice costs
    assert regret.spent.tolist() == [0, 1, 2, 3, 4]


def test_cheap_queries_cost_but_do_not_lower_the_regret():
    trace = Trace(np.array([1, 1]), np.array([0, 1]), np.array([0.1, 1.0]))
    regret = metrics_regret.simple_regret(trace, VALUE, target=1)
    assert regret.value.tolist() == [2, 2, 0]
    assert regret.spent == pytest.approx([0, 0.1, 1.1])


def test_a_bound_is_nobodys_best_and_the_worst_in_the_sum():
    value = np.array([1.0, np.nan, 3.0])
    trace = by_count([1, 0, 2])
    assert metrics_regret.simple_regret(trace, value).value.tolist() == [1, 1, 2, 0]
    assert metrics_regret.cumulative_regret(trace, value).value.tolist() == [0, 2, 4, 4]


def test_inference_regret_follows_what_the_model_recommends():
    regret = metrics_regret.inference_regret(np.array([2.0, 4.0]), np.array([1, 0]), VALUE)
    assert regret.value.tolist() == [2, 0, 4]
    assert regret.spent.tolist() == [0, 2, 4]


def test_the_regret_of_chance_is_the_mean_over_all_draws():
    for draws in range(1, 5):
        sets = [max(VALUE[list(rows)]) for rows in itertools.combinations(range(4), draws)]
        expected = metrics_regret.chance_of_regret(np.array([draws]), VALUE)
        assert expected == pytest.approx([5 - np.mean(sets)], abs=1e-12)
    assert metrics_regret.blind_regret(VALUE) == pytest.approx(
        metrics_regret.chance_of_regret(np.array([1]), VALUE)[0]
    )


@given(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_discount_does_not_change_when_the_objective_is_shifted_and_scaled(seed, shift, scale):
    rng = np.random.default_rng(seed)
    value = rng.normal(size=25)
    single = [by_count(rng.permutation(25)) for _ in range(4)]
    multi = [mixed(rng, 25, 60, cheap=0.125) for _ in range(4)]

    def saved(f):
        alone = mean_curve([metrics_regret.simple_regret(trace, f) for trace in single])
        both = mean_curve([metrics_regret.simple_regret(trace, f, 1) for trace in multi])
        return discount(alone, both, LEVELS)

    assert saved(scale * value + shift).tolist() == pytest.approx(
        saved(value).tolist(), nan_ok=True
    )


def test_the_discount_is_the_share_of_the_cost_at_the_first_crossing():
    alone = Curve(np.array([0.0, 4.0, 10.0]), np.array([8.0, 4.0, 0.0]))
    both = Curve(np.array([0.0, 3.0, 4.0, 12.0]), np.array([8.0, 2.0, 5.0, 0.0]))
    saved = discount(alone, both, np.array([0.5, 0.75, 1.0]))
    assert saved == pytest.approx([0.25, 0.7, -0.2])


def test_the_discount_tells_who_never_gets_there():
    alone = Curve(np.array([0.0, 4.0]), np.array([8.0, 2.0]))
    both = Curve(np.array([0.0, 3.0]), np.array([8.0, 6.0]))
    saved = discount(alone, both, np.array([0.25, 0.75, 1.0]))
    assert saved[0] == pytest.approx(0.25)
    assert saved[1] == -np.inf
    assert np.isnan(saved[2])


def test_the_initial_design_is_charged():
    """Two strategies that ask the same behind a design of 3 and of 6 do not cost the same."""
    value = np.arange(10.0)
    short, long = by_count([0, 1, 2, 9]), by_count([0, 1, 2, 3, 4, 5, 9])
    saved = discount(
        metrics_regret.simple_regret(long, value),
        metrics_regret.simple_regret(short, value),
        np.array([1.0]),
    )
    assert saved == pytest.approx([(7 - 4) / 7])


def test_the_share_of_the_budget_on_the_target_is_that_of_the_cost():
    trace = Trace(np.arange(3), np.array([0, 1, 0]), np.array([1.0, 2.0, 1.0]))
    share = target_share(trace, target=1)
    assert np.isnan(share.value[0])
    assert share.value[1:] == pytest.approx([0, 2 / 3, 0.5])


def test_forecasts_of_a_right_model_are_calibrated_in_every_batch():
    rng = np.random.default_rng(11)
    batch = np.repeat([1, 2, 5], 4000)
    mean = rng.normal(size=12000)
    std = np.where(batch == 5, 0.5, 1.0)
    truth = exact_values(mean + rng.normal(size=12000))
    numbers, found = calibration_by_batch(batch, truth, mean, std)
    assert numbers.tolist() == [1, 2, 5]
    assert found["coverage_90"][:2] == pytest.approx([0.9, 0.9], abs=0.02)
    assert found["coverage_90"][2] == pytest.approx(2 * norm.cdf(1.645 / 2) - 1, abs=0.02)
    last = batch == 5
    assert found["crps"][2] == crps(truth.take(last), mean[last], std[last])


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: metrics_regret.simple_regret(by_count([0]), np.array([np.nan])), "at least one"),
        (lambda: discount(*([Curve(np.zeros(1), np.zeros(1))] * 2), LEVELS), "positive number"),
        (lambda: discount(*([Curve(np.zeros(1), np.ones(1))] * 2), np.array([0.0])), r"\(0, 1\]"),
        (
            lambda: calibration_by_batch(
                np.zeros(2, int), exact_values(np.zeros(2)), np.zeros(3), np.ones(2)
            ),
            "has batch, truth, mean and std",
        ),
    ],
)
def test_what_has_no_regret_is_refused(mistake, message):
    with pytest.raises(InvalidInputError, match=message):
        mistake()
