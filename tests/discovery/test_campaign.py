import math
import sqlite3
import time

import numpy as np
import pytest
from campaign_cases import FIDELITIES, HINT, REAL, UNKNOWN, answer, ask, opened, pool
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.campaign import fold
from discovery.crystal import Lattice
from discovery.errors import (
    BudgetError,
    ConflictingResultError,
    InvalidInputError,
    JournalError,
    UnknownNameError,
    UnknownQueryError,
)
from discovery.store import Event, Journal
from discovery.types import Batch, Bound, Candidate, Fidelity, Forecast, Query


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def campaign(path):
    with opened(path) as fresh:
        yield fresh


def kinds(path):
    with Journal.open(path, read_only=True) as journal:
        return [event.kind for event in journal.events()]


def test_a_new_campaign_has_everything_to_ask_and_nothing_spent(campaign):
    request = campaign.request(5)
    assert request.pool == tuple(pool())
    assert request.fidelities == FIDELITIES
    assert request.costs.tolist() == [[0.1, 1.0]] * 12
    assert request.available.all()
    assert (request.allowance, request.size) == (10.0, 5)
    assert (campaign.round, campaign.seed, campaign.budget, campaign.spent) == (0, 3, 10.0, 0.0)
    assert (campaign.pending, campaign.observations, campaign.outlook) == ((), (), {})
    assert campaign.best is None


def test_asking_reserves_the_cost_and_closes_the_queries_in_one_transaction(campaign, path):
    hint, real = ask(campaign, (0, "hint"), (1, "real"))
    request = campaign.request(5)
    assert campaign.pending == (hint, real)
    assert campaign.round == 1
    assert campaign.outlook == {"upper": 0.5}
    assert request.allowance == 8.9
    assert np.argwhere(~request.available).tolist() == [[0, 0], [1, 1]]
    assert kinds(path) == ["created", "asked", "reserved", "reserved"]


def test_telling_settles_the_actual_cost(campaign, path):
    hint, real = ask(campaign, (0, "hint"), (1, "real"))
    campaign.submit(campaign.pending)
    campaign.tell(answer(real, -4.0, cost=0.7))
    assert campaign.pending == (hint,)
    assert (campaign.spent, campaign.ledger.reserved) == (0.7, 0.1)
    campaign.tell(answer(hint, -5.0))
    assert campaign.spent == 0.8
    assert [o.cost for o in campaign.observations] == [0.7, 0.1]
    assert kinds(path)[4:] == ["submitted", "told", "settled", "told", "settled"]


@pytest.mark.parametrize(
    ("status", "kind", "spent"),
    [
        ("failed", "failed", 1),
        ("timeout", "failed", 1),
        ("refused", "refused", 0),
        ("lost", "lost", 1),
    ],
)
def test_a_query_without_a_value_is_settled_and_not_asked_again(
    campaign, path, status, kind, spent
):
    (query,) = ask(campaign, (1, "real"))
    campaign.tell(answer(query, status=status, reason="so it goes"))
    assert (campaign.spent, campaign.ledger.reserved, campaign.pending) == (spent, 0, ())
    assert campaign.ledger.accounts["real"].counts == {status: 1}
    assert not campaign.request(1).available[1, 1]
    assert kinds(path)[-2:] == [kind, "settled"]
    with pytest.raises(InvalidInputError, match="is asked twice"):
        ask(campaign, (1, "real"))


def test_the_same_answer_again_changes_nothing(campaign, path):
    hint, real = ask(campaign, (0, "hint"), (1, "real"))
    campaign.tell(answer(hint, -4.1, cost=0.2, wall_time=3.0))
    campaign.tell(answer(real, bound=Bound("left", -10.0)))
    before, journalled = campaign.spent, kinds(path)
    campaign.tell(answer(hint, -4.1 * (1 + 1e-12), cost=0.25, wall_time=9.0, reason="again"))
    campaign.tell(answer(real, bound=Bound("left", -10, {"page": 3})))
    assert (campaign.spent, len(campaign.observations)) == (before, 2)
    assert kinds(path) == journalled


@pytest.mark.parametrize(
    "other",
    [
        {"value": -4.2},
        {"value": 0.0},
        {"bound": Bound("left", -4.0)},
        {"bound": Bound("right", -4.0)},
        {"status": "failed"},
        {"status": "lost"},
    ],
)
@pytest.mark.parametrize("first", [{"value": -4.0}, {"bound": Bound("left", -4.1)}])
def test_a_different_answer_to_an_answered_query_is_refused_and_named(campaign, path, first, other):
    (query,) = ask(campaign, (1, "real"))
    campaign.tell(answer(query, **first))
    journalled = kinds(path)
    with pytest.raises(ConflictingResultError, match=rf"{query.id} .* was told as .*now told as"):
        campaign.tell(answer(query, **other))
    assert kinds(path) == journalled


def test_the_same_number_in_another_unit_is_a_different_answer(campaign):
    (query,) = ask(campaign, (1, "real"))
    campaign.tell(answer(query, -4.0))
    other = answer(query, -4.0)
    object.__setattr__(other, "unit", "log10(mS/cm)")
    with pytest.raises(ConflictingResultError, match=r"now told as -4 log10\(mS/cm\)"):
        campaign.tell(other)


@pytest.mark.parametrize("verdict", ["lost", "timeout", "failed"])
def test_a_late_answer_replaces_a_verdict_about_waiting_and_its_cost(campaign, path, verdict):
    (query,) = ask(campaign, (1, "real"))
    campaign.tell(answer(query, status=verdict))
    campaign.tell(answer(query, status=verdict))
    assert campaign.spent == 1.0
    campaign.tell(answer(query, -4.0, cost=0.4))
    assert campaign.spent == 0.4
    assert [o.status for o in campaign.observations] == [verdict, "ok"]
    assert campaign.record.find(query.id).observation.value == -4.0
    assert campaign.best.value == -4.0
    assert kinds(path).count("settled") == 2
    with pytest.raises(ConflictingResultError, match="the journal keeps the first answer"):
        campaign.tell(answer(query, -5.0))


def test_a_query_that_overran_is_accepted_and_leaves_less_to_spend(campaign):
    (query,) = ask(campaign, (1, "real"))
    campaign.tell(answer(query, -4.0, cost=9.5))
    assert (campaign.spent, campaign.ledger.overrun) == (9.5, 8.5)
    assert campaign.request(1).allowance == 0.5


def test_a_refusal_with_a_cost_is_refused(campaign):
    (query,) = ask(campaign, (1, "real"))
    with pytest.raises(BudgetError, match="refusals are free"):
        campaign.tell(answer(query, status="refused", cost=1.0))


def test_a_result_for_a_query_never_asked_names_the_nearest(campaign):
    (query,) = ask(campaign, (1, "real"))
    with pytest.raises(UnknownQueryError, match=f"was never asked; the nearest .*{query.id}"):
        campaign.tell(answer(Query(campaign.pool[1], "reel"), -4.0))
    with pytest.raises(UnknownQueryError, match="never asked"):
        campaign.submit([Query(campaign.pool[5], "real")])


def test_an_answered_query_is_not_submitted_again_but_an_open_one_may_be(campaign):
    (query,) = ask(campaign, (1, "real"))
    assert campaign.submit([query]) == [query]
    assert campaign.submit([query]) == [query]
    assert campaign.record.find(query.id).submitted
    campaign.tell(answer(query, -4.0))
    with pytest.raises(InvalidInputError, match=r"is answered already .ok."):
        campaign.submit([query])
    assert campaign.submit([]) == []


def test_a_batch_is_asked_all_or_nothing(campaign, path):
    with pytest.raises(BudgetError, match="of cost 11 cannot be afforded: 10 is left"):
        ask(campaign, *((row, "real") for row in range(11)))
    with pytest.raises(InvalidInputError, match="is asked twice"):
        ask(campaign, (0, "real"), (0, "real"))
    with pytest.raises(UnknownNameError, match="unknown fidelity 'reel'; did you mean 'real'"):
        ask(campaign, (0, "real"), (1, "reel"))
    batch = Batch((Query(campaign.pool[0], "real"),), (1.0,))
    with pytest.raises(InvalidInputError, match="2 forecasts for 1 queries"):
        campaign.ask(batch, [UNKNOWN, UNKNOWN], {})
    with pytest.raises(InvalidInputError, match="score of a forecast must be a finite number"):
        campaign.ask(batch, [Forecast(None, None, math.nan, "")], {})
    with pytest.raises(InvalidInputError, match="outlook 'upper' must be a finite number"):
        campaign.ask(batch, [UNKNOWN], {"upper": math.inf})
    assert kinds(path) == ["created"]
    assert campaign.request(1).available.all()
    assert campaign.request(1).allowance == 10.0


def test_an_empty_batch_changes_nothing(campaign, path):
    campaign.ask(Batch((), ()), [], {"upper": 1.0})
    assert (campaign.round, kinds(path)) == (0, ["created"])


def test_the_whole_budget_can_be_spent_in_tenths(path):
    with opened(path, budget=1.0) as campaign:
        for row in range(10):
            assert campaign.request(1).allowance >= 0.1
            ask(campaign, (row, "hint"))
        assert campaign.request(1).allowance == 0
        with pytest.raises(BudgetError, match="0 is left"):
            ask(campaign, (10, "hint"))


def test_a_request_cannot_change_the_campaign(campaign):
    request = campaign.request(1)
    request.available[:] = False
    with pytest.raises(ValueError, match="read-only"):
        request.costs[0, 0] = 0.0
    assert campaign.request(1).available.all()
    with pytest.raises(InvalidInputError, match="at least one query, not 0"):
        campaign.request(0)


def test_costs_may_depend_on_the_candidate(path):
    def cost(candidate, fidelity):
        return {"hint": 0.1, "real": 1.0}[fidelity] * candidate.composition[0][1]

    with opened(path, cost=cost) as campaign:
        assert campaign.request(1).costs[3].tolist() == [0.4, 4.0]
        ask(campaign, (3, "real"))
        assert campaign.ledger.reserved == 4.0


@pytest.mark.parametrize("cost", [-1.0, math.nan, math.inf])
def test_a_cost_that_is_none_is_named_before_anything_is_journalled(path, cost):
    with (
        pytest.raises(BudgetError, match=rf"LiPS4 at fidelity 'hint' costs {cost}"),
        opened(path, cost=lambda *_: cost),
    ):
        pass
    with Journal.open(path, "test") as journal:
        assert journal.events() == []


def test_a_candidate_that_a_sampler_made_up_is_asked_told_and_resumed(path):
    invented = Candidate((("Li", 7.0), ("P", 3.0), ("S", 11.0)), name="invented")
    query = Query(invented, "real")
    with opened(path) as campaign:
        campaign.ask(Batch((query,), (1.0,)), [UNKNOWN], {})
        assert campaign.ledger.reserved == 1.0
    with opened(path) as campaign:
        assert campaign.pending == (query,)
        assert campaign.record.generated == [invented]
        assert campaign.pending[0].candidate.name == "invented"
        campaign.tell(answer(query, -3.0))
        assert campaign.best.query == query


def test_a_candidate_from_beyond_joins_the_pool_once_it_is_asked(path):
    invented = Candidate((("Li", 7.0), ("P", 3.0), ("S", 11.0)), name="invented")
    known = len(pool())
    with opened(path) as campaign:
        before = campaign.request(1)
        campaign.ask(Batch((Query(invented, "hint"),), (1.0,)), [UNKNOWN], {})
        assert len(before.pool) == known
        campaign.ask(Batch((Query(invented, "real"),), (1.0,)), [UNKNOWN], {})
    for _ in range(2):
        with opened(path) as campaign:
            request = campaign.request(1)
            assert request.pool[known:] == (invented,)
            assert request.costs.shape == request.available.shape == (known + 1, 2)
            assert request.available[known].tolist() == [False, False]
            assert request.available[:known].all()


def test_a_quote_is_what_will_be_reserved(path):
    invented = Candidate((("Li", 7.0), ("P", 3.0), ("S", 11.0)))
    with opened(path, cost=lambda c, name: len(c.formula) * (2 if name == "real" else 1)) as there:
        assert there.quote([invented, there.pool[0]]).tolist() == [[8, 16], [5, 10]]
        assert there.quote([]).shape == (0, 2)


def test_what_a_loop_remembers_is_found_again_bit_by_bit(path):
    memory = {"weights": np.linspace(0, 1, 7, dtype=np.float32) / 3, "steps": 12, "of": ["a", None]}
    with opened(path) as campaign:
        assert campaign.memory is None
        campaign.ask(
            Batch((Query(campaign.pool[0], "hint"),), (1.0,)), [UNKNOWN], {"upper": 1.0}, memory
        )
    with opened(path) as campaign:
        found = campaign.memory
        assert found["weights"].dtype == np.float32
        assert found["weights"].tobytes() == memory["weights"].tobytes()
        assert {k: v for k, v in found.items() if k != "weights"} == {
            "steps": 12,
            "of": ["a", None],
        }
        campaign.ask(Batch((Query(campaign.pool[1], "hint"),), (1.0,)), [UNKNOWN], {})
        assert campaign.memory["steps"] == 12
        assert campaign.record.outlooks == [{"upper": 1.0}, {}]


def test_a_memory_that_cannot_be_stored_is_refused_before_anything_is_journalled(path):
    with opened(path) as campaign:
        with pytest.raises(InvalidInputError, match=r"state\.model is a object, which cannot"):
            campaign.ask(
                Batch((Query(campaign.pool[0], "hint"),), (1.0,)),
                [UNKNOWN],
                {},
                {"model": object()},
            )
        assert campaign.record.entries == ()
        assert campaign.ledger.reserved == 0.0


def test_a_candidate_that_a_sampler_made_up_has_its_announced_cost_checked(path):
    invented = Query(Candidate((("Li", 7.0), ("I", 7.5))), "real")
    price = {candidate.id: 1.0 for candidate in pool()}
    with (
        opened(path, cost=lambda c, _: price.get(c.id, math.nan)) as campaign,
        pytest.raises(BudgetError, match="costs nan; a cost is a number of 0 or more"),
    ):
        campaign.ask(Batch((invented,), (1.0,)), [UNKNOWN], {})


def test_the_best_is_the_highest_value_at_the_target_and_never_a_bound(campaign):
    a, b, c, d = ask(campaign, (0, "hint"), (1, "real"), (2, "real"), (3, "real"))
    campaign.tell(answer(a, 0.0))
    campaign.tell(answer(b, -5.0))
    campaign.tell(answer(c, -4.0))
    campaign.tell(answer(d, bound=Bound("right", -2.0)))
    assert campaign.best.query == c


def test_a_stop_is_journalled_once_until_something_happens(campaign, path):
    (query,) = ask(campaign, (1, "real"))
    campaign.stop("the budget is spent")
    campaign.stop("the budget is spent")
    assert campaign.record.stopped == "the budget is spent"
    campaign.tell(answer(query, -4.0))
    assert campaign.record.stopped is None
    campaign.stop("the budget is spent")
    assert kinds(path).count("stopped") == len(campaign.record.stops) == 2


def test_a_resumed_campaign_is_the_one_that_was_left(path):
    with opened(path) as campaign:
        a, b, c = ask(campaign, (0, "hint"), (1, "real"), (2, "real"))
        campaign.submit([a, b])
        campaign.tell(answer(a, 1 / 3, standard_error=0.1, details={"page": 1}))
        campaign.tell(answer(b, status="lost"))
        left, request = campaign.record, campaign.request(2)
    with opened(path) as campaign:
        again, resumed = campaign.record, campaign.request(2)
        assert again.entries == left.entries
        assert again.observations == left.observations
        assert again.ledger.accounts == left.ledger.accounts
        assert campaign.pending == (c,)
        assert campaign.pending[0].candidate is campaign.pool[2]
        assert (resumed.available == request.available).all()
        assert resumed.allowance == request.allowance
        assert (campaign.round, campaign.outlook) == (1, {"upper": 0.5})
    assert kinds(path).count("created") == 1


def test_the_record_is_read_without_pool_and_configuration(path):
    with opened(path) as campaign:
        a, b = ask(campaign, (0, "hint"), (1, "real"))
        campaign.tell(answer(b, -4.0, cost=1.25))
        with Journal.open(path, read_only=True) as journal:
            record = fold(journal.events())
    assert (record.name, record.seed, record.pool_size) == ("test", 3, 12)
    assert record.fidelities == FIDELITIES
    assert record.config["proxy"] == {"name": "gp"}
    assert record.queries == (a, b)
    assert record.pending == (a,)
    assert record.forecasts == {a.id: UNKNOWN, b.id: UNKNOWN}
    assert (record.rounds, record.stops, record.target, record.best.value) == (1, [], REAL, -4.0)
    first, second = record.entries
    assert (first.cost, first.actual, first.spent, first.observation) == (0.1, None, None, None)
    assert (second.reserved, second.cost, second.spent) == (1.0, 1.25, 1.25)
    assert second.query.candidate.name == "sample 1"
    assert record.created <= second.asked <= second.answered == record.updated


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"seed": 4}, r"seed: 3 in the journal, 4 now"),
        ({"pool": pool(11)}, r"pool: 12 candidates in the journal, 11 now"),
        ({"pool": pool()[::-1]}, r"pool: of 12 candidates, but not the same ones"),
        (
            {"fidelities": (Fidelity("hint", 0.2), REAL)},
            r"fidelities.0.cost: 0.1 in the journal, 0.2",
        ),
        ({"fidelities": (REAL, HINT)}, r"fidelities.0.name: 'hint' in the journal, 'real' now"),
        ({"config": {"proxy": {"name": "gp"}}}, r"dataset.data_dir: 'a' in .*, 'absent' now"),
        (
            {"config": {"proxy": {"name": "staged"}, "dataset": {"data_dir": "b"}}},
            r"proxy.name: 'gp' in the journal, 'staged' now; dataset.data_dir",
        ),
    ],
)
def test_the_journal_of_another_campaign_is_refused_with_what_differs(path, changes, match):
    with opened(path):
        pass
    with (
        pytest.raises(JournalError, match=rf"journal of another campaign \(.*{match}") as caught,
        opened(path, **changes),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert "another name or another folder" in str(caught.value)
    assert kinds(path) == ["created"]


def test_many_differences_are_counted(path):
    with opened(path):
        pass
    with (
        pytest.raises(JournalError, match="; and 16 more"),
        opened(path, config={str(n): n for n in range(20)}),
    ):
        pass


def test_fields_that_are_ignored_may_differ(path):
    with opened(path):
        pass
    config = {"proxy": {"name": "gp"}, "dataset": {"data_dir": "b"}, "report": {"top": 5}}
    with opened(path, config=config, ignore=("dataset.data_dir", "report")) as campaign:
        assert campaign.round == 0


def test_a_journal_opened_for_another_name_is_refused(path):
    with (
        pytest.raises(JournalError, match="was opened for campaign 'other', not 'test'"),
        opened(path, journal_name="other"),
    ):
        pass


def test_the_budget_of_a_resumed_campaign_may_change_but_not_below_what_is_bound(path):
    with opened(path) as campaign:
        a, _ = ask(campaign, (0, "real"), (1, "real"))
        campaign.tell(answer(a, -4.0))
    with opened(path, budget=20.0) as campaign:
        assert campaign.request(1).allowance == 18.0
    with opened(path, budget=2.0) as campaign:
        assert campaign.request(1).allowance == 0.0
    with (
        pytest.raises(BudgetError, match=r"cannot become 1.5: 1 is spent and 1 reserved; give at"),
        opened(path, budget=1.5),
    ):
        pass
    assert kinds(path)[-2:] == ["amended", "amended"]
    with Journal.open(path, read_only=True) as journal:
        assert fold(journal.events()).ledger.budget == 2.0


@pytest.mark.parametrize("budget", [0, -5.0, math.nan, math.inf])
def test_a_budget_that_is_none_creates_no_campaign(path, budget):
    with (
        pytest.raises(BudgetError, match="a budget is a number of more than 0, not"),
        opened(path, budget=budget),
    ):
        pass
    with Journal.open(path, "test") as journal:
        assert journal.events() == []


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"pool": [*pool(), pool()[4]]}, "the pool has Li5P2S8 twice"),
        ({"fidelities": (HINT,)}, "exactly one fidelity is the target, got none"),
        ({"fidelities": (REAL, Fidelity("x", 1, target=True))}, "target, got real, x"),
        ({"fidelities": (REAL, Fidelity("real", 1))}, "need different names, got real, real"),
        ({"seed": -1}, "a seed is 0 or more, not -1"),
        ({"config": {"x": math.nan}}, "the configuration is not plain JSON"),
        ({"config": {"x": object()}}, "the configuration is not plain JSON"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(path, changes, match):
    with pytest.raises(InvalidInputError, match=match), opened(path, **changes):
        pass


def test_a_fold_needs_a_beginning():
    with pytest.raises(JournalError, match="does not begin with the creation"):
        fold([])


CREATED = {
    "name": "test", "seed": 1, "budget": 1.0, "version": "0", "config": {}, "pool_size": 1,
    "pool_digest": "", "fidelities": [{"name": "real", "cost": 1.0, "target": True}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("event", "match"),
    [
        (Event("annealed", {}), "kind 'annealed', which this version does not know; upgrade"),
        (Event("settled", {"query": "x", "actual": 1.0}), "cannot be followed at its .*'settled'"),
        (Event("amended", {"budget": -1.0}), "cannot be followed .*BudgetError"),
        (Event("asked", {"round": 1}), "cannot be followed .*KeyError: 'outlook'"),
    ],
)
def test_an_event_that_does_not_fit_is_named(event, match):
    with pytest.raises(JournalError, match=match):
        fold([Event("created", CREATED), event])
    with pytest.raises(JournalError, match="cannot be followed at its event 'created'"):
        fold([Event("created", {}), event])


def test_nothing_changes_in_memory_when_the_journal_refuses(campaign, path):
    ask(campaign, (0, "hint"))
    with sqlite3.connect(path) as other:
        other.execute("INSERT INTO journal_events VALUES ('test', 4, 'now', 'stopped', '{}')")
    other.close()
    with pytest.raises(JournalError, match="appended in sequence"):
        ask(campaign, (1, "real"))
    assert (campaign.round, campaign.ledger.reserved) == (1, 0.1)
    assert campaign.request(1).available[1, 1]


@st.composite
def days(draw):
    """What may happen to a campaign: (row, fidelity, what is told in what order)."""
    asked = draw(
        st.lists(
            st.tuples(st.integers(0, 11), st.sampled_from(["hint", "real"])),
            unique=True,
            max_size=12,
        )
    )
    statuses = st.sampled_from(["ok", "failed", "refused", "timeout", "lost", None])
    fates = [draw(st.tuples(statuses, st.floats(0, 1))) for _ in asked]
    return asked, fates, draw(st.permutations(range(len(asked))))


@settings(max_examples=30, deadline=None)
@given(days())
def test_a_fold_of_the_journal_is_the_campaign_in_memory(tmp_path_factory, day):
    asked, fates, order = day
    path = tmp_path_factory.mktemp("day") / "journal.db"
    with opened(path, budget=20.0) as campaign:
        queries = [ask(campaign, query)[0] for query in asked]
        spent = 0.0
        for index in order:
            status, share = fates[index]
            if status is None:
                continue
            cost = 0.0 if status == "refused" else share
            value = -4.0 if status == "ok" else None
            for _ in range(2):
                campaign.tell(answer(queries[index], value, status, cost=cost))
            spent += cost
        with Journal.open(path, read_only=True) as journal:
            record = fold(journal.events())
        assert record.entries == campaign.record.entries
        assert record.observations == list(campaign.observations)
        assert record.pending == campaign.pending
        assert record.ledger.accounts == campaign.ledger.accounts
        assert math.isclose(campaign.spent, spent, abs_tol=1e-9)
        assert campaign.spent + campaign.ledger.reserved <= 20.0


def test_a_request_does_not_walk_over_the_pool(path):
    """A hundred requests over 100 000 candidates at three fidelities take less than a second."""
    cells = (Lattice(3 + i / 1000, 4, 5, 90, 90, 90) for i in range(100_000))
    many = [Candidate((("Li", 2.0), ("O", 1.0)), lattice=cell) for cell in cells]
    fidelities = (*FIDELITIES, Fidelity("middle", 0.5))
    with opened(path, pool=many, fidelities=fidelities) as campaign:
        since = time.perf_counter()
        for _ in range(100):
            request = campaign.request(4)
        assert time.perf_counter() - since < 1
        ask(campaign, (99_999, "middle"))
        assert not campaign.request(1).available[-1, 2]
        assert request.available.shape == request.costs.shape == (100_000, 3)
