"""Entries and heads that the tables of an assessment share."""

import math
from collections.abc import Sequence
from typing import Final

from discovery.assessment.scores import Score
from discovery.assessment.study import Judged
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number

HEADS: Final = {
    "spearman": "ρ",
    "r_squared": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "auc": "AUC",
    "accuracy": "right side",
    "coverage_50": "in 50 %",
    "coverage_90": "in 90 %",
    "width_90": "width of 90 %",
    "miscalibration_area": "area",
    "nll": "NLL",
    "crps": "CRPS",
}
ACCURACY: Final = tuple(HEADS)[:6]
CALIBRATION: Final = tuple(HEADS)[6:]
_CURVE: Final = ("spearman", "mae", "crps")
CURVE_HEADS: Final = (*(HEADS[name] for name in _CURVE), "ρ, own rows", "MAE, own rows")


def curve_entries(each: Judged) -> tuple[Entry, ...]:
    """Return what every point of a curve tells, below :data:`CURVE_HEADS`."""
    own = each.assessment.resubstituted
    return (
        *(score_entry(each.scores[name]) for name in _CURVE),
        plain_entry(own["spearman"]),
        plain_entry(own["mae"]),
    )


def score_entry(score: Score, digits: int = 2) -> Entry:
    """Return a score with its interval."""
    if score.value is None:
        return Entry("")
    ends = score.interval
    notes = () if ends is None else (f"{number(ends[0], digits)} to {number(ends[1], digits)}",)
    return Entry(number(score.value, digits), score.value, notes)


def plain_entry(value: float) -> Entry:
    """Return a number without an interval; nothing for NaN."""
    return Entry(number(value), value) if math.isfinite(value) else Entry("")


def sheet(
    title: str,
    note: str,
    heads: Sequence[str],
    rows: Sequence[tuple[Entry, ...]],
    *,
    words: int = 1,
) -> Sheet:
    """Return a sheet whose numeric columns are found by themselves.

    Args:
        title: Heading.
        note: How to read it.
        heads: Of the columns.
        rows: One entry per column.
        words: First columns that are words whatever they hold.
    """
    numeric = {
        place
        for place in range(words, len(heads))
        if all(row[place].number is not None or not row[place].text for row in rows)
    }
    return Sheet(title, note, tuple(heads), rows, frozenset(numeric))
