"""Tables of a page about a suite."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from discovery.benchmark import page_fidelities
from discovery.benchmark.intervals import Estimated
from discovery.benchmark.metrics_calibration import METRICS
from discovery.benchmark.page_numbers import LEVELS, Numbers
from discovery.benchmark.results import Results
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import amount, number

_HEADS = (
    *("recall", "area", *(f"AF({level:.0%})" for level in LEVELS), "EFmax", "regret"),
    *("best found", "at the target", "s per run", "ms per round"),
)
_SHOWN = ("spearman", "coverage_50", "coverage_90", "miscalibration_area", "crps")


def sheets(results: Results, found: Numbers) -> Iterator[Sheet]:
    """Yield the ranking, a table per problem, pairs, calibration, and what failed."""
    if found.ranking is not None:
        yield _ranks(results, found)
    for place in range(len(results.problems)):
        yield _problem(results, found, place)
    if found.pairs:
        yield _pairs(results, found)
    if found.savings:
        yield page_fidelities.sheet(results, found.savings)
    if calibration := _calibration(results):
        yield calibration
    if results.failed:
        yield _failed(results)


def _ranks(results: Results, found: Numbers) -> Sheet:
    assert found.ranking is not None
    ranked = found.ranking
    test = ranked.friedman
    friedman = "" if test is None else f" Friedman test that all are equal: {_p(test)}."
    groups = [
        ", ".join(
            chr(ord("a") + group)
            for group, (first, last) in enumerate(ranked.alike)
            if first <= place <= last
        )
        for place in range(len(ranked.names))
    ]
    return Sheet(
        "Ranking",
        f"Average rank over {len(results.problems)} problems by area under the recall curve, "
        f"1 the best. Critical difference {number(ranked.critical)} (Nemenyi, 95 %): strategies "
        f"that share a letter do not differ.{friedman}",
        ("strategy", "average rank", "alike"),
        [
            (Entry(name), _number(float(rank)), Entry(group))
            for name, rank, group in zip(ranked.names, ranked.ranks, groups, strict=True)
        ],
        frozenset({1}),
    )


def _problem(results: Results, found: Numbers, place: int) -> Sheet:
    problem, suite = results.problems[place], results.suite
    target = problem.fidelities[problem.column].name
    costs = ", ".join(f"{f.name} {amount(f.cost)}" for f in problem.fidelities)
    budgets = sorted({run.cell.budget for run in results.runs if run.cell.problem == place})
    return Sheet(
        problem.name,
        f"{len(problem)} candidates; cost of an answer: {costs}; budget "
        f"{' or '.join(map(amount, budgets))}. Wanted: the best {suite.top:.3g} of them, "
        f"{int(problem.top(suite.top).sum())} candidates, measured at {target!r}. Recall, "
        "area under its curve and simple regret: mean over seeds with 95 % bootstrap intervals; "
        "AF and EFmax (after the initial design): of the mean curve, against choosing at random.",
        ("strategy", "runs", *_HEADS),
        [
            (
                Entry(entry.title),
                _number(entry.runs, 0),
                _estimated(entry.recall),
                _estimated(entry.area, 3),
                *(_number(factor) if factor else Entry("") for factor in entry.accelerations),
                Entry(
                    number(entry.enhancement[0]),
                    entry.enhancement[0],
                    (f"at cost {amount(entry.enhancement[1])}",),
                ),
                _estimated(entry.regret, 3),
                _number(entry.best),
                _number(entry.target_share),
                _number(entry.cpu),
                _number(entry.per_round, 1),
            )
            for entry in found.entries
            if entry.problem == place
        ],
        frozenset(range(1, 2 + len(_HEADS))),
    )


def _pairs(results: Results, found: Numbers) -> Sheet:
    return Sheet(
        f"Against {results.suite.baseline}",
        "Difference of the areas under the recall curve, the same seeds and initial designs on "
        "both sides, with 95 % bootstrap intervals; p of Wilcoxon's signed ranks, corrected for "
        "all strategies of a problem (Holm).",
        ("problem", "strategy", "difference", "wins", "ties", "losses", "p"),
        [
            (
                Entry(results.problems[pair.problem].name),
                Entry(pair.title),
                _estimated(pair.difference, 3),
                _number(pair.test.wins, 0),
                _number(pair.test.ties, 0),
                _number(pair.test.losses, 0),
                Entry(_p(pair.corrected), pair.corrected),
            )
            for pair in found.pairs
        ],
        frozenset(range(2, 7)),
    )


def _calibration(results: Results) -> Sheet | None:
    rows = []
    for place, problem in enumerate(results.problems):
        for strategy in results.suite.strategies:
            notes = [
                note
                for run in results.of(place, strategy.title)
                for note in run.result["rounds"]
                if any(name in note for name in METRICS)
            ]
            if notes:
                means = [
                    float(np.mean([note[name] for note in notes if name in note] or [np.nan]))
                    for name in _SHOWN
                ]
                shown = [_number(mean) if np.isfinite(mean) else Entry("") for mean in means]
                rows.append((Entry(problem.name), Entry(strategy.title), *shown))
    if not rows:
        return None
    return Sheet(
        "Calibration",
        "Forecasts of all candidates that were not yet measured, compared with the truth at even "
        "steps of the cost; mean over these steps and over seeds. A 90 % interval should hold 0.90 "
        "of the truths.",
        ("problem", "strategy", *(name.replace("_", " ") for name in _SHOWN)),
        rows,
        frozenset(range(2, 2 + len(_SHOWN))),
    )


def _failed(results: Results) -> Sheet:
    counts = Counter(
        (
            run.problem.name,
            run.cell.strategy.title,
            f"{run.result['error']['type']}: {run.result['error']['message']}",
        )
        for run in results.failed
    )
    return Sheet(
        "Failed",
        "Runs that an error ended; they are in no average.",
        ("problem", "strategy", "runs", "error"),
        [
            (Entry(problem), Entry(title), _number(count, 0), Entry(error))
            for (problem, title, error), count in counts.items()
        ],
        frozenset({2}),
    )


def _estimated(found: Estimated, digits: int = 2) -> Entry:
    if found.value is None:
        return Entry("")
    ends = found.interval
    notes = () if ends is None else (f"{number(ends[0], digits)} to {number(ends[1], digits)}",)
    return Entry(number(found.value, digits), found.value, notes)


def _number(value: float, digits: int = 2) -> Entry:
    return Entry(number(value, digits), float(value))


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"  # noqa: PLR2004
