import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from proxies.process import Hyperparameters, condition, matern


@pytest.fixture
def problem():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(30, 3))
    root = np.array([[1.0, 0.0], [0.8, 0.6]])
    individual = np.array([[0.3, 0.1], [0.1, 0.2]])
    noise = np.array([0.05, 0.2])
    hyper = Hyperparameters(np.array([0.7, 1.5, 3.0]), root @ root.T, individual, noise)
    materials = np.arange(30) % 20  # rows 20-29 repeat the materials of rows 0-9
    x[20:] = x[:10]
    tasks = np.array([0] * 20 + [1] * 10)
    return x, tasks, materials, rng.normal(size=30), hyper


NEW = np.full(40, -1)


def test_one_task_is_an_ordinary_process(problem):
    x, _, _, y, hyper = problem
    x = x[:20]
    single = Hyperparameters(
        hyper.lengthscale, np.array([[2.0]]), np.array([[0.04]]), np.array([0.06])
    )
    posterior = condition(single, x, np.zeros(20, int), np.arange(20), y[:20], np.zeros(20))
    kernel = ConstantKernel(2.0) * Matern(hyper.lengthscale, nu=2.5) + WhiteKernel(0.1)
    reference = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-6).fit(x, y[:20])
    new = np.random.default_rng(6).normal(size=(7, 3))
    mean, std = reference.predict(new, return_std=True)
    ours, covariance = posterior.predict(new, NEW[:7])
    np.testing.assert_allclose(ours[:, 0], mean, atol=1e-6)
    np.testing.assert_allclose(covariance[:, 0, 0], std**2 - 0.06, atol=1e-5)


def test_many_tasks_agree_with_the_dense_formula(problem):
    x, tasks, materials, y, hyper = problem
    own = np.linspace(0, 0.3, 30)
    posterior = condition(hyper, x, tasks, materials, y, own)
    b, individual = hyper.coregionalisation, hyper.individual
    between = np.ix_(tasks, tasks)
    covariance = matern(x, x, hyper.lengthscale) * b[between]
    covariance += (materials[:, None] == materials) * individual[between]
    inverse = np.linalg.inv(covariance + np.diag(hyper.noise[tasks] + own + 1e-6))
    new = np.vstack([np.random.default_rng(7).normal(size=(4, 3)), x[[2, 15]]])
    number = np.array([-1, -1, -1, -1, 2, 15])
    mean, blocks = posterior.predict(new, number)
    for row, k in enumerate(matern(new, x, hyper.lengthscale)):
        cross = b[:, tasks] * k + individual[:, tasks] * (materials == number[row])
        np.testing.assert_allclose(mean[row], cross @ inverse @ y, atol=1e-9)
        np.testing.assert_allclose(
            blocks[row], b + individual - cross @ inverse @ cross.T, atol=1e-9
        )


def test_left_out_predictions_are_those_of_a_process_without_the_row(problem):
    x, tasks, materials, y, hyper = problem
    mean, variance = condition(hyper, x, tasks, materials, y, np.zeros(30)).left_out()
    for row in (0, 13, 29):
        keep = np.arange(30) != row
        without = condition(hyper, x[keep], tasks[keep], materials[keep], y[keep], np.zeros(29))
        expected, covariance = without.predict(x[[row]], materials[[row]])
        task = tasks[row]
        assert mean[row] == pytest.approx(expected[0, task], abs=1e-8)
        total = covariance[0, task, task] + hyper.noise[task] + 1e-6
        assert variance[row] == pytest.approx(total, abs=1e-8)


def test_the_root_resembles_the_joint_covariance_and_ignores_company(problem):
    x, tasks, materials, y, hyper = problem
    posterior = condition(hyper, x, tasks, materials, y, np.zeros(30))
    new = np.random.default_rng(8).normal(size=(40, 3))
    root = posterior.factor(new, 0, seed=1)
    np.testing.assert_allclose(posterior.factor(new[3:4], 0, seed=1), root[3:4])
    cross = matern(new, x, hyper.lengthscale) * hyper.coregionalisation[0, tasks]
    inverse = np.linalg.inv(posterior.root @ posterior.root.T)
    exact = matern(new, new, hyper.lengthscale) - cross @ inverse @ cross.T
    assert np.abs(root @ root.T - exact).mean() < 0.08
    assert np.corrcoef((root @ root.T).ravel(), exact.ravel())[0, 1] > 0.9


def test_the_root_of_many_candidates_is_that_of_each(problem):
    x, tasks, materials, y, hyper = problem
    posterior = condition(hyper, x, tasks, materials, y, np.zeros(30))
    new = np.random.default_rng(9).normal(size=(1100, 3))
    root = posterior.factor(new, 1, seed=2)
    for row in (0, 511, 512, 1099):
        np.testing.assert_allclose(
            posterior.factor(new[[row]], 1, seed=2)[0], root[row], atol=1e-12
        )
