"""Voronoi coordination numbers, exact in ordered crystals, occupancy-weighted in disordered ones.

The Voronoi cell of an atom is the set of points nearer to it than to any other; each of its faces
belongs to a neighbour (O'Keeffe, Acta Cryst. A 35, 772 (1979)). With the atom at the origin and
neighbours at x_j, the cell is the polar dual of the convex hull of the points 2 x_j / |x_j|^2:
corners of the hull are faces of the cell, and facets of the hull are corners of the cell.
"""

from typing import Final

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from discovery.cells import compact_cell
from discovery.chemistry.neighbours import (
    SPLIT_DISTANCE,
    IndexArray,
    Pairs,
    cell_matrix,
    fractional,
    neighbour_pairs,
    occupancies,
)
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

CUTOFF: Final = 5.0
"""Neighbours that may have a face, Angstrom; doubled where they do not enclose the atom."""

SMALLEST_FACE: Final = 1e-3
"""Faces seen under a smaller part of the largest solid angle are accidents of symmetry."""

_FARTHEST: Final = 40.0  # Angstrom
_COINCIDENT: Final = 1e-2  # Angstrom
_DIGITS: Final = 3  # of what symmetry makes equal


def voronoi_coordination(crystal: Crystal, element: str = "Li") -> tuple[FloatArray, FloatArray]:
    """Return the Voronoi coordination number of each site of an element, and its occupancies.

    The number of faces, each counted by the occupancy of the neighbour behind it. Alternatives to
    the site itself (see :mod:`~discovery.chemistry.neighbours`) are left out; alternatives among
    the neighbours divide a face, and add up to one. In an ordered crystal these are the numbers of
    pymatgen's ``VoronoiNN(cutoff=5, tol=1e-3)``.

    Returns:
        Coordination numbers (s,) and occupancies (s,) of the s sites that hold the element.

    Raises:
        InvalidInputError: The element is absent, or a site is not enclosed by others.
    """
    elements, occupancy = occupancies(crystal)
    if element not in elements:
        raise InvalidInputError(f"the structure has no {element}, only {', '.join(elements)}")
    cell = compact_cell(cell_matrix(crystal))
    points = fractional(crystal) @ cell_matrix(crystal) @ np.linalg.inv(cell)
    points = (points - np.floor(points)) @ cell
    weight = occupancy[:, elements.index(element)]
    held = np.flatnonzero(weight)
    pairs = neighbour_pairs(crystal, SPLIT_DISTANCE)
    filled = _merged(occupancy.sum(axis=1), pairs)
    numbers = []
    seen: dict[bytes, float] = {}
    for site in held.tolist():
        alternatives = pairs.j[pairs.exclusive & (pairs.i == site)]
        around = _Around(cell, points - points[site], filled, alternatives)
        number = seen.get(around.key)
        if number is None:
            number = seen[around.key] = around.coordination(site)
        numbers.append(number)
    return np.array(numbers), weight[held]


def _merged(filled: FloatArray, pairs: Pairs) -> FloatArray:
    """Occupancies (n,), those of sites in one place all given to the first of them."""
    same = pairs.take(pairs.exclusive & (pairs.distance < _COINCIDENT) & (pairs.i < pairs.j))
    merged = filled.copy()
    np.add.at(merged, same.i, filled[same.j])
    merged[same.j] = 0.0
    return merged


class _Around:
    """What surrounds a site.

    Args:
        cell: (3, 3) reduced cell, vectors as rows, Angstrom.
        vectors: (n, 3) from the site to all sites.
        filled: (n,) their occupancies.
        alternatives: Those that are empty because the site is filled, where they are near it.
    """

    def __init__(
        self, cell: FloatArray, vectors: FloatArray, filled: FloatArray, alternatives: IndexArray
    ) -> None:
        self._cell, self._vectors, self._filled = cell, vectors, filled
        self._alternatives = alternatives
        self._found = self._within(CUTOFF)

    @property
    def key(self) -> bytes:
        """The same for sites that symmetry makes equal: distances and occupancies."""
        vectors, occupancy = self._found
        distance = np.linalg.norm(vectors, axis=1).round(_DIGITS)
        order = np.lexsort((occupancy, distance))
        return np.stack([distance[order], occupancy[order].round(_DIGITS)]).tobytes()

    def coordination(self, site: int) -> float:
        """Return the occupancies behind the faces; ``site`` names the place in errors."""
        cutoff, (vectors, occupancy) = CUTOFF, self._found
        while True:
            angles = solid_angles(vectors)
            if angles is not None:
                return float(occupancy[angles > SMALLEST_FACE * angles.max()].sum())
            cutoff *= 2
            if cutoff > _FARTHEST:
                raise InvalidInputError(
                    f"site {site} has no Voronoi cell: its neighbours do not enclose it"
                )
            vectors, occupancy = self._within(cutoff)

    def _within(self, cutoff: float) -> tuple[FloatArray, FloatArray]:
        """Vectors (k, 3) to all images of filled sites that are no alternatives, occupancies."""
        heights = 1 / np.linalg.norm(np.linalg.inv(self._cell), axis=0)
        reach = np.ceil(cutoff / heights).astype(int)
        steps = np.stack(np.meshgrid(*(np.arange(-k, k + 1) for k in reach), indexing="ij"), -1)
        images = self._vectors[None] + (steps.reshape(-1, 3) @ self._cell)[:, None]
        distance = np.linalg.norm(images, axis=2)
        keep = (distance <= cutoff) & (distance > _COINCIDENT) & (self._filled > 0)
        keep[:, self._alternatives] &= distance[:, self._alternatives] >= SPLIT_DISTANCE
        return images[keep], np.broadcast_to(self._filled, keep.shape)[keep]


def solid_angles(vectors: FloatArray) -> FloatArray | None:
    """Return the solid angle (n,) of the face towards each neighbour, zero where there is none.

    Args:
        vectors: (n, 3) from the centre to its neighbours, Angstrom.

    Returns:
        Angles in steradian, which add up to 4 pi; ``None`` if the cell is not closed.
    """
    if len(vectors) <= 3:  # noqa: PLR2004 - four points span a body
        return None
    dual = 2 * vectors / np.sum(vectors**2, axis=1, keepdims=True)
    try:
        hull = ConvexHull(dual)
    except QhullError:
        return None
    normal, offset = hull.equations[:, :3], hull.equations[:, 3]
    if offset.max() > -1e-9:  # noqa: PLR2004 - the centre lies on or outside the hull
        return None
    corners = -normal / offset[:, None]
    angles: FloatArray = np.zeros(len(vectors))
    for neighbour in hull.vertices:
        own = corners[(hull.simplices == neighbour).any(axis=1)]
        angles[neighbour] = _solid_angle(own, vectors[neighbour])
    return angles


def _solid_angle(corners: FloatArray, axis: FloatArray) -> float:
    """Sum the triangles of a convex polygon (Van Oosterom & Strackee, IEEE TBME 30, 125, 1983)."""
    middle = axis / np.linalg.norm(axis)
    side = np.cross(middle, np.eye(3)[np.argmin(np.abs(middle))])
    inside = corners - corners.mean(axis=0)
    a = corners[np.argsort(np.arctan2(inside @ np.cross(middle, side), inside @ side))]
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = np.roll(a, -1, axis=0)
    volume = np.cross(a, b) @ middle
    return float(2 * np.arctan2(volume, 1 + a @ middle + b @ middle + (a * b).sum(axis=1)).sum())
