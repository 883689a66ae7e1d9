"""Which strategy to choose where nothing else is known, and where that choice loses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from discovery.benchmark.intervals import Estimated, paired_difference
from discovery.benchmark.page_entries import LEVELS, Entry
from discovery.benchmark.results import Results

CRITERIA = (
    "area under the recall curve",
    "AF(80%)",
    "area under the curve of simple regret",
)
"""What strategies may be ranked by; the first decides."""


@dataclass(frozen=True)
class Rival:
    """The choice and another strategy on a problem, with the same seeds.

    Args:
        problem: Place of the problem.
        title: Of the other strategy.
        difference: Of the areas under the recall curves, the choice minus the other.
    """

    problem: int
    title: str
    difference: Estimated

    @property
    def sign(self) -> int:
        """1 where the choice is better by its interval, -1 where it is worse, 0 where unknown."""
        return sign(self.difference)


@dataclass(frozen=True)
class Choice:
    """The strategy of ours that ranks best on average over the problems of a suite.

    Args:
        title: Of the strategy.
        rivals: It against every other strategy, peers as well, on every problem.
        best: Criterion -> titles that rank best by it, more than one where they are equal, none
            where no strategy comes to anything.
        ranked: Number of strategies that it was chosen from.
    """

    title: str
    rivals: tuple[Rival, ...]
    best: Mapping[str, tuple[str, ...]]
    ranked: int


def choose(results: Results, entries: Sequence[Entry]) -> Choice | None:
    """Return the choice among strategies that have runs on all problems and are no peers.

    Args:
        results: Of the suite.
        entries: Of all strategies and problems.

    Returns:
        ``None`` where there is no such strategy.
    """
    count = len(results.problems)
    by_title: dict[str, list[Entry]] = {}
    for entry in entries:
        by_title.setdefault(entry.title, []).append(entry)
    peers = set(results.suite.peers)
    ours = [t for t, own in by_title.items() if len(own) == count and t not in peers]
    if not ours:
        return None
    best = dict(zip(CRITERIA, _best(results, [by_title[title] for title in ours]), strict=True))
    title = (best[CRITERIA[0]] or ours)[0]
    rivals = [
        _rival(results, place, title, entry.title)
        for place in range(count)
        for entry in entries
        if entry.problem == place and entry.title != title
    ]
    return Choice(title, tuple(rival for rival in rivals if rival is not None), best, len(ours))


def sign(difference: Estimated) -> int:
    """Return 1 for an interval above zero, -1 below, 0 else or without an interval."""
    ends = difference.interval
    return 0 if ends is None else int(ends[0] > 0) - int(ends[1] < 0)


def _best(results: Results, ours: Sequence[Sequence[Entry]]) -> list[tuple[str, ...]]:
    """Titles of the least average rank by each criterion; none where nothing was reached."""
    scores = np.array(
        [
            [
                (
                    entry.area.value or 0.0,
                    entry.accelerations[LEVELS.index(0.8)].value or 0.0,
                    -np.nanmean(results.numbers(entry.problem, entry.title, "regret_area")),
                )
                for entry in own
            ]
            for own in ours
        ]
    )
    ranks = rankdata(-scores, axis=0).mean(axis=1)
    titles = np.array([own[0].title for own in ours])
    return [
        tuple(titles[np.isclose(ranked, ranked.min())].tolist()) if (reached != 0).any() else ()
        for ranked, reached in zip(ranks.T, scores.transpose(2, 0, 1), strict=True)
    ]


def _rival(results: Results, place: int, title: str, other: str) -> Rival | None:
    ours = results.numbers(place, title, "recall_area")
    theirs = results.numbers(place, other, "recall_area")
    both = np.isfinite(ours) & np.isfinite(theirs)
    if not both.any():
        return None
    purpose = f"{results.problems[place].name} differences"
    seed = results.suite.seed
    difference = paired_difference(ours[both], theirs[both], seed=seed, purpose=purpose)
    return Rival(place, other, difference)
