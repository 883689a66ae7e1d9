"""The tables of a screening's report."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number
from discovery.screening.ranking import TOP
from discovery.screening.study import Study

VARIANTS = {
    "full": "all rows, gaps filled in each split with means of its training part",
    "cut": "complete rows",
}
_HEADS = ("model", "mean", "median", "5 % to 95 %", "mean rank", "median rank", "fits", "failed")


def sheets(study: Study) -> Iterator[Sheet]:
    """Yield the tables in the order in which they are read."""
    plan = study.screening.plan
    for variant, problem in study.screening.variants.items():
        rows = study.table[study.table["variant"] == variant]
        note = (
            f"{VARIANTS[variant].capitalize()}: {len(problem)} rows. {study.score.capitalize()} "
            f"over {plan.replications} random splits with {plan.share:.0%} of the rows in the "
            "test part. The range holds 90 % of the splits, which share rows: it is no confidence "
            "interval. Ranks are among the models on the same split; 1 is best."
        )
        yield _models(f"Best {TOP} models, {variant}", note, rows.head(TOP))
        yield _models(f"All models, {variant}", note, rows)
    if study.left_out:
        yield _left_out(study)
    if study.tuned:
        yield _tuned(study)
    if study.nested:
        yield _nested(study)
    if (study.table["failed"] > 0).any():
        yield _failed(study.table)


def _models(title: str, note: str, table: pd.DataFrame) -> Sheet:
    rows = [
        (
            Entry(str(row["model"])),
            _number(row["mean"], 3),
            _number(row["median"], 3),
            Entry(_range(row["low"], row["high"])),
            _number(row["mean rank"], 1),
            _number(row["median rank"], 1),
            _count(row["fits"]),
            _count(row["failed"]),
        )
        for _, row in table.iterrows()
    ]
    return Sheet(title, note, _HEADS, rows, frozenset({1, 2, 4, 5, 6, 7}))


def _left_out(study: Study) -> Sheet:
    names = list(study.left_out[0].scores)
    rows = [
        (Entry(each.model), *(_number(each.scores[name], 3) for name in names))
        for each in study.left_out
    ]
    return Sheet(
        "Leave one out",
        f"Each prediction is by a model that was fitted without {study.left_out[0].left_out}; one "
        "score of all predictions together.",
        ("model", *names),
        rows,
        frozenset(range(1, len(names) + 1)),
    )


def _tuned(study: Study) -> Sheet:
    rows = [
        (
            Entry(each.model),
            _count(len(each.trials)),
            _count(sum(trial.score is None for trial in each.trials)),
            _number(each.untuned, 3),
            _number(each.score, 3),
            Entry(parameters(each.parameters)),
        )
        for each in study.tuned
    ]
    return Sheet(
        "Tuned models",
        f"Mean {study.score} over five folds, of the model as it comes and of the best trial. "
        "The best of many trials on the same folds looks better than it is: what tuning is worth, "
        "nested cross-validation says.",
        ("model", "trials", "failed", "as it comes", "best trial", "parameters"),
        rows,
        frozenset(range(1, 5)),
    )


def _nested(study: Study) -> Sheet:
    rows = []
    for each in study.nested:
        gain = np.array(each.tuned) - np.array(each.untuned)
        rows.append(
            (
                Entry(each.model),
                _number(float(np.mean(each.untuned)), 3),
                _number(float(np.mean(each.tuned)), 3),
                Entry(signed(float(gain.mean())), float(gain.mean())),
                Entry(_range(gain.min(), gain.max())),
                Entry(f"{(gain > 0).sum()} of {len(gain)}", float((gain > 0).sum())),
            )
        )
    return Sheet(
        "Is tuning worth it?",
        f"Nested cross-validation: {study.score} on outer folds that the search has not seen.",
        ("model", "as it comes", "tuned", "gain", "smallest to largest", "folds it helps on"),
        rows,
        frozenset({1, 2, 3, 5}),
    )


def _failed(table: pd.DataFrame) -> Sheet:
    rows = [
        (
            Entry(str(row["variant"])),
            Entry(str(row["model"])),
            _count(row["failed"]),
            Entry(str(row["error"])),
        )
        for _, row in table[table["failed"] > 0].iterrows()
    ]
    return Sheet(
        "Failed",
        "Fits without a score, with the most frequent reason.",
        ("variant", "model", "fits", "reason"),
        rows,
        frozenset({2}),
    )


def signed(change: float) -> str:
    """Return a change of a score with its sign, and without one where it rounds to nothing."""
    change = round(change, 3)
    return ("+" if change > 0 else "") + number(change or 0.0, 3)


def parameters(found: Mapping[str, Any]) -> str:
    """Return parameters as text, numbers with three significant digits."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in found.items()
    )


def _number(value: float, digits: int) -> Entry:
    return Entry(number(value, digits), float(value)) if np.isfinite(value) else Entry("")


def _count(value: int) -> Entry:
    return Entry(str(value), float(value))


def _range(low: float, high: float) -> str:
    return f"{number(low, 3)} to {number(high, 3)}" if np.isfinite(low) else ""
