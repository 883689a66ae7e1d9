"""What a generator made in a campaign: rewards and coverage by round, and its best crystals.

All of it is in the journal: the loop notes with each batch what was generated, and the batch says
which of its candidates come from beyond the pool.
"""

from collections.abc import Mapping
from typing import Any, Final

from discovery.campaign import CampaignRecord
from discovery.report.crystal_picture import crystal_picture
from discovery.report.drawing import BAND, BLUE, INK, Json, layout, line
from discovery.report.ranking import TopCandidate, top_candidates
from discovery.report.sections import figure
from discovery.report.table import Cell, table, value
from discovery.report.text import amount, esc, interval, number
from discovery.report.text import formula as subscripts

PREFIX: Final = "generated."
"""Of notes about the crystals of a round."""

NOTES: Final = "generator."
"""Of what the generator itself counted."""

_PICTURES: Final = 4
_COLUMNS: Final = (
    ("count", "crystals"), ("new", "not in the pool"), ("elements", "elements"),
    ("space_groups", "space groups"), ("systems", "chemical systems"),
    ("distance", "difference of the best 100"),
)  # fmt: skip


def generated_figures(record: CampaignRecord) -> dict[str, Json]:
    """Return the figures of :func:`generated_section` by name."""
    rounds = _rounds(record)
    if not rounds:
        return {}
    drawn = {"rewards": _rewards(rounds), "coverage": _coverage(record)}
    return drawn | {
        f"crystal{place}": crystal_picture(top.candidate.structure)
        for place, top in enumerate(_best(record))
        if top.candidate.structure is not None
    }


def generated_section(record: CampaignRecord) -> str:
    """Return the section about generated crystals; empty when nothing was generated."""
    rounds = _rounds(record)
    if not rounds:
        return ""
    heads = ["round", *(head for _, head in _COLUMNS), "what the generator counted"]
    rows = [
        [
            value(str(turn), turn),
            *(value(amount(notes[key]), notes[key]) for key, _ in _COLUMNS),
            Cell(_counted(notes)),
        ]
        for turn, notes in rounds.items()
    ]
    note = (
        f"{len(record.generated)} generated crystals were asked about. Difference: mean share of "
        "atoms by which two of the hundred crystals of highest reward differ."
    )
    pictures = "\n".join(
        figure(f"crystal{place}", subscripts(top.candidate.formula), _caption(top), height=380)
        for place, top in enumerate(_best(record))
        if top.candidate.structure is not None
    )
    return (
        '<div class="pair">\n'
        + figure(
            "rewards",
            "Rewards of generated crystals",
            "Scores of the acquisition function, which is fitted anew each round: the line is the "
            "median, the band holds 80 %.",
        )
        + "\n"
        + figure(
            "coverage",
            "Ground covered",
            "Elements and space groups of the generated crystals asked about, so far.",
        )
        + f"\n{pictures}\n</div>\n<section><h2>Generated crystals by round</h2>\n"
        f'<p class="note">{note}</p>\n{table(heads, rows)}</section>'
    )


def _rounds(record: CampaignRecord) -> dict[int, Mapping[str, float]]:
    """Round -> what was noted of its crystals, for rounds in which some could be judged."""
    return {
        turn: {key.removeprefix(PREFIX): note for key, note in notes.items()}
        for turn, notes in enumerate(record.outlooks, 1)
        if f"{PREFIX}reward_best" in notes
    }


def _counted(notes: Mapping[str, float]) -> str:
    told = {k.removeprefix(NOTES): v for k, v in notes.items() if k.startswith(NOTES)}
    return ", ".join(f"{esc(key)} {amount(note)}" for key, note in told.items())


def _rewards(rounds: Mapping[int, Mapping[str, float]]) -> Json:
    turns = list(rounds)

    def of(key: str) -> list[float]:
        return [notes[key] for notes in rounds.values()]

    low = line("10 %", turns, of("reward_low"), width=0) | {"showlegend": False}
    high = line("80 % of the crystals", turns, of("reward_high"), width=0)
    page = layout("round", "score")
    page["xaxis"]["dtick"] = max(1, len(turns) // 10)
    return {
        "data": [
            low,
            high | {"fill": "tonexty", "fillcolor": BAND},
            line("median", turns, of("reward_median"), color=BLUE, width=2.5),
            line("best", turns, of("reward_best"), color=INK, width=1.5, dash="dot"),
        ],
        "layout": page,
    }


def _coverage(record: CampaignRecord) -> Json:
    made = set(record.generated)
    turns = list(range(1, record.rounds + 1))
    asked: dict[int, list[Any]] = {turn: [] for turn in turns}
    for entry in record.entries:
        if entry.query.candidate in made:
            asked[entry.round].append(entry.query.candidate)

    def growing(of: Any) -> list[int]:  # noqa: ANN401 - a function of a candidate
        found: set[Any] = set()
        counts = []
        for turn in turns:
            found.update(thing for candidate in asked[turn] for thing in of(candidate))
            counts.append(len(found))
        return counts

    page = layout("round", "different ones so far")
    page["xaxis"]["dtick"] = max(1, len(turns) // 10)
    return {
        "data": [
            line("elements", turns, growing(lambda c: c.fractions), color=BLUE, width=2.5),
            line(
                "space groups",
                turns,
                growing(lambda c: {c.space_group} - {None}),
                color=INK,
                width=2.5,
            ),
        ],
        "layout": page,
    }


def _best(record: CampaignRecord) -> list[TopCandidate]:
    made = set(record.generated)
    tops = top_candidates(record, len(record.entries))
    drawn = [t for t in tops if t.candidate in made and t.candidate.structure is not None]
    return drawn[:_PICTURES]


def _caption(top: TopCandidate) -> str:
    group = f"space group {top.candidate.space_group}, " if top.candidate.space_group else ""
    answer = top.measured
    if answer is not None and answer.value is not None:
        return f"{group}answered {number(answer.value)}"
    if top.forecast.mean is None:
        return f"{group}not answered yet"
    return f"{group}forecast {interval(top.forecast.mean, top.forecast.std)}"
