"""How much the splits on each column divide what the trees say of the rows they learned from."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.explanation.contract import Nodes, Terms
from discovery.types import BoolArray, FloatArray


def impurity(terms: Terms, rows: FloatArray) -> FloatArray:
    """Return the share (d,) of each column in the decrease of variance at the splits; sums to 1.

    L. Breiman et al., Classification and Regression Trees (1984), ch. 5.3. The variance is that of
    the tree's own output over the rows. Where leaves hold the mean of all their rows, as in
    extremely randomised trees, this is the decrease of the target's variance that libraries tell;
    of boosted trees it is what each adds. Columns with many different values are favoured, and
    nothing is said of rows that were not learned from.

    Args:
        terms: Trees with their weight (n,) in the response to each row.
        rows: (n, d) that the trees learned from, NaN where unknown.
    """
    here = np.ascontiguousarray(rows, dtype=np.float32)
    shares = np.zeros(rows.shape[1])
    for weight, trees in terms:
        gains = _gains(
            here, trees.root, trees.member, len(trees.offset), trees.left, trees.right,
            trees.feature, trees.threshold, trees.missing_left, trees.value,
        )  # fmt: skip
        total = gains.sum(axis=1, keepdims=True)
        share = np.divide(gains, total, out=np.zeros_like(gains), where=total > 0)
        shares += share.mean(axis=0) * float(np.mean(np.abs(weight)))
    total_share = shares.sum()
    return shares / total_share if total_share > 0 else shares


@njit(cache=True)
def _gains(  # noqa: PLR0917 - compiled functions take arrays in order
    rows: NDArray[np.float32],
    root: Nodes,
    member: Nodes,
    members: int,
    left: Nodes,
    right: Nodes,
    feature: Nodes,
    threshold: FloatArray,
    missing_left: BoolArray,
    value: FloatArray,
) -> FloatArray:
    """Return (members, d) sums of squares between the two sides of all splits on a column."""
    count, total = np.zeros(len(value)), np.zeros(len(value))
    depth = 0
    path = np.empty(len(value) + 1, dtype=np.int64)
    gains = np.zeros((members, rows.shape[1]))
    for tree in range(len(root)):
        for row in rows:
            node, depth = root[tree], 0
            while True:
                path[depth] = node
                depth += 1
                if left[node] < 0:
                    break
                x = row[feature[node]]
                go_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
                node = left[node] if go_left else right[node]
            for step in range(depth):
                count[path[step]] += 1
                total[path[step]] += value[node]
        last = root[tree + 1] if tree + 1 < len(root) else len(value)
        for node in range(root[tree], last):
            low, high = left[node], right[node]
            if low >= 0 and count[low] > 0 and count[high] > 0:
                apart = total[low] / count[low] - total[high] / count[high]
                gain = count[low] * count[high] / (count[low] + count[high]) * apart**2
                gains[member[tree], feature[node]] += gain
    return gains
