"""All that the energy landscape of a crystal says about how an ion moves through it."""

from dataclasses import dataclass

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.field import Field, bond_valence_field
from discovery.transport.landscape import Landscape, compact, field_landscape, grid_shape
from discovery.transport.path import MigrationPath, percolating_path
from discovery.transport.percolation import Percolation
from discovery.transport.saddle import refined_percolation
from discovery.transport.voids import VoidRadii, void_radii


@dataclass(frozen=True)
class Migration:
    """How an ion moves through a crystal.

    Args:
        crystal: In a compact cell, to which all fractional coordinates refer.
        field: Of its framework.
        landscape: Energies on a grid.
        percolation: Levels at which the field percolates, its passes followed exactly.
        path: The way through the grid in the highest dimension in which there is one.
        voids: Radii of free spheres; ``None`` where an ion has no tabulated radius.
    """

    crystal: Crystal
    field: Field
    landscape: Landscape
    percolation: Percolation
    path: MigrationPath | None
    voids: VoidRadii | None


def migration(crystal: Crystal, ion: str = "Li", *, resolution: float = 0.2) -> Migration:
    """Return how an ion moves through a crystal, by its bond valence site energy.

    Args:
        crystal: Ordered or disordered (see :func:`~discovery.transport.field.bond_valence_field`).
        ion: Element of the mobile ion.
        resolution: Largest distance of neighbouring grid points along a cell vector, Angstrom.

    Raises:
        InvalidInputError: The field is not defined, or the resolution cannot be used.
    """
    cell = compact(crystal)
    field = bond_valence_field(cell, ion)
    landscape = field_landscape(field, grid_shape(field.cell, resolution))
    found = refined_percolation(field, landscape)
    dimension = sum(point is not None for point in found.points)
    try:
        voids = void_radii(cell, ion, resolution=resolution)
    except InvalidInputError:
        voids = None
    return Migration(
        crystal=cell,
        field=field,
        landscape=landscape,
        percolation=found,
        path=percolating_path(landscape, dimension, found=found) if dimension else None,
        voids=voids,
    )
