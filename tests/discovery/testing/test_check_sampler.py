import itertools

import numpy as np
import pytest

from discovery.errors import ContractError
from discovery.rng import stream
from discovery.testing import check_sampler
from discovery.types import Batch, Query

CLOCK = itertools.count()


class Greedy:
    """A correct sampler: best scores first while the allowance lasts."""

    def propose(self, request, score, seed):
        if not len(request.pool):
            return Batch((), ())
        scores = score(request.pool)
        return self.fill(request, self.rank(scores, seed), self.allowed(request, scores), scores)

    def rank(self, scores, seed):
        return np.argsort(-scores, axis=None, kind="stable")

    def allowed(self, request, scores):
        return request.available & (scores > -np.inf)

    def fill(self, request, ranking, allowed, scores):
        chosen, left = [], request.allowance
        for flat in ranking:
            place = np.unravel_index(flat, scores.shape)
            if len(chosen) < request.size and allowed[place] and request.costs[place] <= left:
                left -= request.costs[place]
                chosen.append((place, scores[place]))
        return self.batch(request, chosen)

    def batch(self, request, chosen):
        queries = [Query(request.pool[i], request.fidelities[j].name) for (i, j), _ in chosen]
        return Batch(tuple(queries), tuple(float(s) for _, s in chosen))


class Random(Greedy):
    """Correct too: draws the order."""

    def rank(self, scores, seed):
        return stream(seed, "order").permutation(scores.size)


class ReturnsList(Greedy):
    def propose(self, request, score, seed):
        return list(super().propose(request, score, seed).queries)


class OneTooMany(Greedy):
    def fill(self, request, ranking, allowed, scores):
        places = [np.unravel_index(k, scores.shape) for k in ranking]
        places = [p for p in places if allowed[p]][: request.size + 1]
        return self.batch(request, [(p, scores[p]) for p in places])


class Repeats(Greedy):
    def batch(self, request, chosen):
        return super().batch(request, [*chosen[:1], *chosen[:-1]] if chosen else [])


class AsksAgain(Greedy):
    def allowed(self, request, scores):
        return scores > -np.inf


class IgnoresForbidden(Greedy):
    def allowed(self, request, scores):
        return request.available

    def rank(self, scores, seed):
        return super().rank(scores, seed)[::-1]


class Overspends(Greedy):
    def fill(self, request, ranking, allowed, scores):
        places = [np.unravel_index(k, scores.shape) for k in ranking]
        places = [p for p in places if allowed[p]][: request.size]
        return self.batch(request, [(p, scores[p]) for p in places])


class OtherFidelity(Greedy):
    def batch(self, request, chosen):
        plain = super().batch(request, chosen)
        return Batch(tuple(Query(q.candidate, "dft") for q in plain.queries), plain.scores)


class StrikesOff(Greedy):
    def batch(self, request, chosen):
        for place, _ in chosen:
            request.available[place] = False
        return super().batch(request, chosen)


class RaisesWhenEmpty(Greedy):
    def propose(self, request, score, seed):
        score(request.pool)[np.argmax(score(request.pool), axis=0)]
        return super().propose(request, score, seed)


class AsksAnyway(Greedy):
    def allowed(self, request, scores):
        return super().allowed(request, scores) if request.available.any() else scores > -np.inf


class DrawsGlobally(Greedy):
    def rank(self, scores, seed):
        return np.random.default_rng(next(CLOCK)).permutation(scores.size)


class Remembers(Greedy):
    def __init__(self):
        self.calls = 0

    def rank(self, scores, seed):
        self.calls += 1
        return np.roll(super().rank(scores, seed), 13 * self.calls)


class FirstRows(Greedy):
    def rank(self, scores, seed):
        return np.arange(scores.size)


class Unpicklable(Greedy):
    def __init__(self):
        self.key = lambda x: x


@pytest.mark.parametrize("sampler", [Greedy, Random])
def test_correct_samplers_pass(sampler):
    check_sampler(sampler())


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (ReturnsList, r"propose returns a list.*Expected: a Batch"),
        (OneTooMany, r"propose returns 2 queries.*at most 1"),
        (Repeats, r"propose repeats a query within the batch"),
        (AsksAgain, r"propose repeats a query that was asked before.*request\.available"),
        (IgnoresForbidden, r"propose asks a query whose score is -inf"),
        (Overspends, r"propose spends \d+.*within the allowance of 12\.5"),
        (OtherFidelity, r"propose asks at fidelity 'dft'.*one of hint, measured"),
        (StrikesOff, r"propose mutates its input"),
        (RaisesWhenEmpty, r"propose raises ValueError.*the pool is empty.*Batch\(\(\), \(\)\)"),
        (AsksAnyway, r"propose asks \d+ queries although nothing is available"),
        (DrawsGlobally, r"propose is not deterministic by seed"),
        (Remembers, r"propose is not deterministic by seed.*keep no state"),
        (FirstRows, r"propose depends on the order of the pool"),
        (Unpicklable, r"cannot be pickled"),
    ],
)
def test_each_fault_is_named(sampler, message):
    with pytest.raises(ContractError, match=message):
        check_sampler(sampler())
