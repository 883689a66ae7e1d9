"""What the loop tells an acquisition function and a sampler, and what it notes of them."""

import numpy as np
import pytest
from loop_cases import Campaign, Linear, truth

from discovery.types import Fidelity, Observation, Query
from loops.sequential import SequentialLoop
from loops.stopping.budget import BudgetSpent
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.guard import Guarded
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.greedy import GreedySampler


class Listening(UpperConfidenceBound):
    """Remembers the contexts that it was given."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def score(self, belief, context):
        self.heard.append(context)
        return super().score(belief, context)


class Rescoring(GreedySampler):
    """Remembers the requests that it was given."""

    def __init__(self):
        self.requests = []

    def propose(self, request, score, seed):
        self.requests.append(request)
        return super().propose(request, score, seed)


def begun(*, answered, **parts):
    """A campaign after its initial design, of which some answers are still under way."""
    loop = SequentialLoop(
        **{
            "proxy": Linear(),
            "acquisition": Listening(),
            "sampler": GreedySampler(),
            "stopping": BudgetSpent(),
            "batch_size": 3,
            "initial": {"target": 4, "sieve": 6},
            **parts,
        }
    )
    campaign = Campaign()
    loop.ask(campaign)
    for query in campaign.pending[:answered]:
        value = truth(query.candidate)
        campaign.tell(Observation(query, "ok", "log10_sigma", "log10(S/cm)", value=value, cost=0.1))
    return loop, campaign


def test_what_is_under_way_is_told_and_what_was_asked_is_not_available():
    acquisition = Listening()
    loop, campaign = begun(acquisition=acquisition, answered=7)
    under_way = campaign.pending
    assert len(under_way) == 3
    loop.ask(campaign)
    context = acquisition.heard[0]
    names = [fidelity.name for fidelity in campaign.fidelities]
    told = [Query(campaign.pool[row], names[column]) for row, column in context.pending]
    assert told == list(under_way)
    assert (~context.available).sum() == 10


def test_a_sampler_may_ask_for_the_scores_once_queries_are_believed():
    sampler = Rescoring()
    loop, campaign = begun(sampler=sampler, answered=10)
    loop.ask(campaign)
    drawn, judged = sampler.requests[0], sampler.requests[-1]
    assert drawn.rescored is None
    before = judged.rescored(())
    query = Query(campaign.pool[5], "lab")
    after = judged.rescored([query])
    assert np.isfinite(before[:, 1]).all()
    assert after[5, 1] < before[5, 1]


def test_a_lie_is_the_least_mean_or_best_value_of_the_target():
    acquisition, sampler = Listening(), Rescoring()
    loop, campaign = begun(acquisition=acquisition, sampler=sampler, answered=10)
    loop.ask(campaign)
    values = [o.value for o in campaign.observations if o.query.fidelity == "lab"]
    assert len(values) == 4
    query = Query(campaign.pool[5], "lab")
    for lie, told in (("min", min(values)), ("mean", sum(values) / 4), ("max", max(values))):
        scores = sampler.requests[-1].lied([query], lie)
        assert acquisition.heard[-1].lie == pytest.approx(told)
        assert scores[5, 1] < sampler.requests[-1].rescored(())[5, 1]


def test_the_guard_says_why_in_the_outlook_and_in_the_forecasts():
    guard = Guarded(acquisition=MultiFidelity(), fallback=UpperConfidenceBound())
    loop, campaign = begun(acquisition=guard, answered=10)
    batch = loop.ask(campaign)
    notes = campaign.outlook
    told = {"pays", "advantage", "pairs", "share_low", "share_high"}
    assert {"best", "upper", *(f"guard.sieve.{name}" for name in told)} <= set(notes)
    reasons = [campaign.forecasts[query].reason for query in batch.queries]
    pairs = f"% by {notes['guard.sieve.pairs']:.0f} pairs)"
    assert all("; 'sieve' " in reason and pairs in reason for reason in reasons)
    pays = bool(notes["guard.sieve.pays"])
    assert all(("'sieve' pays: " in reason) == pays for reason in reasons)


def test_the_initial_design_leaves_out_what_cannot_pay_its_price():
    cheap, dear = Fidelity("sieve", 0.1), Fidelity("sieve", 0.5)
    lab = Fidelity("lab", 1.0, target=True)
    guard = Guarded(acquisition=MultiFidelity(), fallback=UpperConfidenceBound())
    for fidelity, asked in ((cheap, {"sieve", "lab"}), (dear, {"lab"})):
        campaign = Campaign(fidelities=(fidelity, lab))
        loop = SequentialLoop(
            proxy=Linear(),
            acquisition=guard,
            sampler=GreedySampler(),
            stopping=BudgetSpent(),
            initial={"target": 4, "sieve": 6},
        )
        assert {query.fidelity for query in loop.ask(campaign).queries} == asked
