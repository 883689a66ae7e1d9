"""Generators of crystals side by side: a Markdown file and plain JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from discovery import __version__
from discovery.report.document import Document
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import amount, number
from discovery.studies.generators import BEST, GeneratorStudy, Labelled, Made

_FAR: Final = (
    "The reward is a prediction far from what the proxy has seen; a high one says what the proxy "
    "believes, not what a measurement would give. A generator that finds the highest rewards also "
    "finds the proxy's mistakes."
)
_OFFERED: Final = (
    "Every generator returns the best of all crystals that it had scored, so what is compared is "
    "what a campaign would be offered."
)


def sheets(study: GeneratorStudy) -> Iterator[Sheet]:
    """Yield rewards and coverage, what was given atoms, and why the rest was not."""
    yield Sheet(
        "Rewards and coverage",
        f"The {study.count} best different crystals of {study.calls} that were scored, at most. "
        f"Difference: mean share of atoms by which two of the {BEST} of highest reward differ. "
        "New: of another composition, space group or cell than everything known.",
        (
            "generator", "scored", "minutes", "crystals", "median reward", "10 % above", "best",
            "compositions", "space groups", "chemical systems", f"difference of the best {BEST}",
            f"systems of the best {BEST}", "new",
        ),
        [_row(made) for made in study.made],
        frozenset(range(1, 13)),
    )  # fmt: skip
    if study.labelled:
        yield Sheet(
            "Atoms and physics",
            "Crystals drawn at random from those above, given atoms, and labelled: answered, "
            "refused or failed. A refusal is an answer too (an element without parameters, a "
            "crystal without a way through); a failure would be an error.",
            ("generator", "tried", "realised", "share", "seconds per structure", *_oracles(study)),
            [_labelled(one, _oracles(study)) for one in study.labelled],
            frozenset(range(1, 5)),
        )
        yield Sheet(
            "What became of crystals that were given atoms",
            "Counted by the generator that puts atoms in place.",
            ("generator", "counts"),
            [
                (
                    Entry(one.name),
                    Entry(", ".join(f"{k} {amount(v)}" for k, v in sorted(one.counts.items()))),
                )
                for one in study.labelled
            ],
        )


def findings(study: GeneratorStudy) -> list[str]:
    """Return what the numbers say."""
    ranked = sorted((m for m in study.made if len(m.rewards)), key=lambda made: -made.median)
    if not ranked:
        return ["No generator made a crystal."]
    first = ranked[0]
    said = [
        f"Highest median reward: {first.name}, {number(first.median)}; "
        + ", ".join(f"{made.name} {number(made.median)}" for made in ranked[1:])
        + "."
    ]
    said += [
        f"{first.name} lies {number(first.median - made.median)} above {made.name} in the median "
        f"({number(10 ** (first.median - made.median), 1)} times as a ratio of conductivities); "
        f"{np.mean(first.rewards > made.rewards[0]):.1%} of its crystals are above the best one of "
        f"{made.name}."
        for made in ranked[1:]
    ]
    return said


def document(study: GeneratorStudy, command: str) -> Document:
    """Return the page."""
    reward = study.reward
    return Document(
        "Generators of crystals, with the same number of calls",
        (
            f"reward: {reward['property']} predicted from {reward['rows']} rows of "
            + str(reward["dataset"]),
            f"ion-discovery {__version__}",
            f"seed {study.seed}",
        ),
        findings(study),
        list(sheets(study)),
        (
            _FAR,
            _OFFERED,
        ),
        command,
    )


def facts(study: GeneratorStudy) -> dict[str, Any]:
    """Return the study as plain JSON; of rewards the quantiles."""
    made = [
        {
            **{key: value for key, value in asdict(one).items() if key != "rewards"},
            "crystals": len(one.rewards),
            "rewards": _quantiles(one),
        }
        for one in study.made
    ]
    labelled = [asdict(one) for one in study.labelled]
    return {**asdict(study), "made": made, "labelled": labelled}


def _quantiles(made: Made) -> dict[str, float]:
    if not len(made.rewards):
        return {}
    shares = (0.0, 0.1, 0.5, 0.9, 1.0)
    return {
        f"{q:g}": float(v) for q, v in zip(shares, np.quantile(made.rewards, shares), strict=True)
    }


def _row(made: Made) -> tuple[Entry, ...]:
    told = _quantiles(made)
    return (
        Entry(made.name),
        _count(made.calls),
        Entry(number(made.seconds / 60, 1), made.seconds),
        _count(made.covered.count),
        *(Entry(number(told[q]), told[q]) if told else Entry("") for q in ("0.5", "0.9", "1")),
        _count(made.covered.compositions),
        _count(made.covered.groups),
        _count(made.covered.systems),
        Entry(number(made.best.distance), made.best.distance),
        _count(made.best.systems),
        Entry(f"{made.new:.1%}", made.new),
    )


def _oracles(study: GeneratorStudy) -> tuple[str, ...]:
    return tuple(study.labelled[0].answers) if study.labelled else ()


def _labelled(one: Labelled, oracles: tuple[str, ...]) -> tuple[Entry, ...]:
    share = one.realised / one.tried
    return (
        Entry(one.name),
        _count(one.tried),
        _count(one.realised),
        Entry(f"{share:.0%}", share),
        Entry(number(one.seconds / max(one.realised, 1)), one.seconds),
        *(
            Entry(", ".join(f"{status} {n}" for status, n in sorted(one.answers[each].items())))
            for each in oracles
        ),
    )


def _count(value: int) -> Entry:
    return Entry(str(value), value)
