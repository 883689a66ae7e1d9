"""What a page about a suite says in numbers, computed once for its tables, figures and findings."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from discovery.agreement.bootstrap import interval
from discovery.benchmark.intervals import Estimated, over_seeds, paired_difference
from discovery.benchmark.intervals_ranks import PairedTest, Ranking, holm, paired_test, ranking
from discovery.benchmark.metrics import acceleration, best_enhancement
from discovery.benchmark.metrics_trace import Curve, mean_curve, on_grid
from discovery.benchmark.page_fidelities import Saving, savings
from discovery.benchmark.results import Results, Run
from discovery.types import FloatArray

LEVELS: Final = (0.5, 0.8, 1.0)
"""Recalls whose acceleration factor is told."""

_POINTS: Final = 60  # of a drawn curve
_RESAMPLES: Final = 1000


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
        accelerations: At :data:`LEVELS`; 0 where never reached.
        enhancement: Largest enhancement factor, and the cost at which it is reached.
        regret: Simple regret at the end.
        best: Share of the runs that found the best candidate.
        target_share: Of the cost that went to the target fidelity.
        cpu: Mean seconds of a run.
        per_round: Mean milliseconds of a round.
        found: Recall against cost.
        regrets: Simple regret against cost.
    """

    problem: int
    title: str
    runs: int
    area: Estimated
    recall: Estimated
    accelerations: tuple[float, ...]
    enhancement: tuple[float, float]
    regret: Estimated
    best: float
    target_share: float
    cpu: float
    per_round: float
    found: Line
    regrets: Line


@dataclass(frozen=True)
class Pair:
    """A strategy and the baseline, with the same seeds, by area under the recall curve.

    Args:
        problem: Place of the problem.
        title: Of the strategy.
        difference: Of the areas.
        test: By seeds.
        corrected: p of the signed ranks, corrected for all pairs of the problem (Holm).
    """

    problem: int
    title: str
    difference: Estimated
    test: PairedTest
    corrected: float


@dataclass(frozen=True, eq=False)
class Numbers:
    """All of it.

    Args:
        entries: By problem, then strategy; strategies without a finished run are left out.
        pairs: Against the baseline; empty without one.
        ranking: Over problems, by area under the recall curve; ``None`` with fewer than two
            strategies or problems; a strategy without a run on a problem is left out.
        savings: Of cheap fidelities; empty where no strategy runs with and without them.
    """

    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...]
    ranking: Ranking | None
    savings: list[Saving]


def numbers(results: Results) -> Numbers:
    """Return the numbers of a finished suite."""
    titles = [strategy.title for strategy in results.suite.strategies]
    entries = tuple(
        _entry(results, place, title)
        for place in range(len(results.problems))
        for title in titles
        if results.of(place, title)
    )
    return Numbers(entries, _pairs(results, titles), _ranking(results, titles), savings(results))


def line(curves: list[Curve], budget: float, seed: int, purpose: str) -> Line:
    """Return the mean of curves at even costs up to the budget, with its band."""
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
            purpose=f"{purpose} {place}",
            resamples=_RESAMPLES,
        )
        low[place], high[place] = ends or (mean[place], mean[place])
    return Line(spent, mean, low, high)


def _weighted(column: FloatArray, weights: FloatArray) -> FloatArray:
    mean: FloatArray = weights @ column / weights.sum(axis=1)
    return mean


def _entry(results: Results, place: int, title: str) -> Entry:
    runs, problem, seed = results.of(place, title), results.problems[place], results.suite.seed
    purpose = f"{problem.name} {title}"
    budget = runs[0].cell.budget

    def of_runs(name: str) -> Estimated:
        table = np.array([run.numbers[name] for run in runs])
        return over_seeds(_only, table, seed=seed, purpose=f"{purpose} {name}")

    found = mean_curve([run.recall for run in runs])
    rounds = sum(_rounds(run) for run in runs)
    seconds = [run.result["seconds"]["cpu"] for run in runs]
    return Entry(
        problem=place,
        title=title,
        runs=len(runs),
        area=of_runs("recall_area"),
        recall=of_runs("recall"),
        accelerations=tuple(acceleration(found, level, problem.whole) for level in LEVELS),
        enhancement=best_enhancement(_later(found, runs[0]), problem.whole),
        regret=of_runs("regret"),
        best=float(np.mean([np.isfinite(run.numbers["best_found_at"]) for run in runs])),
        target_share=float(np.mean([run.numbers["target_share"] for run in runs])),
        cpu=float(np.mean(seconds)),
        per_round=1e3 * sum(seconds) / max(rounds, 1),
        found=line([run.recall for run in runs], budget, seed, f"{purpose} recall"),
        regrets=line([run.regret for run in runs], budget, seed, f"{purpose} regret"),
    )


def _only(mean: FloatArray) -> float:
    return float(mean[0])


def _later(found: Curve, run: Run) -> Curve:
    """From the end of the initial design on: one lucky draw would be a huge factor."""
    paid = run.trace.cost[run.trace.batch == 0].sum()
    later = found.spent >= paid * (1 - 1e-9)
    return Curve(found.spent[later], found.value[later])


def _rounds(run: Run) -> int:
    return int(run.trace.batch.max())


def _pairs(results: Results, titles: list[str]) -> tuple[Pair, ...]:
    baseline, seed, found = results.suite.baseline, results.suite.seed, []
    for place, problem in enumerate(results.problems) if baseline else ():
        assert baseline is not None
        theirs = results.numbers(place, baseline, "recall_area")
        here = []
        for title in titles:
            ours = results.numbers(place, title, "recall_area")
            both = np.isfinite(ours) & np.isfinite(theirs)
            if title == baseline or not both.any():
                continue
            purpose = f"{problem.name} {title} - {baseline}"
            gain = paired_difference(ours[both], theirs[both], seed=seed, purpose=purpose)
            here.append((title, gain, paired_test(ours[both], theirs[both])))
        corrected = holm({title: test.signed_rank for title, _, test in here})
        found += [Pair(place, title, gain, test, corrected[title]) for title, gain, test in here]
    return tuple(found)


def _ranking(results: Results, titles: list[str]) -> Ranking | None:
    means = {
        title: [
            float(
                np.mean(
                    [run.numbers["recall_area"] for run in results.of(place, title)] or [np.nan]
                )
            )
            for place in range(len(results.problems))
        ]
        for title in titles
    }
    whole = {title: row for title, row in means.items() if np.isfinite(row).all()}
    if len(whole) < 2 or len(results.problems) < 2:  # noqa: PLR2004 - what a ranking needs
        return None
    return ranking(whole)
