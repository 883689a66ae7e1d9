import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discovery import registry
from discovery.crystal import Lattice
from discovery.errors import ConfigError, UnknownNameError
from discovery.protocols import Request
from discovery.testing import check_sampler
from discovery.types import Candidate, Fidelity
from samplers.diverse import DiverseSampler
from samplers.greedy import GreedySampler
from samplers.similarity import positions
from samplers.uniform import RandomSampler

FIDELITIES = (Fidelity("hint", 0.1), Fidelity("lab", 1.0, target=True))
SAMPLERS = (
    RandomSampler(),
    GreedySampler(),
    DiverseSampler(),
    DiverseSampler(shortlist=3),
    DiverseSampler(until=0.1, novelty=0.5),
)


def pool_of(n):
    return [Candidate((("Li", 1.0 + i), ("P", 1.0 + i % 3), ("S", 4.0))) for i in range(n)]


def request_of(n, *, size=4, allowance=100.0, costs=None, available=None, pool=None):
    shape = (n, 2)
    return Request(
        pool=pool_of(n) if pool is None else pool,
        fidelities=FIDELITIES,
        costs=np.tile([0.1, 1.0], (n, 1)) if costs is None else costs,
        available=np.ones(shape, dtype=bool) if available is None else available,
        allowance=allowance,
        size=size,
    )


def fixed(request, scores):
    """A score function that knows its candidates."""
    table = {c.id: row for c, row in zip(request.pool, scores, strict=True)}
    return lambda candidates: np.array([table[c.id] for c in candidates])


@st.composite
def situations(draw):
    n, size = draw(st.integers(1, 12)), draw(st.integers(1, 15))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    costs = rng.choice([0.0, 0.1, 0.3, 1.0, 5.0], size=(n, 2))
    available = rng.random((n, 2)) < draw(st.floats(0, 1))
    scores = np.where(rng.random((n, 2)) < 0.2, -np.inf, rng.normal(size=(n, 2)))
    allowance = draw(st.floats(0, 12))
    return request_of(n, size=size, allowance=allowance, costs=costs, available=available), scores


@pytest.mark.parametrize("sampler", SAMPLERS)
@given(situation=situations(), seed=st.integers(0, 100))
@settings(max_examples=60)
def test_batches_are_affordable_allowed_distinct_and_as_large_as_possible(sampler, situation, seed):
    request, scores = situation
    batch = sampler.propose(request, fixed(request, scores), seed)
    row = {c.id: i for i, c in enumerate(request.pool)}
    names = [f.name for f in request.fidelities]
    places = [(row[q.candidate.id], names.index(q.fidelity)) for q in batch.queries]
    spent = sum(request.costs[place] for place in places)
    assert spent <= request.allowance * (1 + 1e-9)
    assert len(batch) <= request.size
    assert len({r for r, _ in places}) == len(places)
    assert all(request.available[p] and np.isfinite(scores[p]) for p in places)
    assert batch.scores == tuple(scores[p] for p in places)
    if len(batch) < request.size:  # nothing that still fits was left out
        taken = {r for r, _ in places}
        fits = request.available & np.isfinite(scores)
        fits &= request.costs <= request.allowance - spent - 1e-9
        assert all(r in taken for r in np.flatnonzero(fits.any(axis=1)))


@pytest.mark.parametrize("sampler", [GreedySampler(), DiverseSampler()])
@given(situation=situations(), data=st.data())
@settings(max_examples=40)
def test_choices_by_score_do_not_depend_on_the_order_of_the_pool(sampler, situation, data):
    request, scores = situation
    order = data.draw(st.permutations(range(len(request.pool))))
    shuffled = replace(
        request,
        pool=[request.pool[i] for i in order],
        costs=request.costs[order],
        available=request.available[order],
    )
    score = fixed(request, scores)
    assert sampler.propose(request, score, 0).queries == sampler.propose(shuffled, score, 0).queries


def test_equal_scores_go_to_the_same_candidates_whatever_their_order():
    request = request_of(9)
    score = fixed(request, np.zeros((9, 2)))
    turned = replace(request, pool=request.pool[::-1])
    for sampler in (GreedySampler(), DiverseSampler()):
        assert set(sampler.propose(request, score, 0).queries) == set(
            sampler.propose(turned, score, 0).queries
        )


def test_greedy_takes_the_best_and_skips_what_it_cannot_pay():
    costs = np.array([[9.0, 9.0], [1.0, 3.0], [1.0, 3.0], [1.0, 2.0]])
    scores = np.array([[-np.inf, 9.0], [-np.inf, 8.0], [-np.inf, 7.0], [0.5, 6.0]])
    request = request_of(4, costs=costs, allowance=4.0)
    batch = GreedySampler().propose(request, fixed(request, scores), 0)
    assert [(q.candidate, q.fidelity) for q in batch.queries] == [
        (request.pool[1], "lab"),
        (request.pool[3], "hint"),
    ]
    assert batch.scores == (8.0, 0.5)


def test_an_allowance_that_is_a_sum_of_decimals_buys_all_of_it():
    request = request_of(10, size=10, allowance=1.0)
    scores = np.tile([1.0, -np.inf], (10, 1))
    assert len(GreedySampler().propose(request, fixed(request, scores), 0)) == 10


def test_random_draws_every_candidate_and_fidelity_equally_often():
    request, counts = request_of(5, size=1), {}
    score = fixed(request, np.zeros((5, 2)))
    for seed in range(2000):
        (query,) = RandomSampler().propose(request, score, seed).queries
        counts[query.id] = counts.get(query.id, 0) + 1
    assert len(counts) == 10
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_random_keeps_to_its_fidelities_and_its_designs_are_nested():
    request = request_of(20)
    score = fixed(request, np.zeros((20, 2)))
    few = RandomSampler(fidelities=("lab",)).propose(request, score, 3)
    many = RandomSampler(fidelities=("hint",)).propose(replace(request, size=10), score, 3)
    assert {q.fidelity for q in few.queries} == {"lab"}
    assert {q.candidate for q in few.queries} < {q.candidate for q in many.queries}


def test_random_names_the_fidelity_it_does_not_know():
    request = request_of(3)
    with pytest.raises(UnknownNameError, match="unknown fidelity 'hints'; did you mean 'hint'"):
        RandomSampler(fidelities=("hints",)).propose(request, fixed(request, np.zeros((3, 2))), 0)


def test_no_weight_on_diversity_is_greedy():
    request = request_of(30, size=8)
    score = fixed(request, np.random.default_rng(0).normal(size=(30, 2)))
    greedy = GreedySampler().propose(request, score, 0)
    assert DiverseSampler(diversity=0.0).propose(request, score, 0) == greedy
    assert DiverseSampler(diversity=1e-9).propose(request, score, 0).queries == greedy.queries


def test_diversity_ends_with_a_share_of_the_candidates_asked_at_the_target():
    scores = np.random.default_rng(0).normal(size=(30, 2))
    sampler = DiverseSampler(diversity=5.0, until=0.5)
    for asked, ended in ((14, False), (15, True)):
        available = np.ones((30, 2), dtype=bool)
        available[:asked, 1] = False
        available[asked:, 0] = False  # what was asked at other fidelities does not count
        request = request_of(30, size=6, available=available)
        greedy = GreedySampler().propose(request, fixed(request, scores), 0)
        assert (sampler.propose(request, fixed(request, scores), 0) == greedy) is ended


def test_a_near_twin_of_the_best_gives_way_to_another_chemistry():
    pool = [
        Candidate((("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0))),
        Candidate((("Li", 5.9), ("P", 1.0), ("S", 4.9), ("Cl", 1.1))),
        Candidate((("Li", 3.0), ("Y", 1.0), ("Cl", 6.0))),
        Candidate((("Li", 7.0), ("La", 3.0), ("Zr", 2.0), ("O", 12.0))),
    ]
    request = request_of(4, size=2, pool=pool)
    scores = np.column_stack([np.full(4, -np.inf), [1.0, 0.98, 0.9, 0.5]])
    chosen = DiverseSampler().propose(request, fixed(request, scores), 0)
    assert [q.candidate for q in chosen.queries] == [pool[0], pool[2]]
    by_score = GreedySampler().propose(request, fixed(request, scores), 0)
    assert [q.candidate for q in by_score.queries] == pool[:2]


def test_the_diverse_batch_is_the_one_that_brute_force_finds():
    request = request_of(12, size=4)
    rng = np.random.default_rng(2)
    scores = np.column_stack([np.full(12, -np.inf), rng.normal(size=12)])
    x, s = positions(request.pool, 0.15), scores[:, 1]
    kernel = np.exp(-0.5 * ((x[:, None] - x[None]) ** 2).sum(-1))
    low, high = np.percentile(s, [25, 75])
    chosen = []
    for _ in range(4):
        value = np.full(12, -np.inf)
        for i in set(range(12)) - set(chosen):
            inside = kernel[np.ix_(chosen, chosen)]
            left = 1.0
            if chosen:
                left -= kernel[i, chosen] @ np.linalg.solve(inside, kernel[chosen, i])
            value[i] = s[i] / (high - low) + 0.5 * np.log(max(left, 1e-6))
        chosen.append(int(np.argmax(value)))
    batch = DiverseSampler(diversity=0.5).propose(request, fixed(request, scores), 0)
    assert [q.candidate for q in batch.queries] == [request.pool[i] for i in chosen]


def test_what_is_novel_is_unlike_all_that_was_asked():
    rng = np.random.default_rng(3)
    available = np.ones((30, 2), dtype=bool)
    available[rng.permutation(30)[:12], 1] = False
    request = request_of(30, size=5, available=available)
    scores = np.column_stack([np.full(30, -np.inf), rng.normal(size=30)])
    s = np.where(available[:, 1], scores[:, 1], -np.inf)
    low, high = np.percentile(s[available[:, 1]], [25, 75])
    x = positions(request.pool, 0.15)
    kernel = np.exp(-0.5 * ((x[:, None] - x[None]) ** 2).sum(-1))
    chosen = np.argsort(-s)[:3].tolist()  # 0.4 of five are novel
    for _ in range(2):
        known = [*np.flatnonzero(~available[:, 1]), *chosen]
        inside = kernel[np.ix_(known, known)] + 1e-6 * np.eye(len(known))
        left = 1.0 - np.sum(kernel[known] * np.linalg.solve(inside, kernel[known]), axis=0)
        value = s / (high - low) + np.log(np.maximum(left, 1e-6))
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    batch = DiverseSampler(until=0.4, novelty=0.4).propose(request, fixed(request, scores), 0)
    assert [q.candidate for q in batch.queries] == [request.pool[i] for i in chosen]
    greedy = GreedySampler().propose(request, fixed(request, scores), 0)
    assert batch.queries[:3] == greedy.queries[:3]
    assert batch.queries != greedy.queries


def test_the_novel_share_is_of_what_can_be_paid_and_of_many_asked_the_nearest_count(monkeypatch):
    rng = np.random.default_rng(5)
    available = np.ones((40, 2), dtype=bool)
    available[rng.permutation(40)[:20], 1] = False
    request = request_of(40, size=40, allowance=10.0, available=available)
    score = fixed(request, np.column_stack([np.full(40, -np.inf), rng.normal(size=40)]))
    greedy = GreedySampler().propose(request, score, 0).queries
    sampler = DiverseSampler(until=0.5, novelty=0.3)
    batch = sampler.propose(request, score, 0).queries
    assert len(batch) == len(greedy) == 10
    assert batch[:7] == greedy[:7]
    assert batch[7:] != greedy[7:]
    monkeypatch.setattr("samplers.diverse._KNOWN", 20)
    assert sampler.propose(request, score, 0).queries == batch
    monkeypatch.setattr("samplers.diverse._KNOWN", 1)
    assert len(sampler.propose(request, score, 0).queries) == 10


def test_novelty_without_a_beginning_is_refused():
    with pytest.raises(ConfigError, match="novelty begins with 'until', which must then be below"):
        registry.build("sampler", "diverse", {"novelty": 0.3})


def test_novelty_spends_no_more_than_is_allowed_and_begins_with_until():
    request = request_of(12, size=4, allowance=2.1)
    scores = np.column_stack([np.full(12, -np.inf), np.arange(12.0)])
    early = DiverseSampler(diversity=0.0, until=0.1, novelty=1.0)
    by_score = GreedySampler().propose(request, fixed(request, scores), 0)
    assert early.propose(request, fixed(request, scores), 0).queries == by_score.queries
    late = DiverseSampler(until=0.0, novelty=1.0).propose(request, fixed(request, scores), 0)
    assert len(late.queries) == 2
    none = request_of(12, available=np.zeros((12, 2), dtype=bool))
    assert not DiverseSampler(until=0.0, novelty=1.0).propose(none, fixed(none, scores), 0).queries


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
@settings(max_examples=30)
def test_the_scale_and_the_zero_of_scores_do_not_matter_to_diversity(scale, shift):
    request = request_of(15, size=5)
    scores = np.random.default_rng(4).normal(size=(15, 2)).round(2)
    plain = DiverseSampler().propose(request, fixed(request, scores), 0)
    scaled = DiverseSampler().propose(request, fixed(request, scale * scores + shift * scale), 0)
    assert plain.queries == scaled.queries


def test_polymorphs_are_apart_and_unknown_cells_are_in_the_middle():
    lithium = (("Li", 3.0), ("N", 1.0))
    cells = [Lattice(3.65, 3.65, 3.88, 90, 90, 120), Lattice(5.0, 5.0, 5.0, 90, 90, 90), None]
    alpha, gamma, unknown = positions([Candidate(lithium, z=1, lattice=c) for c in cells], 0.15)
    apart = np.linalg.norm(alpha - gamma)
    assert apart > 1.0
    assert np.linalg.norm(alpha - unknown) < apart
    assert np.linalg.norm(gamma - unknown) < apart


@pytest.mark.perf
def test_a_pool_of_a_hundred_thousand_takes_less_than_two_seconds():
    n = 100_000
    pool = [
        Candidate((("Li", 1.0 + i % 100), ("P", 1.0 + i // 100 % 100), ("S", 1.0 + i // 10_000)))
        for i in range(n)
    ]
    assert pool[0].id  # identities are hashed once and kept
    request = request_of(n, size=100, pool=pool)
    scores = np.random.default_rng(0).normal(size=(n, 2))
    for candidate in pool:
        _ = candidate.id
    for sampler in (GreedySampler(), RandomSampler(), DiverseSampler()):
        start = time.perf_counter()
        sampler.propose(request, lambda _: scores, 0)
        assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_each_keeps_the_contract(sampler):
    check_sampler(sampler)
