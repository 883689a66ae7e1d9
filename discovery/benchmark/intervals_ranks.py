"""Whether one strategy is better than another: tests on pairs, ranks over many problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, friedmanchisquare, rankdata, studentized_range, wilcoxon

from discovery.errors import InvalidInputError
from discovery.types import FloatArray


@dataclass(frozen=True)
class PairedTest:
    """Two strategies on the same seeds, or the same problems.

    Args:
        wins: How often the first was better.
        ties: How often both were equal.
        losses: How often the second was better.
        signed_rank: Two-sided p of the Wilcoxon signed-rank test (F. Wilcoxon, Biometrics Bull.
            1, 80 (1945)); ranks of ties are divided between the two sides.
        sign: Two-sided p of the sign test, ties left out.
    """

    wins: int
    ties: int
    losses: int
    signed_rank: float
    sign: float


def paired_test(first: FloatArray, second: FloatArray) -> PairedTest:
    """Return how often, and how surely, the first is larger than the second, pair by pair.

    Args:
        first: (s,) finite.
        second: (s,) finite, of the same seeds in the same order.

    Raises:
        InvalidInputError: The arrays do not fit, or a number is not finite.
    """
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise InvalidInputError(f"pairs need two equal rows, not {first.shape} and {second.shape}")
    gain = first - second
    if not np.isfinite(gain).all():
        raise InvalidInputError("pairs must be finite numbers; leave out seeds without a value")
    wins, losses = int((gain > 0).sum()), int((gain < 0).sum())
    if not wins and not losses:
        return PairedTest(0, len(gain), 0, 1.0, 1.0)
    return PairedTest(
        wins,
        len(gain) - wins - losses,
        losses,
        float(wilcoxon(gain, zero_method="zsplit").pvalue),
        float(binomtest(wins, wins + losses).pvalue),
    )


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p values corrected for being several (S. Holm, Scand. J. Stat. 6, 65 (1979))."""
    corrected: dict[str, float] = {}
    largest = 0.0
    for place, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[name]))
        corrected[name] = largest
    return {name: corrected[name] for name in p_values}


@dataclass(frozen=True)
class Ranking:
    """Strategies ranked on several problems (J. Demšar, J. Mach. Learn. Res. 7, 1 (2006)).

    Args:
        names: Of k strategies, the best first.
        ranks: (k,) average rank, 1 the best.
        critical: Nemenyi's critical difference: average ranks closer than this do not differ.
        friedman: p of the Friedman test that all strategies are equal; ``None`` for two of them.
        alike: Groups of strategies that do not differ, as first and last place, longest ones only.
    """

    names: tuple[str, ...]
    ranks: FloatArray
    critical: float
    friedman: float | None
    alike: tuple[tuple[int, int], ...]


def ranking(scores: Mapping[str, Sequence[float]], alpha: float = 0.05) -> Ranking:
    """Return average ranks of strategies over problems, and which of them differ.

    Args:
        scores: Name -> one score per problem, larger is better; average over seeds first, for
            the problems are the independent units here. Equal scores share their mean rank.
        alpha: Level of the critical difference.

    Raises:
        InvalidInputError: There are fewer than two strategies or two problems, or a score is
            missing.
    """
    table = _table(scores)
    problems, strategies = table.shape
    each = rankdata(-table, axis=1)
    average = each.mean(axis=0)
    order = np.argsort(average, kind="stable")
    ranks = average[order]
    critical = critical_difference(strategies, problems, alpha)
    test = None
    if strategies > 2:  # noqa: PLR2004 - scipy's limit; two are a sign test
        test = float(friedmanchisquare(*table.T).pvalue) if np.ptp(each) else 1.0
    names = tuple(scores)
    return Ranking(tuple(names[i] for i in order), ranks, critical, test, _alike(ranks, critical))


def critical_difference(strategies: int, problems: int, alpha: float = 0.05) -> float:
    """Return CD = q sqrt(k (k + 1) / (6 N)) of k strategies on N problems (P. Nemenyi, 1963).

    q is the quantile of the studentised range with infinite degrees of freedom, divided by √2;
    Demšar (2006), eq. of section 3.2.2 and table 5.
    """
    quantile = studentized_range.ppf(1 - alpha, strategies, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(strategies * (strategies + 1) / (6 * problems)))


def _table(scores: Mapping[str, Sequence[float]]) -> FloatArray:
    counts = {name: len(row) for name, row in scores.items()}
    if len(scores) < 2 or len(set(counts.values())) != 1 or min(counts.values()) < 2:  # noqa: PLR2004
        raise InvalidInputError(
            "a ranking needs two strategies with one score each for the same two problems or "
            f"more, not {counts}"
        )
    table: FloatArray = np.array(list(scores.values()), dtype=np.float64).T
    if np.isnan(table).any():
        missing = [name for name, row in scores.items() if np.isnan(np.array(row)).any()]
        raise InvalidInputError(f"a score is missing of {', '.join(missing)}")
    return table


def _alike(ranks: FloatArray, critical: float) -> tuple[tuple[int, int], ...]:
    """Longest runs of sorted average ranks whose ends do not differ."""
    lasts = np.searchsorted(ranks, ranks + critical, side="left") - 1
    found: list[tuple[int, int]] = []
    for first, last in enumerate(lasts):
        if last > first and (not found or last > found[-1][1]):
            found.append((first, int(last)))
    return tuple(found)
