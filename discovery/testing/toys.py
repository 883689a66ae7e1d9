"""A campaign in memory and what happens in it: enough to try a proxy, a sampler or a loop on.

The toy's truth is a smooth function of the composition in decades; it claims nothing about
conductors.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from discovery.errors import BudgetError, InvalidInputError, UnknownQueryError
from discovery.protocols import Request, State
from discovery.testing.probes import model_probes
from discovery.types import (
    Batch,
    Bound,
    Candidate,
    Fidelity,
    FloatArray,
    Forecast,
    Observation,
    Query,
    Status,
)

CHEAP, TARGET = Fidelity("hint", 1.0), Fidelity("measured", 10.0, target=True)
FIDELITIES = (CHEAP, TARGET)
_DETECTION_LIMIT = -8.5
_FATES: Final[Mapping[str, Status]] = {"0": "refused", "1": "failed"}
"""First digit of a candidate's id -> what happens to its queries."""


class EndlessError(Exception):
    """A loop asks more often than there are queries."""


def truth(candidate: Candidate) -> float:
    """Return the toy's log10 sigma: lithium, soft anions and small cells help."""
    share = candidate.fractions
    soft = share.get("S", 0.0) + 0.8 * share.get("Br", 0.0) + 0.5 * share.get("Cl", 0.0)
    return -13.0 + 8.0 * share.get("Li", 0.0) + 9.0 * soft - 3.0 * share.get("Mg", 0.0)


def observe(candidate: Candidate, fidelity: Fidelity, status: Status = "ok") -> Observation:
    """Return the toy's answer, in another unit and offset at the cheap fidelity.

    Target values below the detection limit come back as bounds.
    """
    query, value = Query(candidate, fidelity.name), truth(candidate)
    if fidelity.target:
        prop, unit = "log10_sigma", "log10(S/cm)"
    else:
        prop, unit, value = "hint", "eV", 2.0 + 0.1 * value + 0.05 * np.sin(7 * value)
    answered = status == "ok"
    censored = answered and fidelity.target and value < _DETECTION_LIMIT
    return Observation(
        query=query,
        status=status,
        property=prop,
        unit=unit,
        value=float(value) if answered and not censored else None,
        bound=Bound("left", _DETECTION_LIMIT) if censored else None,
        reason="" if answered else "toy",
        cost=0.0 if status == "refused" else fidelity.cost,
        oracle=fidelity.name,
        version="1",
    )


def observations(fidelities: Sequence[Fidelity] = FIDELITIES) -> list[Observation]:
    """Return about 40 observations of every status at all fidelities, values and bounds mixed."""
    pool = model_probes()
    seen, rest = [c for i, c in enumerate(pool) if i % 5 < 3], pool[3::5]  # noqa: PLR2004
    told = [observe(c, f) for f in fidelities for c in (seen if f.target else pool)]
    strange: tuple[Status, ...] = ("failed", "refused", "timeout", "lost")
    told[5:5] = [
        observe(candidate, fidelities[-1], status)
        for candidate, status in zip(rest, strange, strict=False)
    ]
    return told


class ToyCampaign:
    """A campaign without a journal; refuses what a campaign refuses (see CampaignState)."""

    def __init__(self, budget: float, *, seed: int = 0) -> None:
        self.pool: Sequence[Candidate] = tuple(model_probes())
        self.fidelities = FIDELITIES
        self.budget, self.seed = budget, seed
        self.observations: list[Observation] = []
        self.asked: list[Query] = []
        self.outlook: Mapping[str, float] = {}
        self.memory: State | None = None
        self.round, self.spent, self.stopped = 0, 0.0, ""
        self._price = {fidelity.name: fidelity.cost for fidelity in FIDELITIES}
        self._reserved: dict[str, float] = {}
        self._patience = 4 * len(self.pool) * len(FIDELITIES)

    @property
    def pending(self) -> tuple[Query, ...]:
        """Asked and not yet answered."""
        return tuple(query for query in self.asked if query.id in self._reserved)

    def request(self, size: int) -> Request:
        """Return what may be asked now."""
        self._patience -= 1
        if self._patience < 0:
            raise EndlessError
        asked = {query.id for query in self.asked}
        costs = self.quote(self.pool)
        available = np.array(
            [[Query(c, f.name).id not in asked for f in self.fidelities] for c in self.pool]
        )
        return Request(
            pool=self.pool,
            fidelities=self.fidelities,
            costs=costs,
            available=available,
            allowance=self.budget - self.spent - sum(self._reserved.values()),
            size=size,
        )

    def quote(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return the cost of each fidelity, the same for all candidates."""
        return np.tile([f.cost for f in self.fidelities], (len(candidates), 1))

    def ask(
        self,
        batch: Batch,
        forecasts: Sequence[Forecast],
        outlook: Mapping[str, float],
        memory: State | None = None,
    ) -> None:
        """Reserve the cost of a batch, all or nothing; what is new joins the pool."""
        if len(forecasts) != len(batch):
            raise InvalidInputError(f"{len(forecasts)} forecasts for {len(batch)} queries")
        asked = {query.id for query in self.asked}
        for query in batch.queries:
            if query.id in asked:
                raise InvalidInputError(f"{query.id} is asked twice")
            asked.add(query.id)
        wanted = sum(self._price[query.fidelity] for query in batch.queries)
        left = self.budget - self.spent - sum(self._reserved.values())
        if wanted > left + 1e-9:
            raise BudgetError(f"a batch of cost {wanted:g} with {left:g} left")
        self._reserved.update({q.id: self._price[q.fidelity] for q in batch.queries})
        self.asked += batch.queries
        new = dict.fromkeys(q.candidate for q in batch.queries if q.candidate not in self.pool)
        self.pool = (*self.pool, *new)
        self.outlook = dict(outlook)
        self.memory = memory
        self.round += 1

    def submit(self, queries: Sequence[Query]) -> Sequence[Query]:
        """Return the queries."""
        return queries

    def tell(self, observation: Observation) -> None:
        """Settle a query; the same answer again changes nothing."""
        query = observation.query
        if query.id not in {asked.id for asked in self.asked}:
            raise UnknownQueryError(f"{query.id} was never asked")
        announced = self._reserved.pop(query.id, None)
        if announced is not None:
            self.spent += announced if observation.cost is None else observation.cost
            self.observations.append(observation)

    def stop(self, reason: str) -> None:
        """Note why the loop ended."""
        self.stopped = reason


class ToyExecutor:
    """Answers from the toy's truth; some queries are refused, some fail.

    Args:
        silent: Name of a fidelity that a laboratory would answer: its queries yield nothing.
    """

    def __init__(self, silent: str = "") -> None:
        self.silent = silent

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield one observation per query that is not silent."""
        by_name = {fidelity.name: fidelity for fidelity in FIDELITIES}
        for query in queries:
            if query.fidelity != self.silent:
                status: Status = _FATES.get(query.candidate.id[0], "ok")
                yield observe(query.candidate, by_name[query.fidelity], status)
