"""Fidelities compared on the same candidates: who ranks as the truth does, and who with whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.bootstrap import RESAMPLES, interval, point
from discovery.agreement.columns import Column
from discovery.agreement.rank_statistics import (
    Statistic,
    area_under_curve,
    comparable_pairs,
    concordance,
    reaches,
    spearman,
)
from discovery.agreement.results import Agreement, Comparison, Difference, Measure, Power
from discovery.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Judge:
    """Compares columns of n candidates.

    Args:
        seed: Of the bootstrap.
        clusters: (n,) number of the cluster of related candidates that each belongs to.
        resamples: Of every interval.
    """

    seed: int
    clusters: NDArray[np.intp]
    resamples: int = RESAMPLES

    def agreement(self, first: Column, second: Column, within: BoolArray) -> Agreement:
        """Compare two columns on some candidates."""
        both = first.known & second.known & within
        exact = both & first.exact & second.exact
        x, y = first.at(both), second.at(both)
        names = f"{first.name} {second.name}"
        return Agreement(
            first.name,
            second.name,
            len(x),
            self._measure(names, spearman(first.value[exact], second.value[exact]), exact),
            self._measure(names, spearman(x.tied_at_ends, y.tied_at_ends), both),
            self._measure(names, concordance(x, y), both, comparable_pairs(x, y)),
        )

    def power(
        self, score: Column, truth: Column, within: BoolArray, threshold: float | None
    ) -> Power:
        """Compare a score with the truth on some candidates."""
        agreement = self.agreement(score, truth, within)
        if threshold is None:
            return Power(agreement, None, 0)
        both = score.known & truth.known & within
        positive, known = reaches(truth.at(both), threshold)
        judged = both.copy()
        judged[both] = known
        area = area_under_curve(score.at(judged), positive[known])
        return Power(
            agreement,
            self._measure(f"{score.name} {truth.name}", area, judged),
            int(positive[known].sum()),
        )

    def difference(
        self, one: Column, other: Column, truth: Column, within: BoolArray
    ) -> Difference:
        """Compare how well two scores rank the truth; the better one comes first."""
        both = one.known & other.known & truth.known & within
        exact = both & one.exact & other.exact & truth.exact

        def strength(score: Column) -> float:
            ranks = concordance(score.at(both), truth.at(both))
            return abs(point(ranks, int(both.sum())) or 0.0)

        first, second = sorted((one, other), key=strength, reverse=True)
        names = f"{first.name} - {second.name}"
        return Difference(
            first.name,
            second.name,
            self._measure(
                names,
                _gain(*(concordance(score.at(both), truth.at(both)) for score in (first, second))),
                both,
            ),
            self._measure(
                names,
                _gain(*(spearman(s.value[exact], truth.value[exact]) for s in (first, second))),
                exact,
            ),
        )

    def _measure(
        self, purpose: str, statistic: Statistic, rows: BoolArray, count: int | None = None
    ) -> Measure:
        size = int(rows.sum())
        _, clusters = np.unique(self.clusters[rows], return_inverse=True)
        alone, together = (
            interval(
                statistic,
                size,
                seed=self.seed,
                purpose=purpose,
                clusters=units,
                resamples=self.resamples,
            )
            for units in (None, clusters)
        )
        return Measure(point(statistic, size), size if count is None else count, alone, together)


def _gain(first: Statistic, second: Statistic) -> Statistic:
    """Strength of the first minus strength of the second, each in the direction of the sample."""

    def statistic(weights: FloatArray) -> FloatArray:
        ones = np.ones((1, weights.shape[1]))
        one, other = (np.sign(ranks(ones)) * ranks(weights) for ranks in (first, second))
        difference: FloatArray = one - other
        return difference

    return statistic


def compare(
    columns: Sequence[Column],
    judge: Judge,
    *,
    truth: str | None,
    threshold: float | None,
    listed: BoolArray | None = None,
) -> Comparison:
    """Compare all columns with each other, and with the truth.

    Args:
        columns: At least two, of the same n candidates.
        judge: Seed, clusters and resamples.
        truth: Name of the column taken as the truth; ``None`` compares the columns alone.
        threshold: From which value of the truth on a candidate is a positive, or ``None``.
        listed: (n,) candidates that a second comparison is made without.
    """
    everyone = np.ones_like(columns[0].known)
    scores = [column for column in columns if column.name != truth]
    pairs = tuple(judge.agreement(*two, everyone) for two in combinations(scores, 2))
    if len(scores) == len(columns):
        return Comparison(None, threshold, (), (), (), (), pairs)
    (true,) = (column for column in columns if column.name == truth)

    def powers(within: BoolArray) -> tuple[Power, ...]:
        return tuple(judge.power(score, true, within, threshold) for score in scores)

    of_all = powers(everyone)
    return Comparison(
        truth,
        threshold,
        of_all,
        shared=powers(np.all([column.known for column in columns], axis=0)),
        without=() if listed is None else powers(~listed),
        differences=tuple(
            judge.difference(*two, true, everyone) for two in combinations(scores, 2)
        ),
        pairs=(*(power.agreement for power in of_all), *pairs),
    )
