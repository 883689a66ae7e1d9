"""A small campaign with a journal, whose oracles answer from arithmetic."""

import math
import time
from contextlib import contextmanager

import numpy as np

from discovery.campaign import Campaign
from discovery.errors import NotFittedError
from discovery.evaluation import evaluate
from discovery.store import Journal
from discovery.types import (
    Batch,
    Belief,
    Candidate,
    Estimate,
    Fidelity,
    Forecast,
    Observation,
    Query,
    Refusal,
)

HINT, REAL = Fidelity("hint", 0.1), Fidelity("real", 1.0, target=True)
FIDELITIES = (HINT, REAL)
UNKNOWN = Forecast(None, None, 1.0, "to begin with")


def pool(count=12):
    return [
        Candidate((("Li", 1.0 + i), ("P", 1.0 + i % 3), ("S", 4.0 + i % 5)), name=f"sample {i}")
        for i in range(count)
    ]


@contextmanager
def opened(path, *, journal_name="test", **changes):
    """Open a campaign and release its journal at the end."""
    plan = {
        "name": "test",
        "seed": 3,
        "budget": 10.0,
        "fidelities": FIDELITIES,
        "pool": pool(),
        "config": {"proxy": {"name": "gp"}, "dataset": {"data_dir": "a"}},
    }
    with Journal.open(path, journal_name) as journal:
        yield Campaign.open(journal, **(plan | changes))


def ask(campaign, *queries):
    """Ask queries given as (row of the pool, name of the fidelity)."""
    asked = tuple(Query(campaign.pool[row], fidelity) for row, fidelity in queries)
    batch = Batch(asked, (1.0,) * len(asked))
    campaign.ask(batch, [UNKNOWN] * len(asked), {"upper": 0.5})
    return asked


def answer(query, value=None, status="ok", **fields):
    return Observation(query, status, "log10_sigma", "log10(S/cm)", value=value, **fields)


def truth(candidate):
    share = candidate.fractions
    return -9 + 6 * share["Li"] - 5 * (share["Li"] - 0.5) ** 2 + math.sin(40 * share["S"])


class ArithmeticOracle:
    """Answers by ``truth``, roughly where it is cheap; refuses some, crashes at others."""

    version, property, unit = "1", "log10_sigma", "log10(S/cm)"

    def __init__(self, fidelity, pause=0.0):
        self.fidelity, self.pause = fidelity, pause

    def cost(self, candidate):
        return self.fidelity.cost * (1 + round(candidate.fractions["Li"], 2))

    def label(self, candidates, seed):
        return [self._one(candidate, seed) for candidate in candidates]

    def _one(self, candidate, seed):
        time.sleep(self.pause)
        if candidate.id.startswith("0"):
            return Refusal("not for this one")
        if candidate.id.startswith("1"):
            raise RuntimeError("diverged")
        noise = np.random.default_rng(seed).normal(0, 0.02 if self.fidelity.target else 0.3)
        return Estimate(truth(candidate) + noise, 0.1)


class ArithmeticExecutor:
    """Answers all queries in order."""

    def __init__(self, pause=0.0):
        self.oracles = {fidelity.name: ArithmeticOracle(fidelity, pause) for fidelity in FIDELITIES}
        self.seed = 3

    def evaluate(self, queries):
        for query in queries:
            oracle = self.oracles[query.fidelity]
            cost = oracle.cost(query.candidate)
            yield evaluate(oracle, query.fidelity, query, cost=cost, seed=self.seed)

    def cost(self, candidate, fidelity):
        return self.oracles[fidelity].cost(candidate)


class LinearProxy:
    """Least squares of the value on the composition, the same at all fidelities."""

    def fit(self, observations, fidelities, seed):
        del seed
        known = [o for o in observations if o.value is not None]
        if len(known) < 4:
            raise NotFittedError("needs four values")
        self.fidelities = fidelities
        features = self._features([o.query.candidate for o in known])
        self.weights = np.linalg.lstsq(features, [o.value for o in known], rcond=None)[0]

    def predict(self, candidates):
        n, m = len(candidates), len(self.fidelities)
        mean = self._features(candidates) @ self.weights
        names = tuple(fidelity.name for fidelity in self.fidelities)
        target = next(f.name for f in self.fidelities if f.target)
        covariance = np.tile(np.full((m, m), 0.5) + 0.5 * np.eye(m), (n, 1, 1))
        return Belief(names, target, np.tile(mean[:, None], (1, m)), covariance, np.zeros(m))

    @staticmethod
    def _features(candidates):
        shares = [[c.fractions["Li"], c.fractions["S"], 1.0] for c in candidates]
        return np.array(shares)


class MeanPerCost:
    """Prefers high means, and the cheap fidelity in every other round."""

    def score(self, belief, context):
        cheap = context.round % 2 == 1
        columns = np.array([not fidelity.target for fidelity in context.fidelities])
        return np.where(columns == cheap, belief.mean, -np.inf)


class Never:
    """A stopping rule that goes on until nothing can be asked."""

    def reason(self, campaign):
        del campaign


def trace(record):
    """All of a campaign that has to be the same after a crash: everything but times."""
    entries = [
        (
            entry.query.id,
            entry.round,
            entry.reserved,
            entry.forecast,
            entry.actual,
            entry.spent,
            None if entry.observation is None else _answer(entry.observation),
        )
        for entry in record.entries
    ]
    ledger = record.ledger
    told = [_answer(observation) for observation in record.observations]
    return entries, told, ledger.spent, ledger.reserved, ledger.accounts, record.stops[-1][1]


def _answer(observation):
    o = observation
    return (o.query.id, o.status, o.value, o.bound, o.standard_error, o.reason, o.cost, o.seed)
