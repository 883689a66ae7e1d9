"""A query with all that is needed to answer it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from discovery import evaluation
from discovery.protocols import Oracle
from discovery.types import Candidate, Observation, Query

Oracles: TypeAlias = Mapping[str, tuple[str, Oracle, Callable[[Candidate], float]]]
"""Fidelity -> (name of its oracle, the oracle, what a candidate costs in budget units)."""


@dataclass(frozen=True)
class Task:
    """A query, its oracle and its announced cost.

    Args:
        query: What to ask.
        name: Registered name of the oracle.
        oracle: Whom to ask.
        cost: Announced cost; the cost function itself may not travel to another process.
        seed: Seed of the campaign.
    """

    query: Query
    name: str
    oracle: Oracle
    cost: float
    seed: int

    def run(self) -> Observation:
        """Ask the oracle; whatever happens becomes an observation."""
        return evaluation.evaluate(
            self.oracle, self.name, self.query, cost=self.cost, seed=self.seed
        )

    def failed(self, error: Exception) -> Observation:
        """Return the observation of a query that its worker did not survive."""
        return evaluation.observe(
            self.query, error, oracle=self.oracle, name=self.name, cost=self.cost
        )


def tasks(queries: Sequence[Query], oracles: Oracles, seed: int) -> list[Task]:
    """Return a task for each query whose fidelity has an oracle; others are answered outside."""
    found = []
    for query in queries:
        if query.fidelity in oracles:
            name, oracle, cost = oracles[query.fidelity]
            found.append(Task(query, name, oracle, cost(query.candidate), seed))
    return found
