import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from discovery.protocols import Request
from discovery.testing import check_sampler
from discovery.types import Candidate, Fidelity
from samplers.greedy import GreedySampler
from samplers.local_penalisation import LocalPenalisationSampler
from samplers.similarity import positions

FIDELITIES = (Fidelity("hint", 0.1), Fidelity("lab", 1.0, target=True))


def request_of(pool, size):
    return Request(
        pool=pool,
        fidelities=FIDELITIES,
        costs=np.tile([0.1, 1.0], (len(pool), 1)),
        available=np.ones((len(pool), 2), dtype=bool),
        allowance=100.0,
        size=size,
    )


def pool_of(n):
    return [Candidate((("Li", 1.0 + i), ("P", 1.0 + i % 3), ("S", 4.0))) for i in range(n)]


def fixed(request, targets):
    """A score function that asks the target only and knows its candidates."""
    table = {c.id: (-np.inf, s) for c, s in zip(request.pool, targets, strict=True)}
    return lambda candidates: np.array([table[c.id] for c in candidates])


def propose(sampler, request, targets):
    batch = sampler.propose(request, fixed(request, targets), 0)
    return [request.pool.index(query.candidate) for query in batch.queries]


def test_a_twin_of_the_best_gives_way_to_another_chemistry():
    pool = [
        Candidate((("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0))),
        Candidate((("Li", 5.9), ("P", 1.0), ("S", 4.9), ("Cl", 1.1))),
        Candidate((("Li", 3.0), ("Y", 1.0), ("Cl", 6.0))),
        Candidate((("Li", 7.0), ("La", 3.0), ("Zr", 2.0), ("O", 12.0))),
    ]
    request = request_of(pool, 2)
    assert propose(LocalPenalisationSampler(), request, [1.0, 0.98, 0.9, 0.5]) == [0, 2]
    assert propose(GreedySampler(), request, [1.0, 0.98, 0.9, 0.5]) == [0, 1]


def test_the_batch_is_the_one_that_the_formula_finds():
    request = request_of(pool_of(12), 4)
    targets = np.random.default_rng(2).normal(size=12)
    low, middle, high = np.percentile(targets, [25, 50, 75])
    z = (targets - middle) / (high - low)
    x = positions(request.pool, 0.15)
    distance = np.linalg.norm(x[:, None] - x, axis=-1)
    pairs = distance > 0.1
    slope = np.percentile(np.abs(z[:, None] - z)[pairs] / distance[pairs], 95)
    value, chosen = np.log(np.log1p(np.exp(z))), []
    for _ in range(4):
        best = max(set(range(12)) - set(chosen), key=lambda i: value[i])
        chosen.append(best)
        value = value + stats.norm.logcdf(slope * distance[best] - (z.max() + 1 - z[best]))
    assert propose(LocalPenalisationSampler(), request, targets) == chosen


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
@settings(max_examples=30)
def test_the_scale_and_the_zero_of_scores_do_not_matter(scale, shift):
    request = request_of(pool_of(15), 5)
    targets = np.random.default_rng(4).normal(size=15).round(2)
    plain = propose(LocalPenalisationSampler(), request, targets)
    assert propose(LocalPenalisationSampler(), request, scale * (targets + shift)) == plain


def test_equal_scores_and_equal_places_are_no_trouble():
    pool = [Candidate((("Li", 1.0), ("Cl", 1.0)), z=z) for z in range(1, 7)]
    request = request_of(pool, 4)
    assert len(propose(LocalPenalisationSampler(), request, np.zeros(6))) == 4
    assert len(propose(LocalPenalisationSampler(shortlist=2), request, np.zeros(6))) == 4


@pytest.mark.parametrize(
    "sampler", [LocalPenalisationSampler(), LocalPenalisationSampler(shortlist=3)]
)
def test_it_keeps_the_contract(sampler):
    check_sampler(sampler)
