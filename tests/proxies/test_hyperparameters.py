from dataclasses import replace

import numpy as np
import pytest
import torch

from proxies import hyperparameters
from proxies.hyperparameters import learn, thin
from proxies.process import Rows


@pytest.fixture
def threads():
    """Restore the number of threads that a test changes."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def problem():
    """Rows of two fidelities, 100 of them."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(100, 6))
    tasks, materials = np.arange(100) % 2, np.arange(100) // 2
    values = np.sin(inputs[:, 0]) + 0.3 * rng.normal(size=100)
    return Rows(inputs, tasks, materials, values, np.zeros(100), np.ones(100, dtype=bool))


def test_the_number_of_threads_decides_nothing_and_stays(threads):
    found = []
    for count in (1, 2, 4):
        threads(count)
        found.append(learn(problem(), count=2, coupled=True, width=4))
        assert torch.get_num_threads() == count
    for other in found[1:]:
        for name in ("lengthscale", "coregionalisation", "individual", "noise", "share", "reach"):
            np.testing.assert_array_equal(getattr(found[0], name), getattr(other, name))


def test_the_number_of_threads_is_restored_after_a_failure(threads, monkeypatch):
    def fail(*_):
        raise FloatingPointError("no minimum")

    monkeypatch.setattr(hyperparameters, "_minimise", fail)
    threads(3)
    with pytest.raises(FloatingPointError, match="no minimum"):
        learn(problem(), count=2, coupled=False, width=4)
    assert torch.get_num_threads() == 3


def test_rows_of_a_rare_fidelity_are_all_learnt_from():
    tasks = np.repeat([0, 1, 2], [700, 40, 300])
    materials = np.concatenate([np.arange(700), np.arange(40), np.arange(300)])
    kept = thin(tasks, materials)
    assert len(kept) == 400
    np.testing.assert_array_equal(np.bincount(tasks[kept]), [180, 40, 180])
    # materials with three answers first, then those with two
    assert set(range(180)) == set(materials[kept][tasks[kept] == 0])
    few = np.arange(5)
    np.testing.assert_array_equal(thin(np.zeros(5, dtype=np.intp), few), few)


def test_the_target_alone_decides_the_kernel_that_fidelities_share():
    rows = problem()
    own = rows.take(np.flatnonzero(rows.tasks == 1))
    own = replace(own, tasks=np.zeros(len(own), dtype=np.intp))
    alone = learn(own, count=1, coupled=False, width=4)
    joint = learn(rows, count=2, coupled=True, width=4, target=1)
    np.testing.assert_allclose(joint.lengthscale, alone.lengthscale, rtol=1e-6)
    assert joint.share == pytest.approx(alone.share, rel=1e-5)
    assert joint.reach == pytest.approx(alone.reach, rel=1e-5)
    assert joint.coregionalisation[0, 1] > 0.1  # both are the same signal
