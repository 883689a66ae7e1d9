"""Triangles of an isosurface by surface nets: one corner per cube of the grid that it crosses.

Gibson, Constrained elastic surface nets, MICCAI 1998, doi 10.1007/BFb0056277, without relaxation:
a corner is the mean of the points where the surface crosses the edges of its cube. That takes a
third of the triangles of marching cubes or tetrahedra.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from discovery.types import FloatArray

_AROUND: Final = ((0, 0), (1, 0), (1, 1), (0, 1))  # the cubes around an edge, in a circle


def isosurface(values: FloatArray, level: float) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return where a field takes a value.

    Args:
        values: (n1, n2, n3) on a grid that does not repeat itself. The surface ends at the middle
            of the outermost cubes.
        level: The value.

    Returns:
        Corners (v, 3) in grid units, and triangles (t, 3) of them that face higher values.
    """
    cubes = np.array(values.shape) - 1
    corners, places, squares = [], [], []
    for axis in range(3):
        edge, place, rising = _crossings(values, level, axis)
        beside = np.eye(3, dtype=np.int64)[[(axis + 1) % 3, (axis + 2) % 3]]
        ring = edge[:, None] - np.array(_AROUND) @ beside
        inside = np.all((ring >= 0) & (ring < cubes), axis=2)
        number = ring @ np.array([cubes[1] * cubes[2], cubes[2], 1])
        corners.append(number[inside])
        places.append(np.broadcast_to(place[:, None], ring.shape)[inside])
        square = np.where(rising[:, None], number, number[:, ::-1])
        squares.append(square[np.all(inside, axis=1)])
    used, index, count = np.unique(np.concatenate(corners), return_inverse=True, return_counts=True)
    where = np.concatenate(places)
    points = np.stack([np.bincount(index, where[:, k]) / count for k in range(3)], axis=1)
    around = np.searchsorted(used, np.concatenate(squares))
    return points, np.concatenate([around[:, [0, 1, 2]], around[:, [0, 2, 3]]]).astype(np.int64)


def _crossings(
    values: FloatArray, level: float, axis: int
) -> tuple[NDArray[np.int64], FloatArray, NDArray[np.bool_]]:
    """Return edges along an axis that cross the level: where they begin, cross, and if upwards."""
    first = np.take(values, range(values.shape[axis] - 1), axis)
    second = np.take(values, range(1, values.shape[axis]), axis)
    edge = np.argwhere((first < level) != (second < level))
    a, b = first[tuple(edge.T)], second[tuple(edge.T)]
    place = edge.astype(float)
    place[:, axis] += (level - a) / (b - a)
    return edge, place, a < b
