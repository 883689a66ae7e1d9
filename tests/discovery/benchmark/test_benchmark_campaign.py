"""What a loop sees of a problem."""

import numpy as np
import pytest
from benchmark_cases import valley

from discovery.benchmark.campaign import ProblemCampaign, TableExecutor
from discovery.benchmark.metrics_trace import Trace
from discovery.benchmark.points import pool_of
from discovery.benchmark.problems.initial import initial_design
from discovery.benchmark.problems.problem import Problem
from discovery.errors import BudgetError, InvalidInputError
from discovery.types import Batch, Bound, Candidate, Fidelity, Query

ONE = Fidelity("only", 1.0, target=True)


def begun(budget: float = 6.0, **counts: int) -> ProblemCampaign:
    problem = valley(bound=0)
    return ProblemCampaign(problem, initial_design(problem, counts or {"dear": 2}, 3), budget, 3)


def ask(campaign: ProblemCampaign, *queries: Query) -> None:
    campaign.ask(Batch(queries, (0.0,) * len(queries)), [], {})


def test_the_initial_design_is_told_and_charged_before_the_first_round() -> None:
    campaign = begun(cheap=4, dear=2)
    assert campaign.round == 1
    assert campaign.spent == 3.0
    assert len(campaign.observations) == 6
    assert not campaign.pending
    trace = campaign.trace
    assert trace.batch.tolist() == [0] * 6
    assert trace.column.tolist() == [0, 0, 0, 0, 1, 1]
    request = campaign.request(5)
    assert request.allowance == 3.0
    assert not request.available[trace.row, trace.column].any()
    assert request.available.sum() == 40 - 6


def test_a_design_that_the_budget_does_not_pay_is_refused() -> None:
    with pytest.raises(BudgetError, match="cannot be afforded"):
        begun(1.0, dear=2)


def test_what_is_asked_is_answered_from_the_table_and_settled() -> None:
    campaign = begun()
    row = int(np.flatnonzero(campaign.available[:, 1])[-1])
    query = Query(campaign.pool[row], "dear")
    ask(campaign, query)
    assert campaign.pending == (query,)
    assert campaign.request(1).allowance == 3.0
    (told,) = TableExecutor(campaign).evaluate(campaign.submit(campaign.pending))
    assert told.value == campaign.problem.values[row, 1]
    assert (told.property, told.unit, told.cost) == ("valley", "m", 1.0)
    campaign.tell(told)
    campaign.tell(told)
    assert campaign.spent == 3.0
    assert campaign.trace.batch.tolist() == [0, 0, 1]
    assert campaign.trace.row[-1] == row


def test_a_bound_is_told_as_a_bound() -> None:
    campaign = begun()
    told = campaign.answer(Query(campaign.pool[0], "dear"))
    assert told.value is None
    assert told.bound == Bound("left", campaign.problem.limits[0, 1])


def test_nothing_is_asked_twice_beyond_the_pool_or_beyond_the_budget() -> None:
    campaign = begun()
    known = campaign.pool[int(campaign.trace.row[0])]
    with pytest.raises(InvalidInputError, match="it was asked before, or there is no answer"):
        ask(campaign, Query(known, "dear"))
    stranger = Candidate((), descriptors=(("x", 77.0),))
    with pytest.raises(InvalidInputError, match="valley has no answer for x=77 at 'dear'"):
        ask(campaign, Query(stranger, "dear"))
    rows = np.flatnonzero(campaign.available[:, 1])[:5]
    with pytest.raises(BudgetError, match="cost 5 cannot be afforded: 4 is left"):
        ask(campaign, *(Query(campaign.pool[row], "dear") for row in rows))


def test_descriptors_are_the_features_brought_to_one_range() -> None:
    pool = pool_of(valley(5))
    assert [candidate.descriptors for candidate in pool] == [
        (("x", share),) for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]


def test_candidates_with_the_same_features_stay_apart() -> None:
    x = np.array([[1.0], [1.0], [1.0], [2.0]])
    problem = Problem("same", ("x",), x, (ONE,), np.arange(4.0)[:, None])
    pool = pool_of(problem)
    assert len({candidate.id for candidate in pool}) == 4
    assert max(abs(c.descriptors[0][1]) for c in pool[:3]) < 1e-6
    campaign = ProblemCampaign(problem, initial_design(problem, {"only": 4}, 0), 4.0, 0)
    assert sorted(campaign.trace.row.tolist()) == [0, 1, 2, 3]


def test_a_trace_of_nothing_is_a_trace() -> None:
    problem = valley()
    nothing = np.zeros(0, dtype=np.intp)
    campaign = ProblemCampaign(problem, Trace(nothing, nothing, np.zeros(0)), 1.0, 0)
    assert len(campaign.trace.row) == 0
