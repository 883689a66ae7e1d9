"""The campaign: what a loop asks of it and tells it.

Every change is one transaction of the journal first and a change of memory second, so a campaign
that is killed at any moment is found again as it was before or after that change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final, Self

import discovery
from discovery.campaign.answers import same, shown
from discovery.campaign.plan import check_plan, plain_config
from discovery.campaign.pool import Cost, Known, LazyPool, Pool
from discovery.campaign.record import CampaignRecord, Entry, fold
from discovery.campaign.resume import check_same, pool_digest
from discovery.codec import (
    candidate_to_json,
    fidelity_to_json,
    finite,
    forecast_to_json,
    observation_to_json,
)
from discovery.errors import (
    ConflictingResultError,
    InvalidInputError,
    JournalError,
    UnknownNameError,
    UnknownQueryError,
)
from discovery.ledger import PROVISIONAL, Ledger
from discovery.protocols import Request, State
from discovery.store import Event, Journal
from discovery.store.states import pack
from discovery.types import (
    Batch,
    Candidate,
    Fidelity,
    FloatArray,
    Forecast,
    Observation,
    Query,
)

_KINDS: Final = {"ok": "told", "timeout": "failed"}
"""Status -> kind of event, where they are called differently."""


class Campaign:
    """A pool, a journal and a budget (see ``discovery.protocols.CampaignState``).

    Made by :meth:`open`.
    """

    def __init__(
        self, journal: Journal, record: CampaignRecord, known: Known, cost: Cost | None
    ) -> None:
        self._journal: Final = journal
        self._record: Final = record
        self._pool: Final = Pool(known, record.fidelities, cost)
        self._pool.close(record.queries)

    @classmethod
    def open(
        cls,
        journal: Journal,
        *,
        name: str,
        seed: int,
        budget: float,
        fidelities: Sequence[Fidelity],
        pool: Sequence[Candidate],
        config: Mapping[str, Any],
        cost: Cost | None = None,
        ignore: Sequence[str] = (),
    ) -> Self:
        """Create a campaign in an empty journal, or resume the one that the journal tells of.

        Args:
            journal: Opened for writing, for the campaign of this name.
            name: Name of the campaign.
            seed: Everything random follows from it; 0 or more.
            budget: In cost units. A resumed campaign takes a changed budget over.
            fidelities: In column order, with different names; exactly one is the target.
            pool: Candidates, different ones, in a fixed order. Of a :class:`LazyPool` only the ids
                stay in memory.
            config: Its configuration, plain JSON, kept in the journal.
            cost: Announced costs; ``None`` for those of the fidelities.
            ignore: Fields of the configuration, as dotted paths, that may differ on resuming.

        Raises:
            JournalError: The journal is another campaign's; the message lists what differs.
            BudgetError: The budget is not a positive number or less than what is spent and
                reserved, or a cost is not a cost.
            InvalidInputError: Pool, fidelities, seed or configuration cannot be those of a
                campaign.
        """
        check_plan(seed, fidelities)
        if journal.campaign != name:
            raise JournalError(
                f"{journal.where} was opened for campaign {journal.campaign!r}, not {name!r}"
            )
        plain = plain_config(config)
        known = Known(pool if isinstance(pool, LazyPool) else tuple(pool))
        events = journal.events()
        if not events:
            Ledger(budget, [])
            events = [
                Event(
                    "created",
                    {
                        "name": name,
                        "seed": seed,
                        "budget": float(budget),
                        "fidelities": [fidelity_to_json(fidelity) for fidelity in fidelities],
                        "config": plain,
                        "pool_size": len(pool),
                        "pool_digest": pool_digest(known),
                        "version": discovery.__version__,
                    },
                )
            ]
            campaign = cls(journal, fold(events, known), known, cost)
            journal.append(events)
            return campaign
        record = fold(events, known)
        check_same(
            record,
            journal.where,
            seed=seed,
            fidelities=fidelities,
            pool=known,
            config=plain,
            ignore=ignore,
        )
        campaign = cls(journal, record, known, cost)
        campaign._amend(budget)
        return campaign

    @property
    def record(self) -> CampaignRecord:
        """All that the journal says, kept up to date."""
        return self._record

    @property
    def ledger(self) -> Ledger:
        """The accounts."""
        return self._record.ledger

    @property
    def pool(self) -> Sequence[Candidate]:
        """Candidates in a fixed order: those it began with, then those asked from beyond."""
        return self._pool.candidates

    @property
    def fidelities(self) -> tuple[Fidelity, ...]:
        """Fidelities in column order; exactly one is the target."""
        return self._record.fidelities

    @property
    def observations(self) -> Sequence[Observation]:
        """Everything told so far, in the order it was told."""
        return tuple(self._record.observations)

    @property
    def pending(self) -> tuple[Query, ...]:
        """Asked and not yet answered, in the order it was asked."""
        return self._record.pending

    @property
    def round(self) -> int:
        """Number of batches asked so far."""
        return self._record.rounds

    @property
    def seed(self) -> int:
        """Seed of the campaign."""
        return self._record.seed

    @property
    def budget(self) -> float:
        """Total budget in cost units."""
        return self.ledger.budget

    @property
    def spent(self) -> float:
        """Actual cost of everything settled."""
        return self.ledger.spent

    @property
    def outlook(self) -> Mapping[str, float]:
        """What the loop noted when it asked last."""
        return self._record.outlook

    @property
    def memory(self) -> State | None:
        """What the loop wanted to remember last."""
        return self._record.memory

    @property
    def best(self) -> Observation | None:
        """The highest value measured at the target; bounds have no place in a maximum."""
        return self._record.best

    def request(self, size: int) -> Request:
        """Return what may be asked now: never what was asked before, whatever came back.

        Costs are read-only and shared, availability is the caller's own copy.
        """
        if size < 1:
            raise InvalidInputError(f"a batch has at least one query, not {size}")
        return Request(
            pool=self._pool.candidates,
            fidelities=self.fidelities,
            costs=self._pool.costs,
            available=self._pool.available.copy(),
            allowance=self.ledger.allowance,
            size=size,
            rows=self._pool.rows,
        )

    def quote(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return announced costs (k, m) of any candidates, in the pool or beyond it.

        Raises:
            BudgetError: A cost is not a number of 0 or more.
        """
        return self._pool.quote(candidates)

    def ask(
        self,
        batch: Batch,
        forecasts: Sequence[Forecast],
        outlook: Mapping[str, float],
        memory: State | None = None,
    ) -> None:
        """Journal a batch and reserve its cost, all or nothing; an empty batch changes nothing.

        A candidate that is asked from beyond the pool joins it.

        Raises:
            BudgetError: The batch cannot be afforded.
            InvalidInputError: A query was asked before, or forecasts and queries do not match.
            UnknownNameError: A query has a fidelity that the campaign does not have.
        """
        if len(forecasts) != len(batch):
            raise InvalidInputError(f"{len(forecasts)} forecasts for {len(batch)} queries")
        if not batch.queries:
            return
        self._check_new(batch.queries)
        costs = [self._pool.price(query) for query in batch.queries]
        self.ledger.check(costs)
        queries = [
            {
                "id": query.id,
                "candidate": candidate_to_json(query.candidate),
                "fidelity": query.fidelity,
                "cost": cost,
                "forecast": forecast_to_json(forecast),
            }
            | ({} if query.candidate in self._pool else {"beyond": True})
            for query, cost, forecast in zip(batch.queries, costs, forecasts, strict=True)
        ]
        payload: dict[str, Any] = {
            "round": self.round + 1,
            "queries": queries,
            "outlook": {key: finite(value, f"outlook {key!r}") for key, value in outlook.items()},
        }
        if memory is not None:
            payload["memory"] = pack(memory)
        asked = Event("asked", payload)
        reserved = [
            Event("reserved", {"query": query.id, "cost": cost}, asked.time)
            for query, cost in zip(batch.queries, costs, strict=True)
        ]
        self._happen(asked, *reserved)
        self._pool.close(batch.queries)

    def submit(self, queries: Sequence[Query]) -> Sequence[Query]:
        """Journal that queries are handed to an executor, and return them.

        Open queries may be submitted again: whoever had them may have died.

        Raises:
            UnknownQueryError: One was never asked.
            InvalidInputError: One is answered already.
        """
        for query in queries:
            entry = self._record.find(query.id)
            if entry is None:
                raise self._unknown(query.id)
            if entry.observation is not None:
                raise InvalidInputError(
                    f"{query.id} is answered already ({entry.observation.status}); "
                    "submit pending queries only"
                )
        if queries:
            self._happen(Event("submitted", {"queries": [query.id for query in queries]}))
        return queries

    def tell(self, observation: Observation) -> None:
        """Journal an answer and settle its cost; telling the same answer again changes nothing.

        An answer is the same when status, property, unit and value (or bound) are. A query that
        was given up (``lost``, ``timeout``, ``failed``) takes a later answer, whose cost replaces
        the one booked for it. Without a cost of its own an answer costs what was reserved.

        Raises:
            UnknownQueryError: The query was never asked.
            ConflictingResultError: It was answered differently before.
            BudgetError: A refusal has a cost.
        """
        accepted = self._accept(observation)
        if accepted is None:
            return
        entry, actual = accepted
        kept = replace(observation, query=entry.query, cost=actual)
        told = Event(
            _KINDS.get(kept.status, kept.status), {"observation": observation_to_json(kept)}
        )
        settled = {"query": entry.query.id, "reserved": entry.reserved, "actual": actual}
        self._happen(told, Event("settled", settled, told.time))

    def check(self, observation: Observation) -> None:
        """Check that :meth:`tell` would accept an answer; it raises the same errors."""
        self._accept(observation)

    def stop(self, reason: str) -> None:
        """Journal why the loop ended; the same end of the same state is journalled once."""
        if self._record.stopped != reason:
            self._happen(Event("stopped", {"reason": reason}))

    def _accept(self, observation: Observation) -> tuple[Entry, float] | None:
        """The query's entry and the answer's cost; ``None`` for an answer that is known."""
        entry = self._record.find(observation.query.id)
        if entry is None:
            raise self._unknown(observation.query.id)
        key, before = entry.query.id, entry.observation
        if before is not None:
            if same(before, observation):
                return None
            if before.status not in PROVISIONAL:
                raise ConflictingResultError(
                    f"{key} ({entry.query.candidate.formula}) was told as {shown(before)} and is "
                    f"now told as {shown(observation)}; the journal keeps the first answer. "
                    "Correct the result, or leave this row out"
                )
        return entry, self.ledger.price(key, observation.cost, observation.status)

    def _happen(self, *events: Event) -> None:
        self._journal.append(events)
        for event in events:
            self._record.advance(event)

    def _amend(self, budget: float) -> None:
        if budget != self.budget:
            self.ledger.check_budget(budget)
            self._happen(Event("amended", {"budget": float(budget)}))

    def _check_new(self, queries: Sequence[Query]) -> None:
        seen = set()
        for query in queries:
            if query.fidelity not in self._pool.columns:
                raise UnknownNameError("fidelity", query.fidelity, self._pool.columns)
            if query.id in seen or self._record.find(query.id) is not None:
                raise InvalidInputError(
                    f"{query.id} ({query.candidate.formula}) is asked twice; "
                    "propose only what request(size).available allows"
                )
            seen.add(query.id)

    def _unknown(self, query_id: str) -> UnknownQueryError:
        asked = [query.id for query in self._record.queries]
        near = get_close_matches(query_id, asked, n=3)
        hint = f"the nearest that were: {', '.join(near)}" if near else "see `status` and `ask`"
        return UnknownQueryError(f"query {query_id!r} was never asked; {hint}")
