"""Bounds in a Gaussian process, against numerical integration and against common sense."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from proxies.inducing import induce
from proxies.kernels import Hyperparameters
from proxies.likelihood import propagate, with_bounds
from proxies.process import Rows, condition

BELOW, ABOVE = np.array([-1], np.int8), np.array([1], np.int8)
HYPER = Hyperparameters(np.array([1.0]), np.array([[0.9]]), np.array([[0.1]]), np.array([0.05]))
ways = pytest.mark.parametrize("way", [condition, induce], ids=["exact", "inducing"])


def rows_of(x, y):
    count = len(y)
    zeros = np.zeros(count, dtype=np.intp)
    materials = np.arange(count)
    x = np.array(x, dtype=float)[:, None]
    return Rows(x, zeros, materials, np.array(y, float), np.zeros(count), np.ones(count, bool))


def moments(mean, variance, factor, shift):
    """Mean and variance of a normal times a normal factor."""
    precision = 1 / variance + factor
    return (mean / variance + shift) / precision, 1 / precision


@settings(max_examples=60, deadline=None)
@given(st.floats(-3, 3), st.floats(0.1, 3), st.floats(-6, 6), st.sampled_from([-1, 1]))
def test_one_bound_is_treated_as_numerical_integration_does(mean, std, limit, side):
    cut = side * (limit - mean) / std
    if cut > 7:
        return  # the integral below has no mass left
    grid = np.linspace(mean - 12 * std, mean + 12 * std, 40_001)
    weight = norm.pdf(grid, mean, std) * (side * (grid - limit) > 0)
    weight /= weight.sum()
    expected = weight @ grid
    factor, shift = propagate(
        np.array([mean]), np.array([[std**2]]), np.array([limit]), np.array([side], np.int8)
    )
    got, variance = moments(mean, std**2, factor[0], shift[0])
    assert got == pytest.approx(expected, abs=1e-3)
    assert variance == pytest.approx(weight @ (grid - expected) ** 2, abs=1e-3)


@pytest.mark.parametrize("correlation", [-0.5, 0.3, 0.9])
@pytest.mark.parametrize("limit", [(-0.5, 0.2), (1.0, -1.5)])
def test_two_bounds_that_depend_on_each_other_agree_with_integration(correlation, limit):
    mean = np.array([0.2, -0.1])
    covariance = np.array([[1.0, correlation], [correlation, 1.0]])
    grid = np.linspace(-7, 7, 701)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    weight = multivariate_normal(mean, covariance).pdf(np.stack([x, y], axis=-1))
    weight *= (x < limit[0]) & (y > limit[1])
    weight /= weight.sum()
    expected = np.array([np.sum(weight * x), np.sum(weight * y)])
    factor, shift = propagate(mean, covariance, np.array(limit), np.array([-1, 1], np.int8))
    spread = np.linalg.inv(np.linalg.inv(covariance) + np.diag(factor))
    np.testing.assert_allclose(
        spread @ (np.linalg.solve(covariance, mean) + shift), expected, atol=0.02
    )


@ways
def test_a_bound_far_above_the_belief_changes_nothing(way):
    x, y = [-1.0, 0.0, 0.5, 2.0], [-0.3, 0.2, 0.4, -0.5]
    told = way(HYPER, rows_of(x, y))
    side = np.array([0, 0, 0, 0, -1], np.int8)
    bounded = with_bounds(partial(way, HYPER), rows_of([*x, 1.0], [*y, 9.0]), side)
    inputs, unseen = np.linspace(-2, 3, 11)[:, None], np.full(11, -1)
    for ours, expected in zip(
        bounded.predict(inputs, unseen), told.predict(inputs, unseen), strict=True
    ):
        np.testing.assert_allclose(ours, expected, atol=1e-3)


@ways
@pytest.mark.parametrize("count", [0, 1, 10, 60])
@pytest.mark.parametrize("limit", [-4.0, -30.0])
def test_a_bound_far_below_pulls_just_under_it_however_many_say_otherwise(way, count, limit):
    x = np.linspace(-1, 1, count)
    rows = rows_of([0.05, *x], [limit, *np.zeros(count)])
    side = np.array([-1] + [0] * count, np.int8)
    posterior = with_bounds(partial(way, HYPER), rows, side)
    mean, covariance = posterior.predict(np.array([[0.05]]), np.array([0]))
    assert limit - 0.3 < mean[0, 0] < limit
    assert 0 < covariance[0, 0, 0] < 0.1
    elsewhere, _ = posterior.predict(np.array([[9.0]]), np.array([-1]))
    assert elsewhere[0, 0] == pytest.approx(0, abs=0.05)


def test_a_bound_at_the_value_is_weaker_than_the_value():
    x, y = [0.0, 1.0], [-1.0, 0.5]
    value = condition(HYPER, rows_of(x, y))
    bound = with_bounds(partial(condition, HYPER), rows_of(x, y), np.array([-1, 0], np.int8))
    at = np.array([[0.0]]), np.array([0])
    assert bound.predict(*at)[0][0, 0] < value.predict(*at)[0][0, 0]
    assert bound.predict(*at)[1][0, 0, 0] > value.predict(*at)[1][0, 0, 0]


@ways
def test_nothing_but_bounds_pulls_everything_to_their_side(way):
    rng = np.random.default_rng(1)
    rows = rows_of(rng.normal(size=40), np.full(40, -2.0))
    for side in (BELOW, ABOVE):
        posterior = with_bounds(partial(way, HYPER), rows, np.repeat(side, 40))
        mean, covariance = posterior.predict(rows.inputs, rows.materials)
        assert (side * (mean[:, 0] + 2.0) > 0).all()
        assert np.isfinite(covariance).all()


def test_many_bounds_on_one_point_converge():
    count = 60
    covariance = np.full((count, count), 1.0) + 1e-3 * np.eye(count)
    factor, shift = propagate(
        np.zeros(count), covariance, np.full(count, -1.0), np.full(count, -1, np.int8)
    )
    spread = np.linalg.inv(np.linalg.inv(covariance) + np.diag(factor))
    mean = spread @ shift
    assert np.ptp(mean) < 1e-3
    assert -2.0 < mean[0] < -1.0


def test_blocks_of_bounds_agree_with_all_at_once(monkeypatch):
    rng = np.random.default_rng(2)
    rows = rows_of(rng.normal(size=24), rng.normal(size=24) - 0.5)
    side = np.where(np.arange(24) % 2, -1, 0).astype(np.int8)
    at_once = with_bounds(partial(condition, HYPER), rows, side)
    monkeypatch.setattr("proxies.likelihood._BLOCK", 5)
    in_blocks = with_bounds(partial(condition, HYPER), rows, side)
    for ours, expected in zip(
        in_blocks.predict(rows.inputs, rows.materials),
        at_once.predict(rows.inputs, rows.materials),
        strict=True,
    ):
        np.testing.assert_allclose(ours, expected, atol=0.02)
