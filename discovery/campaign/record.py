"""What a journal says: the state of a campaign is a fold over its events.

Nothing but the events is needed: a report reads a journal without data set, oracles or pool.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from discovery.codec import (
    candidate_from_json,
    fidelity_from_json,
    forecast_from_json,
    observation_from_json,
)
from discovery.errors import DiscoveryError, JournalError
from discovery.ledger import Ledger
from discovery.protocols import State
from discovery.store import Event
from discovery.store.states import unpack
from discovery.types import Candidate, Fidelity, Forecast, Observation, Query

_KINDS: Final = (
    "amended", "asked", "reserved", "submitted", "told", "failed", "refused", "lost", "settled",
    "stopped",
)  # fmt: skip
_NOBODY: Final[Mapping[str, Candidate]] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """One query of a campaign and what became of it.

    Args:
        query: What was asked.
        round: Number of its batch, counted from 1.
        reserved: Announced cost, in budget units.
        forecast: What was believed of its target value when it was asked.
        asked: When, UTC, ISO 8601.
        submitted: When it was handed to an executor last, or ``None``.
        observation: What came back last, or ``None`` while it is open.
        answered: When that came back, or ``None``.
        actual: What it cost, or ``None`` while it is open.
        spent: What the campaign had spent once it was settled, or ``None``.
    """

    query: Query
    round: int
    reserved: float
    forecast: Forecast
    asked: str
    submitted: str | None = None
    observation: Observation | None = None
    answered: str | None = None
    actual: float | None = None
    spent: float | None = None

    @property
    def cost(self) -> float:
        """The announced cost while the query is open, then the actual one."""
        return self.reserved if self.actual is None else self.actual


@dataclass
class CampaignRecord:
    """All that a journal says of a campaign.

    Args:
        name: Name of the campaign.
        seed: Its seed.
        version: Version of the package that created it.
        config: Its configuration, plain JSON.
        fidelities: In column order; exactly one is the target.
        pool_size: Number of candidates.
        pool_digest: Content hash of the pool.
        created: When it was created, UTC, ISO 8601.
        updated: When something was journalled last.
        ledger: Its accounts; ``ledger.budget`` is the budget as last amended.
        observations: Everything told, in that order; a late result follows the verdict that it
            replaces.
        outlooks: What the loop noted each time it asked.
        generated: Candidates that were asked from beyond the pool, in that order.
        memory: What the loop wanted to remember last.
        rounds: Number of batches asked.
        stops: (time, reason) of every end.
        stopped: Why it ended, or ``None`` when something happened since.
        candidates: By id: all that were asked.
    """

    name: str
    seed: int
    version: str
    config: Mapping[str, Any]
    fidelities: tuple[Fidelity, ...]
    pool_size: int
    pool_digest: str
    created: str
    updated: str
    ledger: Ledger
    observations: list[Observation] = field(default_factory=list)
    outlooks: list[Mapping[str, float]] = field(default_factory=list)
    generated: list[Candidate] = field(default_factory=list, repr=False)
    memory: State | None = field(default=None, repr=False)
    rounds: int = 0
    stops: list[tuple[str, str]] = field(default_factory=list)
    stopped: str | None = None
    candidates: dict[str, Candidate] = field(default_factory=dict, repr=False)
    _known: Mapping[str, Candidate] = field(default_factory=lambda: _NOBODY, repr=False)
    _entries: dict[str, Entry] = field(default_factory=dict, repr=False)
    _open: dict[str, Query] = field(default_factory=dict, repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All queries, in the order they were asked."""
        return tuple(self._entries.values())

    @property
    def queries(self) -> tuple[Query, ...]:
        """What was asked, in that order."""
        return tuple(entry.query for entry in self._entries.values())

    @property
    def forecasts(self) -> Mapping[str, Forecast]:
        """Query id -> what was believed when it was asked."""
        return {key: entry.forecast for key, entry in self._entries.items()}

    @property
    def pending(self) -> tuple[Query, ...]:
        """Asked and not yet answered, in the order it was asked."""
        return tuple(self._open.values())

    @property
    def target(self) -> Fidelity:
        """The fidelity that the campaign is for."""
        (target,) = (fidelity for fidelity in self.fidelities if fidelity.target)
        return target

    @property
    def best(self) -> Observation | None:
        """The highest value measured at the target; bounds have no place in a maximum."""
        measured = (
            observation
            for observation in self.observations
            if observation.value is not None and observation.query.fidelity == self.target.name
        )
        return max(measured, key=lambda observation: observation.value or 0.0, default=None)

    @property
    def outlook(self) -> Mapping[str, float]:
        """What the loop noted when it asked last."""
        return self.outlooks[-1] if self.outlooks else {}

    def find(self, query_id: str) -> Entry | None:
        """Return what became of a query, or ``None`` when it was never asked."""
        return self._entries.get(query_id)

    def advance(self, event: Event) -> None:
        """Let one more event have happened.

        Raises:
            JournalError: The event has an unknown kind or does not fit what happened before.
        """
        if event.kind not in _KINDS:
            raise JournalError(
                f"the journal of {self.name!r} has an event of kind {event.kind!r}, which this "
                "version does not know; upgrade with: pip install --upgrade ion-discovery"
            )
        try:
            self._apply(event.kind, event.payload, event.time)
        except (KeyError, TypeError, ValueError, AttributeError, DiscoveryError) as error:
            raise _misfit(self.name, event, error) from error
        self.stopped = event.payload["reason"] if event.kind == "stopped" else None
        self.updated = event.time

    def _apply(self, kind: str, payload: Mapping[str, Any], time: str) -> None:
        match kind:
            case "amended":
                self.ledger.amend(payload["budget"])
            case "asked":
                self._ask(payload, time)
            case "reserved":
                entry = self._entries[payload["query"]]
                self.ledger.reserve(entry.query.id, entry.query.fidelity, payload["cost"])
            case "submitted":
                for key in payload["queries"]:
                    self._entries[key] = replace(self._entries[key], submitted=time)
            case "settled":
                self._settle(payload["query"], payload["actual"])
            case "stopped":
                self.stops.append((time, payload["reason"]))
            case _:  # told, failed, refused, lost
                self._tell(payload["observation"], time)

    def _ask(self, payload: Mapping[str, Any], time: str) -> None:
        self.rounds = payload["round"]
        self.outlooks.append(payload["outlook"])
        if "memory" in payload:
            self.memory = unpack(payload["memory"])
        for item in payload["queries"]:
            candidate_id = item["id"].removesuffix(f"@{item['fidelity']}")
            if candidate_id not in self.candidates:
                known = self._known.get(candidate_id)
                self.candidates[candidate_id] = (
                    candidate_from_json(item["candidate"]) if known is None else known
                )
            if item.get("beyond") and self.candidates[candidate_id] not in self.generated:
                self.generated.append(self.candidates[candidate_id])
            query = Query(self.candidates[candidate_id], item["fidelity"])
            forecast = forecast_from_json(item["forecast"])
            self._entries[item["id"]] = Entry(query, self.rounds, item["cost"], forecast, time)
            self._open[item["id"]] = query

    def _tell(self, data: Mapping[str, Any], time: str) -> None:
        entry = self._entries[data["query"]]
        observation = observation_from_json(data, entry.query)
        self._entries[data["query"]] = replace(entry, observation=observation, answered=time)
        self._open.pop(data["query"], None)
        self.observations.append(observation)

    def _settle(self, key: str, actual: float) -> None:
        entry = self._entries[key]
        assert entry.observation is not None
        self.ledger.settle(key, actual, entry.observation.status)
        self._entries[key] = replace(entry, actual=actual, spent=self.ledger.spent)


def fold(events: Iterable[Event], known: Mapping[str, Candidate] = _NOBODY) -> CampaignRecord:
    """Return what events say of a campaign; the same events always say the same.

    Args:
        events: All events of a journal, in order.
        known: By id: candidates at hand, which need not be read from the events again.

    Raises:
        JournalError: There is no event, or one does not fit those before.
    """
    rest = iter(events)
    first = next(rest, None)
    if first is None or first.kind != "created":
        raise JournalError("the journal does not begin with the creation of a campaign; run one")
    record = _created(first, known)
    for event in rest:
        record.advance(event)
    return record


def _created(event: Event, known: Mapping[str, Candidate]) -> CampaignRecord:
    payload = event.payload
    try:
        fidelities = tuple(map(fidelity_from_json, payload["fidelities"]))
        return CampaignRecord(
            name=payload["name"],
            seed=payload["seed"],
            version=payload["version"],
            config=payload["config"],
            fidelities=fidelities,
            pool_size=payload["pool_size"],
            pool_digest=payload["pool_digest"],
            created=event.time,
            updated=event.time,
            ledger=Ledger(payload["budget"], [fidelity.name for fidelity in fidelities]),
            _known=known,
        )
    except (KeyError, TypeError, ValueError, DiscoveryError) as error:
        raise _misfit("a campaign", event, error) from error


def _misfit(name: str, event: Event, error: Exception) -> JournalError:
    return JournalError(
        f"the journal of {name} cannot be followed at its event {event.kind!r} of {event.time} "
        f"({type(error).__name__}: {error}); restore it from a copy"
    )
