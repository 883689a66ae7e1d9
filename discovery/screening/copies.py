"""Columns that were made from the target, and would give it away.

What is found: another name for the target's values or classes, a monotone function of it
(a logarithm, another unit, a rank, a class made by a threshold), and what it is itself a monotone
function of. A column that mixes the target with something else is not found: name it in
``exclude``.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from discovery.types import FloatArray

_CHANCE: Final = math.log(1e-6)


def renames(column: NDArray[Any], target: NDArray[Any]) -> bool:
    """Return whether a column is the target under other names, and hardly by chance.

    Args:
        column: (n,) text or numbers, all known.
        target: (n,) values or classes, all known.
    """
    one, counts = _codes(column)
    other, others = _codes(target)
    pairs = np.unique(one * (len(others) + 1) + other)
    same = len(pairs) == len(counts) == len(others)
    return same and _log_chance(counts) + gammaln(len(counts) + 1) < _CHANCE


def follows(column: FloatArray, target: FloatArray) -> bool:
    """Return whether one of the two is a monotone function of the other, and hardly by chance.

    The chance is that of an order of the rows that is drawn at random: with two rows out of 176
    in one class, many columns separate the classes without having been made from them.

    Args:
        column: (n,) finite.
        target: (n,) finite.
    """
    one, counts = _codes(column)
    other, others = _codes(target)
    coarser = counts if len(counts) < len(others) else others
    if _log_chance(coarser) + math.log(2) >= _CHANCE:
        return False
    return _monotone(one, other) or _monotone(one, -other)


def _monotone(one: NDArray[np.intp], other: NDArray[np.intp]) -> bool:
    """Whether no two rows are in different order, and one of the two decides the other."""
    order = np.lexsort((other, one))
    a, b = one[order], other[order]
    if (np.diff(b) < 0).any():
        return False
    decides = len(np.unique(np.column_stack([a, b]), axis=0))
    return decides in (len(np.unique(a)), len(np.unique(b)))


def _codes(values: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return codes.astype(np.intp), counts


def _log_chance(counts: NDArray[np.intp]) -> float:
    """Log of one over the number of ways to deal out values that occur so often."""
    return float(np.sum(gammaln(counts + 1)) - gammaln(counts.sum() + 1))
