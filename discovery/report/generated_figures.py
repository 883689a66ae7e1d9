"""Figures about generated crystals, as plain Plotly JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from discovery.campaign import CampaignRecord
from discovery.report.drawing import BAND, BLUE, INK, MUTED, OTHERS, Json, bounds, layout, line
from discovery.report.drawing import points as markers
from discovery.report.generated_rounds import Answered
from discovery.types import Candidate

_TICKS: Final = 10
_LOOKS: Final = {
    "initial design": {"color": MUTED, "opacity": 0.6, "size": 7},
    "pool": {"color": OTHERS[0], "opacity": 0.8, "size": 7},
    "generated": {"color": BLUE, "opacity": 0.6, "size": 8},
}


def answers(found: Sequence[Answered]) -> Json:
    """Return what the target answered by round, and the median of generated crystals."""
    data = []
    for origin, look in _LOOKS.items():
        here = [a for a in found if a.origin == origin and a.answer.observation.value is not None]
        if here:
            x, y = [a.round for a in here], [a.value for a in here]
            data.append(markers(x, y, [a.answer for a in here]) | {"name": origin, "marker": look})
    censored = [a for a in found if a.answer.observation.bound is not None]
    data += bounds([a.answer for a in censored], [a.round for a in censored])
    made = [a for a in found if a.origin == "generated"]
    turns = sorted({a.round for a in made})
    medians = [float(np.median([a.value for a in made if a.round == turn])) for turn in turns]
    data.append(line("median of the generated", turns, medians, color=INK, width=2))
    return {"data": data, "layout": _by_round("answer of the target", max(turns, default=1))}


def rewards(notes: Mapping[int, Mapping[str, float]]) -> Json:
    """Return how the scores of generated crystals are distributed, by round."""
    turns = list(notes)

    def of(key: str) -> list[float]:
        return [noted[key] for noted in notes.values()]

    low = line("10 %", turns, of("reward_low"), width=0) | {"showlegend": False}
    high = line("80 % of the crystals", turns, of("reward_high"), width=0)
    return {
        "data": [
            low,
            high | {"fill": "tonexty", "fillcolor": BAND},
            line("median", turns, of("reward_median"), color=BLUE, width=2.5),
            line("best", turns, of("reward_best"), color=INK, width=1.5, dash="dot"),
        ],
        "layout": _by_round("score", max(turns)),
    }


def novelty(notes: Mapping[int, Mapping[str, float]]) -> Json:
    """Return how far generated crystals are from the pool, and the best from each other."""
    looks = {
        "distance from the pool": ("novelty", BLUE),
        "difference of the best": ("distance", INK),
    }
    data = []
    for name, (key, color) in looks.items():
        known = {turn: noted[key] for turn, noted in notes.items() if key in noted}
        if known:
            data.append(line(name, list(known), list(known.values()), color=color, width=2.5))
    page = _by_round("share of the atoms", max(notes))
    page["yaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    return {"data": data, "layout": page}


def coverage(record: CampaignRecord) -> Json:
    """Return elements and space groups of the generated crystals asked about, so far."""
    made, turns = set(record.generated), range(1, record.rounds + 1)
    asked: dict[int, list[Candidate]] = {turn: [] for turn in turns}
    for entry in record.entries:
        if entry.query.candidate in made:
            asked[entry.round].append(entry.query.candidate)

    def growing(of: Callable[[Candidate], Iterable[object]]) -> list[int]:
        found: set[object] = set()
        counts = []
        for turn in turns:
            found.update(thing for candidate in asked[turn] for thing in of(candidate))
            counts.append(len(found))
        return counts

    groups = growing(lambda candidate: {candidate.space_group} - {None})
    return {
        "data": [
            line("elements", list(turns), growing(lambda c: c.fractions), color=BLUE, width=2.5),
            line("space groups", list(turns), groups, color=INK, width=2.5),
        ],
        "layout": _by_round("different ones so far", record.rounds),
    }


def _by_round(what: str, last: int) -> Json:
    page = layout("round", what)
    page["xaxis"]["dtick"] = max(1, last // _TICKS)
    return page
