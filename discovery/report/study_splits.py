"""Proxies on group splits: a Markdown file and plain JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from discovery import __version__
from discovery.report.sheets import Entry, Sheet, plain
from discovery.report.text import number
from discovery.studies.official import Opening
from discovery.studies.splits import Paired, SplitStudy

_TITLE: Final = "Proxies on group splits of OBELiX"
_METRICS: Final = {
    "spearman": "ρ",
    "r_squared": "R²",
    "mae": "MAE",
    "rmse": "RMSE",
    "auc_1e-4": "AUC σ ≥ 1e-4",
    "auc_1e-3": "AUC σ ≥ 1e-3",
    "coverage_50": "coverage of 50 %",
    "coverage_90": "coverage of 90 %",
    "width_90": "width of 90 %",
    "miscalibration_area": "miscalibration area",
    "crps": "CRPS",
    "nll": "NLL",
    "seconds": "seconds",
}


def sheets(study: SplitStudy, opening: Opening | None = None) -> Iterator[Sheet]:
    """Yield scores, differences and, where the test rows were opened, what they gave."""
    titles = list(study.scores)
    count = len(study.tested)
    low, high = study.tested.min(), study.tested.max()
    yield Sheet(
        f"Scores on {count} splits",
        f"Mean ± deviation over the splits. {study.rows} rows in {study.groups} groups of one "
        f"composition or paper; {low:.0%} to {high:.0%} of the rows are judged. A bound is a "
        "bound to every contender; its row stands at it for ρ and R², and a prediction beyond it "
        "has no error for MAE, RMSE and CRPS. Errors and widths in decades.",
        ("metric", *titles),
        [
            (Entry(shown), *(_spread(study.scores[title].get(name)) for title in titles))
            for name, shown in _METRICS.items()
        ],
        frozenset(range(1, len(titles) + 1)),
    )
    first = titles[0]
    for other in titles[1:]:
        yield Sheet(
            f"{other} minus {first}",
            "Differences on the same splits, with 95 % intervals that allow for the rows that "
            "splits share (Nadeau & Bengio 2003); wins are splits where the difference is for "
            "the better.",
            ("metric", "difference", "deviation", "wins"),
            [
                _difference(shown, study.paired(other, first, name))
                for name, shown in _METRICS.items()
                if name in study.shared(other, first)
            ],
            frozenset({1, 2, 3}),
        )
    if opening is not None:
        yield official(opening)


def official(opening: Opening) -> Sheet:
    """Return what the published test rows gave."""
    titles = list(opening.scores)
    return Sheet(
        "The published test rows",
        f"Opened {opening.date} with version {opening.version}, data {opening.data}, seed "
        f"{opening.seed}; nothing was chosen by them.",
        ("metric", *titles),
        [
            (
                Entry(shown),
                *(
                    Entry(number(opening.scores[t][name], 3))
                    if name in opening.scores[t]
                    else Entry("")
                    for t in titles
                ),
            )
            for name, shown in _METRICS.items()
        ],
        frozenset(range(1, len(titles) + 1)),
    )


def markdown(study: SplitStudy, command: str, opening: Opening | None = None) -> str:
    """Return the study as Markdown."""
    origin = f"ion-discovery {__version__} · data {study.digest} · seed {study.seed}"
    parts = [
        f"# {plain(_TITLE)}\n",
        f"{origin}\n",
        f"```text\n{command}\n```\n",
        *(sheet.markdown for sheet in sheets(study, opening)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def facts(study: SplitStudy, opening: Opening | None = None) -> dict[str, Any]:
    """Return the study as plain JSON, with the score of every split."""
    first = next(iter(study.scores))
    return {
        "version": __version__,
        "data": study.digest,
        "seed": study.seed,
        "rows": study.rows,
        "groups": study.groups,
        "contenders": [asdict(contender) for contender in study.contenders],
        "tested": study.tested.tolist(),
        "scores": {
            title: {name: _json(values) for name, values in columns.items()}
            for title, columns in study.scores.items()
        },
        "differences": {
            other: {
                name: asdict(study.paired(other, first, name))
                for name in study.shared(other, first)
            }
            for other in list(study.scores)[1:]
        },
        "official": None if opening is None else asdict(opening),
    }


def _json(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _spread(values: np.ndarray | None) -> Entry:
    known = [] if values is None else values[np.isfinite(values)]
    if not len(known):
        return Entry("")
    deviation = f" ± {number(float(np.std(known, ddof=1)), 3)}" if len(known) > 1 else ""
    mean = float(np.mean(known))
    return Entry(number(mean, 3) + deviation, mean)


def _difference(shown: str, paired: Paired) -> tuple[Entry, ...]:
    low, high = paired.interval
    wins = "" if paired.wins is None else f"{paired.wins} of {paired.splits}"
    return (
        Entry(shown),
        Entry(_signed(paired.mean), paired.mean, (f"{_signed(low)} to {_signed(high)}",)),
        Entry(number(paired.deviation, 3), paired.deviation),
        Entry(wins, paired.wins),
    )


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 3)
