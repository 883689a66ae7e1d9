"""Whether families of materials differ in what was measured of them."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy.stats import anderson_ksamp, false_discovery_control

from discovery.agreement.rank_statistics import Values
from discovery.types import BoolArray, FloatArray

FEWEST: Final = 7
"""Rows of a family that takes part."""

MOST: Final = 12
"""Families that take part at most, the largest."""

_LEAST_P: Final = 0.001  # ends of the table that p-values are read from
_LARGEST_P: Final = 0.25
_LEVEL: Final = 0.05


@dataclass(frozen=True)
class Difference:
    """Between the values of two families.

    Args:
        first: Name of the one.
        second: Name of the other.
        rows: Of the two.
        tied: Rows that stand at a common limit, as a bound hides where they are.
        statistic: Normalised k-sample Anderson-Darling statistic; ``None`` if all rows are tied.
        low: The p-value is at least this.
        high: The p-value is at most this; equal to ``low`` where it is known.
    """

    first: str
    second: str
    rows: tuple[int, int]
    tied: int
    statistic: float | None
    low: float
    high: float


def families_of(families: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the families that take part, the largest first; empty is none."""
    counts = Counter(family for family in families if family)
    names = sorted((name for name in counts if counts[name] >= FEWEST), key=lambda n: -counts[n])
    return tuple(names[:MOST])


def differences(truth: Values, families: Sequence[str]) -> list[Difference]:
    """Return the differences of all pairs of families, by the k-sample Anderson-Darling test.

    F. W. Scholz & M. A. Stephens, J. Am. Stat. Assoc. 82, 918 (1987), with midranks for ties.
    A bound is no value: of each pair, all that lies at or below the highest upper bound is tied
    there, as is all at or above the lowest lower bound. That hides differences, and makes none.
    P-values are interpolated in a table from 0.001 to 0.25, so beyond it they are bounds too; they
    take the rows for independent, which rows of one paper are not.

    Args:
        truth: Of n rows.
        families: The family of each row.
    """
    of = np.array(families, dtype=object)
    return [
        _difference(truth, of == first, of == second, (first, second))
        for first, second in combinations(families_of(families), 2)
    ]


def differing(found: Sequence[Difference]) -> list[bool]:
    """Return which pairs differ when at most 5 % of those that are said to may be by chance.

    Y. Benjamini & Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995), with p-values at their highest.
    """
    if not found:
        return []
    adjusted = false_discovery_control([each.high for each in found])
    return [bool(p <= _LEVEL) for p in adjusted]


def _difference(
    truth: Values, one: BoolArray, other: BoolArray, names: tuple[str, str]
) -> Difference:
    values, tied = _comparable(truth.take(one | other))
    split = one[one | other]
    samples = [values[split], values[~split]]
    rows = (len(samples[0]), len(samples[1]))
    if np.ptp(values) == 0:
        return Difference(*names, rows, tied, None, _LARGEST_P, 1.0)
    with warnings.catch_warnings():
        # it warns of the ends of its table, and of what it will return in later versions
        warnings.simplefilter("ignore", UserWarning)
        found = anderson_ksamp(samples)
    p = float(found.pvalue)
    low = 0.0 if p <= _LEAST_P else min(p, _LARGEST_P)
    high = 1.0 if p >= _LARGEST_P else max(p, _LEAST_P)
    return Difference(*names, rows, tied, float(found.statistic), low, high)


def _comparable(truth: Values) -> tuple[FloatArray, int]:
    """Return (n,) values that any truth behind the bounds would give, and how many are tied."""
    low = float(truth.value[truth.side < 0].max(initial=-np.inf))
    high = float(truth.value[truth.side > 0].min(initial=np.inf))
    hidden = (truth.value <= low) | (truth.value >= high)
    return np.clip(truth.value, low, max(low, high)), int(hidden.sum())
