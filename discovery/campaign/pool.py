"""The candidates of a campaign, what may be asked about them, and what that costs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, overload

import numpy as np

from discovery.campaign.plan import rows_of
from discovery.errors import BudgetError
from discovery.types import BoolArray, Candidate, Fidelity, FloatArray, Query

Cost: TypeAlias = Callable[[Candidate, str], float]
"""Announced cost of a candidate at the fidelity of that name, in budget units."""


class LazyPool(Sequence[Candidate]):
    """Candidates that are made whenever they are looked at, for pools that memory cannot hold.

    A million materials as rows of an array of numbers, say, take a twentieth of the memory of a
    million objects. A slice is a tuple of candidates made for the occasion.

    Args:
        count: Number of candidates.
        make: From the number of a candidate, 0 ... count - 1, to the candidate, always the same.
        more: Candidates that follow.
    """

    def __init__(
        self, count: int, make: Callable[[int], Candidate], more: tuple[Candidate, ...] = ()
    ) -> None:
        self._count, self._make, self._more = count, make, more

    def __len__(self) -> int:
        return self._count + len(self._more)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Candidate]: ...

    def __getitem__(self, index: int | slice) -> Candidate | Sequence[Candidate]:
        """Return one candidate, or some."""
        numbers = range(len(self))[index]
        if isinstance(numbers, range):
            return tuple(map(self._one, numbers))
        return self._one(numbers)

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._one, range(len(self)))

    def followed_by(self, candidates: Sequence[Candidate]) -> "LazyPool":
        """Return a pool with more candidates at its end."""
        return LazyPool(self._count, self._make, (*self._more, *candidates))

    def _one(self, number: int) -> Candidate:
        return self._make(number) if number < self._count else self._more[number - self._count]


class Known(Mapping[str, Candidate]):
    """The candidates that a campaign begins with, by id, in their order.

    Args:
        pool: Different candidates.

    Raises:
        InvalidInputError: A candidate is there twice.
    """

    def __init__(self, pool: tuple[Candidate, ...] | LazyPool) -> None:
        self.pool, self.rows = pool, rows_of(pool)

    def __getitem__(self, key: str) -> Candidate:
        return self.pool[self.rows[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class Pool:
    """Candidates in the order in which they came; everything about a new one may be asked.

    Args:
        known: To begin with.
        fidelities: In column order.
        cost: Announced costs; ``None`` for those of the fidelities.

    Raises:
        BudgetError: A cost is not a number of 0 or more.
    """

    def __init__(self, known: Known, fidelities: Sequence[Fidelity], cost: Cost | None) -> None:
        self._fidelities, self._cost = tuple(fidelities), cost
        self.columns = {fidelity.name: column for column, fidelity in enumerate(fidelities)}
        self.rows = dict(known.rows)
        self.candidates: tuple[Candidate, ...] | LazyPool = known.pool
        self.costs: FloatArray = self.quote(known.pool)
        self.costs.setflags(write=False)
        self.available: BoolArray = np.ones(self.costs.shape, dtype=np.bool_)

    def __contains__(self, candidate: Candidate) -> bool:
        return candidate.id in self.rows

    def quote(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return announced costs (k, m) of any candidates, in the pool or beyond it.

        Raises:
            BudgetError: A cost is not a number of 0 or more.
        """
        names = list(self.columns)
        costs: FloatArray
        if self._cost is None:
            costs = np.tile([f.cost for f in self._fidelities], (len(candidates), 1))
        else:
            price = self._cost
            costs = np.array([[price(c, name) for name in names] for c in candidates], dtype=float)
        costs = costs.reshape(len(candidates), len(names))
        wrong = np.argwhere(~(np.isfinite(costs) & (costs >= 0)))
        if len(wrong):
            row, column = wrong[0]
            raise BudgetError(
                f"{candidates[row].formula} at fidelity {names[column]!r} costs "
                f"{costs[row, column]}; a cost is a number of 0 or more"
            )
        return costs

    def price(self, query: Query) -> float:
        """Return the announced cost of a query.

        Raises:
            BudgetError: It is not a number of 0 or more.
        """
        column, row = self.columns[query.fidelity], self.rows.get(query.candidate.id)
        costs = self.quote([query.candidate])[0] if row is None else self.costs[row]
        return float(costs[column])

    def close(self, queries: Sequence[Query]) -> None:
        """Let queries have been asked: they may not be asked again, and what is new joins."""
        asked = dict.fromkeys(query.candidate for query in queries)
        self._admit([candidate for candidate in asked if candidate not in self])
        for query in queries:
            row, column = self.rows[query.candidate.id], self.columns[query.fidelity]
            self.available[row, column] = False

    def _admit(self, candidates: Sequence[Candidate]) -> None:
        if not candidates:
            return
        start = len(self.candidates)
        self.rows.update({c.id: row for row, c in enumerate(candidates, start)})
        old = self.candidates
        self.candidates = (
            old.followed_by(candidates) if isinstance(old, LazyPool) else (*old, *candidates)
        )
        costs = self.quote(candidates)
        self.costs = np.concatenate([self.costs, costs])
        self.costs.setflags(write=False)
        self.available = np.concatenate([self.available, np.ones(costs.shape, dtype=np.bool_)])
