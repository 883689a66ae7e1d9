"""A binary tree of sums: draw in proportion to rates, and change one, in O(log n).

The tree is an array of 2 p numbers, p the next power of two; node k holds the sum of nodes 2k and
2k + 1, the root is node 1, leaf n is node p + n (Wong & Easton, SIAM J. Comput. 9, 111 (1980)).
Sums are renewed, never corrected by differences: no rounding error builds up.
"""

import numpy as np
from numba import njit

from discovery.types import FloatArray


@njit(cache=True)
def make_tree(count: int) -> FloatArray:
    """Return a tree of ``count`` zeros."""
    leaves = 1
    while leaves < count:
        leaves *= 2
    return np.zeros(2 * leaves)


@njit(cache=True)
def set_leaf(tree: FloatArray, leaf: int, value: float) -> None:
    """Set the value (0 or more) of a leaf, and the sums above it."""
    node = tree.size // 2 + leaf
    if tree[node] == value:
        return
    tree[node] = value
    node //= 2
    while node:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node //= 2


@njit(cache=True)
def add_up(tree: FloatArray) -> None:
    """Renew all sums; cheaper than leaf by leaf where many leaves have changed."""
    for node in range(tree.size // 2 - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@njit(cache=True)
def find_leaf(tree: FloatArray, amount: float) -> tuple[int, float]:
    """Return the leaf at which the running sum passes ``amount``, and what is left of it there.

    Args:
        tree: Sums, not all zero.
        amount: From 0 to the total, ``tree[1]``; rounding never leads to a leaf of value zero.
    """
    leaves = tree.size // 2
    node = 1
    while node < leaves:
        node *= 2
        if amount >= tree[node] and tree[node + 1] > 0:
            amount -= tree[node]
            node += 1
    return node - leaves, min(amount, tree[node])
