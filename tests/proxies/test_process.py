from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from proxies.kernels import Hyperparameters, smooth
from proxies.process import Rows, condition


def rows_of(x, tasks, materials, y):
    return Rows(x, tasks, materials, y, np.zeros(len(y)), np.ones(len(y), dtype=bool))


@pytest.fixture
def problem():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(30, 5))
    root = np.array([[1.0, 0.0], [0.8, 0.6]])
    individual = np.array([[0.3, 0.1], [0.1, 0.2]])
    noise = np.array([0.05, 0.2])
    lengths = np.array([0.7, 1.5, 3.0])
    hyper = Hyperparameters(lengths, root @ root.T, individual, noise, share=0.4, reach=1.2)
    materials = np.arange(30) % 20  # rows 20-29 repeat the materials of rows 0-9
    x[20:] = x[:10]
    tasks = np.array([0] * 20 + [1] * 10)
    return hyper, rows_of(x, tasks, materials, rng.normal(size=30))


NEW = np.full(1100, -1)


def test_one_task_is_an_ordinary_process(problem):
    hyper, rows = problem
    x, y = rows.inputs[:20, :3], rows.values[:20]
    single = Hyperparameters(
        hyper.lengthscale, np.array([[2.0]]), np.array([[0.04]]), np.array([0.06])
    )
    posterior = condition(single, rows_of(x, np.zeros(20, int), np.arange(20), y))
    kernel = ConstantKernel(2.0) * Matern(hyper.lengthscale, nu=2.5) + WhiteKernel(0.1)
    reference = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-6).fit(x, y)
    new = np.random.default_rng(6).normal(size=(7, 3))
    mean, std = reference.predict(new, return_std=True)
    ours, covariance = posterior.predict(new, NEW[:7])
    np.testing.assert_allclose(ours[:, 0], mean, atol=1e-6)
    np.testing.assert_allclose(covariance[:, 0, 0], std**2 - 0.06, atol=1e-5)


def dense(hyper, rows, others):
    """The prior covariance, entry by entry as the docstring of proxies.kernels has it."""
    b, individual = hyper.coregionalisation, hyper.individual
    kernel = smooth(rows.inputs, others.inputs, hyper)
    return np.array(
        [
            [
                b[s, t] * kernel[i, j] + individual[s, t] * (rows.materials[i] == number)
                for j, (t, number) in enumerate(zip(others.tasks, others.materials, strict=True))
            ]
            for i, s in enumerate(rows.tasks)
        ]
    )


def test_many_tasks_agree_with_the_dense_formula(problem):
    hyper, rows = problem
    rows = replace(rows, own=np.linspace(0, 0.3, 30), measured=np.arange(30) % 4 > 0)
    posterior = condition(hyper, rows)
    noise = np.where(rows.measured, hyper.noise[rows.tasks], 0) + rows.own + 1e-6
    inverse = np.linalg.inv(dense(hyper, rows, rows) + np.diag(noise))
    inputs = np.vstack([np.random.default_rng(7).normal(size=(4, 5)), rows.inputs[[2, 15]]])
    number = np.array([-1, -2, -3, -4, 2, 15])
    mean, blocks = posterior.predict(inputs, number)
    for row in range(6):
        of_row = np.repeat(row, 2)
        wanted = rows_of(inputs[of_row], np.arange(2), number[of_row], np.zeros(2))
        cross = dense(hyper, wanted, rows)
        np.testing.assert_allclose(mean[row], cross @ inverse @ rows.values, atol=1e-8)
        expected = dense(hyper, wanted, wanted) - cross @ inverse @ cross.T
        np.testing.assert_allclose(blocks[row], expected, atol=1e-8)
    chosen = np.array([3, 23, 8])
    cross = dense(hyper, rows.take(chosen), rows)
    mean, covariance = posterior.joint(chosen)
    np.testing.assert_allclose(mean, cross @ inverse @ rows.values, atol=1e-8)
    np.testing.assert_allclose(covariance, cross[:, chosen] - cross @ inverse @ cross.T, atol=1e-8)


def test_the_root_resembles_the_joint_covariance_and_ignores_company(problem):
    hyper, rows = problem
    posterior = condition(hyper, rows)
    inputs = np.random.default_rng(8).normal(size=(40, 5))
    root = posterior.factor(inputs, 0, seed=1)
    np.testing.assert_allclose(posterior.factor(inputs[3:4], 0, seed=1), root[3:4])
    new = rows_of(inputs, np.zeros(40, int), NEW[:40], np.zeros(40))
    alone = replace(hyper, individual=np.zeros((2, 2)))
    cross = dense(alone, new, rows)
    exact = dense(alone, new, new) - cross @ np.linalg.solve(
        posterior.root @ posterior.root.T, cross.T
    )
    assert np.abs(root @ root.T - exact).mean() < 0.08
    assert np.corrcoef((root @ root.T).ravel(), exact.ravel())[0, 1] > 0.9


def test_many_candidates_are_predicted_as_each_alone(problem):
    hyper, rows = problem
    posterior = condition(hyper, rows)
    new = np.random.default_rng(9).normal(size=(1100, 5))
    root = posterior.factor(new, 1, seed=2)
    mean, covariance = posterior.predict(new, NEW)
    for row in (0, 511, 512, 1099):
        one = new[[row]]
        np.testing.assert_allclose(posterior.factor(one, 1, seed=2)[0], root[row], atol=1e-12)
        alone = posterior.predict(one, NEW[:1])
        np.testing.assert_allclose(alone[0][0], mean[row], atol=1e-9)
        np.testing.assert_allclose(alone[1][0], covariance[row], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(3, 12))
def test_an_answer_at_any_fidelity_never_raises_the_variance_of_another(seed, m, count):
    rng = np.random.default_rng(seed)
    mix, own = rng.normal(size=(m, m)), rng.normal(size=(m, m)) / 2
    noise = rng.uniform(0.01, 1, m)
    hyper = Hyperparameters(rng.uniform(0.3, 3, 3), mix @ mix.T, own @ own.T, noise, 0.3, 0.5)
    place = rng.permutation(count * m)[: rng.integers(2, count * m + 1)]
    points = rng.normal(size=(count, 5))
    rows = rows_of(points[place // m], place % m, place // m, rng.normal(size=len(place)))
    fewer = rows.take(np.arange(rng.integers(1, len(place))))
    _, more_known = condition(hyper, rows).predict(points, np.arange(count))
    _, less_known = condition(hyper, fewer).predict(points, np.arange(count))
    # what is left over is positive semi-definite: true of every fidelity and every mixture of them
    assert np.linalg.eigvalsh(less_known - more_known).min() > -1e-6
