"""The key numbers of a campaign, as plain JSON."""

from collections.abc import Mapping
from typing import Any, Final

from discovery.campaign import CampaignRecord
from discovery.ledger import Account
from discovery.report.history import measured
from discovery.report.recall import HIT_FRACTION, find_hits, recall_steps
from discovery.types import Bound, Estimate, Observation, Status

FAST: Final = -4.0
"""log10 of the conductivity (S/cm) from which a material counts as a fast conductor."""

STATUSES: Final[tuple[Status, ...]] = ("ok", "refused", "failed", "timeout", "lost")


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
    ledger, found = record.ledger, measured(record)
    facts = {
        "name": record.name,
        "seed": record.seed,
        "version": record.version,
        "started": record.created,
        "updated": record.updated,
        "pool_size": record.pool_size,
        "budget": ledger.budget,
        "spent": ledger.spent,
        "reserved": ledger.reserved,
        "remaining": ledger.allowance,
        "rounds": record.rounds,
        "asked": len(record.entries),
        "pending": len(record.pending),
        "stopped": record.stopped,
        "target": record.target.name,
        "fidelities": {name: _counts(account) for name, account in ledger.accounts.items()},
        "measured": len(found),
        "fast_threshold": FAST,
        "fast_found": len({a.query.candidate.id for a in found if _is_fast(a.observation)}),
        "best": _best(record.best),
    }
    hits = find_hits(truth, hit_fraction) if truth else frozenset()
    if hits:
        known = recall_steps(record, hits)[-1][1]
        facts |= {"hits": len(hits), "hits_found": known, "recall": known / len(hits)}
    return facts


def _counts(account: Account) -> dict[str, Any]:
    return {
        "asked": account.asked,
        **{status: account.counts.get(status, 0) for status in STATUSES},
        "pending": account.open,
        "cost": account.spent,
    }


def _is_fast(observation: Observation) -> bool:
    """A bound from above never proves a fast conductor; one from below may."""
    value, bound = observation.value, observation.bound
    if value is not None:
        return value >= FAST
    return bound is not None and bound.side == "right" and bound.value >= FAST


def _best(observation: Observation | None) -> dict[str, Any] | None:
    if observation is None:
        return None
    candidate = observation.query.candidate
    return {
        "id": candidate.id,
        "formula": candidate.formula,
        "name": candidate.name,
        "space_group": candidate.space_group,
        "value": observation.value,
        "standard_error": observation.standard_error,
        "unit": observation.unit,
    }
