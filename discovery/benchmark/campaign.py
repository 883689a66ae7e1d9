"""A campaign on a problem, in memory: what a loop sees of it, and the table that answers."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from discovery.benchmark.metrics_trace import Trace
from discovery.benchmark.points import pool_of
from discovery.benchmark.problems.problem import Problem
from discovery.errors import InvalidInputError
from discovery.ledger import Ledger
from discovery.protocols import Request, State
from discovery.rng import derive
from discovery.types import (
    Batch,
    Bound,
    Candidate,
    Estimate,
    Fidelity,
    FloatArray,
    Forecast,
    Observation,
    Query,
)

ORACLE = "table"


class ProblemCampaign:
    """Answers are those of the problem; nothing is journalled (see ``CampaignState``).

    The initial design is asked and told when the campaign is made: it is the first batch, and it is
    charged. A loop goes on from there and needs no initial design of its own.

    Args:
        problem: What is asked.
        initial: Queries of the initial design, see
            :func:`discovery.benchmark.problems.initial.initial_design`.
        budget: In cost units, the initial design included.
        seed: Of the strategy.

    Raises:
        BudgetError: The budget does not pay the initial design.
    """

    def __init__(self, problem: Problem, initial: Trace, budget: float, seed: int) -> None:
        self.problem, self.seed = problem, seed
        self.pool: Sequence[Candidate] = pool_of(problem)
        self.fidelities: tuple[Fidelity, ...] = problem.fidelities
        self.observations: list[Observation] = []
        self.outlook: Mapping[str, float] = {}
        self.memory: State | None = None
        self.round, self.stopped = 0, ""
        self.available = problem.askable.copy()
        self._ledger = Ledger(budget, [fidelity.name for fidelity in problem.fidelities])
        self._row = {candidate.id: row for row, candidate in enumerate(self.pool)}
        self._column = {fidelity.name: place for place, fidelity in enumerate(self.fidelities)}
        self._costs = np.tile(problem.costs, (len(problem), 1))
        self._open: dict[str, Query] = {}
        self._answered: list[tuple[int, int, float, int]] = []
        first = tuple(
            Query(self.pool[row], self.fidelities[column].name)
            for row, column in zip(initial.row, initial.column, strict=True)
        )
        self._reserve(first)
        for query in first:
            self.tell(self.answer(query))
        self.round = 1

    @property
    def budget(self) -> float:
        """Total budget in cost units."""
        return self._ledger.budget

    @property
    def spent(self) -> float:
        """Cost of everything answered."""
        return self._ledger.spent

    @property
    def pending(self) -> tuple[Query, ...]:
        """Asked and not yet answered."""
        return tuple(self._open.values())

    @property
    def trace(self) -> Trace:
        """What was answered so far; batch 0 is the initial design."""
        told = np.array(self._answered, dtype=np.float64).reshape(-1, 4)
        row, column, batch = told[:, [0, 1, 3]].astype(np.intp).T
        return Trace(row, column, told[:, 2], batch)

    def request(self, size: int) -> Request:
        """Return what may be asked now."""
        return Request(
            pool=self.pool,
            fidelities=self.fidelities,
            costs=self._costs,
            available=self.available.copy(),
            allowance=self._ledger.allowance,
            size=size,
        )

    def quote(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return the cost of each fidelity, the same for all candidates."""
        return np.tile(self.problem.costs, (len(candidates), 1))

    def ask(
        self,
        batch: Batch,
        forecasts: Sequence[Forecast],
        outlook: Mapping[str, float],
        memory: State | None = None,
    ) -> None:
        """Take note of a batch and reserve its cost.

        Raises:
            BudgetError: It cannot be afforded.
            InvalidInputError: A candidate is not of the pool, or a query cannot be asked (again).
        """
        del forecasts
        self._reserve(batch.queries)
        self.outlook, self.memory = outlook, memory
        self.round += 1

    def submit(self, queries: Sequence[Query]) -> Sequence[Query]:
        """Return the queries."""
        return queries

    def tell(self, observation: Observation) -> None:
        """Take an answer in and settle its cost; telling one again changes nothing."""
        query = observation.query
        if self._open.pop(query.id, None) is None:
            return
        row, column = self.place(query)
        cost = self._ledger.price(query.id, observation.cost, observation.status)
        self._ledger.settle(query.id, cost, observation.status)
        self.observations.append(observation)
        # the batch that is answered now is the last that was asked
        self._answered.append((row, column, cost, max(self.round - 1, 0)))

    def stop(self, reason: str) -> None:
        """Note why the loop ended."""
        self.stopped = reason

    def place(self, query: Query) -> tuple[int, int]:
        """Return row and column of a query in the problem.

        Raises:
            InvalidInputError: The candidate is not of the pool, or there is no such fidelity.
        """
        row, column = self._row.get(query.candidate.id), self._column.get(query.fidelity)
        if row is None or column is None:
            raise InvalidInputError(
                f"{self.problem.name} has no answer for {query.candidate.formula} at "
                f"{query.fidelity!r}: a benchmark knows its pool and its fidelities alone"
            )
        return row, column

    def answer(self, query: Query) -> Observation:
        """Return what the table says, at the announced cost."""
        row, column = self.place(query)
        outcome = self.problem.answer(row, column)
        fidelity = self.fidelities[column]
        quantity = self.problem.quantity or self.problem.name
        return Observation(
            query=query,
            status="ok",
            property=quantity if fidelity.target else fidelity.name,
            unit=self.problem.unit if fidelity.target else "",
            value=outcome.value if isinstance(outcome, Estimate) else None,
            bound=outcome if isinstance(outcome, Bound) else None,
            cost=fidelity.cost,
            oracle=ORACLE,
            seed=derive(self.seed, "table", query.id),
        )

    def _reserve(self, queries: Sequence[Query]) -> None:
        places = [self.place(query) for query in queries]
        for query, place in zip(queries, places, strict=True):
            if not self.available[place]:
                raise InvalidInputError(
                    f"{query.candidate.formula} cannot be asked at {query.fidelity!r}: it was "
                    "asked before, or there is no answer; ask what the request offers"
                )
        costs = [self.fidelities[column].cost for _, column in places]
        self._ledger.check(costs)
        for query, place, cost in zip(queries, places, costs, strict=True):
            self._ledger.reserve(query.id, query.fidelity, cost)
            self._open[query.id] = query
            self.available[place] = False


class TableExecutor:
    """Looks the answers up.

    Args:
        campaign: Whose queries it answers.
    """

    def __init__(self, campaign: ProblemCampaign) -> None:
        self._campaign = campaign

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield one observation per query, in order."""
        for query in queries:
            yield self._campaign.answer(query)
