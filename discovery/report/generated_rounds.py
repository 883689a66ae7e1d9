"""What the journal tells of generated crystals, round by round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from discovery.campaign import CampaignRecord
from discovery.report.history import Answer, measured

PREFIX: Final = "generated."
"""Of notes about the crystals of a round."""

NOTES: Final = "generator."
"""Of what the generator itself counted."""


@dataclass(frozen=True)
class Answered:
    """What the target answered.

    Args:
        round: In which it was asked, from 1.
        origin: Where the candidate comes from.
        value: Of the answer, or of its bound.
        answer: The answer.
    """

    round: int
    origin: Literal["initial design", "pool", "generated"]
    value: float
    answer: Answer


def rounds(record: CampaignRecord) -> dict[int, Mapping[str, float]]:
    """Return round -> what was noted of its crystals, where some of them could be judged."""
    return {
        turn: {key.removeprefix(PREFIX): note for key, note in notes.items()}
        for turn, notes in enumerate(record.outlooks, 1)
        if f"{PREFIX}reward_best" in notes
    }


def counted(notes: Mapping[int, Mapping[str, float]]) -> dict[str, dict[int, float]]:
    """Return what the generator counted -> round -> number."""
    found: dict[str, dict[int, float]] = {}
    for turn, noted in notes.items():
        for key, number in noted.items():
            if key.startswith(NOTES):
                found.setdefault(key.removeprefix(NOTES), {})[turn] = number
    return found


def answered(record: CampaignRecord) -> list[Answered]:
    """Return the answers of the target, in the order they came."""
    made = set(record.generated)
    turn = {entry.query.id: entry.round for entry in record.entries}
    found = []
    for answer in measured(record):
        observation, query = answer.observation, answer.query
        value = observation.value if observation.bound is None else observation.bound.value
        assert value is not None
        origin: Literal["initial design", "pool", "generated"] = (
            "generated"
            if query.candidate in made
            else "initial design"
            if answer.forecast.mean is None
            else "pool"
        )
        found.append(Answered(turn[query.id], origin, value, answer))
    return found
