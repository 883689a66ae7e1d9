"""The key numbers of a campaign, as plain JSON."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from discovery.campaign import CampaignRecord
from discovery.report.history import Entry, History, read_history
from discovery.report.recall import HIT_FRACTION, find_hits, recall_steps
from discovery.types import Bound, Estimate

FAST: Final = -4.0
"""log10 of the conductivity (S/cm) from which a material counts as a fast conductor."""


def summary(
    record: CampaignRecord,
    *,
    truth: Mapping[str, Estimate | Bound] | None = None,
    hit_fraction: float = HIT_FRACTION,
) -> dict[str, Any]:
    """Return the key numbers of a campaign: budget, counts, best so far, what is open.

    Args:
        record: The campaign.
        truth: Hidden true target values by candidate id, for recall on benchmark data.
        hit_fraction: Share of the labelled pool that counts as a hit.
    """
    return summarize(read_history(record), truth, hit_fraction)


def summarize(
    history: History,
    truth: Mapping[str, Estimate | Bound] | None = None,
    hit_fraction: float = HIT_FRACTION,
) -> dict[str, Any]:
    """Return the key numbers of a history; see :func:`summary`."""
    facts = {
        "name": history.name,
        "seed": history.seed,
        "version": history.version,
        "started": history.started,
        "updated": history.updated,
        "pool_size": history.pool_size,
        "budget": history.budget,
        "spent": history.spent,
        "reserved": history.reserved,
        "remaining": history.remaining,
        "rounds": history.rounds,
        "asked": len(history.entries),
        "pending": len(history.pending),
        "stopped": history.stopped,
        "target": history.target.name,
        "fidelities": {f.name: _counts(history, f.name) for f in history.fidelities},
        "measured": len(history.measured),
        "fast_threshold": FAST,
        "fast_found": len({e.query.candidate.id for e in history.measured if _is_fast(e)}),
        "best": _best(history.best),
    }
    hits = find_hits(truth, hit_fraction) if truth else frozenset()
    if hits:
        found = recall_steps(history, hits)[-1][1]
        facts |= {"hits": len(hits), "hits_found": found, "recall": found / len(hits)}
    return facts


def _counts(history: History, fidelity: str) -> dict[str, Any]:
    entries = [entry for entry in history.entries if entry.query.fidelity == fidelity]
    statuses = Counter(e.observation.status for e in entries if e.observation)
    return {
        "asked": len(entries),
        **{s: statuses[s] for s in ("ok", "refused", "failed", "timeout", "lost")},
        "pending": sum(entry.observation is None for entry in entries),
        "cost": sum(entry.cost for entry in entries),
    }


def _is_fast(entry: Entry) -> bool:
    """A bound from above never proves a fast conductor; one from below may."""
    value, bound = entry.answer.value, entry.answer.bound
    if value is not None:
        return value >= FAST
    return bound is not None and bound.side == "right" and bound.value >= FAST


def _best(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    candidate, answer = entry.query.candidate, entry.answer
    return {
        "id": candidate.id,
        "formula": candidate.formula,
        "name": candidate.name,
        "space_group": candidate.space_group,
        "value": answer.value,
        "standard_error": answer.standard_error,
        "unit": answer.unit,
    }
