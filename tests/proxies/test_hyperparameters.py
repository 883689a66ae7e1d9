import numpy as np
import pytest
import torch

from proxies import hyperparameters
from proxies.hyperparameters import learn


@pytest.fixture
def threads():
    """Restore the number of threads that a test changes."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def problem():
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(300, 6))
    tasks, materials = np.arange(300) % 2, np.arange(300) // 2
    values = np.sin(inputs[:, 0]) + 0.3 * rng.normal(size=300)
    return inputs, tasks, materials, values, np.zeros(300)


def test_the_number_of_threads_decides_nothing_and_stays(threads):
    found = []
    for count in (1, 2, 4):
        threads(count)
        found.append(learn(*problem(), count=2, coupled=True))
        assert torch.get_num_threads() == count
    for other in found[1:]:
        for name in ("lengthscale", "coregionalisation", "individual", "noise"):
            np.testing.assert_array_equal(getattr(found[0], name), getattr(other, name))


def test_the_number_of_threads_is_restored_after_a_failure(threads, monkeypatch):
    def fail(*_):
        raise FloatingPointError("no minimum")

    monkeypatch.setattr(hyperparameters, "_minimise", fail)
    threads(3)
    with pytest.raises(FloatingPointError, match="no minimum"):
        learn(*problem(), count=2, coupled=False)
    assert torch.get_num_threads() == 3
