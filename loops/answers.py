"""What a campaign has learnt about its target, read off its observations."""

import math

from discovery.protocols import CampaignState
from discovery.types import Fidelity, Observation


def target(campaign: CampaignState) -> Fidelity:
    """Return the target fidelity."""
    return next(fidelity for fidelity in campaign.fidelities if fidelity.target)


def answered(campaign: CampaignState) -> list[Observation]:
    """Return the target observations with a value or a bound, in the order they were told."""
    name = target(campaign).name
    return [o for o in campaign.observations if o.status == "ok" and o.query.fidelity == name]


def best_value(observations: list[Observation]) -> float:
    """Return the largest uncensored value; -inf when there is none. A bound is not a value."""
    return max((o.value for o in observations if o.value is not None), default=-math.inf)
