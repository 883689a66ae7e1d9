"""Electrostatics of point charges in a crystal: Ewald energies, ordered and disordered.

Gaussian charges exp(-eta r^2) split the sum into a short real and a short reciprocal part (Ewald,
Ann. Phys. 369, 253 (1921)); the surroundings are conducting ("tin foil") and a net charge of the
cell is compensated by a uniform background. Energies in eV, charges in units of e.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.constants import elementary_charge, epsilon_0
from scipy.special import erf, erfc

from discovery.cells import compact_cell
from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import (
    IndexArray,
    Pairs,
    cell_matrix,
    fractional,
    neighbour_pairs,
    occupancies,
    periodic_pairs,
)
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError, InvalidStructureError
from discovery.types import FloatArray

COULOMB: Final = elementary_charge / (4 * math.pi * epsilon_0) * 1e10
"""e^2 / (4 pi epsilon_0) = 14.3996 eV Angstrom."""

ACCURACY: Final = 12 * math.log(10)
"""Both sums end where their Gaussians reach 1e-12."""

COINCIDENT: Final = 1e-8
"""Angstrom; charges nearer than this are in one place."""

_RECIPROCAL_SHARE: Final = 4.0  # a reciprocal term costs less than a pair: shift work there


@dataclass(frozen=True)
class SiteEnergies:
    """Energies of the ions of one element.

    Args:
        energy: (s,) half of charge times potential at each site that holds the element, eV.
        weight: (s,) occupancy of these sites by the element.
    """

    energy: FloatArray
    weight: FloatArray

    @property
    def mean(self) -> float:
        """Mean over the ions, eV."""
        return float(np.average(self.energy, weights=self.weight))

    @property
    def std(self) -> float:
        """Standard deviation over the ions, eV."""
        return math.sqrt(float(np.average((self.energy - self.mean) ** 2, weights=self.weight)))


def ewald_potentials(cell: FloatArray, positions: FloatArray, charges: FloatArray) -> FloatArray:
    """Return the electrostatic potential (n,) at each charge, its own excepted, in V.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        positions: (n, 3) fractional coordinates.
        charges: (n,) in units of e; their sum need not be zero (uniform background).

    Raises:
        InvalidStructureError: Two charges coincide.
    """
    eta, cutoff = _screening(cell, len(charges))
    i, j, distance = periodic_pairs(cell, positions, cutoff)
    pairs = Pairs(i, j, distance, np.zeros(len(i), dtype=bool))
    return _potentials(cell, positions, charges, pairs, eta)


def ewald_site_energies(cell: FloatArray, positions: FloatArray, charges: FloatArray) -> FloatArray:
    """Return half of charge times potential (n,), eV; the sum is the energy of the cell.

    In a neutral cell these are the values of pymatgen's ``EwaldSummation.get_site_energy``. In a
    charged cell they include the background, so that they still add up to the total energy.

    Raises:
        InvalidStructureError: Two charges coincide.
    """
    return 0.5 * charges * ewald_potentials(cell, positions, charges)


def ewald_energy(crystal: Crystal, charges: FloatArray) -> float:
    """Return the electrostatic energy of the cell in eV for one charge (n,) per site.

    Raises:
        InvalidInputError: The number of charges is not the number of sites.
        InvalidStructureError: Two charges coincide.
    """
    if charges.shape != (len(crystal.sites),):
        raise InvalidInputError(
            f"expected one charge for each of {len(crystal.sites)} sites, not {charges.shape}"
        )
    return float(ewald_site_energies(cell_matrix(crystal), fractional(crystal), charges).sum())


def mean_field_site_energies(crystal: Crystal, element: str = "Li") -> SiteEnergies:
    """Return the electrostatic energy of the ions of an element at each of their sites.

    Charges are :func:`~discovery.chemistry.charges.oxidation_states` of the cell contents. Every
    other site, and every periodic image, carries its mean charge (occupancy times charge), except
    that alternatives to the site in question (see :mod:`~discovery.chemistry.neighbours`) are
    empty. In an ordered crystal that is exact.

    Raises:
        InvalidInputError: The element is absent, or no oxidation states are neutral.
        InvalidStructureError: Two sites that are no alternatives coincide.
    """
    elements, occupancy = occupancies(crystal)
    if element not in elements:
        raise InvalidInputError(f"the structure has no {element}, only {', '.join(elements)}")
    states = oxidation_states(crystal.composition)
    charges = occupancy @ np.array([states[symbol] for symbol in elements])
    cell = cell_matrix(crystal)
    eta, cutoff = _screening(cell, len(charges))
    pairs = neighbour_pairs(crystal, cutoff)
    potential = _potentials(cell, fractional(crystal), charges, pairs, eta)
    weight = occupancy[:, elements.index(element)]
    held = weight > 0
    return SiteEnergies(0.5 * states[element] * potential[held], weight[held])


def half_of_reciprocal(cell: FloatArray, eta: float) -> tuple[IndexArray, FloatArray]:
    """Return one of each pair +-k of the reciprocal vectors that count, and their squares.

    Args:
        cell: (3, 3) vectors as rows, Angstrom; short ones make fewer to look at.
        eta: Exponent of the Gaussian charges, 1/A^2.

    Returns:
        Indices (m, 3) along the reciprocal cell, and squared lengths (m,), 1/A^2.
    """
    reciprocal = 2 * math.pi * np.linalg.inv(cell).T
    cutoff = 2 * math.sqrt(eta * ACCURACY)
    reach = np.floor(cutoff * np.linalg.norm(cell, axis=1) / (2 * math.pi)).astype(int)
    axes = [np.arange(0, reach[0] + 1), *(np.arange(-k, k + 1) for k in reach[1:])]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    a, b, c = index.T
    index = index[(a > 0) | (b > 0) | ((b == 0) & (c > 0))]
    square = ((index @ reciprocal) ** 2).sum(axis=1)
    near = square <= cutoff**2
    return index[near], square[near]


def _screening(cell: FloatArray, count: int) -> tuple[float, float]:
    """Return eta (1/A^2) that balances the two sums, and the real-space cut-off (A)."""
    volume = abs(float(np.linalg.det(cell)))
    eta = math.pi * (_RECIPROCAL_SHARE * count / volume**2) ** (1 / 3)
    return eta, math.sqrt(ACCURACY / eta)


def _potentials(
    cell: FloatArray, positions: FloatArray, charges: FloatArray, pairs: Pairs, eta: float
) -> FloatArray:
    volume = abs(float(np.linalg.det(cell)))
    potential = _real(charges, pairs, math.sqrt(eta))
    potential += _reciprocal(cell, positions, charges, eta)
    potential -= 2 * math.sqrt(eta / math.pi) * charges
    potential -= math.pi / (volume * eta) * charges.sum()
    return COULOMB * potential


def _real(charges: FloatArray, pairs: Pairs, root: float) -> FloatArray:
    """Sum the screened charges; an alternative's Gaussian, in the reciprocal part, is removed."""
    near = pairs.distance < COINCIDENT
    if bool((near & ~pairs.exclusive).any()):
        first = int(np.argmax(near & ~pairs.exclusive))
        raise InvalidStructureError(
            f"sites {pairs.i[first]} and {pairs.j[first]} coincide and both are filled; "
            "their energy is infinite"
        )
    distance = np.where(near, COINCIDENT, pairs.distance)
    scaled = root * distance
    screened = np.where(pairs.exclusive, -erf(scaled), erfc(scaled)) / distance
    total = np.bincount(pairs.i, charges[pairs.j] * screened, minlength=len(charges))
    return np.asarray(total, dtype=float)


def _reciprocal(
    cell: FloatArray, positions: FloatArray, charges: FloatArray, eta: float
) -> FloatArray:
    """Sum over half of the reciprocal vectors; the other half repeats it."""
    skewed, cell = cell, compact_cell(cell)
    positions = positions @ skewed @ np.linalg.inv(cell)
    index, square = half_of_reciprocal(cell, eta)
    phase = 2 * math.pi * (index @ positions.T)
    cosine, sine = np.cos(phase), np.sin(phase)
    weight = np.exp(-square / (4 * eta)) / square
    volume = abs(float(np.linalg.det(cell)))
    potential = cosine.T @ (weight * (cosine @ charges)) + sine.T @ (weight * (sine @ charges))
    return np.asarray(8 * math.pi / volume * potential, dtype=float)
