import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxies.scale import fit_scale

samples = st.lists(st.floats(-20, 5).map(lambda x: round(x, 3)), min_size=3, max_size=60)


def test_normal_scores_are_normal_whatever_the_values():
    values = -np.exp(np.random.default_rng(0).normal(size=200))
    scores = fit_scale(values, "normal_score").forward(values)
    assert np.mean(scores) == pytest.approx(0, abs=1e-9)
    assert np.std(scores) == pytest.approx(1, abs=0.03)


@settings(max_examples=80, deadline=None)
@given(samples, st.sampled_from(["normal_score", "standard"]))
def test_there_and_back_is_where_it_was(values, transform):
    array = np.array(values)
    scale = fit_scale(array, transform)
    np.testing.assert_allclose(scale.backward(scale.forward(array)), array, atol=1e-6)


@settings(max_examples=80, deadline=None)
@given(samples, st.floats(-4, 4), st.floats(0.01, 2))
def test_the_map_rises_also_beyond_the_data(values, score, step):
    scale = fit_scale(np.array(values), "normal_score")
    low, high = scale.backward(np.array([score, score + step]))
    assert high > low


def test_standard_scores_are_linear():
    scale = fit_scale(np.array([1.0, 2.0, 3.0, 10.0]), "standard")
    assert scale.forward(np.array([4.0])) == pytest.approx([0.0])
    assert np.diff(scale.backward(np.array([0.0, 1.0, 2.0]))) == pytest.approx([np.sqrt(12.5)] * 2)


def test_ties_share_their_mean_rank():
    values = np.array([0.0, 1.0, 1.0, 2.0])
    scores = fit_scale(values, "normal_score").forward(values)
    assert scores[1] == scores[2] == pytest.approx(0)


def test_a_constant_or_a_single_value_has_a_narrow_map():
    for values in (np.array([-7.0]), np.full(9, -7.0)):
        scale = fit_scale(values, "normal_score")
        assert scale.backward(np.array([0.0])) == pytest.approx([-7.0])
        assert scale.slope < 0.01


def test_on_a_straight_map_median_and_deviation_are_those_of_the_normal():
    scale = fit_scale(np.array([-8.0, -6.0, -4.0]), "standard")
    median, deviation = scale.to_units(np.array([0.5, -1.0]), np.array([0.2, 1.0]))
    spread = np.sqrt(8 / 3)
    assert median == pytest.approx([-6 + 0.5 * spread, -6 - spread])
    assert deviation == pytest.approx([0.2 * spread, spread])


def test_a_crowd_of_good_values_takes_no_doubt_away():
    crowd = np.concatenate([np.linspace(-9, -4, 5), np.linspace(-3.5, -3.4, 40)])
    scale = fit_scale(crowd, "normal_score")
    median, deviation = scale.to_units(scale.forward(np.array([-3.45])), np.array([0.5]))
    assert median == pytest.approx([-3.45], abs=1e-6)
    assert deviation[0] > 0.3


def test_unknown_stays_unknown():
    assert np.isnan(fit_scale(np.arange(5.0), "normal_score").forward(np.array([np.nan]))).all()


def test_blurred_centres_rank_as_the_scores_do():
    scale = fit_scale(-np.exp(np.random.default_rng(0).normal(size=100)), "normal_score")
    scores = np.linspace(-4, 4, 200)
    centre, _ = scale.to_units(scores, np.ones(200), blur=0.6)
    assert (np.diff(centre) > 0).all()


def test_on_a_straight_map_a_blur_moves_nothing_and_the_steepness_is_one():
    scale = fit_scale(np.array([-8.0, -6.0, -4.0]), "standard")
    scores = np.array([-0.5, 0.2])
    plain, _ = scale.to_units(scores, np.ones(2))
    blurred, _ = scale.to_units(scores, np.ones(2), blur=0.5)
    np.testing.assert_allclose(plain, blurred, atol=1e-9)
    assert scale.steepness(scores, 0.1) == pytest.approx([1.0, 1.0])


def test_the_steepness_is_large_in_the_tail_and_kept_within_bounds():
    values = -np.exp(2 * np.random.default_rng(0).normal(size=300))
    steepness = fit_scale(values, "normal_score").steepness(np.array([-2.0, 2.0]), 0.5)
    assert steepness == pytest.approx([2.0, 0.5])
