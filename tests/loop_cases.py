"""A campaign in memory that can be killed and resumed, oracles for it, and a proxy that is simple.

It lies beside the test folders because worker processes import it by name.
"""

import os
import time
from copy import deepcopy

import numpy as np

from discovery.errors import BudgetError, NotFittedError
from discovery.generation import Generation
from discovery.protocols import Request
from discovery.types import Belief, Bound, Candidate, Draft, Estimate, Fidelity, Query, Refusal

CHEAP, TARGET = Fidelity("sieve", 0.1), Fidelity("lab", 1.0, target=True)


def candidates(n):
    """Li-P-S-Cl compositions, all different."""
    return tuple(
        Candidate((("Li", 1.0 + i % 7), ("P", 1.0), ("S", 1.0 + i // 7), ("Cl", 1.0)))
        for i in range(n)
    )


def truth(candidate):
    share = candidate.fractions
    return -10 + 8 * share["Li"] + 4 * share["S"] - 6 * share["P"]


class Campaign:
    """CampaignState as a fold over its events."""

    def __init__(self, n=28, *, budget=12.0, seed=0, fidelities=(CHEAP, TARGET)):
        self.pool, self.fidelities = candidates(n), fidelities
        self.budget, self.seed = budget, seed
        self.batches, self.observations, self.forecasts = [], [], {}
        self.outlook, self.memory, self.stopped, self.submitted = {}, None, [], []

    @property
    def asked(self):
        return [query for batch in self.batches for query in batch]

    @property
    def pending(self):
        told = {o.query for o in self.observations}
        return tuple(query for query in self.asked if query not in told)

    @property
    def round(self):
        return len(self.batches)

    @property
    def spent(self):
        return round(sum(o.cost for o in self.observations), 9)

    @property
    def allowance(self):
        prices = {f.name: f.cost for f in self.fidelities}
        reserved = sum(prices[query.fidelity] for query in self.pending)
        return max(round(self.budget - self.spent - reserved, 9), 0.0)

    def request(self, size):
        asked = set(self.asked)
        return Request(
            pool=self.pool,
            fidelities=self.fidelities,
            costs=self.quote(self.pool),
            available=np.array(
                [[Query(c, f.name) not in asked for f in self.fidelities] for c in self.pool]
            ),
            allowance=self.allowance,
            size=size,
        )

    def quote(self, pool):
        return np.tile([f.cost for f in self.fidelities], (len(pool), 1))

    def ask(self, batch, forecasts, outlook, memory=None):
        prices = {f.name: f.cost for f in self.fidelities}
        if sum(prices[q.fidelity] for q in batch.queries) > self.allowance + 1e-9:
            raise BudgetError("the batch cannot be afforded")
        assert len(forecasts) == len(batch) > 0
        assert len(set(self.asked) | set(batch.queries)) == len(self.asked) + len(batch)
        self.batches.append(batch.queries)
        self.forecasts.update(zip(batch.queries, forecasts, strict=True))
        new = [q.candidate for q in batch.queries if q.candidate not in self.pool]
        self.pool = (*self.pool, *dict.fromkeys(new))
        self.outlook, self.memory = dict(outlook), memory or self.memory

    def submit(self, queries):
        self.submitted += queries
        return queries

    def tell(self, observation):
        assert observation.query in self.pending
        self.observations.append(observation)

    def stop(self, reason):
        self.stopped.append(reason)

    def read_again(self):
        """A campaign with the same events, as another process would read it."""
        return deepcopy(self)


class Answers:
    """Tells the truth with an offset; refuses, fails and bounds by composition."""

    version, property, unit = "1", "log10_sigma", "log10(S/cm)"

    def __init__(self, offset=0.0):
        self.offset = offset

    def label(self, candidates, _seed):
        return [self.one(candidate) for candidate in candidates]

    def one(self, candidate):
        lithium, sulfur = candidate.composition[0][1], candidate.composition[2][1]
        if (lithium, sulfur) == (3.0, 1.0):
            return Refusal("not this one")
        if (lithium, sulfur) == (4.0, 1.0):
            raise ValueError("no convergence")
        value = truth(candidate) + self.offset
        return Bound("left", -8.0) if value < -8.0 else Estimate(value)


class Deadly(Answers):
    """Takes its process with it at one candidate."""

    def one(self, candidate):
        if candidate.composition[0][1] == 2.0:
            os._exit(9)
        return super().one(candidate)


class Refusing(Answers):
    def one(self, _candidate):
        return Refusal("out of order")


class Slow(Answers):
    def one(self, _candidate):
        time.sleep(60)


class Tells(Answers):
    """The id of its process, as a detail."""

    def one(self, candidate):
        return Estimate(truth(candidate), details={"process": os.getpid()})


class Mute(Answers):
    """Cannot be sent to another process."""

    def __init__(self, offset=0.0):
        super().__init__(offset)
        self.lock = lambda: None


def oracles(fidelities=(CHEAP, TARGET), oracle=Answers):
    """Fidelity -> (name, oracle, cost function); the cost function is not picklable."""
    return {
        f.name: (f"{f.name} oracle", oracle(0.0 if f.target else 0.3), lambda _, f=f: f.cost)
        for f in fidelities
    }


class Linear:
    """Ridge regression of target values on atomic fractions."""

    def fit(self, observations, fidelities, _seed):
        self.fidelities = fidelities
        target = next(f.name for f in fidelities if f.target)
        known = [o for o in observations if o.query.fidelity == target and o.value is not None]
        if not known:
            raise NotFittedError("no value at the target fidelity yet")
        x = self.features([o.query.candidate for o in known])
        y = np.array([o.value for o in known])
        self.offset, self.seen = y.mean(), {o.query for o in observations if o.status == "ok"}
        self.inverse = np.linalg.inv(x.T @ x + 0.1 * np.eye(x.shape[1]))
        self.weights = self.inverse @ x.T @ (y - self.offset)

    def features(self, pool):
        return np.array([[c.fractions.get(e, 0.0) for e in ("Li", "P", "S", "Cl")] for c in pool])

    def predict(self, pool):
        x, m = self.features(pool), len(self.fidelities)
        mean = self.offset + x @ self.weights
        variance = 0.3 + np.einsum("ni,ij,nj->n", x, self.inverse, x)
        covariance = variance[:, None, None] * (0.8 + 0.2 * np.eye(m))
        column = next(i for i, f in enumerate(self.fidelities) if f.target)
        for i, f in enumerate(self.fidelities):
            for row, candidate in enumerate(pool):
                if i != column and Query(candidate, f.name) in self.seen:
                    covariance[row, i, column] = covariance[row, column, i] = 0.0
        return Belief(
            fidelities=tuple(f.name for f in self.fidelities),
            target=self.fidelities[column].name,
            mean=np.tile(mean[:, None], (1, m)),
            covariance=covariance,
            noise=np.full(m, 0.05),
        )


class Richer:
    """A generator: mixtures richer in lithium than any of the pool, and how often it was asked."""

    calls = 1000

    def __init__(self, column=None):
        self.column, self.memories = column, []

    def generate(self, count, score, seed, memory=None):
        self.memories.append(memory)
        turn = memory["turn"] + 1 if memory else 1
        made = [
            Candidate((("Li", 20.0 + turn), ("P", 1.0), ("S", 1.0 + i), ("Cl", 1.0)))
            for i in range(count)
        ]
        values = score(made).max(axis=1)
        drafts = tuple(Draft(made[i], self.column) for i in np.argsort(-values))
        return Generation(drafts, {"scored": len(made), "best": values.max()}, {"turn": turn})
