"""The best candidates of a campaign, with everything that was predicted and measured of them."""

from dataclasses import dataclass, replace
from typing import Final

from discovery.campaign import CampaignRecord, Entry
from discovery.types import Candidate, Forecast, Observation

_UNSAFE: Final = str.maketrans(dict.fromkeys('/\\:*?"<>|& ', "_"))


@dataclass(frozen=True)
class TopCandidate:
    """One of the best candidates.

    Args:
        rank: From 1.
        candidate: The material.
        forecast: What was believed of its target value when it was chosen for a target
            measurement or, without one, when it was chosen last.
        measured: The answer of the target fidelity: a value or a bound; ``None`` if not bought.
        others: What the other fidelities answered, in the order of the answers.
        cost: What all its answered queries cost, in budget units.
    """

    rank: int
    candidate: Candidate
    forecast: Forecast
    measured: Observation | None
    others: tuple[Observation, ...]
    cost: float

    @property
    def cif(self) -> str | None:
        """File name of its exported structure; ``None`` when it has no structure."""
        if self.candidate.structure is None:
            return None
        return f"{self.candidate.formula.translate(_UNSAFE)[:60]}_{self.candidate.id}.cif"


def top_candidates(record: CampaignRecord, count: int) -> list[TopCandidate]:
    """Return the best candidates, best first.

    First those measured at the target, by their value or bound from below; then those only
    predicted, by their forecast; last those known to lie below a bound. What has neither a
    forecast nor an answer at the target is not listed.
    """
    by_candidate: dict[str, list[Entry]] = {}
    for entry in record.entries:
        by_candidate.setdefault(entry.query.candidate.id, []).append(entry)
    target = record.target.name
    gathered = (_gather(entries, target) for entries in by_candidate.values())
    keyed = [(order, top) for top in gathered if (order := _order(top)) is not None]
    keyed.sort(key=lambda pair: pair[0], reverse=True)
    return [replace(top, rank=place) for place, (_, top) in enumerate(keyed[:count], start=1)]


def _gather(entries: list[Entry], target: str) -> TopCandidate:
    at_target = [entry for entry in entries if entry.query.fidelity == target]
    measured = [e.observation for e in at_target if e.observation and e.observation.status == "ok"]
    return TopCandidate(
        rank=0,
        candidate=entries[0].query.candidate,
        forecast=(at_target or entries)[-1].forecast,
        measured=measured[-1] if measured else None,
        others=tuple(
            e.observation for e in entries if e.observation and e.query.fidelity != target
        ),
        cost=sum(entry.actual or 0.0 for entry in entries),
    )


def _order(top: TopCandidate) -> tuple[int, float] | None:
    """Sort key, larger is better; ``None`` when nothing is known."""
    measured = top.measured
    if measured is None:
        return None if top.forecast.mean is None else (1, top.forecast.mean)
    if measured.bound is None:
        assert measured.value is not None
        return (2, measured.value)
    return (2 if measured.bound.side == "right" else 0, measured.bound.value)
