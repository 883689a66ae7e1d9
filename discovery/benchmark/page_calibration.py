"""Whether the proxies of a suite knew what they did not know, step by step of the budget."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from discovery.benchmark.metrics_calibration import METRICS
from discovery.benchmark.page_numbers import Numbers
from discovery.benchmark.page_words import plain_number
from discovery.benchmark.results import Results, Run
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number

_SHOWN: Final = ("spearman", "coverage_50", "coverage_90", "miscalibration_area", "crps")
_STEPWISE: Final = ("coverage_90", "miscalibration_area")
_SLACK: Final = 1e-9


@dataclass(frozen=True)
class Judged:
    """The forecasts of a strategy on a problem.

    Args:
        problem: Place of the problem.
        title: Of the strategy.
        mean: Metric -> mean over steps and seeds; NaN where it is not defined.
        steps: Metric -> mean over seeds, step by step of the budget; NaN likewise.
    """

    problem: int
    title: str
    mean: dict[str, float]
    steps: dict[str, list[float]]


def judged(results: Results) -> list[Judged]:
    """Return all strategies whose forecasts were judged."""
    found = []
    for place in range(len(results.problems)):
        for strategy in results.suite.strategies:
            runs = results.of(place, strategy.title)
            notes = [(_step(run, note), note) for run in runs for note in _notes(run)]
            if notes:
                last = max(step for step, _ in notes)
                each = [[note for at, note in notes if at == step] for step in range(last + 1)]
                found.append(
                    Judged(
                        place,
                        strategy.title,
                        {name: _mean([note for _, note in notes], name) for name in _SHOWN},
                        {name: [_mean(step, name) for step in each] for name in _STEPWISE},
                    )
                )
    return found


def sheet(results: Results, found: list[Judged]) -> Sheet:
    """Return means over a run, and coverage and miscalibration along it."""
    heads = [name.replace("_", " ") for name in _SHOWN]
    steps = [f"{name.replace('_', ' ')}, step by step" for name in _STEPWISE]
    return Sheet(
        "Calibration",
        "Forecasts of all candidates that were not yet measured, compared with the truth at even "
        "steps of the cost; mean over these steps and over seeds, and over seeds alone, from the "
        "first step to the last. A 90 % interval should hold 0.90 of the truths; the "
        "miscalibration area of honest intervals is 0.",
        ("problem", "strategy", *heads, *steps),
        [
            (
                Entry(results.problems[one.problem].name),
                Entry(one.title),
                *(plain_number(one.mean[name]) for name in _SHOWN),
                *(Entry(" · ".join(map(_short, one.steps[name]))) for name in _STEPWISE),
            )
            for one in found
        ],
        frozenset(range(2, 2 + len(_SHOWN))),
    )


def sentences(results: Results, found: Numbers, calibrated: list[Judged]) -> Iterator[str]:
    """Yield how honest the intervals of the choice are."""
    for one in calibrated:
        if found.choice is None or one.title != found.choice.title:
            continue
        steps = [value for value in one.steps["coverage_90"] if np.isfinite(value)]
        if steps:
            yield (
                f"{results.problems[one.problem].name}: 90 % intervals of {one.title} hold "
                f"{one.mean['coverage_90']:.0%} of the truths, between {min(steps):.0%} and "
                f"{max(steps):.0%} from step to step; miscalibration area "
                f"{number(one.mean['miscalibration_area'])}."
            )


def _notes(run: Run) -> list[dict[str, Any]]:
    return [note for note in run.result["rounds"] if any(name in note for name in METRICS)]


def _step(run: Run, note: dict[str, Any]) -> int:
    """Which of the even steps between initial design and budget a note belongs to."""
    begun = float(run.trace.cost[run.trace.batch == 0].sum())
    share = (note["spent"] - begun) / (run.cell.budget - begun)
    return min(int(share * run.cell.judged + _SLACK), run.cell.judged - 1)


def _mean(notes: list[dict[str, Any]], name: str) -> float:
    told = [note[name] for note in notes if name in note]
    return float(np.mean(told)) if told else float("nan")


def _short(value: float) -> str:
    return number(value) if np.isfinite(value) else "–"
