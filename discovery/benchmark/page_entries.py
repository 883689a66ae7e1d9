"""What a strategy comes to on a problem: numbers over seeds, each with its interval."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from discovery.agreement.bootstrap import interval
from discovery.benchmark.intervals import Estimated, over_seeds
from discovery.benchmark.metrics import acceleration, best_enhancement
from discovery.benchmark.metrics_trace import Curve, mean_curve, on_grid
from discovery.benchmark.results import Results, Run
from discovery.types import FloatArray

LEVELS: Final = (0.5, 0.8, 1.0)
"""Recalls whose acceleration factor is told."""
SHARES: Final = (0.25, 0.4)
"""Of what the whole pool costs: where recall is told."""

_POINTS: Final = 60  # of a drawn curve
_RESAMPLES: Final = 1000
_SLACK: Final = 1e-9  # relative; a share of the pool may be the whole budget


@dataclass(frozen=True, eq=False)
class Line:
    """A mean curve over seeds with its band.

    Args:
        spent: (g,) cost.
        mean: (g,) over seeds.
        low: (g,) lower end of the 95 % bootstrap interval; the mean with fewer than five seeds.
        high: (g,) upper end.
    """

    spent: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Entry:
    """A strategy on a problem.

    Args:
        problem: Place of the problem.
        title: Of the strategy.
        runs: That did not fail.
        area: Area under the recall curve.
        recall: At the end.
        shares: Recall at :data:`SHARES`; without a value where the budget ends before.
        accelerations: At :data:`LEVELS`, of the mean curve; 0 where never reached.
        enhancement: Largest enhancement factor, and the cost at which it is reached.
        regret: Simple regret at the end.
        inference: Regret of what the proxy recommended last; ``None`` for a peer.
        best: Share of the runs that found the best candidate.
        target_share: Of the cost that went to the target fidelity.
        cpu: Mean seconds of a run.
        per_round: Mean milliseconds of a round.
        found: Recall against cost.
        regrets: Simple regret against cost.
        inferred: Inference regret against cost; ``None`` for a peer.
    """

    problem: int
    title: str
    runs: int
    area: Estimated
    recall: Estimated
    shares: tuple[Estimated, ...]
    accelerations: tuple[Estimated, ...]
    enhancement: tuple[float, float]
    regret: Estimated
    inference: Estimated | None
    best: float
    target_share: float
    cpu: float
    per_round: float
    found: Line
    regrets: Line
    inferred: Line | None


def entry(results: Results, place: int, title: str) -> Entry:
    """Return what a strategy comes to; at least one of its runs did not fail.

    Args:
        results: Of the suite.
        place: Of the problem.
        title: Of the strategy.
    """
    runs, problem, seed = results.of(place, title), results.problems[place], results.suite.seed
    purpose = problem.name  # the same resamples for all strategies: what is equal looks equal
    budget, whole = runs[0].cell.budget, problem.whole
    recalls = [run.recall for run in runs]
    inferences = [run.inference for run in runs if run.inference is not None]

    def mean(values: FloatArray, what: str) -> Estimated:
        return over_seeds(_only, values, seed=seed, purpose=f"{purpose} {what}")

    def of_runs(name: str) -> Estimated:
        return mean(np.array([run.numbers[name] for run in runs]), name)

    def at(share: float) -> Estimated:
        if share * whole > budget * (1 + _SLACK):
            return Estimated(None, None, len(runs))
        return mean(on_grid(recalls, np.array([share * whole])), f"recall at {share}")

    found = mean_curve(recalls)
    table = on_grid(recalls, found.spent)
    seconds = [run.result["seconds"]["cpu"] for run in runs]
    return Entry(
        problem=place,
        title=title,
        runs=len(runs),
        area=of_runs("recall_area"),
        recall=of_runs("recall"),
        shares=tuple(map(at, SHARES)),
        accelerations=tuple(
            over_seeds(
                partial(_accelerated, found.spent, level, whole),
                table,
                seed=seed,
                purpose=f"{purpose} acceleration {level}",
            )
            for level in LEVELS
        ),
        enhancement=best_enhancement(_later(found, runs[0]), whole),
        regret=of_runs("regret"),
        inference=mean(np.array([curve.value[-1] for curve in inferences]), "inference regret")
        if inferences
        else None,
        best=float(np.mean([np.isfinite(run.numbers["best_found_at"]) for run in runs])),
        target_share=float(np.mean([run.numbers["target_share"] for run in runs])),
        cpu=float(np.mean(seconds)),
        per_round=1e3 * sum(seconds) / max(sum(_rounds(run) for run in runs), 1),
        found=_line(recalls, budget, seed, f"{purpose} recall"),
        regrets=_line([run.regret for run in runs], budget, seed, f"{purpose} regret"),
        inferred=_line(inferences, budget, seed, f"{purpose} inference") if inferences else None,
    )


def _line(curves: list[Curve], budget: float, seed: int, purpose: str) -> Line:
    """The mean of curves at even costs up to the budget, with its band."""
    spent = np.linspace(0.0, budget, _POINTS + 1)
    table = on_grid(curves, spent)
    mean = table.mean(axis=0)
    low, high = mean.copy(), mean.copy()
    for place in np.flatnonzero(np.ptp(table, axis=0) > 0):
        column = table[:, place]
        ends = interval(
            partial(_weighted, column),
            len(column),
            seed=seed,
            purpose=purpose,
            resamples=_RESAMPLES,
        )
        low[place], high[place] = ends or (mean[place], mean[place])
    return Line(spent, mean, low, high)


def _weighted(column: FloatArray, weights: FloatArray) -> FloatArray:
    mean: FloatArray = weights @ column / weights.sum(axis=1)
    return mean


def _only(mean: FloatArray) -> float:
    return float(mean[0])


def _accelerated(spent: FloatArray, level: float, whole: float, mean: FloatArray) -> float:
    return acceleration(Curve(spent, mean), level, whole)


def _later(found: Curve, run: Run) -> Curve:
    """From the end of the initial design on: one lucky draw would be a huge factor."""
    paid = run.trace.cost[run.trace.batch == 0].sum()
    later = found.spent >= paid * (1 - 1e-9)
    return Curve(found.spent[later], found.value[later])


def _rounds(run: Run) -> int:
    return int(run.trace.batch.max())
