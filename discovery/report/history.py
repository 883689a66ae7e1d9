"""The answers of a campaign, in the order they came, each with what was spent by then."""

from dataclasses import dataclass

from discovery.campaign import CampaignRecord
from discovery.types import Forecast, Observation, Query


@dataclass(frozen=True)
class Answer:
    """An answered query.

    Args:
        query: What was asked.
        forecast: What was believed of the target value when it was asked.
        observation: What came back last.
        spent: What the campaign had spent once it was settled, in budget units.
    """

    query: Query
    forecast: Forecast
    observation: Observation
    spent: float


def answers(record: CampaignRecord) -> list[Answer]:
    """Return all settled answers; a late result stands where it came, its verdict is gone."""
    last = {observation.query.id: place for place, observation in enumerate(record.observations)}
    found = [
        Answer(entry.query, entry.forecast, entry.observation, entry.spent)
        for entry in record.entries
        if entry.observation is not None and entry.spent is not None
    ]
    return sorted(found, key=lambda answer: last[answer.query.id])


def measured(record: CampaignRecord) -> list[Answer]:
    """Return what the target fidelity answered with a value or a bound."""
    return [
        answer
        for answer in answers(record)
        if answer.query.fidelity == record.target.name and answer.observation.status == "ok"
    ]


def exact(found: list[Answer]) -> list[Answer]:
    """Return the answers that are values."""
    return [answer for answer in found if answer.observation.value is not None]


def censored(found: list[Answer]) -> list[Answer]:
    """Return the answers that are bounds."""
    return [answer for answer in found if answer.observation.bound is not None]
