"""What a generator made in a campaign: rewards, answers and coverage, and its best crystals.

All of it is in the journal: the loop notes with each batch what was generated, and the batch says
which of its candidates come from beyond the pool.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from discovery.assessment.diversity import diversity
from discovery.campaign import CampaignRecord
from discovery.report import generated_figures as figures
from discovery.report.crystal_picture import crystal_picture
from discovery.report.drawing import Json
from discovery.report.generated_rounds import Answered, answered, counted, rounds
from discovery.report.ranking import TopCandidate, top_candidates
from discovery.report.sections import figure
from discovery.report.table import Cell, table, value
from discovery.report.text import NOTHING, amount, answer, esc, number
from discovery.report.text import formula as subscripts

_PICTURES: Final = 4
_BEST: Final = 10
_COLUMNS: Final = (
    ("count", "crystals"), ("new", "not in the pool"), ("elements", "elements"),
    ("space_groups", "space groups"), ("systems", "chemical systems"),
)  # fmt: skip


def generated_figures(record: CampaignRecord) -> dict[str, Json]:
    """Return the figures of :func:`generated_section` by name."""
    notes = rounds(record)
    if not notes:
        return {}
    drawn = {
        "answers": figures.answers(answered(record)),
        "rewards": figures.rewards(notes),
        "coverage": figures.coverage(record),
        "novelty": figures.novelty(notes),
    }
    return drawn | {
        f"crystal{place}": crystal_picture(top.candidate.structure)
        for place, top in enumerate(_pictured(record))
        if top.candidate.structure is not None
    }


def generated_section(record: CampaignRecord) -> str:
    """Return the section about generated crystals; empty when nothing was generated."""
    notes = rounds(record)
    if not notes:
        return ""
    best = max(int(noted.get("top", 0)) for noted in notes.values())
    drawn = [
        figure(
            "answers",
            "What the target answered",
            "Each point is a crystal asked at the target; the line is the median of the generated "
            "ones. A bound counts as its value in the median.",
        ),
        figure(
            "rewards",
            "Rewards of generated crystals",
            "Scores of the acquisition function, which is fitted anew each round: the line is the "
            "median, the band holds 80 %.",
        ),
        figure(
            "novelty",
            "Novelty and difference",
            "Distance from the pool: median share of the atoms that would have to be of another "
            "element to make the nearest composition of the pool, what was asked before included. "
            f"Difference of the best: mean share by which two of the {best} crystals of highest "
            "reward differ.",
        ),
        figure(
            "coverage",
            "Ground covered",
            "Elements and space groups of the generated crystals asked about, so far.",
        ),
    ]
    pictures = [
        figure(f"crystal{place}", subscripts(top.candidate.formula), _caption(top), height=380)
        for place, top in enumerate(_pictured(record))
    ]
    return (
        f'<section><h2>Generated crystals</h2>\n<p class="note">{_summary(record)}</p></section>\n'
        + _pair(drawn)
        + ("\n<section><h2>The best of them</h2></section>\n" + _pair(pictures) if pictures else "")
        + f"\n{_by_round(notes, answered(record))}\n{_counts(notes)}"
    )


def _pair(figures_: list[str]) -> str:
    return '<div class="pair">\n' + "\n".join(figures_) + "\n</div>"


def _summary(record: CampaignRecord) -> str:
    """How many were asked and answered, and how different the best of them are."""
    found = [one for one in answered(record) if one.origin == "generated"]
    target, made = record.target.name, set(record.generated)
    told = [entry.query for entry in record.entries if entry.observation is not None]
    asked = sum(query.fidelity == target and query.candidate in made for query in told)
    text = (
        f"{len(record.generated)} generated crystals were asked about, {asked} of them at the "
        f"target, which answered {len(found)}."
    )
    best = [top.candidate for top in _best(record) if top.measured is not None][:_BEST]
    if len(best) > 1:
        spread = diversity(best)
        text += (
            f" The {len(best)} best by their answers have {spread.compositions} compositions of "
            f"{spread.systems} chemical systems in {spread.groups} space groups; two of them "
            f"differ by {spread.distance:.0%} of their atoms on average."
        )
    return text


def _by_round(notes: Mapping[int, Mapping[str, float]], found: list[Answered]) -> str:
    heads = [
        "round", *(head for _, head in _COLUMNS), "difference of the best",
        "distance from the pool", "answered", "median answer", "best answer"
    ]  # fmt: skip
    rows = []
    for turn, noted in notes.items():
        told = [a for a in found if a.round == turn and a.origin == "generated"]
        values = [answer.value for answer in told]
        rows.append(
            [
                value(str(turn), turn),
                *(_noted(noted.get(key)) for key, _ in _COLUMNS),
                *(_share(noted.get(key)) for key in ("distance", "novelty")),
                value(str(len(values)), len(values)),
                _answer(told, float(np.median(values)) if values else None),
                _answer(told, max(values, default=None)),
            ]
        )
    note = (
        "Answers are those of the target to generated crystals; a bound counts as its value in the "
        "median, and what was refused not at all."
    )
    return (
        "<section><h2>Generated crystals by round</h2>\n"
        f'<p class="note">{note}</p>\n{table(heads, rows)}</section>'
    )


def _answer(told: list[Answered], middle: float | None) -> Cell:
    """A number made of answers, as a bound where one of those at or above it is one."""
    if middle is None:
        return value(NOTHING, None)
    bounded = any(one.answer.observation.bound is not None and one.value >= middle for one in told)
    return value(f"&lt; {number(middle)}" if bounded else number(middle), middle)


def _counts(notes: Mapping[int, Mapping[str, float]]) -> str:
    """What the generator counted, a column per round."""
    heads = ["", *(f"round {turn}" for turn in notes)]
    rows = [
        [Cell(esc(name)), *(_noted(noted.get(turn)) for turn in notes)]
        for name, noted in counted(notes).items()
    ]
    return (
        "<section><h2>What the generator counted</h2>\n"
        f'<p class="note">Crystals scored, steps of training, and what became of the crystals '
        f"that were given atoms.</p>\n{table(heads, rows)}</section>"
    )


def _noted(number_: float | None) -> Cell:
    return value(NOTHING if number_ is None else amount(number_).replace("-", "−"), number_)


def _share(share: float | None) -> Cell:
    return value(NOTHING if share is None else f"{share:.0%}", share)


def _best(record: CampaignRecord) -> list[TopCandidate]:
    """Generated crystals, the best first; without those that the target refused."""
    made, target = set(record.generated), record.target.name
    silent = {
        entry.query.candidate
        for entry in record.entries
        if entry.query.fidelity == target
        and entry.observation is not None
        and entry.observation.status != "ok"
    }
    tops = top_candidates(record, len(record.entries))
    return [t for t in tops if t.candidate in made and t.candidate not in silent]


def _pictured(record: CampaignRecord) -> list[TopCandidate]:
    """The best one of each composition and space group, where atoms are known."""
    found: dict[tuple[str, int | None], TopCandidate] = {}
    for top in _best(record):
        if top.candidate.structure is not None:
            found.setdefault((top.candidate.formula, top.candidate.space_group), top)
    return list(found.values())[:_PICTURES]


def _caption(top: TopCandidate) -> str:
    structure = top.candidate.structure
    group = top.candidate.space_group
    parts = [f"space group {group}"] if group else []
    if structure is not None:
        parts.append(f"{len(structure.sites)} atoms, {structure.volume:.0f} Å<sup>3</sup> per cell")
    if top.measured is not None:
        unit = esc(top.measured.unit)
        parts.append(f"answered {answer(top.measured)} {unit}")
    elif top.forecast.mean is None:
        parts.append("not answered yet")
    else:
        parts.append(f"forecast {number(top.forecast.mean)}, not asked at the target yet")
    return "; ".join(parts)
