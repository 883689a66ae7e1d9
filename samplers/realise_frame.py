"""What the compiled kernels of realisation work on.

A structure of n atoms in k orbits is an affine function of one vector v_k (3,) per orbit, in
Angstrom along orthonormal directions in which the orbit's first atom may move. Distances of and
forces on the first atom of each orbit are all that is needed, by symmetry.
"""

import math
from typing import NamedTuple

from numba import njit

from discovery.chemistry.neighbours import IndexArray
from discovery.types import FloatArray


class Frame(NamedTuple):
    """What does not move.

    Args:
        cell: (3, 3) short vectors as rows, Angstrom.
        images: (t, 3) translations within reach, Angstrom, by length; the first is zero.
        far: (t,) their lengths.
        maps: (n, 3, 3) fractional coordinates per Angstrom of v, atoms of one orbit in a row.
        offsets: (n, 3) fractional coordinates at v = 0.
        first: (k + 1,) first atom of each orbit, and n.
        kind: (n,) element of each atom.
        owner: (n,) orbit of each atom.
        nearest: (e, e) shortest physical distances, Angstrom.
        farthest: (e, e) reach of bonds to ions of opposite charge, Angstrom.
        energy: (e, e, bins) interaction in eV.
        slope: (e, e, bins) derivative over distance, eV/Angstrom^2.
    """

    cell: FloatArray
    images: FloatArray
    far: FloatArray
    maps: FloatArray
    offsets: FloatArray
    first: IndexArray
    kind: IndexArray
    owner: IndexArray
    nearest: FloatArray
    farthest: FloatArray
    energy: FloatArray
    slope: FloatArray


@njit(cache=True)
def place(frame: Frame, v: FloatArray, positions: FloatArray, start: int, stop: int) -> None:
    """Write the fractional coordinates of atoms ``start`` to ``stop`` into ``positions`` (n, 3)."""
    for a in range(start, stop):
        k = frame.owner[a]
        for x in range(3):
            positions[a, x] = (
                frame.maps[a, x, 0] * v[k, 0]
                + frame.maps[a, x, 1] * v[k, 1]
                + frame.maps[a, x, 2] * v[k, 2]
                + frame.offsets[a, x]
            )


@njit(cache=True)
def vector_between(
    cell: FloatArray, positions: FloatArray, i: int, j: int, out: FloatArray
) -> None:
    """Write the vector from atom j to the image of atom i within half a cell, in Angstrom."""
    fx = positions[i, 0] - positions[j, 0]
    fy = positions[i, 1] - positions[j, 1]
    fz = positions[i, 2] - positions[j, 2]
    fx -= math.floor(fx + 0.5)
    fy -= math.floor(fy + 0.5)
    fz -= math.floor(fz + 0.5)
    for x in range(3):
        out[x] = fx * cell[0, x] + fy * cell[1, x] + fz * cell[2, x]


@njit(cache=True)
def square_of(gap: FloatArray, image: FloatArray) -> float:
    """Return the squared length of the sum of two vectors (3,)."""
    return (gap[0] + image[0]) ** 2 + (gap[1] + image[1]) ** 2 + (gap[2] + image[2]) ** 2
