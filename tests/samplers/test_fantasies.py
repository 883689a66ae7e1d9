from dataclasses import replace

import numpy as np
import pytest
from belief_cases import random_belief, random_context

from discovery.protocols import Request
from discovery.testing import check_sampler
from discovery.types import Candidate, Query
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.fantasies import FantasySampler
from samplers.greedy import GreedySampler

POOL = [Candidate((("Li", 1.0 + i), ("Cl", 1.0))) for i in range(12)]


def campaign(acquisition, belief, *, size=4, allowance=100.0):
    """A request of a pool with this belief, and its scores."""
    context = random_context(belief)

    def rescored(given):
        places = ((POOL.index(q.candidate), belief.fidelities.index(q.fidelity)) for q in given)
        return acquisition.score(belief, replace(context, pending=tuple(places)))

    available = np.ones((12, 2), dtype=bool)
    request = Request(
        POOL, context.fidelities, context.costs, available, allowance, size, rescored=rescored
    )
    return request, lambda _: rescored(())


def places(batch, belief):
    return [(POOL.index(q.candidate), belief.fidelities.index(q.fidelity)) for q in batch.queries]


@pytest.mark.parametrize("acquisition", [UpperConfidenceBound(), MultiFidelity()])
def test_each_query_is_the_best_once_those_before_it_are_believed(acquisition):
    belief = random_belief(1)
    request, score = campaign(acquisition, belief)
    chosen = places(FantasySampler().propose(request, score, 0), belief)
    assert len(chosen) == 4
    for count, (row, column) in enumerate(chosen):
        context = random_context(belief, pending=tuple(chosen[:count]))
        scores = acquisition.score(belief, context)
        scores[[taken for taken, _ in chosen[:count]]] = -np.inf
        assert np.unravel_index(np.argmax(scores), scores.shape) == (row, column)


def test_twins_are_not_asked_together():
    belief = random_belief(2)
    best = int(np.argmax(UpperConfidenceBound().score(belief, random_context(belief))[:, 1]))
    twin = (best + 1) % 12
    for array in (belief.mean, belief.covariance, belief.factor):
        array[twin] = array[best]
    request, score = campaign(UpperConfidenceBound(), belief, size=2)
    greedy = places(GreedySampler().propose(request, score, 0), belief)
    assert {row for row, _ in greedy} == {best, twin}
    chosen = places(FantasySampler().propose(request, score, 0), belief)
    assert {row for row, _ in chosen} != {best, twin}


def test_without_covariance_between_candidates_or_a_belief_it_is_greedy():
    belief = replace(random_belief(3), factor=None)
    for size, allowance in ((4, 100.0), (12, 2.15), (5, 0.0)):
        request, score = campaign(UpperConfidenceBound(), belief, size=size, allowance=allowance)
        for asked in (request, replace(request, rescored=None)):
            batch = FantasySampler().propose(asked, score, 0)
            assert batch == GreedySampler().propose(asked, score, 0)


@pytest.mark.parametrize("answers", ["min", "mean", "max"])
def test_a_lie_is_what_every_query_is_answered_with(answers):
    belief, acquisition = random_belief(1), UpperConfidenceBound()
    request, score = campaign(acquisition, belief)
    lies = {"min": -4.0, "mean": 0.0, "max": 4.0}

    def lied(given, lie):
        places = ((POOL.index(q.candidate), belief.fidelities.index(q.fidelity)) for q in given)
        context = random_context(belief, pending=tuple(places), lie=lies[lie])
        return acquisition.score(belief, context)

    sampler = FantasySampler(answers=answers)
    chosen = places(sampler.propose(replace(request, lied=lied), score, 0), belief)
    for count, (row, column) in enumerate(chosen):
        scores = lied([Query(POOL[r], belief.fidelities[c]) for r, c in chosen[:count]], answers)
        scores[[taken for taken, _ in chosen[:count]]] = -np.inf
        assert np.unravel_index(np.argmax(scores), scores.shape) == (row, column)


def test_a_low_lie_drives_a_batch_apart_and_a_high_one_keeps_it_together():
    belief = random_belief(4, n=12, rank=1)
    request, score = campaign(UpperConfidenceBound(), belief, size=5)

    def lied(given, lie):
        places = ((POOL.index(q.candidate), belief.fidelities.index(q.fidelity)) for q in given)
        value = {"min": -6.0, "max": 6.0}[lie]
        context = random_context(belief, pending=tuple(places), lie=value)
        return UpperConfidenceBound().score(belief, context)

    def alike(answers):
        sampler = FantasySampler(answers=answers)
        rows = [
            r for r, _ in places(sampler.propose(replace(request, lied=lied), score, 0), belief)
        ]
        return float(np.sign(belief.factor[rows, 0]).sum() ** 2)

    assert alike("max") > alike("min")


def test_where_nothing_can_be_lied_about_it_is_the_believer():
    belief = random_belief(1)
    request, score = campaign(UpperConfidenceBound(), belief)
    believer = FantasySampler().propose(request, score, 0)
    assert FantasySampler(answers="min").propose(request, score, 0) == believer


@pytest.mark.parametrize("answers", ["believed", "max"])
def test_it_keeps_the_contract(answers):
    check_sampler(FantasySampler(answers=answers))
