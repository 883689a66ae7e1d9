"""Periodic neighbours: every pair within a cut-off, exact in any cell, aware of split sites."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from discovery.cells import compact_cell
from discovery.crystal import Crystal
from discovery.types import BoolArray, FloatArray

IndexArray: TypeAlias = NDArray[np.intp]

SPLIT_DISTANCE: Final = 1.7
"""Two partly occupied sites nearer than this (Angstrom) are alternatives, not neighbours."""

OVERLAP_DISTANCE: Final = 0.5
"""Atoms nearer than this (Angstrom) are a mistake: the shortest bond, H-H, measures 0.74."""

_PARTIAL: Final = 0.999
_FULL: Final = 1.1  # occupancies of alternatives add up to one, rounded in their source
_EDGE: Final = 1e-6  # Angstrom; keeps a neighbour at the cut-off in whatever orientation


@dataclass(frozen=True)
class Pairs:
    """Directed pairs of sites, each periodic image its own pair.

    Args:
        i: (k,) index of the centre.
        j: (k,) index of the neighbour.
        distance: (k,) in Angstrom; zero where two sites coincide.
        exclusive: (k,) whether the two sites are alternatives that are never filled together.
    """

    i: IndexArray
    j: IndexArray
    distance: FloatArray
    exclusive: BoolArray

    def __len__(self) -> int:
        return len(self.i)

    def take(self, keep: BoolArray) -> "Pairs":
        """Return the pairs for which ``keep`` (k,) is true."""
        return Pairs(self.i[keep], self.j[keep], self.distance[keep], self.exclusive[keep])


def neighbour_pairs(
    crystal: Crystal, cutoff: float, *, split_distance: float = SPLIT_DISTANCE
) -> Pairs:
    """Return all pairs at most ``cutoff`` apart, alternatives included and marked.

    A pair is exclusive if its sites are different, nearer than ``split_distance``, both partly
    occupied, and their occupancies add up to at most one (1.1 for sources that round): a split
    position. A fully occupied site, such as the oxygen of a hydroxide, excludes nothing.

    Args:
        crystal: Any cell, however skewed; positions may lie outside of it.
        cutoff: Angstrom.
        split_distance: Angstrom.
    """
    i, j, distance = periodic_pairs(cell_matrix(crystal), fractional(crystal), cutoff)
    occupancy = np.array([site.occupancy for site in crystal.sites])
    partial = occupancy < _PARTIAL
    exclusive = (
        partial[i]
        & partial[j]
        & (occupancy[i] + occupancy[j] <= _FULL)
        & (distance < split_distance)
        & (i != j)
    )
    return Pairs(i, j, distance, exclusive)


def compatible_pairs(
    crystal: Crystal, cutoff: float, *, split_distance: float = SPLIT_DISTANCE
) -> Pairs:
    """Return the pairs of :func:`neighbour_pairs` whose sites can be filled together."""
    pairs = neighbour_pairs(crystal, cutoff, split_distance=split_distance)
    return pairs.take(~pairs.exclusive)


def closest_contact(crystal: Crystal) -> float:
    """Return the shortest distance below 1 Angstrom of sites filled together, else infinity."""
    pairs = compatible_pairs(crystal, 1.0)
    return float(pairs.distance.min()) if len(pairs) else float("inf")


def periodic_pairs(
    cell: FloatArray, positions: FloatArray, cutoff: float
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return centre, neighbour and distance of all pairs of points and periodic images.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        positions: (n, 3) fractional coordinates.
        cutoff: Angstrom, inclusive.

    Returns:
        Three arrays (k,): indices of centre and neighbour, distance in Angstrom. A point is no
        neighbour of itself, but of its images.
    """
    compact = compact_cell(cell)
    points = positions @ cell @ np.linalg.inv(compact)
    points = (points - np.floor(points)) @ compact
    heights = 1 / np.linalg.norm(np.linalg.inv(compact), axis=0)
    reach = [np.arange(-k, k + 1) for k in np.ceil((cutoff + _EDGE) / heights).astype(int)]
    shifts = np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3)
    images = (points[None] + (shifts @ compact)[:, None]).reshape(-1, 3)
    origin = np.repeat(~shifts.any(axis=1), len(points))
    index = np.tile(np.arange(len(points)), len(shifts))
    low, high = points.min(axis=0) - cutoff - _EDGE, points.max(axis=0) + cutoff + _EDGE
    inside = ((images >= low) & (images <= high)).all(axis=1)
    images, index, origin = images[inside], index[inside], origin[inside]
    found = cKDTree(points).sparse_distance_matrix(
        cKDTree(images), cutoff + _EDGE, output_type="ndarray"
    )
    i, image = found["i"].astype(np.intp), found["j"].astype(np.intp)
    keep = ~(origin[image] & (index[image] == i))
    return i[keep], index[image][keep], np.asarray(found["v"], dtype=float)[keep]


def cell_matrix(crystal: Crystal) -> FloatArray:
    """Return the cell vectors as rows, (3, 3), Angstrom."""
    return np.asarray(crystal.matrix, dtype=float)


def fractional(crystal: Crystal) -> FloatArray:
    """Return the fractional coordinates of the sites, (n, 3)."""
    return np.array([site.position for site in crystal.sites], dtype=float)


def occupancies(crystal: Crystal) -> tuple[tuple[str, ...], FloatArray]:
    """Return the elements, sorted, and the occupancy (n, elements) of each site by each."""
    elements = tuple(sorted(crystal.composition))
    column = {element: k for k, element in enumerate(elements)}
    table: FloatArray = np.zeros((len(crystal.sites), len(elements)))
    for row, site in zip(table, crystal.sites, strict=True):
        for element, occupancy in site.species:
            row[column[element]] += occupancy
    return elements, table
