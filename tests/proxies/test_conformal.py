import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.errors import InvalidInputError
from proxies.conformal import Deviation, conformal_quantile, fit_deviation


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 60), st.floats(0.1, 0.9), st.integers(0, 10**6))
def test_the_quantile_is_the_order_statistic_that_the_theorem_names(n, level, seed):
    scores = np.random.default_rng(seed).exponential(size=n)
    rank = int(np.ceil((n + 1) * level - 1e-9))
    assert conformal_quantile(scores, level) == np.sort(scores)[rank - 1]


def test_coverage_holds_on_average_whatever_the_distribution():
    rng = np.random.default_rng(0)
    covered = [
        scores[-1] <= conformal_quantile(scores[:-1], 0.9)
        for scores in rng.standard_cauchy((4000, 20)) ** 2
    ]
    assert 0.885 < np.mean(covered) < 0.925  # at least 0.9, at most 1/20 above


def test_too_few_scores_promise_nothing():
    assert conformal_quantile(np.arange(5.0), 0.9) == np.inf
    assert conformal_quantile(np.empty(0), 0.5) == np.inf


def test_weights_undo_a_biased_draw():
    rng = np.random.default_rng(1)
    place = rng.uniform(size=6000)
    drawn = rng.uniform(size=6000) < np.where(place > 0.5, 0.9, 0.1)
    scores = np.abs(rng.normal(size=6000)) * np.where(place > 0.5, 1, 4)
    weights = np.where(place > 0.5, 1 / 0.9, 1 / 0.1)[drawn]
    plain = conformal_quantile(scores[drawn], 0.9)
    weighted = conformal_quantile(scores[drawn], 0.9, weights)
    assert np.mean(scores <= plain) < 0.8
    assert np.mean(scores <= weighted) == pytest.approx(0.9, abs=0.02)


def test_a_level_or_a_weight_that_cannot_be_is_refused():
    with pytest.raises(InvalidInputError, match=r"between 0 and 1, not at 1\.5"):
        conformal_quantile(np.ones(3), 1.5)
    with pytest.raises(InvalidInputError, match="0 or more, not -1"):
        conformal_quantile(np.ones(3), 0.5, np.array([1.0, -1.0, 1.0]))


@pytest.mark.parametrize("part", ["floor", "gain", "tilt"])
def test_the_deviation_follows_what_the_errors_grow_with(part):
    rng = np.random.default_rng(2)
    spread, steepness = rng.uniform(0.2, 2, size=(2, 4000))
    true = {"floor": np.ones(4000), "gain": spread, "tilt": steepness}[part]
    error = true * rng.normal(size=4000)
    covered = np.abs(error) < 1.645 * fit_deviation(error, spread, steepness)(spread, steepness)
    for half in (true <= np.median(true), true >= np.median(true)):
        assert np.mean(covered[half]) == pytest.approx(0.9, abs=0.05)


def test_with_few_errors_the_spread_stands_as_it_is():
    deviation = fit_deviation(np.ones(7), np.ones(7), np.ones(7))
    assert deviation == Deviation(0.0, 1.0, 0.0)
    assert deviation(np.array([0.3]), np.array([2.0])) == pytest.approx([0.3])


def test_errors_of_zero_leave_no_deviation_and_no_warning():
    deviation = fit_deviation(np.zeros(20), np.ones(20), np.ones(20))
    assert deviation(np.ones(1), np.ones(1)) == pytest.approx([0.0])
