import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxies.explained import explained
from proxies.kernels import Hyperparameters
from proxies.process import Rows, condition


def learnt(seed, m):
    rng = np.random.default_rng(seed)
    mix, own = rng.normal(size=(m, m)), rng.normal(size=(m, m))
    return Hyperparameters(np.ones(2), mix @ mix.T, own @ own.T, rng.uniform(0.01, 1, m))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_shares_are_what_answers_take_off_the_variance(seed, m):
    hyper = learnt(seed, m)
    names = [f"f{k}" for k in range(m)]
    found = explained(hyper, names, "f0")
    prior = (hyper.coregionalisation + hyper.individual)[0, 0]

    def left(tasks):
        count = len(tasks)
        rows = Rows(
            np.zeros((count, 2)),
            np.array(tasks),
            np.zeros(count, dtype=np.intp),
            np.zeros(count),
            np.zeros(count),
            np.ones(count, dtype=bool),
        )
        return condition(hyper, rows).predict(np.zeros((1, 2)), np.array([0]))[1][0, 0, 0] / prior

    everything = list(range(1, m))
    assert found.together == pytest.approx(1 - left(everything), abs=1e-4)
    for k in everything:
        assert found.alone[f"f{k}"] == pytest.approx(1 - left([k]), abs=1e-4)
        assert 0 <= found.alone[f"f{k}"] <= found.together + 1e-12
        assert found.beyond[f"f{k}"] >= -1e-12
        if m > 2:
            without = left([o for o in everything if o != k])
            assert found.beyond[f"f{k}"] == pytest.approx(without - left(everything), abs=1e-4)


def test_fidelities_that_share_nothing_explain_nothing():
    hyper = Hyperparameters(np.ones(2), np.eye(2), np.eye(2), np.ones(2))
    assert explained(hyper, ["cheap", "measured"], "measured").together == 0
    one = Hyperparameters(np.ones(2), np.eye(1), np.eye(1), np.ones(1))
    assert explained(one, ["measured"], "measured").together == 0
