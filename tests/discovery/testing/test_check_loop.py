import itertools

import numpy as np
import pytest

from discovery.errors import ContractError
from discovery.rng import stream
from discovery.testing import check_executor, check_loop, check_stopping
from discovery.testing.toys import CHEAP, FIDELITIES, TARGET, ToyCampaign, ToyExecutor, observe
from discovery.types import Batch, Forecast, Query

CLOCK = itertools.count()


class Shuffle:
    """A correct loop without a proxy: random affordable queries, two at a time."""

    def ask(self, campaign):
        request = campaign.request(2)
        batch = self.choose(request, stream(campaign.seed, "loop", campaign.round))
        if batch.queries:
            campaign.ask(batch, [Forecast(None, None, 0.0, "random")] * len(batch), {})
        return batch

    def choose(self, request, rng):
        left, queries = self.allowance(request), []
        for place in rng.permutation(np.argwhere(self.available(request))):
            cost = request.costs[tuple(place)]
            if cost <= left and len(queries) < request.size:
                left -= cost
                row, column = place
                queries.append(Query(request.pool[row], request.fidelities[column].name))
        return Batch(tuple(queries), (0.0,) * len(queries))

    def allowance(self, request):
        return request.allowance

    def available(self, request):
        return request.available

    def run(self, campaign, executor):
        while (batch := self.ask(campaign)).queries:
            answers = list(executor.evaluate(batch.queries))
            for observation in answers:
                campaign.tell(observation)
            if not answers:
                return self.end(campaign, "waiting for answers")
        return self.end(campaign, "nothing left to ask")

    def end(self, campaign, reason):
        campaign.stop(reason)
        return reason


class IgnoresBudget(Shuffle):
    def allowance(self, request):
        return 1e6


class AsksAgain(Shuffle):
    def available(self, request):
        return request.available | True


class EndsSilently(Shuffle):
    def end(self, campaign, reason):
        return reason


class Waits(Shuffle):
    def run(self, campaign, executor):
        while True:
            for observation in executor.evaluate(self.ask(campaign).queries):
                campaign.tell(observation)
            if campaign.request(1).allowance < 1 and not campaign.pending:
                return self.end(campaign, "nothing left to spend")


class NeedsObservations(Shuffle):
    def ask(self, campaign):
        return super().ask(campaign) if campaign.observations else Batch((), ())


class CountsOnValues(Shuffle):
    def ask(self, campaign):
        sum(o.value or o.bound.value for o in campaign.observations)
        return super().ask(campaign)


class DrawsGlobally(Shuffle):
    def choose(self, request, rng):
        return super().choose(request, np.random.default_rng(next(CLOCK)))


class RunsAnotherWay(Shuffle):
    def run(self, campaign, executor):
        self.running = True
        try:
            return super().run(campaign, executor)
        finally:
            self.running = False

    def available(self, request):
        if getattr(self, "running", False):
            return request.available & np.array([True, False])
        return request.available


class Never:
    def reason(self, campaign):
        return None

    def __and__(self, other):
        return All(self, other)

    def __or__(self, other):
        return Any(self, other)


class All(Never):
    def __init__(self, *rules):
        self.rules = rules

    def reason(self, campaign):
        reasons = [rule.reason(campaign) for rule in self.rules]
        return " and ".join(reasons) if all(reasons) else None


class Any(All):
    def reason(self, campaign):
        return next(filter(None, (rule.reason(campaign) for rule in self.rules)), None)


class AfterThree(Never):
    def reason(self, campaign):
        return "three told" if len(campaign.observations) >= 3 else None


class Impatient(Never):
    def __init__(self):
        self.asked = 0

    def reason(self, campaign):
        self.asked += 1
        return "asked often" if self.asked > 1 else None


class SaysTrue(Never):
    def reason(self, campaign):
        return True


class TakesTheLast(Never):
    def reason(self, campaign):
        return None if campaign.observations[-1].value else "nothing"


class Tidies(Never):
    def reason(self, campaign):
        campaign.observations[:] = campaign.observations[:1]


class Lonely:
    def reason(self, campaign):
        return None


class OrMeansAnd(AfterThree):
    def __or__(self, other):
        return Never()


class Shuffles(ToyExecutor):
    def evaluate(self, queries):
        yield from reversed(list(super().evaluate(queries)))


class Forgets(ToyExecutor):
    def evaluate(self, queries):
        yield from list(super().evaluate(queries))[:-1]


class AnswersForTheLaboratory(ToyExecutor):
    def evaluate(self, queries):
        yield from ToyExecutor().evaluate(queries)


class Dies(ToyExecutor):
    def evaluate(self, queries):
        yield from super().evaluate(queries)
        raise ConnectionError("worker lost")


class Varies(ToyExecutor):
    def evaluate(self, queries):
        fidelity = FIDELITIES[1]
        for query in queries:
            if query.fidelity == TARGET.name:
                yield observe(query.candidate, fidelity, "ok" if next(CLOCK) % 2 else "failed")


def test_a_correct_loop_passes():
    check_loop(Shuffle())


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        (IgnoresBudget, r"run overspends: a batch of cost .* left.*campaign\.request"),
        (AsksAgain, r"run raises InvalidInputError: .* is asked twice"),
        (EndsSilently, r"run returns 'nothing left to ask' and journals ''"),
        (Waits, r"run does not end.*stop at an empty batch"),
        (NeedsObservations, r"run asks nothing.*a first batch that needs no observation"),
        (CountsOnValues, r"run raises AttributeError"),
        (DrawsGlobally, r"run asks otherwise in a second campaign with the same seed"),
        (RunsAnotherWay, r"ask agrees with run on \d+ of \d+ queries only.*let run call ask"),
    ],
)
def test_each_fault_of_a_loop_is_named(loop, message):
    with pytest.raises(ContractError, match=message):
        check_loop(loop())


@pytest.mark.parametrize("rule", [Never, AfterThree])
def test_correct_stopping_rules_pass(rule):
    check_stopping(rule())


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Impatient, r"reason changes its mind when asked again"),
        (SaysTrue, r"reason returns True.*None to go on"),
        (TakesTheLast, r"reason raises IndexError.*0 observations"),
        (Tidies, r"reason mutates its input"),
        (Lonely, r"__and__ raises TypeError"),
        (OrMeansAnd, r"reason of rule \| rule differs from the rule itself"),
    ],
)
def test_each_fault_of_a_stopping_rule_is_named(rule, message):
    with pytest.raises(ContractError, match=message):
        check_stopping(rule())


def toy_queries():
    pool = ToyCampaign(1.0).pool[:6]
    return [Query(c, TARGET.name) for c in pool], [Query(pool[0], CHEAP.name)]


def test_a_correct_executor_passes():
    queries, silent = toy_queries()
    check_executor(ToyExecutor(silent=CHEAP.name), queries, silent)


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        (Shuffles, r"evaluate answers in another order"),
        (Forgets, r"evaluate yields 5 observations for 6 queries"),
        (AnswersForTheLaboratory, r"evaluate answers queries that have no oracle"),
        (Dies, r"evaluate raises ConnectionError: worker lost"),
        (Varies, r"evaluate is not deterministic"),
    ],
)
def test_each_fault_of_an_executor_is_named(executor, message):
    queries, silent = toy_queries()
    if executor is Varies:
        queries = queries[:5]
    with pytest.raises(ContractError, match=message):
        check_executor(executor(silent=CHEAP.name), queries, silent)


def test_the_toy_executor_refuses_and_fails_at_some_candidates():
    pool = ToyCampaign(1.0).pool
    told = ToyExecutor().evaluate([Query(c, TARGET.name) for c in pool])
    assert {observation.status for observation in told} == {"ok", "refused", "failed"}


def test_the_toy_campaign_settles_a_repeated_answer_once():
    campaign = ToyCampaign(20.0)
    query = Query(campaign.pool[0], TARGET.name)
    campaign.ask(Batch((query,), (0.0,)), [Forecast(None, None, 0.0, "")], {})
    for _ in range(2):
        campaign.tell(observe(query.candidate, TARGET))
    assert (campaign.spent, campaign.pending, len(campaign.observations)) == (10.0, (), 1)
