"""What a page about a suite says in numbers, computed once for its tables, figures and findings."""

from dataclasses import dataclass

import numpy as np

from discovery.benchmark.intervals import Estimated, paired_difference
from discovery.benchmark.intervals_ranks import PairedTest, Ranking, holm, paired_test, ranking
from discovery.benchmark.page_choice import Choice, choose
from discovery.benchmark.page_entries import Entry, entry
from discovery.benchmark.page_fidelities import Saving, savings
from discovery.benchmark.results import Results


@dataclass(frozen=True)
class Pair:
    """A strategy and another, with the same seeds, by area under the recall curve.

    Args:
        problem: Place of the problem.
        title: Of the strategy.
        other: Title of the baseline, or of a peer.
        difference: Of the areas.
        test: By seeds.
        corrected: p of the signed ranks, corrected for all pairs of the problem and the other
            (Holm).
    """

    problem: int
    title: str
    other: str
    difference: Estimated
    test: PairedTest
    corrected: float


@dataclass(frozen=True, eq=False)
class Numbers:
    """All of it.

    Args:
        entries: By problem, then strategy; strategies without a finished run are left out.
        pairs: Against the baseline and every peer.
        ranking: Over problems, by area under the recall curve; ``None`` with fewer than two
            strategies or problems; a strategy without a run on a problem is left out.
        savings: Of cheap fidelities; empty where no strategy runs with and without them.
        choice: Which strategy to choose; ``None`` where every one is a peer or failed.
    """

    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...]
    ranking: Ranking | None
    savings: list[Saving]
    choice: Choice | None

    def of(self, problem: int) -> list[Entry]:
        """Return the entries of a problem."""
        return [entry for entry in self.entries if entry.problem == problem]


def numbers(results: Results) -> Numbers:
    """Return the numbers of a finished suite."""
    titles = [strategy.title for strategy in results.suite.strategies]
    entries = tuple(
        entry(results, place, title)
        for place in range(len(results.problems))
        for title in titles
        if results.of(place, title)
    )
    return Numbers(
        entries,
        tuple(pair for other in _others(results) for pair in _pairs(results, titles, other)),
        _ranking(results, titles),
        savings(results),
        choose(results, entries),
    )


def _others(results: Results) -> list[str]:
    """The baseline and the peers, each once."""
    baseline = [] if results.suite.baseline is None else [results.suite.baseline]
    return list(dict.fromkeys([*baseline, *results.suite.peers]))


def _pairs(results: Results, titles: list[str], other: str) -> list[Pair]:
    seed, found = results.suite.seed, []
    for place, problem in enumerate(results.problems):
        theirs = results.numbers(place, other, "recall_area")
        here = []
        for title in titles:
            ours = results.numbers(place, title, "recall_area")
            both = np.isfinite(ours) & np.isfinite(theirs)
            if title == other or not both.any():
                continue
            purpose = f"{problem.name} differences"
            gain = paired_difference(ours[both], theirs[both], seed=seed, purpose=purpose)
            here.append((title, gain, paired_test(ours[both], theirs[both])))
        corrected = holm({title: test.signed_rank for title, _, test in here})
        found += [
            Pair(place, title, other, gain, test, corrected[title]) for title, gain, test in here
        ]
    return found


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
