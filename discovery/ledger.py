"""The budget of a campaign: reserve what is asked, settle what it really cost.

Sums are exact. A cost is taken as the decimal number that it is written as, so ten queries of 0.1
fit a budget of 1, whatever order they come in, and nothing drifts over thousands of queries.

Promises: what is spent and reserved never exceeds the budget as long as no query costs more than
it announced; a query that does is accepted and shows as ``overrun``; nothing is charged twice; a
refused query costs nothing; a lost one costs what was reserved, until a late result corrects it.
Where a lost, failed or timed-out query was booked below its announced cost, the rest may have been
spent on others, so a late result beyond what was booked is an overrun too.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from discovery.errors import BudgetError, InvalidInputError, UnknownQueryError, suggest
from discovery.types import Status

_ROUNDING: Final = Fraction(1, 10**9)
"""Share of the budget that is float rounding, not money: samplers add costs as floats."""

PROVISIONAL: Final = ("lost", "timeout", "failed")
"""Verdicts about the attempt, not about the material; a later result replaces them."""


@dataclass(frozen=True)
class Account:
    """What one fidelity has cost, in budget units.

    Args:
        reserved: Announced cost of its open queries.
        spent: Actual cost of its settled queries.
        overrun: By how much actual costs exceeded announced ones.
        asked: Number of queries.
        counts: Number of settled queries by status.
    """

    reserved: float
    spent: float
    overrun: float
    asked: int
    counts: Mapping[Status, int]

    @property
    def open(self) -> int:
        """Number of queries that are not settled."""
        return self.asked - sum(self.counts.values())


@dataclass
class _Line:
    fidelity: str
    reserved: Fraction
    promised: Fraction  # the least that it was said to cost: what exceeds it was not set aside
    overrun: Fraction = Fraction(0)
    actual: Fraction | None = None
    status: Status | None = None


@dataclass
class _Sums:
    reserved: Fraction = Fraction(0)
    spent: Fraction = Fraction(0)
    overrun: Fraction = Fraction(0)
    asked: int = 0
    counts: Counter[Status] = field(default_factory=Counter)


class Ledger:
    """The accounts of a campaign.

    Args:
        budget: Total, in cost units.
        fidelities: Names; each has an account.

    Raises:
        BudgetError: The budget is not a positive number.
    """

    def __init__(self, budget: float, fidelities: Iterable[str]) -> None:
        self._budget = _positive(budget)
        self._lines: dict[str, _Line] = {}
        self._sums = {name: _Sums() for name in fidelities}
        self._total = _Sums()

    @property
    def budget(self) -> float:
        """Total budget."""
        return float(self._budget)

    @property
    def spent(self) -> float:
        """Actual cost of everything settled."""
        return float(self._total.spent)

    @property
    def reserved(self) -> float:
        """Announced cost of everything open."""
        return float(self._total.reserved)

    @property
    def overrun(self) -> float:
        """By how much actual costs exceeded announced ones."""
        return float(self._total.overrun)

    @property
    def allowance(self) -> float:
        """Budget neither spent nor reserved; 0 or more."""
        return max(float(self._budget - self._committed), 0.0)

    @property
    def accounts(self) -> dict[str, Account]:
        """One account per fidelity, in column order."""
        return {
            name: Account(
                reserved=float(sums.reserved),
                spent=float(sums.spent),
                overrun=float(sums.overrun),
                asked=sums.asked,
                counts=+sums.counts,
            )
            for name, sums in self._sums.items()
        }

    def check(self, costs: Iterable[float]) -> None:
        """Check that queries can be afforded together.

        Raises:
            BudgetError: They cannot, or a cost is not a cost.
        """
        wanted = sum(map(_cost, costs), Fraction(0))
        if self._committed + wanted > self._budget * (1 + _ROUNDING):
            raise BudgetError(
                f"queries of cost {float(wanted):g} cannot be afforded: {self.allowance:g} is left "
                f"of a budget of {self.budget:g} ({self.spent:g} spent, {self.reserved:g} "
                "reserved); ask less or give the campaign a larger budget"
            )

    def reserve(self, query: str, fidelity: str, cost: float) -> None:
        """Set the announced cost of a query aside.

        Raises:
            BudgetError: It cannot be afforded, or is not a cost.
            InvalidInputError: The query was reserved before, or the fidelity has no account.
        """
        if query in self._lines:
            raise InvalidInputError(f"{query} is reserved already; a query is asked once")
        if fidelity not in self._sums:
            raise InvalidInputError(
                f"{query}: no account for {fidelity!r}; {suggest(fidelity, self._sums)}"
            )
        self.check([cost])
        line = self._lines[query] = _Line(fidelity, _cost(cost), promised=_cost(cost))
        for sums in self._of(line):
            sums.reserved += line.reserved
            sums.asked += 1

    def price(self, query: str, cost: float | None, status: Status) -> float:
        """Return what a query costs in the end.

        Args:
            query: Its id.
            cost: What is said to be its actual cost; ``None`` for the reserved one.
            status: What came back; a refusal is free.

        Raises:
            UnknownQueryError: Nothing was reserved for it.
            BudgetError: A refusal has a cost, or a cost is not a cost.
        """
        line = self._line(query)
        if status == "refused":
            if cost:
                raise BudgetError(
                    f"{query} was refused at a cost of {cost:g}, but refusals are free; "
                    "tell it as 'failed' if it did cost something"
                )
            return 0.0
        return float(line.reserved if cost is None else _cost(cost))

    def settle(self, query: str, actual: float, status: Status) -> None:
        """Book the actual cost of a query in place of the reserved one.

        A result that comes after a ``lost``, ``timeout`` or ``failed`` verdict replaces what that
        one booked.

        Raises:
            UnknownQueryError: Nothing was reserved for it.
            BudgetError: It is settled for good already, or the cost is not a cost.
        """
        line, cost = self._line(query), _cost(self.price(query, actual, status))
        if line.status is not None and line.status not in PROVISIONAL:
            raise BudgetError(f"{query} is settled already at {float(line.actual or 0):g}")
        overrun = max(cost - line.promised, Fraction(0))
        for sums in self._of(line):
            if line.actual is None or line.status is None:
                sums.reserved -= line.reserved
            else:
                sums.spent -= line.actual
                sums.counts[line.status] -= 1
            sums.spent += cost
            sums.overrun += overrun - line.overrun
            sums.counts[status] += 1
        line.actual, line.status, line.overrun = cost, status, overrun
        if status in PROVISIONAL:
            line.promised = min(line.promised, cost)

    def amend(self, budget: float) -> None:
        """Change the budget.

        Raises:
            BudgetError: It is not a positive number, or less than what is spent and reserved.
        """
        self.check_budget(budget)
        self._budget = _positive(budget)

    def check_budget(self, budget: float) -> None:
        """Check that the budget can become another one.

        Raises:
            BudgetError: It is not a positive number, or less than what is spent and reserved.
        """
        if _positive(budget) * (1 + _ROUNDING) < self._committed:
            raise BudgetError(
                f"the budget cannot become {budget:g}: {self.spent:g} is spent and "
                f"{self.reserved:g} reserved; give at least {float(self._committed):g}"
            )

    @property
    def _committed(self) -> Fraction:
        return self._total.spent + self._total.reserved

    def _line(self, query: str) -> _Line:
        if query not in self._lines:
            raise UnknownQueryError(f"nothing was reserved for {query!r}; reserve it first")
        return self._lines[query]

    def _of(self, line: _Line) -> tuple[_Sums, _Sums]:
        return self._sums[line.fidelity], self._total


def _cost(cost: float) -> Fraction:
    if not (math.isfinite(cost) and cost >= 0):
        raise BudgetError(f"a cost is a number of 0 or more, not {cost}")
    return Fraction(repr(float(cost)))


def _positive(budget: float) -> Fraction:
    if not (math.isfinite(budget) and budget > 0):
        raise BudgetError(f"a budget is a number of more than 0, not {budget}")
    return Fraction(repr(float(budget)))
