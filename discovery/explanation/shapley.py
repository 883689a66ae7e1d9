"""Exact Shapley values of trees, and the same by brute force for any function.

The value of a set of columns is the mean response when the row keeps these columns and takes the
others from the rows of a background (interventional; D. Janzing, L. Minorics & P. Bloebaum,
AISTATS (2020)). For one background row a leaf counts only where each split on its path is passed
by the row or by the background row, and its share of the Shapley value depends on how many columns
must come from either (S. M. Lundberg et al., Nat. Mach. Intell. 2, 56 (2020)). Unlike the variant
that follows the trees' own counts it needs no such counts, and the base is a mean of predictions.
"""

from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.explanation.contract import Nodes, Terms, TreeArrays
from discovery.types import BoolArray, FloatArray

_ROW: Final = 1
_OTHER: Final = 2


def tree_shapley(
    terms: Terms, rows: FloatArray, background: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return Shapley values (n, d) of rows (n, d) and their base (n,); together, the response.

    Args:
        terms: Trees with their weight (n,) in the response to each row.
        rows: To be explained, NaN where unknown.
        background: (b, d) rows that stand for what is not told; at least one.
    """
    here = np.ascontiguousarray(rows, dtype=np.float32)
    others = np.ascontiguousarray(background, dtype=np.float32)
    total, base = np.zeros(rows.shape), np.zeros(len(rows))
    for weight, trees in terms:
        explained = np.flatnonzero(weight)
        if not len(explained):
            continue
        share = _shares(deepest(trees) + 1)
        values, mean = _explain(here[explained], others, share, trees.root, *_nodes(trees))
        scale = weight[explained] / len(trees.offset)
        total[explained] += values * scale[:, None]
        base[explained] += (mean + trees.offset.sum()) * scale
    return total, base


def brute_force_shapley(
    respond: Callable[[FloatArray], FloatArray], rows: FloatArray, background: FloatArray
) -> FloatArray:
    """Return Shapley values (n, d) from all sets of columns: 2^d responses per row and other.

    L. S. Shapley, Contributions to the Theory of Games 2, 307 (1953).
    """
    count = rows.shape[1]
    worth: dict[tuple[int, ...], FloatArray] = {}
    for size in range(count + 1):
        for told in combinations(range(count), size):
            mixed = np.repeat(background[None], len(rows), axis=0)
            mixed[:, :, told] = rows[:, None, told]
            answers = respond(mixed.reshape(-1, count))
            worth[told] = answers.reshape(len(rows), -1).mean(axis=1)
    values = np.zeros(rows.shape)
    for told, value in worth.items():
        for column in set(range(count)) - set(told):
            gain = worth[tuple(sorted((*told, column)))] - value
            values[:, column] += gain / (count * comb(count - 1, len(told)))
    return values


def deepest(trees: TreeArrays) -> int:
    """Return how many questions the longest path from a root asks."""
    level = trees.root
    depth = 0
    while True:
        inner = level[trees.left[level] >= 0]
        if not len(inner):
            return depth
        level = np.concatenate([trees.left[inner], trees.right[inner]])
        depth += 1


def _nodes(trees: TreeArrays) -> tuple[NDArray[Any], ...]:
    return (
        trees.left, trees.right, trees.feature, trees.threshold, trees.missing_left, trees.value,
    )  # fmt: skip


def _shares(most: int) -> FloatArray:
    """Return (most, most + 1): entry (p, q) is p! q! / (p + q + 1)!."""
    share = np.zeros((most, most + 1))
    for p in range(most):
        for q in range(most + 1):
            share[p, q] = 1 / ((p + q + 1) * comb(p + q, p))
    return share


@njit(cache=True)
def _explain(  # noqa: PLR0917 - compiled functions take arrays in order
    rows: NDArray[np.float32],
    background: NDArray[np.float32],
    share: FloatArray,
    root: Nodes,
    left: Nodes,
    right: Nodes,
    feature: Nodes,
    threshold: FloatArray,
    missing_left: BoolArray,
    value: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Sums over trees, means over the background: values (n, d) and base (n,)."""
    values, base = np.zeros(rows.shape), np.zeros(len(rows))
    teller = np.zeros(rows.shape[1], dtype=np.int8)
    path = np.empty(share.shape[1], dtype=np.int64)
    waiting = np.empty((share.shape[1], 3), dtype=np.int64)
    for row in range(len(rows)):
        for other in range(len(background)):
            for tree in root:
                base[row] += _add_tree(
                    values[row], rows[row], background[other], share, teller, path, waiting,
                    tree, left, right, feature, threshold, missing_left, value,
                )  # fmt: skip
    return values / len(background), base / len(background)


@njit(cache=True)
def _add_tree(  # noqa: PLR0917 - compiled functions take arrays in order
    values: FloatArray,
    x: NDArray[np.float32],
    z: NDArray[np.float32],
    share: FloatArray,
    teller: NDArray[np.int8],
    path: Nodes,
    waiting: Nodes,
    root: int,
    left: Nodes,
    right: Nodes,
    feature: Nodes,
    threshold: FloatArray,
    missing_left: BoolArray,
    value: FloatArray,
) -> float:
    """Add the values (d,) of one tree for one row and one other; return what the other is told.

    A column is told by the row (1), by the other (2), or not asked for yet (0); ``path`` lists
    those that are told, ``waiting`` the branches still to go down, with how much of the path they
    share and the column that the other tells there.
    """
    told = np.zeros(3, dtype=np.int64)
    length, top, base = 0, 1, 0.0
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = root, 0, -1
    while top > 0:
        top -= 1
        node, asked = waiting[top, 0], waiting[top, 2]
        length = _forget(length, waiting[top, 1], path, teller, told)
        if asked >= 0:
            length = _tell(length, asked, _OTHER, path, teller, told)
        while left[node] >= 0:
            asked = feature[node]
            missing = missing_left[node]
            x_left = missing if np.isnan(x[asked]) else x[asked] <= threshold[node]
            z_left = missing if np.isnan(z[asked]) else z[asked] <= threshold[node]
            if teller[asked] == _OTHER:
                x_left = z_left
            elif teller[asked] == 0 and x_left != z_left:
                waiting[top, 0] = left[node] if z_left else right[node]
                waiting[top, 1], waiting[top, 2] = length, asked
                top += 1
                length = _tell(length, asked, _ROW, path, teller, told)
            node = left[node] if x_left else right[node]
        if told[_ROW] == 0:
            base += value[node]
        for column in path[:length]:
            if teller[column] == _ROW:
                values[column] += value[node] * share[told[_ROW] - 1, told[_OTHER]]
            else:
                values[column] -= value[node] * share[told[_OTHER] - 1, told[_ROW]]
    _forget(length, 0, path, teller, told)
    return base


@njit(cache=True)
def _tell(
    length: int, column: int, who: int, path: Nodes, teller: NDArray[np.int8], told: Nodes
) -> int:
    path[length], teller[column] = column, who
    told[who] += 1
    return length + 1


@njit(cache=True)
def _forget(length: int, keep: int, path: Nodes, teller: NDArray[np.int8], told: Nodes) -> int:
    for column in path[keep:length]:
        told[teller[column]] -= 1
        teller[column] = 0
    return keep
