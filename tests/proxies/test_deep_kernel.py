import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from proxies import deep_kernel_training
from proxies.deep_kernel_inputs import LearnedInputs
from proxies.deep_kernel_training import learn_layers
from proxies.inputs import Inputs
from proxies.process import Rows, condition


def problem(count, seed=0):
    """Values that depend on a product of two of eight features."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 8))
    y = np.tanh(2 * x[:, 0] * x[:, 1]) + 0.1 * rng.normal(size=count)
    y = (y - y.mean()) / y.std()
    zeros = np.zeros(count, dtype=np.intp)
    return Rows(x, zeros, np.arange(count), y, np.zeros(count), np.ones(count, dtype=bool))


@pytest.fixture
def threads():
    """Restore the number of threads that a test changes."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def learn(rows, seed=0):
    return learn_layers(rows, count=1, coupled=False, width=8, layers=(16, 4), seed=seed)


def test_the_seed_decides_everything_and_threads_nothing(threads, monkeypatch):
    monkeypatch.setattr(deep_kernel_training, "_STEPS", 15)
    rows = problem(80)
    threads(1)
    _, first = learn(rows)
    threads(2)
    torch.manual_seed(99)
    _, second = learn(rows)
    _, other = learn(rows, seed=1)
    assert torch.get_num_threads() == 2
    for (weights, shift), (again, same) in zip(first, second, strict=True):
        np.testing.assert_array_equal(weights, again)
        np.testing.assert_array_equal(shift, same)
    assert not np.array_equal(first[0][0], other[0][0])


def test_it_ranks_what_it_has_not_seen():
    rows, new = problem(200), problem(200, seed=1)
    hyper, layers = learn(rows)
    inputs = LearnedInputs(
        Inputs("composition", np.arange(8), np.zeros(8), np.ones(8), composed=False), layers
    )
    seen = Rows(
        inputs.transform(rows.inputs),
        rows.tasks,
        rows.materials,
        rows.values,
        rows.own,
        rows.measured,
    )
    unseen = np.full(200, -1)
    mean, _ = condition(hyper, seen).predict(inputs.transform(new.inputs), unseen)
    assert spearmanr(mean[:, 0], new.values)[0] > 0.6


def test_columns_behind_the_features_pass_the_network_unchanged():
    layers = ((np.ones((2, 3)), np.zeros(3)), (np.ones((3, 1)), np.ones(1)))
    chosen = Inputs("composition", np.arange(2), np.zeros(2), np.ones(2), composed=True)
    x = np.random.default_rng(2).normal(size=(4, 5))
    got = LearnedInputs(chosen, layers).transform(x)
    np.testing.assert_array_equal(got[:, 1:], x[:, 2:])
    np.testing.assert_allclose(got[:, 0], 3 * np.tanh(x[:, 0] + x[:, 1]) + 1)
