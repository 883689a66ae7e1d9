import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from discovery.errors import BudgetError, InvalidInputError, UnknownQueryError
from discovery.ledger import PROVISIONAL, Ledger

NAMES = ("cheap", "real")
costs = st.one_of(st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0]), st.floats(0, 5, allow_nan=False))


def exact(cost):
    return Fraction(repr(float(cost)))


class Accounts(RuleBasedStateMachine):
    """Any order of reserving, settling, losing, late results and changes of the budget."""

    def __init__(self):
        super().__init__()
        self.ledger = Ledger(6.0, NAMES)
        self.reserved, self.actual, self.status, self.fidelity = {}, {}, {}, {}
        self.promised, self.overrun = {}, {}
        self.names = map(str, itertools.count())

    @rule(fidelity=st.sampled_from(NAMES), cost=costs)
    def ask(self, fidelity, cost):
        query = next(self.names)
        affordable = self.committed() + exact(cost) <= exact(self.ledger.budget) * (1 + ROUNDING)
        if not affordable:
            with pytest.raises(BudgetError, match="cannot be afforded"):
                self.ledger.reserve(query, fidelity, cost)
            return
        self.ledger.reserve(query, fidelity, cost)
        self.reserved[query], self.fidelity[query] = cost, fidelity
        self.promised[query] = exact(cost)

    def pick(self, data, queries):
        return data.draw(st.sampled_from(sorted(queries)))

    def open(self):
        return self.reserved.keys() - self.actual.keys()

    def waiting(self):
        return {query for query, status in self.status.items() if status in PROVISIONAL}

    @precondition(lambda self: self.open())
    @rule(
        data=st.data(),
        status=st.sampled_from(["ok", "failed", "timeout"]),
        share=st.floats(0, 1.5),
    )
    def settle(self, data, status, share):
        query = self.pick(data, self.open())
        self.book(query, self.reserved[query] * share, status)

    @precondition(lambda self: self.open())
    @rule(data=st.data())
    def lose(self, data):
        query = self.pick(data, self.open())
        assert self.ledger.price(query, None, "lost") == self.reserved[query]
        self.book(query, self.reserved[query], "lost")

    @precondition(lambda self: self.open())
    @rule(data=st.data())
    def refuse(self, data):
        query = self.pick(data, self.open())
        self.book(query, self.ledger.price(query, None, "refused"), "refused")
        assert self.actual[query] == 0

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), status=st.sampled_from(["ok", "failed"]), share=st.floats(0, 1.5))
    def answer_late(self, data, status, share):
        query = self.pick(data, self.waiting())
        self.book(query, self.reserved[query] * share, status)

    @precondition(lambda self: self.actual.keys() - self.waiting())
    @rule(data=st.data())
    def settle_again(self, data):
        query = self.pick(data, self.actual.keys() - self.waiting())
        with pytest.raises(BudgetError, match="settled already"):
            self.ledger.settle(query, 0.0, "ok")

    @rule(budget=st.floats(0.5, 12))
    def amend(self, budget):
        if exact(budget) * (1 + ROUNDING) < self.committed():
            with pytest.raises(BudgetError, match="the budget cannot become"):
                self.ledger.amend(budget)
        else:
            self.ledger.amend(budget)
            assert self.ledger.budget == budget

    def book(self, query, actual, status):
        self.ledger.settle(query, actual, status)
        self.actual[query], self.status[query] = actual, status
        self.overrun[query] = max(exact(actual) - self.promised[query], Fraction(0))
        if status in PROVISIONAL:
            self.promised[query] = min(self.promised[query], exact(actual))

    def spent(self, fidelity=None):
        return sum(
            (exact(c) for q, c in self.actual.items() if fidelity in (None, self.fidelity[q])),
            Fraction(0),
        )

    def committed(self):
        return self.spent() + sum((exact(self.reserved[q]) for q in self.open()), Fraction(0))

    @invariant()
    def spent_is_the_sum_of_actual_costs(self):
        assert self.ledger.spent == float(self.spent())
        assert math.isclose(self.ledger.spent, math.fsum(self.actual.values()), abs_tol=1e-12)

    @invariant()
    def reserved_is_the_sum_of_open_costs(self):
        assert self.ledger.reserved == float(self.committed() - self.spent())

    @invariant()
    def spent_and_reserved_stay_in_the_budget_unless_a_query_overran(self):
        over = self.committed() - exact(self.ledger.budget) * (1 + ROUNDING)
        overruns = sum(self.overrun.values(), Fraction(0))
        assert over <= overruns
        assert self.ledger.overrun == float(overruns)

    @invariant()
    def the_accounts_of_the_fidelities_add_up(self):
        accounts = self.ledger.accounts
        assert list(accounts) == list(NAMES)
        for name, account in accounts.items():
            assert account.spent == float(self.spent(name))
            settled = [s for q, s in self.status.items() if self.fidelity[q] == name]
            assert account.counts == {s: settled.count(s) for s in settled}
            assert account.open == sum(self.fidelity[q] == name for q in self.open())
            assert account.asked == account.open + len(settled)

    @invariant()
    def the_allowance_is_what_is_left(self):
        left = exact(self.ledger.budget) - self.committed()
        assert self.ledger.allowance == max(float(left), 0.0)


ROUNDING = Fraction(1, 10**9)
Accounts.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
test_any_order_of_events_keeps_the_accounts_right = Accounts.TestCase


@given(st.permutations([0.1] * 7 + [0.7, 0.2, 0.3]))
def test_costs_are_decimal_numbers_and_their_order_does_not_matter(order):
    ledger = Ledger(1.9, NAMES)
    for number, cost in enumerate(order):
        assert cost <= ledger.allowance
        ledger.reserve(str(number), "real", cost)
    assert ledger.reserved == 1.9
    assert ledger.allowance == 0.0


def test_what_cannot_be_afforded_is_refused_with_the_amounts():
    ledger = Ledger(10, NAMES)
    ledger.reserve("a", "real", 4)
    ledger.settle("a", 3, "ok")
    ledger.reserve("b", "real", 5)
    with pytest.raises(BudgetError, match=r"of cost 3 .*: 2 is left of a budget of 10 \(3 sp"):
        ledger.check([1.5, 1.5])
    ledger.check([1, 1])


def test_a_lost_query_costs_what_was_reserved_until_a_late_result_corrects_it():
    ledger = Ledger(10, NAMES)
    ledger.reserve("a", "real", 4)
    ledger.settle("a", ledger.price("a", None, "lost"), "lost")
    assert (ledger.spent, ledger.reserved, ledger.allowance) == (4, 0, 6)
    ledger.settle("a", 1.5, "ok")
    assert (ledger.spent, ledger.reserved, ledger.allowance) == (1.5, 0, 8.5)
    assert ledger.accounts["real"].counts == {"ok": 1}


def test_a_query_that_costs_more_than_announced_is_accepted_and_shows_as_overrun():
    ledger = Ledger(10, NAMES)
    ledger.reserve("a", "real", 4)
    ledger.settle("a", 11, "ok")
    assert (ledger.spent, ledger.overrun, ledger.allowance) == (11, 7, 0)
    with pytest.raises(BudgetError, match="0 is left of a budget of 10"):
        ledger.reserve("b", "cheap", 0.1)


def test_a_refusal_is_free_and_cannot_be_told_to_have_a_cost():
    ledger = Ledger(10, NAMES)
    ledger.reserve("a", "real", 4)
    with pytest.raises(BudgetError, match="a was refused at a cost of 4, but refusals are free"):
        ledger.price("a", 4, "refused")
    ledger.settle("a", ledger.price("a", 0.0, "refused"), "refused")
    assert (ledger.spent, ledger.allowance) == (0, 10)


@pytest.mark.parametrize("budget", [0, -1, math.nan, math.inf])
def test_a_budget_is_a_positive_number(budget):
    with pytest.raises(BudgetError, match="a budget is a number of more than 0"):
        Ledger(budget, NAMES)


@pytest.mark.parametrize("cost", [-1, math.nan, math.inf])
def test_a_cost_is_a_number_of_zero_or_more(cost):
    with pytest.raises(BudgetError, match="a cost is a number of 0 or more, not"):
        Ledger(1, NAMES).reserve("a", "real", cost)


def test_a_query_is_reserved_once_at_a_fidelity_that_exists_and_settled_after_that():
    ledger = Ledger(1, NAMES)
    ledger.reserve("a", "real", 0.5)
    with pytest.raises(InvalidInputError, match="a is reserved already"):
        ledger.reserve("a", "real", 0.5)
    with pytest.raises(InvalidInputError, match="no account for 'reel'; did you mean 'real'"):
        ledger.reserve("b", "reel", 0.5)
    with pytest.raises(UnknownQueryError, match="nothing was reserved for 'b'"):
        ledger.settle("b", 0.5, "ok")


def test_ten_thousand_queries_of_a_tenth_add_up_to_a_thousand():
    ledger = Ledger(1000, NAMES)
    for number in range(10_000):
        ledger.reserve(str(number), "cheap", 0.1)
        ledger.settle(str(number), 0.1, "ok")
    assert ledger.spent == 1000
    assert ledger.allowance == 0
