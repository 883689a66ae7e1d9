"""The candidates of a campaign, what may be asked about them, and what that costs."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from discovery.errors import BudgetError
from discovery.types import BoolArray, Candidate, Fidelity, FloatArray, Query

Cost: TypeAlias = Callable[[Candidate, str], float]
"""Announced cost of a candidate at the fidelity of that name, in budget units."""


class Pool:
    """Candidates in the order in which they came; everything about a new one may be asked.

    Args:
        candidates: To begin with, different ones.
        fidelities: In column order.
        cost: Announced costs; ``None`` for those of the fidelities.

    Raises:
        BudgetError: A cost is not a number of 0 or more.
    """

    def __init__(
        self, candidates: Sequence[Candidate], fidelities: Sequence[Fidelity], cost: Cost | None
    ) -> None:
        self._fidelities, self._cost = tuple(fidelities), cost
        self.columns = {fidelity.name: column for column, fidelity in enumerate(fidelities)}
        self._rows: dict[str, int] = {}
        self.candidates: tuple[Candidate, ...] = ()
        self.costs: FloatArray = self.quote(())
        self.available: BoolArray = np.ones(self.costs.shape, dtype=np.bool_)
        self._admit(candidates)

    def __contains__(self, candidate: Candidate) -> bool:
        return candidate.id in self._rows

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
        column, row = self.columns[query.fidelity], self._rows.get(query.candidate.id)
        costs = self.quote([query.candidate])[0] if row is None else self.costs[row]
        return float(costs[column])

    def close(self, queries: Sequence[Query]) -> None:
        """Let queries have been asked: they may not be asked again, and what is new joins."""
        asked = dict.fromkeys(query.candidate for query in queries)
        self._admit([candidate for candidate in asked if candidate not in self])
        for query in queries:
            row, column = self._rows[query.candidate.id], self.columns[query.fidelity]
            self.available[row, column] = False

    def _admit(self, candidates: Sequence[Candidate]) -> None:
        if not candidates:
            return
        start = len(self.candidates)
        self._rows.update({c.id: row for row, c in enumerate(candidates, start)})
        self.candidates = (*self.candidates, *candidates)
        costs = self.quote(candidates)
        self.costs = np.concatenate([self.costs, costs])
        self.costs.setflags(write=False)
        self.available = np.concatenate([self.available, np.ones(costs.shape, dtype=np.bool_)])
