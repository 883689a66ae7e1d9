"""At which energy an ion can travel through a crystal in one, two and three dimensions.

Points of a grid, or edges of a network, are taken in order of energy and joined by union-find;
every member of a piece knows the lattice translation that leads to it from the piece's root. Where
two members of one piece meet with another translation than they know of, a path in the piece winds
around the cell by the difference. The rank of its windings is the dimension in which a piece
percolates (for networks: Delgado-Friedrichs and O'Keeffe, Acta Cryst. A 59, 351 (2003), doi
10.1107/S0108767303012017). That is exact for any winding, without copies of the cell or bisection.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.transport.landscape import CEILING, Landscape
from discovery.types import FloatArray

_NEVER: Final = -1


@dataclass(frozen=True)
class Percolation:
    """Levels at which the region of lower energies percolates.

    Args:
        minimum: Lowest energy, eV.
        levels: E_1D, E_2D, E_3D in eV above the minimum; infinite where the region never does.
        points: Grid indices of the critical point of each level, the highest on the way; ``None``
            where the level is infinite.
        windings: For each level, (r, 3) independent lattice translations by which the piece that
            the critical point completes percolates without it.
    """

    minimum: float
    levels: tuple[float, float, float]
    points: tuple[tuple[int, int, int] | None, ...]
    windings: tuple[NDArray[np.int64], ...]


class _Forest(NamedTuple):
    """Pieces as trees: of each node the one above, and the translation that leads there.

    ``slot`` is the row of ``basis`` with the independent windings of a root, 0 for none; row 0
    counts the rows in use.
    """

    parent: NDArray[np.int32]
    offset: NDArray[np.int32]
    size: NDArray[np.int32]
    slot: NDArray[np.int32]
    basis: NDArray[np.int64]


def percolation(landscape: Landscape) -> Percolation:
    """Return the levels of an energy landscape, exact on its grid.

    Points are neighbours if they share a face, an edge or a corner: 26 neighbours, as in the
    public tool ``bvlain``. Points at the landscape's ceiling are closed.
    """
    flat = np.ascontiguousarray(landscape.energy, dtype=float).ravel()
    inside = np.flatnonzero(flat < CEILING)
    order = inside[np.argsort(flat[inside], kind="stable")]
    n0, n1, n2 = landscape.shape
    critical, basis = _fill(_forest(flat.size, flat.size // min(n0, n1, n2)), order, n0, n1, n2)
    minimum = float(flat.min())
    points = [
        None if point == _NEVER else _indices(int(point), landscape.shape) for point in critical
    ]
    first, second, third = (
        math.inf if point is None else float(landscape.energy[point]) - minimum for point in points
    )
    windings = tuple(rows[rows.any(axis=1)] for rows in basis)
    return Percolation(minimum, (first, second, third), tuple(points), windings)


def network_levels(
    nodes: int,
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    shift: NDArray[np.int64],
    energy: FloatArray,
) -> tuple[float, float, float]:
    """Return the levels at which a periodic network percolates, on the scale of ``energy``.

    Args:
        nodes: Number of nodes in the cell.
        i: (m,) node at one end of each edge.
        j: (m,) node at the other end.
        shift: (m, 3) lattice translation of ``j`` where ``i`` lies in the home cell.
        energy: (m,) at which each edge opens.
    """
    order = np.argsort(energy, kind="stable")
    critical = _join(_forest(nodes, nodes), i[order], j[order], shift[order])
    first, second, third = (
        math.inf if edge == _NEVER else float(energy[order[edge]]) for edge in critical
    )
    return first, second, third


def _indices(point: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    i, j, k = np.unravel_index(point, shape)
    return int(i), int(j), int(k)


def _forest(nodes: int, winding: int) -> _Forest:
    """Return single nodes, with room for the windings of at most ``winding`` pieces."""
    return _Forest(
        parent=np.arange(nodes, dtype=np.int32),
        offset=np.zeros((nodes, 3), dtype=np.int32),
        size=np.ones(nodes, dtype=np.int32),
        slot=np.zeros(nodes, dtype=np.int32),
        basis=np.zeros((winding + 1, 3, 3), dtype=np.int64),
    )


@njit(cache=True)
def _fill(
    forest: _Forest, order: NDArray[np.int64], n0: int, n1: int, n2: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Open points in order; return the critical points and the windings just before them."""
    critical = np.full(3, _NEVER, np.int64)
    before = np.zeros((3, 3, 3), np.int64)
    open_ = np.zeros(n0 * n1 * n2, np.bool_)
    found = 0
    for point in order:
        open_[point] = True
        x, y, z = point // (n1 * n2), point // n2 % n1, point % n2
        for i in range(x - 1, x + 2):
            for j in range(y - 1, y + 2):
                for k in range(z - 1, z + 2):
                    other = (i % n0 * n1 + j % n1) * n2 + k % n2
                    if not open_[other]:
                        continue
                    known, rank, piece = _meet(forest, point, other, i // n0, j // n1, k // n2)
                    while found < rank:
                        critical[found] = point
                        before[found, :known] = forest.basis[piece, :known]
                        found += 1
        if found == 3:  # noqa: PLR2004 - dimensions of space
            break
    return critical, before


@njit(cache=True)
def _join(
    forest: _Forest, i: NDArray[np.int64], j: NDArray[np.int64], shift: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Open edges in order; return the critical ones."""
    critical = np.full(3, _NEVER, np.int64)
    found = 0
    for edge in range(len(i)):
        a, b, c = shift[edge]
        _, rank, _ = _meet(forest, i[edge], j[edge], a, b, c)
        while found < rank:
            critical[found] = edge
            found += 1
    return critical


@njit(cache=True)
def _meet(forest: _Forest, i: int, j: int, a: int, b: int, c: int) -> tuple[int, int, int]:
    """Join node i and the image of node j at (a, b, c).

    Returns:
        Dimension of the piece before and after, and the row of its windings.
    """
    parent, offset, size, slot, basis = forest
    root, other = _root(forest, i), _root(forest, j)
    a += offset[i, 0] - offset[j, 0]
    b += offset[i, 1] - offset[j, 1]
    c += offset[i, 2] - offset[j, 2]
    if root == other:
        if a == 0 and b == 0 and c == 0:
            return 0, 0, 0
        if slot[root] == 0:
            basis[0, 0, 0] += 1
            slot[root] = basis[0, 0, 0]
        row = slot[root]
        known = _rank(basis[row])
        return known, _widen(basis[row], a, b, c), row
    if size[root] < size[other]:
        root, other, a, b, c = other, root, -a, -b, -c
    parent[other] = root
    offset[other, 0], offset[other, 1], offset[other, 2] = a, b, c
    size[root] += size[other]
    if slot[other] == 0:
        return 0, 0, 0
    if slot[root] == 0:
        slot[root] = slot[other]
        return 0, 0, 0
    row = slot[root]
    known = _rank(basis[row])
    for w in basis[slot[other]]:
        _widen(basis[row], w[0], w[1], w[2])
    return known, _rank(basis[row]), row


@njit(cache=True)
def _root(forest: _Forest, node: int) -> int:
    """Return the root of a node, and hang the node right below it."""
    parent, offset = forest.parent, forest.offset
    root, x, y, z = node, 0, 0, 0
    while parent[root] != root:
        x += offset[root, 0]
        y += offset[root, 1]
        z += offset[root, 2]
        root = parent[root]
    while parent[node] != root and node != root:
        above, a, b, c = parent[node], offset[node, 0], offset[node, 1], offset[node, 2]
        parent[node] = root
        offset[node, 0], offset[node, 1], offset[node, 2] = x, y, z
        x, y, z, node = x - a, y - b, z - c, above
    return root


@njit(cache=True)
def _rank(basis: NDArray[np.int64]) -> int:
    rank = 0
    while rank < 3 and (basis[rank, 0] or basis[rank, 1] or basis[rank, 2]):  # noqa: PLR2004
        rank += 1
    return rank


@njit(cache=True)
def _widen(basis: NDArray[np.int64], a: int, b: int, c: int) -> int:
    """Add the winding (a, b, c) to independent ones if it is independent; return their number."""
    rank = _rank(basis)
    u, v = basis[0], basis[1]
    if rank == 0:
        new = a != 0 or b != 0 or c != 0
    elif rank == 1:
        new = u[1] * c != u[2] * b or u[2] * a != u[0] * c or u[0] * b != u[1] * a
    else:
        volume = a * (u[1] * v[2] - u[2] * v[1]) + b * (u[2] * v[0] - u[0] * v[2])
        new = rank == 2 and volume + c * (u[0] * v[1] - u[1] * v[0]) != 0  # noqa: PLR2004
    if new:
        basis[rank, 0], basis[rank, 1], basis[rank, 2] = a, b, c
        rank += 1
    return rank
