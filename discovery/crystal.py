"""Cells and crystal structures: frozen, hashable, picklable.

Lengths in Angstrom, angles in degrees.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from discovery.cells import compact_cell
from discovery.errors import InvalidStructureError

Species: TypeAlias = tuple[tuple[str, float], ...]
"""(element, amount) pairs."""

_LONGEST: Final = 1e5  # Angstrom; coordinates in longer vectors lose their digits
_SHORTEST: Final = 0.5  # Angstrom; every atom would overlap its own image


@dataclass(frozen=True)
class Lattice:
    """Cell parameters of a conventional cell: lengths in Angstrom, angles in degrees.

    Raises:
        InvalidStructureError: A parameter is not a positive number or the angles close no cell.
    """

    a: float
    b: float
    c: float
    alpha: float
    beta: float
    gamma: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(x) and x > 0 for x in self.parameters):
            raise InvalidStructureError(f"cell parameters must be positive numbers: {self}")
        if not self._gram > 0:
            raise InvalidStructureError(
                f"the angles {self.alpha}, {self.beta}, {self.gamma} close no cell"
            )

    @property
    def parameters(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, alpha, beta, gamma)."""
        return (self.a, self.b, self.c, self.alpha, self.beta, self.gamma)

    @property
    def _gram(self) -> float:
        x, y, z = (math.cos(math.radians(t)) for t in (self.alpha, self.beta, self.gamma))
        return 1 - x * x - y * y - z * z + 2 * x * y * z

    @property
    def volume(self) -> float:
        """Cell volume in cubic Angstrom."""
        return self.a * self.b * self.c * math.sqrt(self._gram)


@dataclass(frozen=True)
class Site:
    """A crystallographic site: species with occupancies (sum <= 1), fractional coordinates."""

    species: Species
    position: tuple[float, float, float]

    @property
    def occupancy(self) -> float:
        """Total occupancy of the site."""
        return sum(amount for _, amount in self.species)

    @property
    def is_ordered(self) -> bool:
        """Whether exactly one species sits here with occupancy one."""
        return len(self.species) == 1 and abs(self.occupancy - 1) < 1e-3  # noqa: PLR2004


@dataclass(frozen=True)
class Crystal:
    """A periodic structure: cell vectors as rows of ``matrix`` (Angstrom), all sites of the cell.

    Raises:
        InvalidStructureError: No site, a cell that is flat, not finite or of no crystal's size, a
            bad coordinate, an occupancy that is not positive, a site with more than one atom.
    """

    matrix: tuple[tuple[float, float, float], ...]
    sites: tuple[Site, ...]

    def __post_init__(self) -> None:
        cell = np.asarray(self.matrix, dtype=float)
        if cell.shape != (3, 3) or not np.isfinite(cell).all():
            raise InvalidStructureError(f"a cell is a finite 3 x 3 matrix, not {self.matrix}")
        longest = float(np.abs(cell).max())
        if longest > _LONGEST:
            raise InvalidStructureError(
                f"a cell vector of {longest:g} A is longer than any crystal's; at most {_LONGEST:g}"
            )
        if abs(float(np.linalg.det(cell))) < 1e-3:  # noqa: PLR2004
            raise InvalidStructureError(f"the cell has no volume: {self.matrix}")
        shortest = float(np.linalg.norm(compact_cell(cell), axis=1).min())
        if shortest < _SHORTEST:
            raise InvalidStructureError(
                f"the lattice repeats itself every {shortest:g} A, where no bond is shorter than "
                f"0.7 A: {self.matrix}"
            )
        if not self.sites:
            raise InvalidStructureError("the structure has no site")
        for index, site in enumerate(self.sites):
            _check(index, site)

    @property
    def is_ordered(self) -> bool:
        """Whether every site holds exactly one species with occupancy one."""
        return all(site.is_ordered for site in self.sites)

    @property
    def volume(self) -> float:
        """Cell volume in cubic Angstrom."""
        return abs(float(np.linalg.det(np.asarray(self.matrix, dtype=float))))

    @property
    def composition(self) -> dict[str, float]:
        """Element amounts in the cell, occupancies counted."""
        amounts: dict[str, float] = {}
        for site in self.sites:
            for element, occupancy in site.species:
                amounts[element] = amounts.get(element, 0.0) + occupancy
        return amounts


def _check(index: int, site: Site) -> None:
    if not all(math.isfinite(x) for x in site.position):
        raise InvalidStructureError(f"site {index} has position {site.position}")
    for element, amount in site.species:
        if not amount > 0:
            raise InvalidStructureError(
                f"site {index} {dict(site.species)} has the occupancy {amount:g} of {element}; "
                f"expected more than 0 and at most 1, or no {element} there"
            )
    if not 0 < site.occupancy <= 1.01:  # noqa: PLR2004 - CIFs round 1/3 + 2/3
        raise InvalidStructureError(
            f"site {index} {dict(site.species)} has total occupancy {site.occupancy:g}; "
            "expected more than 0 and at most 1"
        )
