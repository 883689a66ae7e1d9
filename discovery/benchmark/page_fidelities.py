"""What cheap fidelities save: strategies that may ask them, beside the same that may not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.benchmark.intervals import Estimated, paired_ratio
from discovery.benchmark.metrics_fidelities import discount
from discovery.benchmark.metrics_regret import inference_regret
from discovery.benchmark.metrics_trace import mean_curve
from discovery.benchmark.results import Results, Run
from discovery.benchmark.strategies import Strategy
from discovery.report.drawing import MUTED, Json, layout, line
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import esc, number
from discovery.types import BoolArray, FloatArray

_LEVELS: Final = np.linspace(0.05, 1.0, 39)
_SHOWN: Final = (0.5, 0.8, 0.9, 1.0)
_TARGET: Final = "target"


@dataclass(frozen=True, eq=False)
class Saving:
    """A strategy with cheap fidelities against one without, on a problem.

    Args:
        problem: Place of the problem.
        title: Of the strategy with cheap fidelities.
        against: Title of the one without.
        curve: Δ(τ) at even levels τ.
        ratio: Of the areas under the curves of simple regret, with over without; paired by seeds.
        inferred: The same of inference regret; ``None`` without a proxy.
        found: Runs that measured the best candidate, with and without.
        runs: Pairs of runs.
        tests: Mean number of cheap answers about candidates whose target was known.
        hints: Mean number of the other cheap answers.
        screened: Runs with such hints: those in which a guard opened.
    """

    problem: int
    title: str
    against: str
    curve: FloatArray
    ratio: Estimated
    inferred: Estimated | None
    found: tuple[int, int]
    runs: int
    tests: float
    hints: float
    screened: int


def savings(results: Results) -> list[Saving]:
    """Return all such pairs, where a problem has cheap fidelities."""
    return [
        saving
        for place, problem in enumerate(results.problems)
        if len(problem.fidelities) > 1
        for multi, single in _pairs(results)
        if (saving := _saving(results, place, multi.title, single.title)) is not None
    ]


def _saving(results: Results, place: int, multi: str, single: str) -> Saving | None:
    """The pair on a problem; ``None`` without a seed with which both ended."""
    ours, theirs = (_by_seed(results, place, title) for title in (multi, single))
    both = [(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
    if not both:
        return None
    problem = results.problems[place]
    purpose = f"{problem.name} {multi} / {single}"

    def ratio(area: Callable[[Run], float], what: str) -> Estimated:
        table = np.array([[area(run) for run in pair] for pair in both])
        return paired_ratio(
            table[:, 0], table[:, 1], seed=results.suite.seed, purpose=f"{purpose}{what}"
        )

    judged = all(run.result["rounds"] for pair in both for run in pair)
    with_them, without = (mean_curve([pair[k].regret for pair in both]) for k in (0, 1))
    cheap = np.array([_cheap(run) for run, _ in both])
    return Saving(
        problem=place,
        title=multi,
        against=single,
        curve=discount(without, with_them, _LEVELS),
        ratio=ratio(lambda run: run.numbers["regret_area"], ""),
        inferred=ratio(_inference_area, " inferred") if judged else None,
        found=(sum(_found(run) for run, _ in both), sum(_found(run) for _, run in both)),
        runs=len(both),
        tests=float(cheap[:, 0].mean()),
        hints=float(cheap[:, 1].mean()),
        screened=int(np.sum(cheap[:, 1] > 0)),
    )


def sheet(results: Results, found: list[Saving]) -> Sheet:
    """Return the table of savings."""
    rows = []
    for saving in found:
        at = [float(saving.curve[np.abs(_LEVELS - level).argmin()]) for level in _SHOWN]
        inferred = saving.inferred or Estimated(None, None, 0)
        rows.append(
            (
                Entry(results.problems[saving.problem].name),
                Entry(saving.title),
                Entry(saving.against),
                _estimate(saving.ratio),
                _estimate(inferred),
                *(Entry(f"{count} of {saving.runs}", float(count)) for count in saving.found),
                *(Entry(number(mean), mean) for mean in (saving.tests, saving.hints)),
                Entry(f"{saving.screened} of {saving.runs}", float(saving.screened)),
                *(Entry(_share(v), v if np.isfinite(v) else None) for v in at),
            )
        )
    return Sheet(
        "Cheap fidelities",
        "Strategies that ask cheap fidelities, with the same initial designs as a strategy that "
        "asks the target alone: itself where the suite runs it so, or the baseline. "
        "Ratio: area under the curve of simple regret with them over that without, and the same of "
        "inference regret, 95 % bootstrap intervals over seeds. Best: runs that measured the best "
        "candidate, with and without. Tests are cheap answers about candidates whose target was "
        "known, which tell what the fidelity is worth; hints are the others; screened are the "
        "runs that bought any, where a guard found that they pay. "
        "Δ(τ): share of the cost that they save until a share τ of the initial regret is removed, "
        "of mean curves, the initial design charged; negative where they cost more.",
        (
            "problem",
            "strategy",
            "against",
            "ratio",
            "ratio, inferred",
            "best, with",
            "best, without",
            "tests",
            "hints",
            "screened",
            *(f"Δ({level:g})" for level in _SHOWN),
        ),
        rows,
        frozenset(range(3, 10 + len(_SHOWN))),
    )


def figure(results: Results, found: list[Saving], styles: dict[str, dict[str, str]]) -> Json:
    """Return Δ(τ) of all pairs; a line ends where one of the two never gets so far."""
    traces = [line("equal", [0.0, 1.0], [0.0, 0.0], color=MUTED, dash="dot")]
    for saving in found:
        known = np.isfinite(saving.curve)
        name = esc(f"{results.problems[saving.problem].name}: {saving.title}")
        style = styles[saving.title]
        x, y = _LEVELS[known].tolist(), saving.curve[known].tolist()
        traces.append(line(name, x, y, width=2, **style))
    page = layout("share τ of the initial regret that is removed", "cost saved Δ(τ)")
    page["yaxis"] |= {"tickformat": ".0%"}
    return {"data": traces, "layout": page}


def _pairs(results: Results) -> Iterator[tuple[Strategy, Strategy]]:
    """A strategy with all fidelities and itself at the target alone, or else the baseline.

    Only strategies that asked a cheap fidelity in some run are compared with the baseline.
    """
    strategies = results.suite.strategies
    base = [s for s in strategies if s.title == results.suite.baseline]
    base = [s for s in base if not _asks_cheaply(results, s.title)]
    for multi in strategies:
        if multi.peer or multi.policy == (_TARGET,):
            continue
        same = [s for s in strategies if s.parts == multi.parts and s.policy == (_TARGET,)]
        if not same and _asks_cheaply(results, multi.title):
            same = base
        yield from ((multi, single) for single in same)


def _asks_cheaply(results: Results, title: str) -> bool:
    return any(
        _asked(run).any()
        for run in results.runs
        if run.cell.strategy.title == title and not run.failed
    )


def _asked(run: Run) -> BoolArray:
    """(q,) which queries after the initial design were at a cheap fidelity."""
    cheap: BoolArray = (run.trace.column != run.problem.column) & (run.trace.batch > 0)
    return cheap


def _cheap(run: Run) -> tuple[int, int]:
    """Tests and hints of a run, its initial design aside."""
    trace, target = run.trace, run.problem.column
    tests = sum(
        bool(np.any((trace.row[:place] == trace.row[place]) & (trace.column[:place] == target)))
        for place in np.flatnonzero(_asked(run)).tolist()
    )
    return tests, int(_asked(run).sum()) - tests


def _inference_area(run: Run) -> float:
    rounds = run.result["rounds"]
    spent = np.array([note["spent"] for note in rounds])
    chosen = np.array([note["recommended"] for note in rounds], dtype=np.intp)
    return inference_regret(spent, chosen, run.problem.target).area(run.cell.budget)


def _by_seed(results: Results, place: int, title: str) -> dict[int, Run]:
    return {run.cell.replicate: run for run in results.of(place, title)}


def _found(run: Run) -> bool:
    return bool(np.isfinite(run.numbers["best_found_at"]))


def _estimate(estimated: Estimated) -> Entry:
    value, ends = estimated.value, estimated.interval
    notes = () if ends is None else (f"{number(ends[0])} to {number(ends[1])}",)
    return Entry("" if value is None else number(value), value, notes)


def _share(value: float) -> str:
    if np.isnan(value):
        return ""
    return "never" if np.isinf(value) else f"{value:.0%}".replace("-", "−")
