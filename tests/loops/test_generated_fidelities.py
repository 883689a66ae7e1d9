"""A policy that proposes pairs of crystal and oracle, in a campaign."""

import numpy as np
import pytest
from loop_cases import CHEAP, TARGET, Answers, Campaign, Linear, oracles

from discovery.generation import Generation
from discovery.store.states import pack, unpack
from discovery.types import Estimate
from loops.executors.inline import InlineExecutor
from loops.generative import GenerativeLoop
from loops.stopping.budget import BudgetSpent
from loops.stopping.progress import MaxRounds
from samplers.acquisition.cost_weighted import CostWeightedImprovement
from samplers.generators.gflownet import GFlowNetGenerator
from samplers.greedy import GreedySampler
from samplers.limits import Limits

LIMITS = Limits(
    elements=("Li", "P", "S", "Cl"), distinct=(2, 4), atoms=(2, 30), most=20, space_groups=(1, 216)
)
COLUMN = {"sieve": 0, "lab": 1}


class Sulphur(Answers):
    """The more sulphur the better."""

    def one(self, candidate):
        return Estimate(10 * candidate.fractions.get("S", 0.0) + self.offset)


class Believed(Linear):
    """How much a cheap answer is believed to tell of the target."""

    def __init__(self, correlation):
        self.correlation = correlation

    def predict(self, pool):
        belief = super().predict(pool)
        variance = belief.covariance[:, 1, 1]
        known = belief.covariance[:, 0, 1] == 0
        belief.covariance[:, 0, 1] = belief.covariance[:, 1, 0] = np.where(
            known, 0.0, self.correlation * variance
        )
        belief.covariance[:, 0, 0] = variance
        return belief


class Watched(GFlowNetGenerator):
    """Tells what it drafted and what it was given to remember."""

    def __init__(self, **options):
        super().__init__(**options)
        self.drafts, self.memories = {}, []

    def generate(self, count, score, seed, memory=None):
        made = super().generate(count, score, seed, memory)
        self.memories.append(memory)
        for draft in made.drafts:
            self.drafts.setdefault(draft.candidate, []).append(draft.column)
        return Generation(made.drafts, made.notes, made.memory)


def loop_of(generator, correlation=0.9, rounds=4):
    return GenerativeLoop(
        proxy=Believed(correlation),
        acquisition=CostWeightedImprovement(),
        sampler=GreedySampler(),
        stopping=BudgetSpent() | MaxRounds(rounds=rounds),
        generator=generator,
        batch_size=6,
        initial={"target": 3, "sieve": 6},
        crystals=12,
    )


def generator(**options):
    given = {"calls": 200, "limits": LIMITS, "batch": 30, "hidden": 16, "rate": 2e-2, "warm": 5}
    known = Campaign(28).pool
    return Watched(**{**given, "fidelities": 2, "betas": (2.0, 2.0), "known": known, **options})


def executor():
    return InlineExecutor(oracles=oracles((CHEAP, TARGET), Sulphur), seed=0)


@pytest.fixture(scope="module")
def told():
    """A campaign in which a cheap answer tells nearly as much as a dear one."""
    watched, campaign = generator(), Campaign(28, budget=20.0)
    loop_of(watched, rounds=5).run(campaign, executor())
    return watched, campaign


def generated(campaign):
    known = set(Campaign(28).pool)
    return [query for query in campaign.asked if query.candidate not in known]


def test_each_crystal_is_asked_first_of_the_oracle_that_it_was_drafted_with(told):
    watched, campaign = told
    first = {}
    for query in generated(campaign):
        first.setdefault(query.candidate, query.fidelity)
    assert len(first) > 10
    for candidate, fidelity in first.items():
        assert COLUMN[fidelity] in watched.drafts[candidate]


def test_the_cheaper_oracle_is_drafted_where_it_tells_as_much(told):
    columns = [column for drafted in told[0].drafts.values() for column in drafted]
    assert set(columns) <= {0, 1}
    assert np.mean(columns) < 0.1


@pytest.mark.slow
def test_the_dear_oracle_is_drafted_where_the_cheap_one_tells_nothing():
    watched, campaign = generator(), Campaign(28, budget=20.0)
    loop_of(watched, correlation=0.005).run(campaign, executor())
    columns = [column for drafted in watched.drafts.values() for column in drafted]
    assert np.mean(columns) > 0.9
    assert {query.fidelity for query in generated(campaign)} == {"lab"}


@pytest.mark.slow
def test_both_oracles_are_asked_where_they_tell_as_much_for_the_money():
    """A tenth of the cost for a tenth of the correlation."""
    watched, campaign = generator(), Campaign(28, budget=20.0)
    loop_of(watched, correlation=CHEAP.cost / TARGET.cost).run(campaign, executor())
    columns = [column for drafted in watched.drafts.values() for column in drafted]
    assert 0.1 < np.mean(columns) < 0.9
    assert {query.fidelity for query in generated(campaign)} == {"sieve", "lab"}


def test_the_policy_stays_warm_between_rounds(told):
    watched, _ = told
    assert watched.memories[0] is None
    assert all(memory is not None for memory in watched.memories[1:])
    steps = [memory["policy"]["steps"] for memory in watched.memories[1:]]
    assert steps == sorted(set(steps))


def test_a_campaign_that_is_killed_after_every_batch_ends_byte_by_byte_the_same(told):
    _, whole = told
    cut = Campaign(28, budget=20.0)
    while len(cut.batches) < len(whole.batches):
        again = cut.read_again()
        again.memory = None if again.memory is None else unpack(pack(again.memory))
        loop_of(generator(), rounds=5).ask(again)
        for observation in executor().evaluate(again.pending):
            again.tell(observation)
        cut = again
    assert cut.batches == whole.batches
    assert cut.outlook == whole.outlook
    assert pack(cut.memory) == pack(whole.memory)
