import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import truncnorm

from proxies.censoring import expectation

one = st.floats(-6, 6)


@settings(max_examples=60, deadline=None)
@given(one, st.floats(0.1, 3), one)
def test_expectation_is_that_of_the_truncated_normal(mean, std, bound):
    arrays = np.array([mean]), np.array([std]), np.array([bound])
    below, variance = expectation(*arrays, np.array([-1], np.int8))
    above, _ = expectation(*arrays, np.array([1], np.int8))
    cut = (bound - mean) / std
    if abs(cut) < 8:
        assert below[0] == pytest.approx(truncnorm.mean(-np.inf, cut, mean, std), abs=1e-4)
        assert above[0] == pytest.approx(truncnorm.mean(cut, np.inf, mean, std), abs=1e-4)
        if abs(cut) < 4:
            expected = truncnorm.var(-np.inf, cut, mean, std)
            assert variance[0] == pytest.approx(expected, rel=1e-2, abs=2e-6)


def test_a_bound_above_the_belief_says_nothing():
    mean, variance = expectation(
        np.array([-9.0]), np.array([0.5]), np.array([-4.0]), np.array([-1], np.int8)
    )
    assert mean == pytest.approx([-9.0], abs=1e-6)
    assert variance == pytest.approx([0.25], abs=1e-6)


def test_a_bound_far_below_the_belief_leaves_it_just_under_the_bound():
    mean, variance = expectation(
        np.array([0.0]), np.array([1.0]), np.array([-30.0]), np.array([-1], np.int8)
    )
    assert -30.1 < mean[0] < -30.0
    assert 0 < variance[0] < 0.01
