import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_cases import CHEAP, TARGET, Campaign, Linear, Refusing, oracles, truth

from discovery.errors import InvalidInputError, UnknownNameError
from discovery.types import Batch, Observation, Query
from loops.executors.inline import InlineExecutor
from loops.sequential import NOTHING_LEFT, SequentialLoop
from loops.stopping.budget import BudgetSpent
from loops.stopping.progress import MaxRounds, TargetFound
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.diverse import DiverseSampler
from samplers.greedy import GreedySampler
from samplers.uniform import RandomSampler


def loop_of(**options):
    parts = {
        "proxy": Linear(),
        "acquisition": MultiFidelity(),
        "sampler": GreedySampler(),
        "stopping": BudgetSpent(),
        "batch_size": 3,
        "initial": {"target": 3, "sieve": 6},
    }
    return SequentialLoop(**{**parts, **options})


def executor_of(*fidelities, **options):
    return InlineExecutor(oracles=oracles(fidelities or (CHEAP, TARGET), **options), seed=0)


class Interrupted:
    """An executor that is interrupted after some observations."""

    def __init__(self, after):
        self.inner, self.left = executor_of(), after

    def evaluate(self, queries):
        for observation in self.inner.evaluate(queries):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            yield observation


def single(**options):
    return loop_of(**{"acquisition": LogExpectedImprovement(), "initial": 3, **options})


def test_it_runs_until_the_budget_is_spent_and_journals_why():
    campaign = Campaign()
    reason = loop_of().run(campaign, executor_of())
    assert campaign.stopped == [reason]
    assert reason.startswith("the budget is spent: ")
    assert campaign.spent <= campaign.budget
    assert not campaign.pending
    assert {q.fidelity for q in campaign.asked} == {"sieve", "lab"}


def test_it_finds_the_best_sooner_than_chance():
    def best_of(sampler, seed):
        campaign = Campaign(42, budget=8.0, seed=seed)
        single(sampler=sampler).run(campaign, executor_of())
        return max(truth(o.query.candidate) for o in campaign.observations if o.status == "ok")

    top = max(truth(c) for c in Campaign(42).pool)
    regret = {
        type(sampler).__name__: sum(top - best_of(sampler, seed) for seed in range(8))
        for sampler in (GreedySampler(), DiverseSampler(), RandomSampler())
    }
    assert regret["GreedySampler"] < 0.5 * regret["RandomSampler"], regret
    assert regret["DiverseSampler"] < 0.5 * regret["RandomSampler"], regret


def test_the_initial_design_is_asked_at_once_and_nested():
    campaign = Campaign()
    batch = loop_of(sampler=RandomSampler()).ask(campaign)
    by_fidelity = {
        name: {q.candidate for q in batch.queries if q.fidelity == name}
        for name in ("lab", "sieve")
    }
    assert len(by_fidelity["lab"]) == 3
    assert len(by_fidelity["sieve"]) == 6
    assert by_fidelity["lab"] < by_fidelity["sieve"]
    assert campaign.outlook == {}
    (forecast, *_) = campaign.forecasts.values()
    assert (forecast.mean, forecast.std) == (None, None)
    assert forecast.reason == "drawn at random for the initial design"


def test_an_initial_design_that_cannot_be_paid_is_asked_as_far_as_it_can():
    campaign = Campaign(budget=2.3)
    loop_of(initial={"sieve": 2, "lab": 5}).run(campaign, executor_of())
    assert [q.fidelity for q in campaign.batches[0]] == ["sieve", "sieve", "lab", "lab"]


def test_an_initial_design_larger_than_the_pool_is_the_whole_pool():
    campaign = Campaign(4, budget=100.0)
    reason = single(initial=50).run(campaign, executor_of())
    assert reason == "every query at 'lab' has been asked"
    assert len(campaign.batches) == 1


def test_a_fidelity_that_the_campaign_lacks_is_named():
    with pytest.raises(UnknownNameError, match="initial design 'sive'; did you mean 'sieve'"):
        loop_of(initial={"sive": 3}).ask(Campaign())


@pytest.mark.parametrize("sampler", [GreedySampler(), DiverseSampler(), RandomSampler()])
def test_initial_designs_differ_between_seeds(sampler):
    batches = {single(sampler=sampler).ask(Campaign(seed=seed)).queries for seed in range(5)}
    assert len(batches) == 5


def test_each_query_has_a_sentence_on_why_it_was_asked():
    campaign = Campaign()
    loop_of().run(campaign, executor_of())
    query = campaign.batches[2][0]
    forecast = campaign.forecasts[query]
    cost = "0.1" if query.fidelity == "sieve" else "1"
    assert forecast.reason.startswith(f"predicted log10_sigma {forecast.mean:.2f} ± ")
    assert "(best so far -" in forecast.reason
    assert forecast.reason.endswith(f"asked at {query.fidelity!r} for {cost}")
    assert "its score ranks 1 of " in forecast.reason


def test_a_forecast_is_of_the_measurement_and_its_noise_is_in_it():
    class Noisy(Linear):
        def predict(self, candidates):
            return replace(super().predict(candidates), noise=np.array([0.0, 9.0]))

    quiet, noisy = Campaign(), Campaign()
    for campaign, proxy in ((quiet, Linear()), (noisy, Noisy())):
        single(proxy=proxy, stopping=MaxRounds(rounds=3)).run(campaign, executor_of())
    for query in quiet.batches[2]:
        less, more = quiet.forecasts[query], noisy.forecasts[query]
        assert more.std**2 - less.std**2 == pytest.approx(9.0 - 0.05)
        assert more.mean == less.mean


def test_the_outlook_is_what_may_be_left_in_the_pool():
    campaign = Campaign()
    loop = single()
    loop.run(campaign, executor_of())
    before = Campaign()
    while before.round + 1 < campaign.round:
        loop.ask(before)
        for observation in executor_of().evaluate(before.pending):
            before.tell(observation)
    proxy = Linear()
    proxy.fit(before.observations, before.fidelities, 0)
    open_candidates = [c for c in before.pool if Query(c, "lab") not in before.asked]
    belief = proxy.predict(open_candidates)
    upper = (belief.target_mean + 2 * belief.target_std).max()
    assert campaign.outlook["upper"] == pytest.approx(upper)
    assert campaign.outlook["expected"] == pytest.approx(belief.target_mean.max())
    known = [o.value for o in before.observations if o.value is not None]
    assert campaign.outlook["best"] == max(known)


def test_a_refusal_is_no_part_of_the_initial_design():
    campaign = Campaign(budget=8.0)
    reason = single().run(campaign, executor_of(oracle=Refusing))
    assert reason == "every query at 'lab' has been asked"  # refusals are free
    assert campaign.spent == 0
    assert {f.reason for f in campaign.forecasts.values()} == {
        "drawn at random for the initial design"
    }


def test_random_exploration_goes_on_while_the_proxy_has_nothing_to_learn_from():
    campaign = Campaign(budget=8.0)
    single(initial=0).run(campaign, executor_of(oracle=Refusing))
    assert {f.reason for f in campaign.forecasts.values()} == {
        "drawn at random: no value at the target fidelity yet"
    }


def test_ask_proposes_nothing_once_a_rule_says_that_it_is_enough():
    campaign = Campaign()
    loop = single()
    loop.run(campaign, executor_of())
    assert campaign.stopped
    assert len(loop.ask(campaign)) == 0


def test_it_waits_for_answers_from_outside_and_goes_on_when_they_are_told():
    campaign = Campaign()
    events = []
    loop = loop_of()
    loop.observers.append(lambda event, _: events.append(event))
    assert loop.run(campaign, executor_of(CHEAP)) == "waiting for 3 results"
    assert campaign.stopped == []
    assert events == ["asked", *["told"] * 6, "waiting"]
    assert {q.fidelity for q in campaign.pending} == {"lab"}
    assert loop.run(campaign, executor_of(CHEAP)) == "waiting for 3 results"
    assert campaign.round == 1
    for observation in list(executor_of(TARGET).evaluate(campaign.pending))[1:]:
        campaign.tell(observation)
    assert loop.run(campaign, executor_of(CHEAP)) == "waiting for 1 result"
    for observation in executor_of(TARGET).evaluate(campaign.pending):
        campaign.tell(observation)
    assert loop.run(campaign, executor_of()).startswith("the budget is spent")
    assert events[-1] == "stopped"


@pytest.mark.parametrize("after", range(0, 40, 3))
@pytest.mark.parametrize("make", [loop_of, single])
def test_an_interrupted_campaign_asks_what_the_uninterrupted_one_asked(make, after):
    whole = Campaign(budget=7.0)
    reason = make().run(whole, executor_of())
    campaign = Campaign(budget=7.0)
    try:
        make().run(campaign, Interrupted(after))
    except KeyboardInterrupt:
        assert len(campaign.observations) == after
    resumed = campaign.read_again()
    assert make().run(resumed, executor_of()) == reason
    assert resumed.batches == whole.batches
    assert resumed.spent == whole.spent
    assert [o.value for o in resumed.observations] == [o.value for o in whole.observations]
    assert resumed.forecasts == whole.forecasts
    assert resumed.outlook == whole.outlook


def test_a_rule_that_fires_in_the_middle_of_a_batch_lets_it_finish():
    def run(executor):
        campaign = Campaign(budget=9.0)
        rule = BudgetSpent() | TargetFound(value=-8.0)
        try:
            single(stopping=rule).run(campaign, executor)
        except KeyboardInterrupt:
            campaign = campaign.read_again()
            single(stopping=rule).run(campaign, executor_of())
        return campaign

    whole = run(executor_of())
    assert whole.stopped[0].endswith("-8")
    for after in range(1, len(whole.observations)):
        assert run(Interrupted(after)).batches == whole.batches


def test_run_is_ask_evaluate_and_tell():
    whole, by_hand = Campaign(), Campaign()
    loop_of().run(whole, executor_of())
    while loop_of().ask(by_hand).queries and by_hand.round <= whole.round:
        if by_hand.round == whole.round:
            break
        for observation in executor_of().evaluate(by_hand.pending):
            by_hand.tell(observation)
    assert by_hand.batches == whole.batches


def test_a_round_costs_no_more_than_its_cap_or_one_query():
    campaign = Campaign(budget=10.0)
    loop_of(batch_size=100, batch_cost=2.0).run(campaign, executor_of())
    prices = {f.name: f.cost for f in campaign.fidelities}
    costs = [sum(prices[q.fidelity] for q in batch) for batch in campaign.batches[1:]]
    assert max(costs) <= 2.0 + 1e-9
    assert max(len(batch) for batch in campaign.batches[1:]) > 3
    low = Campaign(budget=6.0)
    single(batch_cost=0.01).run(low, executor_of())
    assert [len(batch) for batch in low.batches[1:]] == [1] * (len(low.batches) - 1)


def test_the_last_of_the_budget_goes_to_the_target_and_not_to_hints():
    for budget in (5.0, 5.5, 6.3, 7.05):
        campaign = Campaign(budget=budget)
        loop_of().run(campaign, executor_of())
        assert campaign.asked[-1].fidelity == "lab"


def test_it_ends_when_nothing_is_worth_asking():
    class Nothing:
        def propose(self, _request, _score, _seed):
            return Batch((), ())

    campaign = Campaign()
    assert loop_of(sampler=Nothing()).run(campaign, executor_of()) == NOTHING_LEFT
    assert campaign.stopped == [NOTHING_LEFT]
    assert loop_of(sampler=Nothing()).ask(campaign) == Batch((), ())


def test_candidates_beyond_the_pool_are_judged_like_those_in_it():
    known = Campaign(28)
    newcomers = Campaign(35).pool[28:]

    class Inventive(GreedySampler):
        def propose(self, request, score, seed):
            if math.isinf(score(request.pool).min()):
                return super().propose(request, score, seed)
            (best, *_) = scores = score(newcomers)[:, 1]
            assert len(scores) == 7
            return Batch((Query(newcomers[0], "lab"),), (float(best),))

    loop = single(sampler=Inventive(), acquisition=BothColumns(), stopping=MaxRounds(rounds=3))
    loop.run(known, executor_of())
    forecast = known.forecasts[Query(newcomers[0], "lab")]
    proxy = Linear()
    proxy.fit(known.observations[:-1], known.fidelities, 0)
    assert forecast.mean == pytest.approx(proxy.predict(newcomers[:1]).target_mean[0])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (lambda mean: mean * math.nan, "scored 56 of 56 queries with nan"),
        (lambda mean: mean * 0 + math.inf, "Scoring scored 56 of 56 queries with inf; a score"),
        (lambda mean: mean[:, 0], r"returned scores of shape \(28,\), not \(28, 2\)"),
    ],
)
def test_scores_that_are_no_numbers_are_an_error_of_the_acquisition_function(scores, message):
    class Scoring:
        def score(self, belief, _context):
            return scores(belief.mean)

    with pytest.raises(InvalidInputError, match=message):
        loop_of(acquisition=Scoring()).run(Campaign(), executor_of())


class BothColumns:
    def score(self, belief, _context):
        return belief.mean


@given(
    budget=st.floats(0.05, 20),
    size=st.integers(1, 9),
    seed=st.integers(0, 50),
    initial=st.fixed_dictionaries({"target": st.integers(0, 5), "sieve": st.integers(0, 9)}),
    cap=st.one_of(st.none(), st.floats(0.05, 5)),
)
@settings(max_examples=25, deadline=None)
def test_no_campaign_overspends_repeats_or_hangs(budget, size, seed, initial, cap):
    campaign = Campaign(21, budget=budget, seed=seed)  # refuses double and unpaid queries itself
    loop = loop_of(batch_size=size, batch_cost=cap, initial=initial)
    assert campaign.stopped == [loop.run(campaign, executor_of())]
    assert campaign.spent <= budget + 1e-9
    assert all(isinstance(o, Observation) for o in campaign.observations)
