"""A pool that is judged in parts, and the batch that is chosen from a shortlist of it."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from belief_cases import random_belief, random_context
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_cases import Campaign, Linear, candidates, truth
from test_every_part import required_options

from discovery import registry
from discovery.protocols import Request
from discovery.types import Belief, Fidelity, Observation, Query
from loops.sequential import SequentialLoop
from loops.stopping.budget import BudgetSpent
from loops.survey import shortlist, surveyed, without
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.diverse import DiverseSampler
from samplers.fantasies import FantasySampler
from samplers.greedy import GreedySampler
from samplers.local_penalisation import LocalPenalisationSampler

ALONE = ("cost_ei", "ei", "greedy", "logei", "max_variance", "multifidelity", "pi", "ucb")
SAMPLERS = (
    GreedySampler(),
    DiverseSampler(shortlist=8),
    FantasySampler(),
    LocalPenalisationSampler(shortlist=8),
)


class Listening(Linear):
    """Remembers how many candidates it predicted at once."""

    def __init__(self):
        self.sizes = []

    def predict(self, pool):
        self.sizes.append(len(pool))
        return super().predict(pool)


class Joint(Listening):
    """A linear model that knows how its candidates are related."""

    def predict(self, pool):
        belief = super().predict(pool)
        return replace(belief, factor=self.features(pool) @ np.linalg.cholesky(self.inverse))


def asked(proxy, acquisition, sampler, *, n=60, under_way=2, **options):
    """The campaign after a batch that was chosen when some answers were still missing."""
    campaign = Campaign(n, budget=40.0)
    loop = SequentialLoop(
        proxy=proxy,
        acquisition=acquisition,
        sampler=sampler,
        stopping=BudgetSpent(),
        batch_size=4,
        initial={"target": 6, "sieve": 9},
        **options,
    )
    loop.ask(campaign)
    for query in campaign.pending[: len(campaign.pending) - under_way]:
        value = truth(query.candidate)
        campaign.tell(Observation(query, "ok", "log10_sigma", "log10(S/cm)", value=value, cost=0.1))
    loop.ask(campaign)
    return campaign


def build(name, tmp_path):
    return registry.build("acquisition", name, required_options("acquisition", name, tmp_path))


@pytest.mark.parametrize(
    ("name", "sampler"),
    [(name, SAMPLERS[at % 2 * 2]) for at, name in enumerate(registry.names("acquisition"))]
    + [("logei", SAMPLERS[1]), ("top", SAMPLERS[1]), ("thompson", SAMPLERS[3])]
    + [("ucb", FantasySampler(answers="min"))],
)
def test_where_candidates_are_independent_the_batch_is_that_of_the_whole_pool(
    name, sampler, tmp_path
):
    acquisition = build(name, tmp_path)
    whole = asked(Linear(), acquisition, sampler)
    parts = asked(Linear(), acquisition, sampler, at_once=7, shortlist=8)
    assert parts.batches == whole.batches
    assert len(whole.batches) == 2
    assert parts.outlook == pytest.approx(whole.outlook)
    said, heard = (
        [campaign.forecasts[query] for query in campaign.batches[1]] for campaign in (whole, parts)
    )
    assert [forecast.reason for forecast in said] == [forecast.reason for forecast in heard]


@pytest.mark.parametrize(
    ("name", "sampler"),
    [(name, SAMPLERS[at % 4]) for at, name in enumerate(ALONE)]
    + [("ucb", sampler) for sampler in SAMPLERS],
)
def test_where_they_are_not_it_is_so_for_scores_of_each_candidate_by_itself(
    name, sampler, tmp_path
):
    acquisition = build(name, tmp_path)
    whole = asked(Joint(), acquisition, sampler, n=100)
    parts = asked(Joint(), acquisition, sampler, n=100, at_once=9, shortlist=20)
    assert parts.batches == whole.batches


def test_what_is_pending_tells_of_its_neighbours_on_the_shortlist():
    proxy, acquisition = Joint(), UpperConfidenceBound()
    near = asked(proxy, acquisition, FantasySampler(), under_way=8, at_once=7, shortlist=12)
    answered = asked(proxy, acquisition, FantasySampler(), under_way=0, at_once=7, shortlist=12)
    assert near.batches[1] != answered.batches[1]
    whole = asked(proxy, acquisition, FantasySampler(), under_way=8)
    assert near.batches == whole.batches


def test_no_more_candidates_are_predicted_together_than_allowed():
    proxy = Joint()
    asked(proxy, LogExpectedImprovement(), DiverseSampler(shortlist=3), at_once=20, shortlist=2)
    assert proxy.sizes[:3] == [20, 20, 20]
    assert max(proxy.sizes) <= 20
    proxy = Listening()
    asked(proxy, LogExpectedImprovement(), DiverseSampler(shortlist=3), at_once=25, shortlist=2)
    assert proxy.sizes == [25, 25, 10]


@pytest.mark.parametrize("proxy", [Linear(), Joint()])
def test_a_batch_that_the_shortlist_cannot_fill_comes_from_the_pool(proxy):
    whole = asked(proxy, MultiFidelity(), GreedySampler())
    parts = asked(proxy, MultiFidelity(), GreedySampler(), at_once=7, shortlist=1)
    assert len(parts.batches[1]) == len(whole.batches[1]) == 4


def test_a_survey_keeps_all_but_the_covariance_between_candidates():
    proxy, pool = Joint(), candidates(23)
    told = [
        Observation(Query(c, "lab"), "ok", "log10_sigma", "log10(S/cm)", value=truth(c))
        for c in pool[:6]
    ]
    proxy.fit(told, (Fidelity("sieve", 0.1), Fidelity("lab", 1.0, target=True)), 0)
    whole, lacking = surveyed(proxy, pool, 23)
    assert not lacking
    parts, lacking = surveyed(proxy, pool, 5)
    assert lacking
    assert parts.factor is None
    np.testing.assert_allclose(parts.mean, whole.mean)
    np.testing.assert_allclose(parts.covariance, whole.covariance)
    assert (parts.fidelities, parts.target) == (whole.fidelities, whole.target)


class Wide:
    """Knows of 400 ways in which candidates are related."""

    def predict(self, pool):
        n = len(pool)
        return Belief(
            fidelities=("lab",),
            target="lab",
            mean=np.zeros((n, 1)),
            covariance=np.ones((n, 1, 1)),
            noise=np.zeros(1),
            factor=np.zeros((n, 400)),
        )


def test_a_proxy_that_can_leave_out_what_relates_candidates_does_so_for_a_large_pool():
    class Saving(Joint):
        def marginal(self, pool):
            saved.append(len(pool))
            return replace(self.predict(pool), factor=None)

    saved = []
    whole = asked(Joint(), UpperConfidenceBound(), FantasySampler(), under_way=8)
    parts = asked(
        Saving(), UpperConfidenceBound(), FantasySampler(), under_way=8, at_once=25, shortlist=20
    )
    assert saved == [25, 25, 10]
    assert parts.batches == whole.batches


def test_a_survey_never_holds_what_relates_all_candidates():
    tracemalloc.start()
    try:
        belief, lacking = surveyed(Wide(), range(20_000), 500)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lacking
    assert len(belief.mean) == 20_000
    assert peak < 20_000 * 400 * 8 / 8  # an eighth of it; two parts are a twentieth


@given(st.integers(0, 2**20), st.integers(1, 9), st.integers(1, 4))
@settings(max_examples=60)
def test_the_shortlist_holds_what_a_full_sort_puts_first(seed, count, levels):
    rng = np.random.default_rng(seed)
    pool, fidelities = candidates(20), (Fidelity("sieve", 0.1), Fidelity("lab", 1.0, target=True))
    scores = rng.integers(0, levels, (20, 2)).astype(float)  # many of them equal
    scores[rng.random((20, 2)) < 0.2] = -np.inf
    request = Request(
        pool=pool,
        fidelities=fidelities,
        costs=rng.choice([0.1, 1.0, 9.0], (20, 2)),
        available=rng.random((20, 2)) < 0.8,
        allowance=5.0,
        size=3,
    )
    fresh = rng.random((20, 2)) < 0.95
    rows = set(shortlist(request, scores, count, fresh).tolist())
    assert set(np.flatnonzero(~fresh.all(axis=1)).tolist()) <= rows
    best = set()
    for column in range(2):
        open_ = request.available[:, column] & (request.costs[:, column] <= 5)
        offered = [r for r in range(20) if open_[r] and np.isfinite(scores[r, column])]
        best |= set(sorted(offered, key=lambda r: (-scores[r, column], pool[r].id))[:count])
    assert rows == best | set(np.flatnonzero(~fresh.all(axis=1)).tolist())


@pytest.mark.parametrize("name", ["gibbon", "mes", "mf_mes", "top", "ucb"])
def test_what_is_not_on_the_shortlist_counts_all_the_same(name):
    belief = replace(random_belief(5, n=40), factor=None)
    options = {"schedule": "srinivas"} if name == "ucb" else {}
    acquisition = registry.build("acquisition", name, options)
    context = random_context(belief, turn=3)
    rows = np.arange(4, 40, 3)
    whole = acquisition.score(belief, context)[rows]
    near = Belief(
        belief.fidelities, belief.target, belief.mean[rows], belief.covariance[rows], belief.noise
    )
    listed = random_context(near, turn=3, rest=without(belief, rows))
    np.testing.assert_allclose(acquisition.score(near, listed), whole)
    assert not np.allclose(acquisition.score(near, replace(listed, rest=None)), whole)
