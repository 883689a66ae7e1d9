"""The energy of a mobile ion on a grid through the cell of a crystal."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.cells import compact_cell
from discovery.chemistry.neighbours import cell_matrix, fractional
from discovery.crystal import Crystal, Site
from discovery.errors import InvalidInputError
from discovery.transport.field import Field, bond_valence_field
from discovery.transport.kernels import add_pairs, splines
from discovery.types import FloatArray

CEILING: Final = 100.0
"""eV; higher energies, where atoms overlap, are set to this. No ion comes there."""

MOST_POINTS: Final = 5_000_000
"""A grid of more points is refused: its percolation would need gigabytes."""

_FEWEST: Final = 4  # along an axis, so that no point is its own neighbour twice


@dataclass(frozen=True)
class Landscape:
    """Energies of an ion on a periodic grid.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        energy: (n1, n2, n3) eV; point (i, j, k) is at the fractional coordinates
            (i/n1, j/n2, k/n3). Finite everywhere, at most :data:`CEILING`.
        ion: Element of the ion.
    """

    cell: FloatArray
    energy: FloatArray
    ion: str = "Li"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of points along each vector of the cell."""
        a, b, c = self.energy.shape
        return a, b, c

    @property
    def steps(self) -> FloatArray:
        """(3, 3) vectors from a point to the next as rows, Angstrom."""
        return self.cell / np.array(self.shape)[:, None]


def bond_valence_landscape(
    crystal: Crystal,
    ion: str = "Li",
    *,
    resolution: float = 0.2,
    charges: Mapping[str, float] | None = None,
) -> Landscape:
    """Return the bond valence site energy of an ion on a grid.

    Energies agree with a direct sum over all pairs within
    :data:`~discovery.transport.field.CUTOFF` to 1e-6 eV.

    Args:
        crystal: Ordered or disordered (see :func:`~discovery.transport.field.bond_valence_field`).
        ion: Element of the mobile ion; all its atoms are taken out of the framework.
        resolution: Largest distance of neighbouring points along a cell vector, Angstrom.
        charges: Oxidation state of each element, instead of the most plausible ones.

    Raises:
        InvalidInputError: The resolution is not positive or makes more than
            :data:`MOST_POINTS` points, or the field is not defined.
    """
    field = bond_valence_field(crystal, ion, charges)
    return field_landscape(field, grid_shape(field.cell, resolution))


def field_landscape(field: Field, shape: tuple[int, int, int]) -> Landscape:
    """Return the energies of a field on a grid of the given number of points along each vector."""
    energy = np.zeros(shape)
    add_pairs(
        energy,
        field.cell / np.array(shape)[:, None],
        field.position % 1.0 * np.array(shape),
        field.kind,
        field.weight,
        field.potential,
        splines(field.potential),
    )
    return Landscape(field.cell, np.minimum(energy, CEILING), field.ion)


def grid_shape(cell: FloatArray, resolution: float) -> tuple[int, int, int]:
    """Return the number of grid points along each cell vector, at least four.

    Raises:
        InvalidInputError: The resolution is not positive or makes too many points.
    """
    if not (math.isfinite(resolution) and resolution > 0):
        raise InvalidInputError(f"a resolution is a positive distance in A, not {resolution}")
    fine = [max(n / resolution, _FEWEST) for n in np.linalg.norm(cell, axis=1).tolist()]
    if math.prod(fine) > MOST_POINTS:
        grid = " x ".join(f"{n:.6g}" for n in fine)
        raise InvalidInputError(
            f"a resolution of {resolution:g} A makes a grid of {grid} points, more than "
            f"{MOST_POINTS:,}; choose a coarser one"
        )
    a, b, c = (math.ceil(n - 1e-9) for n in fine)
    return a, b, c


def compact(crystal: Crystal) -> Crystal:
    """Return the same crystal in a cell with short vectors.

    In a skewed cell, points that are neighbours by their indices may be far apart.
    """
    cell = cell_matrix(crystal)
    short = compact_cell(cell)
    places = fractional(crystal) @ cell @ np.linalg.inv(short)
    sites = zip(crystal.sites, places.tolist(), strict=True)
    rows = [(x, y, z) for x, y, z in short.tolist()]
    return Crystal(tuple(rows), tuple(Site(site.species, (x, y, z)) for site, (x, y, z) in sites))
