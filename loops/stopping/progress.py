"""Enough is found, or enough is tried."""

import math

from discovery.protocols import CampaignState
from discovery.types import Observation
from loops.answers import answered, best_value
from loops.stopping.rule import Rule


class TargetFound(Rule):
    """Stops when enough candidates reach a value.

    Args:
        value: What counts as found, in the unit of the target.
        count: How many are wanted.
    """

    def __init__(self, *, value: float, count: int = 1) -> None:
        self._value, self._count = value, count

    def reason(self, campaign: CampaignState) -> str | None:
        """Return how many candidates reach the value, when these are enough."""
        found = {o.query.candidate.id for o in answered(campaign) if self._reaches(o)}
        if len(found) < self._count:
            return None
        noun = "candidate reaches" if len(found) == 1 else "candidates reach"
        return f"{len(found)} {noun} {self._value:g}"

    def _reaches(self, observation: Observation) -> bool:
        """A value counts, and a bound that the truth lies above."""
        value, bound = observation.value, observation.bound
        if bound is not None:
            return bound.side == "right" and bound.value >= self._value
        return value is not None and value >= self._value


class NoImprovement(Rule):
    """Stops when the last target answers brought no better value; bounds count as tries.

    Args:
        queries: How many answers in a row.
    """

    def __init__(self, *, queries: int = 20) -> None:
        self._queries = queries

    def reason(self, campaign: CampaignState) -> str | None:
        """Return since when nothing better was found; nothing before there is a best value."""
        told = answered(campaign)
        before = best_value(told[: -self._queries])
        if not math.isfinite(before) or best_value(told[-self._queries :]) > before:
            return None
        return f"no improvement on {before:.2f} in the last {self._queries} target answers"


class Confident(Rule):
    """Stops when the proxy sees nothing better: the outlook's ``upper`` is not above the best.

    ``upper`` is the largest mean plus two standard deviations over what had not been asked when
    the loop asked last. It is as trustworthy as the proxy is calibrated.
    """

    def reason(self, campaign: CampaignState) -> str | None:
        """Return what the proxy expects at most, when that is not better than the best."""
        upper, best = campaign.outlook.get("upper"), best_value(answered(campaign))
        if upper is None or upper > best:
            return None
        return f"the proxy expects at most {upper:.2f} of the rest, the best is {best:.2f}"


class MaxRounds(Rule):
    """Stops after a number of rounds.

    Args:
        rounds: Number of batches asked.
    """

    def __init__(self, *, rounds: int = 50) -> None:
        self._rounds = rounds

    def reason(self, campaign: CampaignState) -> str | None:
        """Return that the rounds are over."""
        return f"{campaign.round} rounds asked" if campaign.round >= self._rounds else None
