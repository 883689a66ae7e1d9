import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from discovery.protocols import Context
from discovery.types import Belief, Fidelity
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.improvement import (
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    log_improvement,
)
from samplers.acquisition.plain import MaximumVariance, PosteriorMean, RandomScore
from samplers.acquisition.thompson import ThompsonSampling

TARGET = Fidelity("lab", 1.0, target=True)


def belief(mean, std, factor=None):
    mean, std = np.atleast_1d(mean).astype(float), np.atleast_1d(std).astype(float)
    return Belief(
        fidelities=("lab",),
        target="lab",
        mean=mean[:, None],
        covariance=(std**2)[:, None, None],
        noise=np.array([0.1]),
        factor=factor,
    )


def context(n, best=0.0, turn=0, seed=0):
    return Context((TARGET,), np.ones((n, 1)), best=best, round=turn, seed=seed)


def scores(acquisition, mean, std, **known):
    given = belief(mean, std)
    return acquisition.score(given, context(len(given.mean), **known))[:, 0]


normal = st.tuples(st.floats(-20, 20), st.floats(0.05, 5), st.floats(-20, 20))


@given(normal)
def test_ei_is_its_closed_form(case):
    mean, std, best = case
    z = (mean - best) / std
    expected = (mean - best) * stats.norm.cdf(z) + std * stats.norm.pdf(z)
    assert scores(ExpectedImprovement(), mean, std, best=best)[0] == pytest.approx(
        expected, rel=1e-9, abs=1e-12
    )


def test_ei_and_pi_are_what_monte_carlo_finds():
    rng = np.random.default_rng(0)
    mean, std = np.array([-1.0, 0.0, 0.3]), np.array([0.5, 1.0, 2.0])
    draws = mean + std * rng.standard_normal((400_000, 3))
    gain = np.maximum(draws - 0.2, 0)
    error = 5 * gain.std(axis=0) / 400_000**0.5
    assert (abs(scores(ExpectedImprovement(margin=0.2), mean, std) - gain.mean(0)) < error).all()
    share = scores(ProbabilityOfImprovement(margin=0.2), mean, std)
    np.testing.assert_allclose(share, (draws > 0.2).mean(axis=0), atol=5e-3)


@pytest.mark.parametrize("z", [2.0, 0.0, -0.999, -1.001, -5.0, -12.0, -25.0, -40.0])
def test_log_ei_is_exact_down_to_forty_standard_deviations(z):
    # h(z) = phi(z) * integral over t >= 0 of t exp(z t - t^2 / 2), from substituting u = z + t
    integral, _ = integrate.quad(
        lambda t: t * math.exp(z * t - t * t / 2), 0, np.inf, epsabs=0, epsrel=1e-12
    )
    expected = stats.norm.logpdf(z) + math.log(integral)
    assert log_improvement(np.array([z]))[0] == pytest.approx(expected, rel=1e-10)


def test_log_ei_has_no_seam_and_always_grows_with_the_mean():
    z = -np.logspace(9, -6, 4000)
    assert (np.diff(log_improvement(z)) > 0).all()
    for seam in (-1.0, -1e5):
        around = log_improvement(seam * (1 + np.array([1e-9, -1e-9])))
        assert around[0] == pytest.approx(around[1], rel=1e-7)


def test_log_ei_agrees_with_botorch():
    torch = pytest.importorskip("torch")
    analytic = pytest.importorskip("botorch.acquisition.analytic")
    models = pytest.importorskip("botorch.models")
    rng = np.random.default_rng(1)
    x, y = torch.tensor(rng.random((8, 2))), torch.tensor(rng.normal(size=(8, 1)))
    model = models.SingleTaskGP(x, (y - y.mean()) / y.std(), outcome_transform=None)
    model.eval()
    points = torch.tensor(3 * rng.random((50, 2)))
    with torch.no_grad():
        posterior = model.posterior(points)
        mean, variance = posterior.mean[:, 0].numpy(), posterior.variance[:, 0].numpy()
        for best in (-1.0, 0.5, 3.0, 30.0):
            theirs = analytic.LogExpectedImprovement(model, best_f=best)(points[:, None]).numpy()
            ours = scores(LogExpectedImprovement(), mean, variance**0.5, best=best)
            np.testing.assert_allclose(ours, theirs, rtol=1e-8)


@given(normal, st.floats(-40, -20))
def test_log_ei_is_the_logarithm_of_ei_and_ranks_where_ei_is_zero(case, z):
    mean, std, best = case
    plain = scores(ExpectedImprovement(), mean, std, best=best)
    assert plain == pytest.approx(np.exp(scores(LogExpectedImprovement(), mean, std, best=best)))
    worse, better = scores(LogExpectedImprovement(), [100 * z, 99 * z], [1.0, 1.0])
    assert worse < better


@given(st.floats(-1e9, 1e9))
def test_scores_stay_finite_without_variance(mean):
    for acquisition in (ExpectedImprovement(), LogExpectedImprovement(), UpperConfidenceBound()):
        assert np.isfinite(scores(acquisition, mean, 0.0)).all()


def test_without_an_observed_value_the_best_mean_is_the_one_to_beat():
    mean, std = [-5.0, -4.0, -6.0], [0.1, 0.1, 2.0]
    for acquisition in (ExpectedImprovement(), LogExpectedImprovement()):
        np.testing.assert_array_equal(
            scores(acquisition, mean, std, best=-math.inf),
            scores(acquisition, mean, std, best=-4.0),
        )


def test_ucb_is_mean_and_beta_standard_deviations():
    assert scores(UpperConfidenceBound(beta=1.5), -3.0, 2.0)[0] == 0.0


def test_scheduled_ucb_starts_at_beta_and_grows_as_srinivas_says():
    acquisition = UpperConfidenceBound(beta=2.0, schedule="srinivas")
    at = [scores(acquisition, np.zeros(50), np.ones(50), turn=t)[0] for t in range(5)]
    assert at[0] == pytest.approx(2.0)
    theory = [2 * math.log(50 * t**2 * math.pi**2 / 0.6) for t in range(1, 6)]
    np.testing.assert_allclose(np.array(at) ** 2 / 4, np.array(theory) / theory[0])


def test_ucb_is_the_mean_once_its_share_of_the_candidates_was_asked():
    given = belief(np.arange(4.0), np.ones(4))
    known = context(4)
    for asked, beta in [(0, 2.0), (1, 2.0), (2, 0.0), (4, 0.0)]:
        available = np.arange(4)[:, None] >= asked
        told = UpperConfidenceBound(until=0.5).score(given, replace(known, available=available))
        np.testing.assert_array_equal(told[:, 0], np.arange(4) + beta)
    # a shortlist of four out of a pool of eight
    told = UpperConfidenceBound(until=0.5).score(
        given, replace(known, available=np.arange(4)[:, None] >= 3, rest=given)
    )
    np.testing.assert_array_equal(told[:, 0], np.arange(4) + 2.0)
    np.testing.assert_array_equal(
        UpperConfidenceBound(until=0.0, schedule="srinivas").score(given, known)[:, 0], np.arange(4)
    )


def test_thompson_draws_jointly_with_the_correlation_of_the_belief():
    twins = belief([0.0, 0.0], [1.0, 1.0], factor=np.array([[1.0], [1.0]]))
    strangers = belief([0.0, 0.0], [1.0, 1.0])
    acquisition = ThompsonSampling()
    alike = np.array([acquisition.score(twins, context(2, seed=s))[:, 0] for s in range(300)])
    apart = np.array([acquisition.score(strangers, context(2, seed=s))[:, 0] for s in range(300)])
    np.testing.assert_allclose(alike[:, 0], alike[:, 1], atol=1e-12)
    assert abs(np.corrcoef(apart.T)[0, 1]) < 0.2
    assert alike.std() == pytest.approx(1.0, abs=0.15)


def test_thompson_prefers_a_candidate_as_often_as_it_is_the_best():
    given = belief([0.0, 1.0], [1.0, 1.0])
    draws = [ThompsonSampling().score(given, context(2, seed=s))[:, 0] for s in range(1000)]
    share = np.mean([np.argmax(draw) == 1 for draw in draws])
    assert share == pytest.approx(stats.norm.cdf(1 / 2**0.5), abs=0.05)


def test_the_corners_are_mean_spread_and_chance():
    mean, std = [1.0, -2.0], [0.5, 3.0]
    np.testing.assert_array_equal(scores(PosteriorMean(), mean, std), mean)
    np.testing.assert_array_equal(scores(MaximumVariance(), mean, std), std)
    chance = scores(RandomScore(), np.zeros(2000), np.ones(2000))
    assert stats.kstest(chance, "uniform").pvalue > 1e-3


def test_only_the_target_column_is_asked():
    two = Belief(
        fidelities=("lab", "sieve"),
        target="lab",
        mean=np.zeros((3, 2)),
        covariance=np.tile(np.eye(2), (3, 1, 1)),
        noise=np.zeros(2),
    )
    known = Context((TARGET, Fidelity("sieve", 0.1)), np.ones((3, 2)), -1.0, 0, 0)
    for acquisition in (ExpectedImprovement(), UpperConfidenceBound(), ThompsonSampling()):
        asked = np.isfinite(acquisition.score(two, known))
        assert asked[:, 0].all()
        assert not asked[:, 1].any()
