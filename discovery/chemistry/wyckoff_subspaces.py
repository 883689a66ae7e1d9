"""Subspaces that crystallographic operations fix, exactly, by their integer directions."""

from functools import lru_cache
from itertools import product
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int64]
Vector: TypeAlias = tuple[int, ...]
Subspace: TypeAlias = tuple[int, Vector]
"""Dimension, and the direction of a line or the normal of a plane (primitive, first entry > 0)."""

SPACE: Final[Subspace] = (3, ())

_POINT: Final[Subspace] = (0, ())
_LINE: Final = 1
_PLANE: Final = 2


def kernel(matrix: IntArray) -> Subspace:
    """Return the subspace of vectors that an integer matrix (k, 3) sends to zero."""
    rows = matrix[(matrix != 0).any(axis=1)]
    if not len(rows):
        return SPACE
    crosses = np.cross(rows[0], rows)
    crosses = crosses[(crosses != 0).any(axis=1)]
    if not len(crosses):
        return _PLANE, _primitive(rows[0])
    return _POINT if (rows @ crosses[0]).any() else (_LINE, _primitive(crosses[0]))


def span(columns: IntArray) -> Subspace:
    """Return the subspace that the columns of a basis (3, d) span."""
    dimension = columns.shape[1]
    if dimension == _LINE:
        return _LINE, _primitive(columns[:, 0])
    if dimension == _PLANE:
        return _PLANE, _primitive(np.cross(columns[:, 0], columns[:, 1]))
    return SPACE if dimension else _POINT


@lru_cache(maxsize=256)
def basis(subspace: Subspace) -> IntArray:
    """Return (3, d) columns that span the lattice vectors in a subspace."""
    dimension, vector = subspace
    if dimension == _PLANE:
        return _perpendicular(vector).T
    return (
        np.array(vector).reshape(3, 1)
        if dimension == _LINE
        else np.eye(3, dtype=np.int64)[:, :dimension]
    )


@lru_cache(maxsize=256)
def annihilator(subspace: Subspace) -> IntArray:
    """Return (3 - d, 3) rows that span the integer forms vanishing on a subspace."""
    dimension, vector = subspace
    if dimension == _LINE:
        return _perpendicular(vector)
    return (
        np.array(vector).reshape(1, 3)
        if dimension == _PLANE
        else np.eye(3, dtype=np.int64)[dimension:]
    )


def _perpendicular(vector: Vector) -> IntArray:
    """(2, 3) basis of the integer vectors perpendicular to a primitive one."""
    entries = sorted(
        product(range(-2, 3), repeat=3), key=lambda v: (sum(map(abs, v)), [-x for x in v])
    )
    normal = [np.array(v) for v in entries if not np.dot(v, vector)]
    return next(
        np.array([a, b])
        for a, b in product(normal, normal)
        if tuple(abs(x) for x in np.cross(a, b)) == tuple(abs(x) for x in vector)
    )


def _primitive(vector: IntArray) -> Vector:
    """The shortest integer vector along a line, its first entry positive."""
    entries = integers(vector // np.gcd.reduce(vector))
    return entries if next(x for x in entries if x) > 0 else tuple(-x for x in entries)


def integers(values: IntArray) -> Vector:
    """Return the entries of a vector as a tuple, which can be compared and hashed."""
    return tuple(int(x) for x in values)
