"""What cheap fidelities save: strategies that may ask them, beside the same that may not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.benchmark.intervals import Estimated, paired_ratio
from discovery.benchmark.metrics_fidelities import discount
from discovery.benchmark.metrics_trace import mean_curve
from discovery.benchmark.results import Results
from discovery.benchmark.strategies import Strategy
from discovery.report.drawing import MUTED, Json, layout, line
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import esc, number
from discovery.types import FloatArray

_LEVELS: Final = np.linspace(0.05, 1.0, 39)
_SHOWN: Final = (0.5, 0.8, 0.9, 1.0)


@dataclass(frozen=True, eq=False)
class Saving:
    """A strategy with cheap fidelities against the same without, on a problem.

    Args:
        problem: Place of the problem.
        title: Of the strategy with cheap fidelities.
        curve: Δ(τ) at even levels τ.
        ratio: Of the areas under the curves of simple regret, with over without; paired by seeds.
    """

    problem: int
    title: str
    curve: FloatArray
    ratio: Estimated


def savings(results: Results) -> list[Saving]:
    """Return all such pairs, where a problem has cheap fidelities."""
    found = []
    for place, problem in enumerate(results.problems):
        for multi, single in _pairs(results.suite.strategies):
            ours = results.numbers(place, multi.title, "regret_area")
            theirs = results.numbers(place, single.title, "regret_area")
            both = np.isfinite(ours) & np.isfinite(theirs)
            if len(problem.fidelities) == 1 or not both.any():
                continue
            curves = [
                mean_curve([run.regret for run in results.of(place, strategy.title)])
                for strategy in (single, multi)
            ]
            purpose = f"{problem.name} {multi.title} / {single.title}"
            found.append(
                Saving(
                    place,
                    multi.title,
                    discount(curves[0], curves[1], _LEVELS),
                    paired_ratio(
                        ours[both], theirs[both], seed=results.suite.seed, purpose=purpose
                    ),
                )
            )
    return found


def sheet(results: Results, found: list[Saving]) -> Sheet:
    """Return the table of savings."""
    rows = []
    for saving in found:
        at = [float(saving.curve[np.abs(_LEVELS - level).argmin()]) for level in _SHOWN]
        ends = saving.ratio.interval
        notes = () if ends is None else (f"{number(ends[0])} to {number(ends[1])}",)
        value = saving.ratio.value
        rows.append(
            (
                Entry(results.problems[saving.problem].name),
                Entry(saving.title),
                Entry("" if value is None else number(value), value, notes),
                *(Entry(_share(v), v if np.isfinite(v) else None) for v in at),
            )
        )
    return Sheet(
        "Cheap fidelities",
        "The same proxy, acquisition function and sampler with and without cheap fidelities. "
        "Ratio: area under the curve of simple regret with them over that without, 95 % bootstrap "
        "interval over seeds. Δ(τ): share of the cost that they save until a share τ of the "
        "initial regret is removed, of mean curves, the initial design charged; negative where "
        "they cost more.",
        ("problem", "strategy", "ratio", *(f"Δ({level:g})" for level in _SHOWN)),
        rows,
        frozenset(range(2, 3 + len(_SHOWN))),
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


def _pairs(strategies: tuple[Strategy, ...]) -> Iterator[tuple[Strategy, Strategy]]:
    for multi in strategies:
        for single in strategies:
            same = multi.parts == single.parts and not multi.peer
            if same and single.policy == ("target",) != multi.policy:
                yield multi, single


def _share(value: float) -> str:
    if np.isnan(value):
        return ""
    return "never" if np.isinf(value) else f"{value:.0%}".replace("-", "−")
