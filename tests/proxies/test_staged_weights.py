import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxies.blend import stage_weights


def test_without_rows_the_prior_stands():
    prior = np.array([0.2, 0.8])
    assert stage_weights(np.empty((2, 0)), np.empty(0), prior) == pytest.approx(prior, abs=1e-3)


def test_with_many_rows_the_better_predictor_takes_all():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=800)
    predictions = np.array([scores + rng.normal(size=800) * 2, scores])
    weights = stage_weights(predictions, scores, np.array([1.0, 0.0]))
    assert weights[1] > 0.95


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(0, 30), st.integers(0, 10**6))
def test_weights_are_shares(k, n, seed):
    rng = np.random.default_rng(seed)
    prior = np.full(k, 1 / k)
    weights = stage_weights(rng.normal(size=(k, n)), rng.normal(size=n), prior)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
