"""Campaigns told as events, the way a journal holds them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from discovery.campaign import CampaignRecord, fold
from discovery.codec import (
    candidate_to_json,
    fidelity_to_json,
    forecast_to_json,
    observation_to_json,
)
from discovery.crystal import Crystal, Site
from discovery.store import Event
from discovery.types import Bound, Candidate, Fidelity, Forecast, Observation, Query

FIDELITIES = (Fidelity("cheap", 0.1), Fidelity("measured", 1.0, target=True))


def candidate(index: int, *, name: str = "", structure: bool = False) -> Candidate:
    crystal = Crystal(
        ((4.0, 0, 0), (0, 4.0, 0), (0, 0, 4.0 + 0.1 * index)),
        (Site((("Li", 1.0),), (0, 0, 0)), Site((("Cl", 1.0),), (0.5, 0.5, 0.5))),
    )
    return Candidate(
        (("Li", 1.0), ("Cl", 1.0)) if structure else (("Li", index + 1.0), ("Cl", 1.0)),
        space_group=225 if structure else None,
        structure=crystal if structure else None,
        name=name,
    )


@dataclass
class Story:
    """Appends the events that a campaign would have journalled."""

    name: str = "story"
    budget: float = 20.0
    config: dict[str, Any] = field(default_factory=lambda: {"dataset": {"name": "reference"}})
    pool_size: int = 20
    events: list[Event] = field(default_factory=list)
    round: int = 0

    def __post_init__(self) -> None:
        self.add(
            "created",
            name=self.name,
            seed=7,
            budget=self.budget,
            fidelities=[fidelity_to_json(f) for f in FIDELITIES],
            config=self.config,
            pool_size=self.pool_size,
            pool_digest="abc123",
            version="0.1.0",
        )

    def add(self, kind: str, **payload: Any) -> None:
        self.events.append(Event(kind, payload, f"2026-01-01T00:00:{len(self.events):02d}+00:00"))

    def ask(self, *queries: tuple[Query, Forecast]) -> None:
        self.round += 1
        cost = {fidelity.name: fidelity.cost for fidelity in FIDELITIES}
        asked = [
            {
                "id": query.id,
                "candidate": candidate_to_json(query.candidate),
                "fidelity": query.fidelity,
                "cost": cost[query.fidelity],
                "forecast": forecast_to_json(forecast),
            }
            for query, forecast in queries
        ]
        self.add("asked", round=self.round, queries=asked, outlook={})
        for query, _ in queries:
            self.add("reserved", query=query.id, cost=cost[query.fidelity])
        self.add("submitted", queries=[query.id for query, _ in queries])

    def tell(self, query: Query, status: str = "ok", **fields: Any) -> None:
        target = query.fidelity == "measured"
        reserved = 1.0 if target else 0.1
        observation = Observation(
            query=query,
            status=status,
            property="log10_sigma" if target else "mismatch",
            unit="log10(S/cm)" if target else "v.u.",
            oracle="table",
            version="2",
            **fields,
        )
        kind = {"ok": "told", "timeout": "failed"}.get(status, status)
        actual = reserved if observation.cost is None else observation.cost
        self.add(kind, observation=observation_to_json(observation))
        self.add("settled", query=query.id, reserved=reserved, actual=actual)

    @property
    def record(self) -> CampaignRecord:
        return fold(self.events)


def query(who: Candidate, fidelity: str = "measured") -> Query:
    return Query(who, fidelity)


def forecast(
    mean: float | None, std: float | None = 1.0, reason: str = "It looks good."
) -> Forecast:
    return Forecast(mean, std, 0.5, reason)


class Page(HTMLParser):
    """Tags, attributes, visible text and embedded JSON of a page; knows when tags do not match."""

    VOID = frozenset({"meta", "br", "link", "img", "hr", "input"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.scripts: dict[str, str] = {}
        self.text = ""
        self.mismatches: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mismatches.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            key = self.tags[-1][1].get("id") or "script"
            self.scripts[key] = self.scripts.get(key, "") + data
        elif self.open[-1:] != ["style"]:
            self.text += data


def three_rounds() -> Story:
    """Three rounds: cheap queries, values, a bound, a refusal, a failure, one still open."""
    told = Story()
    a, b = candidate(0, name="fast one", structure=True), candidate(1, structure=True)
    c, d, e = candidate(2), candidate(3), candidate(4)
    told.ask((query(a, "cheap"), forecast(None, None)), (query(b, "cheap"), forecast(None, None)))
    told.tell(query(a, "cheap"), value=0.25)
    told.tell(query(b, "cheap"), "refused", reason="no bond", cost=0.0)
    told.ask((query(a), forecast(-4.0)), (query(b), forecast(-3.0)), (query(c), forecast(-8.0)))
    told.tell(query(b), value=-5.0, standard_error=0.2)
    told.tell(query(a), value=-3.5, standard_error=0.1, cost=1.5)
    told.tell(query(c), bound=Bound("left", -10.0))
    told.ask((query(d), forecast(-6.0)), (query(e), forecast(-6.5, 2.0)))
    told.tell(query(d), "failed", reason="the sample broke")
    return told
