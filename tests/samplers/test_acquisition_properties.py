"""What every acquisition function that ranks candidates has in common."""

from dataclasses import replace

import numpy as np
import pytest
from belief_cases import random_belief, random_context, seeds, single
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.cost_weighted import CostWeightedImprovement
from samplers.acquisition.entropy import Gibbon, MaxValueEntropy
from samplers.acquisition.entropy_fidelities import MultiFidelityEntropy
from samplers.acquisition.guard import Guarded
from samplers.acquisition.improvement import (
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
)
from samplers.acquisition.knowledge import KnowledgeGradient, MultiFidelityKnowledgeGradient
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.acquisition.plain import MaximumVariance, PosteriorMean
from samplers.acquisition.ratio import Ratio
from samplers.acquisition.top import ProbabilityOfTop
from samplers.acquisition.variance_reduction import TargetedVarianceReduction

RISING = (
    ExpectedImprovement(),
    LogExpectedImprovement(),
    ProbabilityOfImprovement(),
    UpperConfidenceBound(),
    UpperConfidenceBound(schedule="srinivas"),
    PosteriorMean(),
    ProbabilityOfTop(share=0.2),
    MaxValueEntropy(),
    Gibbon(),
    KnowledgeGradient(),
    MultiFidelity(base="logei"),
    CostWeightedImprovement(),
    MultiFidelityEntropy(),
    MultiFidelityKnowledgeGradient(),
)
ALL = (
    *RISING,
    MaximumVariance(),
    TargetedVarianceReduction(),
    Ratio(acquisition=LogExpectedImprovement()),
    Guarded(acquisition=MultiFidelity(), fallback=Gibbon()),
)
ids = [type(a).__name__ for a in ALL]


@pytest.mark.parametrize("acquisition", RISING, ids=ids[: len(RISING)])
@given(
    means=st.lists(st.floats(-6, 6), min_size=2, max_size=8),
    std=st.floats(0.05, 3),
    best=st.one_of(st.floats(-4, 4), st.just(-np.inf)),
)
@settings(max_examples=25, deadline=None)
def test_a_larger_mean_at_equal_variance_never_scores_lower(acquisition, means, std, best):
    belief = single(np.sort(means), np.full(len(means), std))
    scores = acquisition.score(belief, random_context(belief, best=best, turn=3))[:, 0]
    assert (np.diff(scores) >= -1e-7 * np.maximum(1, np.abs(scores[1:]))).all()


@pytest.mark.parametrize("acquisition", ALL, ids=ids)
@given(seed=seeds, scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
@settings(max_examples=8, deadline=None)
def test_unit_and_zero_of_the_objective_change_no_rank(acquisition, seed, scale, shift):
    plain, moved = random_belief(seed), random_belief(seed, scale=scale, shift=shift)
    before = acquisition.score(plain, random_context(plain, best=0.5))
    after = acquisition.score(moved, random_context(moved, best=0.5 * scale + shift))
    np.testing.assert_array_equal(np.isfinite(before), np.isfinite(after))
    asked = np.isfinite(before)
    assert stats.spearmanr(before[asked], after[asked]).statistic > 1 - 1e-9


@pytest.mark.parametrize("acquisition", ALL, ids=ids)
@given(
    seed=seeds, certain=st.sets(st.integers(0, 11), min_size=1), best=st.sampled_from([0.0, 50.0])
)
@settings(max_examples=15, deadline=None)
def test_certain_candidates_break_nothing(acquisition, seed, certain, best):
    belief = random_belief(seed, noise=0.0)
    rows = sorted(certain)
    covariance, factor = belief.covariance.copy(), belief.factor.copy()
    covariance[rows] = 0.0
    factor[rows] = 0.0
    belief = replace(belief, covariance=covariance, factor=factor)
    pending = ((rows[0], 0), (rows[0], 1), ((rows[0] + 1) % 12, 1))
    for known in ((), pending):
        scores = acquisition.score(belief, random_context(belief, best=best, pending=known))
        assert not np.isnan(scores).any()
        assert not np.isposinf(scores).any()
        assert np.isfinite(scores).any()


@pytest.mark.parametrize("acquisition", ALL, ids=ids)
def test_the_order_of_the_pool_does_not_matter_beside_pending_queries(acquisition):
    belief = random_belief(4)
    known = random_context(belief, pending=((2, 0), (7, 1)), available=np.ones((12, 2), dtype=bool))
    order = np.random.default_rng(0).permutation(12)
    place = np.argsort(order)
    moved = replace(
        belief,
        mean=belief.mean[order],
        covariance=belief.covariance[order],
        factor=belief.factor[order],
    )
    scores = acquisition.score(
        moved, replace(known, pending=((int(place[2]), 0), (int(place[7]), 1)))
    )
    np.testing.assert_allclose(scores, acquisition.score(belief, known)[order], rtol=1e-9)


def test_bound_and_probability_agree_with_botorch():
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
        belief = single(posterior.mean[:, 0].numpy(), posterior.variance[:, 0].sqrt().numpy())
        context = random_context(belief, best=0.3)
        bound = analytic.UpperConfidenceBound(model, beta=2.25)(points[:, None]).numpy()
        share = analytic.ProbabilityOfImprovement(model, best_f=0.3)(points[:, None]).numpy()
    ours = UpperConfidenceBound(beta=1.5).score(belief, context)[:, 0]
    np.testing.assert_allclose(ours, bound, rtol=1e-8)
    ours = ProbabilityOfImprovement().score(belief, context)[:, 0]
    np.testing.assert_allclose(ours, share, rtol=1e-6, atol=1e-12)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_the_probability_of_the_top_is_what_joint_draws_say(seed):
    belief = random_belief(seed, n=60)
    ours = ProbabilityOfTop(share=0.2).score(belief, random_context(belief))[:, 1]
    draws = belief.draw(2000, np.random.default_rng(seed))
    threshold = np.sort(draws, axis=1)[:, -12][:, None]
    drawn = (draws >= threshold).mean(axis=0)
    assert ours.sum() == pytest.approx(12.0, rel=1e-6)
    assert stats.spearmanr(ours, drawn).statistic > 0.97


def test_one_candidate_is_the_top():
    belief = single([1.0], [1.0])
    assert ProbabilityOfTop().score(belief, random_context(belief))[0, 0] == pytest.approx(1.0)
