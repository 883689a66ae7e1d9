"""What cheap fidelities tell of the target, and what they do for recall at the same cost."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from discovery.agreement.rank_statistics import Values
from discovery.assessment import metrics
from discovery.benchmark.intervals import Estimated, paired_difference
from discovery.benchmark.page_choice import sign
from discovery.benchmark.page_words import estimated, plain_number, told
from discovery.benchmark.results import Results
from discovery.benchmark.strategies import with_and_without
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import amount


@dataclass(frozen=True)
class Worth:
    """A strategy with cheap fidelities against the same without, on a problem, at equal cost.

    Args:
        problem: Place of the problem.
        title: Of the strategy with cheap fidelities.
        area: Area under the recall curve, with minus without.
        recall: At the end of the budget, with minus without.
        with_cheap: Recall at the end, with.
        without: Likewise, without.
    """

    problem: int
    title: str
    area: Estimated
    recall: Estimated
    with_cheap: float
    without: float


def worths(results: Results) -> list[Worth]:
    """Return all such pairs, where a problem has cheap fidelities."""
    found = []
    for place, problem in enumerate(results.problems):
        for multi, single in with_and_without(results.suite.strategies):
            tables = {
                name: [results.numbers(place, s.title, name) for s in (multi, single)]
                for name in ("recall_area", "recall")
            }
            both = np.isfinite(tables["recall_area"]).all(axis=0)
            if len(problem.fidelities) == 1 or not both.any():
                continue
            purpose = f"{problem.name} {multi.title} - {single.title}"
            area, recall = (
                paired_difference(
                    ours[both],
                    theirs[both],
                    seed=results.suite.seed,
                    purpose=f"{purpose} {name}",
                )
                for name, (ours, theirs) in tables.items()
            )
            ours, theirs = (table[both].mean() for table in tables["recall"])
            found.append(Worth(place, multi.title, area, recall, float(ours), float(theirs)))
    return found


def fidelities(results: Results) -> Sheet | None:
    """Return what each cheap fidelity costs and tells; ``None`` where there is none."""
    rows = []
    for problem in results.problems:
        truth = problem.target
        for column, fidelity in enumerate(problem.fidelities):
            if fidelity.target:
                continue
            answers = problem.values[:, column]
            both = np.isfinite(answers) & np.isfinite(truth)
            exact = Values(truth[both], np.zeros(both.sum(), dtype=np.int8))
            varied = both.sum() > 1 and np.ptp(answers[both]) > 0
            rank = metrics.spearman(exact, answers[both]) if varied else np.nan
            linear = np.corrcoef(answers[both], truth[both])[0, 1] if varied else np.nan
            rows.append(
                (
                    Entry(problem.name),
                    Entry(fidelity.name),
                    Entry(amount(fidelity.cost), fidelity.cost),
                    Entry(f"{problem.askable[:, column].sum()} of {len(problem)}"),
                    plain_number(rank),
                    plain_number(float(linear) ** 2),
                )
            )
    if not rows:
        return None
    return Sheet(
        "What cheap fidelities tell",
        "Cost in the unit of the budget; candidates with an answer; rank correlation and squared "
        "correlation with the target over all candidates that have both answers.",
        ("problem", "fidelity", "cost", "answers", "Spearman", "r²"),
        rows,
        frozenset({2, 4, 5}),
    )


def sheet(results: Results, found: list[Worth]) -> Sheet:
    """Return what cheap fidelities do for recall."""
    return Sheet(
        "Recall with and without cheap fidelities",
        "The same proxy, acquisition function and sampler with and without cheap fidelities at "
        "the same total cost, all answers charged; with minus without, paired by seeds, 95 % "
        "bootstrap intervals.",
        ("problem", "strategy", "recall with", "without", "difference", "area"),
        [
            (
                Entry(results.problems[one.problem].name),
                Entry(one.title),
                plain_number(one.with_cheap),
                plain_number(one.without),
                estimated(one.recall, 3),
                estimated(one.area, 3),
            )
            for one in found
        ],
        frozenset(range(2, 6)),
    )


def sentences(results: Results, found: list[Worth]) -> Iterator[str]:
    """Yield whether cheap fidelities find more at the same cost, strategy by strategy."""
    verdict = {1: "find more", 0: "make no sure difference", -1: "find less"}
    for one in found:
        name = results.problems[one.problem].name
        yield (
            f"{name}: cheap fidelities {verdict[sign(one.area)]} with {one.title}; at equal cost "
            f"the area under its recall curve changes by {told(one.area, 3)}, the recall at the "
            f"end from {one.without:.2f} to {one.with_cheap:.2f}."
        )
