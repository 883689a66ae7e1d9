"""The tables of an assessment about options and amounts of data."""

import math
from collections.abc import Iterator

from discovery.assessment.study import Judged, Study
from discovery.report.assessment_entries import CURVE_HEADS, curve_entries, sheet
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number


def learning(study: Study) -> Sheet:
    """Return the scores against the share of the training groups."""
    points = study.of("learning")
    rows = [
        (
            Entry(f"{float(each.label):.0%}", float(each.label)),
            Entry(number(each.assessment.trained, 0), each.assessment.trained),
            *curve_entries(each),
        )
        for each in points
    ]
    return sheet(
        f"Learning curve ({points[0].task.protocol.name}, one repeat)",
        "The same test parts, learning from a share of the training groups, each part within the "
        "next.",
        ["share of groups", "learnt from", *CURVE_HEADS],
        rows,
        words=0,
    )


def validation(study: Study) -> Iterator[Sheet]:
    """Yield, for each option that was varied, the scores against its values."""
    points = study.of("validation")
    for series in dict.fromkeys(each.task.series for each in points):
        here = [each for each in points if each.task.series == series]
        yield sheet(
            f"Validation curve: {series} ({here[0].task.protocol.name}, one repeat)",
            "The same folds for every value. The best value of this table is a choice made on "
            "these rows; a nested protocol says what the choosing promises for others.",
            [series, *CURVE_HEADS],
            [(Entry(each.label), *curve_entries(each)) for each in here],
        )


def parts(study: Study) -> Sheet:
    """Return the scores on validation and test parts by fraction."""
    rows = [
        (
            Entry(each.task.label),
            Entry(each.label),
            Entry(number(_per_repeat(each), 0), _per_repeat(each)),
            *curve_entries(each),
        )
        for each in study.of("parts")
    ]
    trained = study.of("parts")[0].assessment.trained
    return sheet(
        "Training, validation and test part",
        f"Learnt from {number(trained, 0)} rows on average, no composition or paper in two parts, "
        f"repeats: {len(study.of('parts')[0].task.protocol.repeats)}. Choose by the validation "
        "part, believe the test part.",
        ["model", "part", "n per repeat", *CURVE_HEADS],
        rows,
        words=2,
    )


def chosen(study: Study) -> Sheet:
    """Return how often a nested protocol chose what."""
    rows = [(Entry(name), Entry(str(count), count)) for name, count in study.chosen.items()]
    return sheet(
        "What the nested protocol chose",
        "How many outer folds chose it, by the rank correlation in inner folds that the outer test "
        "rows take no part in. A choice that changes from fold to fold matters little.",
        ["choice", "outer folds"],
        rows,
    )


def _per_repeat(each: Judged) -> float:
    parts = each.assessment.mean
    return sum(sum(map(math.isfinite, part)) for part in parts.tolist()) / len(parts)
