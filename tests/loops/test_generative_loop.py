import pytest
from loop_cases import CHEAP, TARGET, Campaign, Linear, Richer, oracles

from discovery.errors import InvalidInputError
from discovery.types import Query
from loops.executors.inline import InlineExecutor
from loops.generative import GenerativeLoop
from loops.stopping.budget import BudgetSpent
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.greedy import GreedySampler


def loop_of(generator, **options):
    parts = {
        "proxy": Linear(),
        "acquisition": MultiFidelity(),
        "sampler": GreedySampler(),
        "stopping": BudgetSpent(),
        "batch_size": 3,
        "initial": {"target": 3, "sieve": 6},
        "crystals": 5,
    }
    return GenerativeLoop(generator=generator, **{**parts, **options})


def executor():
    return InlineExecutor(oracles=oracles((CHEAP, TARGET)), seed=0)


def run(generator=None, **options):
    campaign = Campaign(28)
    loop_of(generator or Richer(), **options).run(campaign, executor())
    return campaign


def test_the_initial_design_comes_from_the_pool_and_the_rest_competes_with_it():
    known = set(Campaign(28).pool)
    generator = Richer()
    campaign = run(generator)
    assert {q.candidate for batch in campaign.batches[:1] for q in batch} <= known
    assert 0 < len(generator.memories) < len(campaign.batches)
    made = [q for q in campaign.asked if q.candidate not in known]
    assert made  # richer in lithium, hence better
    assert campaign.spent <= campaign.budget


def test_a_generator_that_cannot_work_is_told_before_anything_is_bought():
    class Unable(Richer):
        def prepare(self, fidelities):
            raise InvalidInputError(f"not for {fidelities} fidelities")

    campaign = Campaign(28)
    with pytest.raises(InvalidInputError, match="not for 2 fidelities"):
        loop_of(Unable()).run(campaign, executor())
    assert not campaign.asked


def test_a_crystal_with_a_cheap_answer_is_in_the_pool_of_the_next_round():
    campaign = run()
    assert campaign.pool[:28] == Campaign(28).pool
    assert set(campaign.pool[28:]) == {q.candidate for q in campaign.asked} - set(Campaign(28).pool)
    twice = [
        query.candidate
        for query in campaign.asked
        if query.fidelity == "sieve" and Query(query.candidate, "lab") in campaign.asked
    ]
    assert set(twice) & set(campaign.pool[28:])


@pytest.mark.parametrize(("column", "fidelity"), [(0, "sieve"), (1, "lab")])
def test_a_draft_that_names_its_fidelity_is_asked_at_that_one_first(column, fidelity):
    known, campaign = set(Campaign(28).pool), run(Richer(column))
    first = {}
    for query in campaign.asked:
        if query.candidate not in known:
            first.setdefault(query.candidate, query.fidelity)
    assert first
    assert set(first.values()) == {fidelity}


def test_the_generator_goes_on_from_what_it_remembered():
    generator = Richer()
    campaign = run(generator)
    turns = [memory and memory["turn"] for memory in generator.memories]
    assert turns == [None, *range(1, len(turns))]
    assert campaign.memory == {"turn": len(turns)}


def test_an_interrupted_campaign_goes_on_as_if_it_had_not_been():
    whole, cut = run(), Campaign(28)
    while len(cut.batches) < len(whole.batches):
        again = cut.read_again()
        loop_of(Richer()).ask(again)
        if again.pending:
            for observation in executor().evaluate(again.pending):
                again.tell(observation)
        cut = again
    assert cut.batches == whole.batches
    assert cut.memory == whole.memory


def test_what_the_generator_counted_is_noted_with_its_name():
    campaign = run()
    assert campaign.outlook["generator.scored"] == 5
    assert campaign.outlook.keys() >= {"best", "upper", "generator.best"}


def test_forecasts_rank_a_query_among_pool_and_crystals():
    campaign = run(acquisition=LogExpectedImprovement(), initial=3)
    made = [q for q in campaign.asked if q.candidate in set(campaign.pool[28:])]
    assert made
    assert "ranks 1 of" in campaign.forecasts[made[0]].reason
