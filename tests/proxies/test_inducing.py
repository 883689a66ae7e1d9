import numpy as np
import pytest

from proxies.inducing import induce
from proxies.kernels import Hyperparameters
from proxies.process import Rows, condition


@pytest.fixture
def problem():
    """Two fidelities, some materials with both, some rows that are looser than others."""
    rng = np.random.default_rng(4)
    root = np.array([[1.0, 0.0], [0.8, 0.6]])
    hyper = Hyperparameters(
        np.array([2.0, 3.0]),
        root @ root.T,
        np.array([[0.3, 0.1], [0.1, 0.2]]),
        np.array([0.05, 0.2]),
        share=0.3,
        reach=2.0,
    )
    points = rng.normal(size=(80, 4))
    materials = np.concatenate([np.arange(80), np.arange(40)])
    tasks = np.repeat([0, 1], [80, 40])
    signal = np.sin(points[materials, 0]) + 0.3 * rng.normal(size=120)
    own = np.where(np.arange(120) % 7, 0.0, 0.5)
    measured = np.arange(120) % 5 > 0
    return hyper, Rows(points[materials], tasks, materials, signal, own, measured), points


def test_with_every_row_inducing_it_is_the_exact_process(problem):
    hyper, rows, points = problem
    exact, induced = condition(hyper, rows), induce(hyper, rows, count=120)
    new = np.random.default_rng(5).normal(size=(10, 4))
    inputs = np.vstack([points, new])
    materials = np.concatenate([np.arange(80), np.full(10, -1)])
    for ours, expected in zip(
        induced.predict(inputs, materials), exact.predict(inputs, materials), strict=True
    ):
        np.testing.assert_allclose(ours, expected, atol=2e-3)
    chosen = np.array([0, 5, 79, 80, 85, 119])
    for ours, expected in zip(induced.joint(chosen), exact.joint(chosen), strict=True):
        np.testing.assert_allclose(ours, expected, atol=2e-3)


def test_a_third_of_the_rows_tell_nearly_as_much(problem):
    hyper, rows, _ = problem
    new = np.random.default_rng(6).normal(size=(50, 4))
    unseen = np.full(50, -1)
    mean, covariance = induce(hyper, rows, count=40).predict(new, unseen)
    expected, exact = condition(hyper, rows).predict(new, unseen)
    assert np.corrcoef(mean[:, 0], expected[:, 0])[0, 1] > 0.99
    assert np.sqrt(np.mean((mean - expected) ** 2)) < 0.1 * expected.std()
    np.testing.assert_allclose(covariance, exact, atol=0.1)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_the_same_row_many_times_needs_one_inducing_row(problem):
    hyper, rows, _ = problem
    repeated = rows.take(np.zeros(30, dtype=np.intp))
    repeated = Rows(
        repeated.inputs,
        repeated.tasks,
        np.arange(30),
        repeated.values,
        repeated.own,
        repeated.measured,
    )
    assert len(induce(hyper, repeated).inducing) == 1


def test_the_root_is_that_of_the_exact_process(problem):
    hyper, rows, points = problem
    exact = condition(hyper, rows).factor(points[:5], 0, seed=3)
    np.testing.assert_allclose(induce(hyper, rows).factor(points[:5], 0, seed=3), exact)
