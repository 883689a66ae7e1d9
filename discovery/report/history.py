"""A campaign as its report tells it: queries in the order of their answers, with running cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from discovery.types import Fidelity, Forecast, Observation, Query


@dataclass(frozen=True)
class Entry:
    """One query of a campaign.

    Args:
        query: What was asked.
        round: Number of its batch, counted from 1.
        price: Announced cost, in budget units.
        forecast: What was believed of the target value when it was asked.
        observation: What came back last, or ``None`` while it is open.
        cost: What it cost so far, in budget units.
        spent: What the campaign had spent when the answer was settled.
    """

    query: Query
    round: int
    price: float
    forecast: Forecast
    observation: Observation | None = None
    cost: float = 0.0
    spent: float = 0.0

    @property
    def answer(self) -> Observation:
        """What came back; only for queries that were answered."""
        assert self.observation is not None
        return self.observation


@dataclass(frozen=True)
class History:
    """All that a report shows of a campaign.

    Args:
        name: Name of the campaign.
        seed: Its seed.
        version: Version of the package that created it.
        config: Its configuration, plain JSON.
        budget: Total budget, in cost units.
        spent: Actual cost of everything settled.
        reserved: Cost of what is asked and not answered.
        fidelities: In column order; exactly one is the target.
        pool_size: Number of candidates.
        pool_digest: Content hash of the pool.
        started: When it was created, ISO 8601.
        updated: When something was journalled last, ISO 8601.
        entries: All queries, in the order they were asked.
        answered: Those that were answered, in the order of their answers.
        stopped: Why the loop ended, or ``None``.
    """

    name: str
    seed: int
    version: str
    config: Mapping[str, Any]
    budget: float
    spent: float
    reserved: float
    fidelities: tuple[Fidelity, ...]
    pool_size: int
    pool_digest: str
    started: str
    updated: str
    entries: tuple[Entry, ...]
    answered: tuple[Entry, ...]
    stopped: str | None

    @property
    def remaining(self) -> float:
        """Budget neither spent nor reserved."""
        return max(self.budget - self.spent - self.reserved, 0.0)

    @cached_property
    def target(self) -> Fidelity:
        """The fidelity that the campaign is for."""
        (target,) = (fidelity for fidelity in self.fidelities if fidelity.target)
        return target

    @cached_property
    def measured(self) -> tuple[Entry, ...]:
        """Target queries answered with a value or a bound, in the order of the answers."""
        return tuple(
            entry
            for entry in self.answered
            if entry.query.fidelity == self.target.name and entry.answer.status == "ok"
        )

    @property
    def pending(self) -> tuple[Entry, ...]:
        """Queries without an answer, in the order they were asked."""
        return tuple(entry for entry in self.entries if entry.observation is None)

    @property
    def rounds(self) -> int:
        """Number of batches asked."""
        return max((entry.round for entry in self.entries), default=0)

    @property
    def best(self) -> Entry | None:
        """The highest value measured at the target; bounds have no place in a maximum."""
        exact = [entry for entry in self.measured if entry.answer.value is not None]
        return max(exact, key=lambda entry: entry.answer.value or 0.0, default=None)


def read_history(record):
    return record
