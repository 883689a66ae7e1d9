"""Ions of a composition: charges, sizes, how near they may come, and the forces between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.analysis.molecule_structure_comparator import CovalentRadius
from scipy.special import erfc

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.electrostatics import COULOMB
from discovery.chemistry.softbv import ionic_radius
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

REACH: Final = 8.0
"""Angstrom; forces end here."""

BINS: Final = 1500
FIRST: Final = 0.5
"""Tables run from this distance (Angstrom) to :data:`REACH`."""

# shortest distances in ordered crystals of OBELiX, of the reference set, of Li-M-O phases of the
# Materials Project, over sums of radii: 0.74 of ionic, 0.78 of covalent ones for ions of opposite
# charge, 0.80 of ionic ones for anions (peroxides apart), 0.69 (Li-La), 0.74 (Li-Li) and then 0.82
# of covalent ones for cations
_IONIC: Final = 0.75
_COVALENT: Final = 0.75
_ANIONS: Final = 0.78
_CATIONS: Final = 0.75
_SMALLEST: Final = 1.2  # Angstrom, of ions of like charge
_FARTHEST: Final = 1.45  # of the sum of ionic radii; cages reach 1.3

_NO_RADIUS: Final = 1.5  # Angstrom
_ANION_EXCESS: Final = 0.75  # Shannon's O2-, F-, S2-, Cl- are larger than covalent by 0.74 to 0.79
_CATION_DEFICIT: Final = 0.5

_EXPONENT: Final = 8
_CONTACT: Final = 0.85  # times what six neighbours and Madelung's constant make of it, 1.19
_APART: Final = 1.15  # ions of like charge are pushed away before they are too near
_STRONGEST_PULL: Final = 3.0  # e^2; ions of charge 1 resist being drawn together by others
_DAMPING: Final = 0.2  # 1/Angstrom


@dataclass(frozen=True)
class Ions:
    """The ions of a composition.

    Args:
        elements: The e elements.
        charges: (e,) mean oxidation states.
        nearest: (e, e) shortest distance that counts as physical, Angstrom.
        farthest: (e, e) distance within which an ion must have an ion of opposite charge,
            Angstrom; 0 for ions of like charge.
        space: (e,) least volume of an ion, cubic Angstrom: close packing at the shortest distance.
        size: (e,) volume of an ion as a sphere, cubic Angstrom.
        own: (e,) energy of an ion with its own screening charge, eV.
        energy: (e, e, BINS) interaction at equidistant distances, eV.
        slope: (e, e, BINS) its derivative, divided by the distance, eV/Angstrom^2.
    """

    elements: tuple[str, ...]
    charges: FloatArray
    nearest: FloatArray
    farthest: FloatArray
    space: FloatArray
    size: FloatArray
    own: FloatArray
    energy: FloatArray
    slope: FloatArray


def ions(composition: Mapping[str, float]) -> Ions:
    """Return the ions of a composition, in its order.

    Interactions are damped Coulomb forces, shifted to end at :data:`REACH` (Fennell & Gezelter, J.
    Chem. Phys. 124, 234104 (2006), eq. 18), with Born's repulsion r^-8 of such strength that two
    ions of opposite charge alone would touch at 0.85 of the sum of their radii.

    Args:
        composition: Element amounts, on any scale.

    Raises:
        InvalidInputError: No oxidation states balance the composition.
    """
    states = oxidation_states(composition)
    return _ions(tuple(states), tuple(states.values()))


@lru_cache(maxsize=4096)
def _ions(elements: tuple[str, ...], states: tuple[float, ...]) -> Ions:
    charges = np.array(states)
    radius = np.array([radius_of(e, q) for e, q in zip(elements, states, strict=True)])
    covalent = np.array([CovalentRadius.radius.get(e, _NO_RADIUS) for e in elements])
    touch, bond = radius[:, None] + radius, covalent[:, None] + covalent
    product = charges[:, None] * charges
    like = np.where(charges[:, None] < 0, _ANIONS * touch, _CATIONS * bond)
    opposite = np.maximum(_IONIC * touch, _COVALENT * bond)
    nearest = np.where(product > 0, np.maximum(like, _SMALLEST), opposite)
    farthest = np.where(product < 0, np.maximum(_FARTHEST * touch, 1.3 * bond), 0.0)
    contact = np.where(product > 0, _APART * nearest, _CONTACT * np.maximum(touch, nearest))
    energy, slope = _tables(product, contact)
    space = np.diag(nearest) ** 3 / np.sqrt(2)
    last, _ = _screened(np.array([REACH]))
    own = -COULOMB * charges**2 * (last[0] / 2 + _DAMPING / np.sqrt(np.pi))
    size = 4 / 3 * np.pi * np.maximum(radius, 0) ** 3
    return Ions(elements, charges, nearest, farthest, space, size, own, energy, slope)


def _tables(product: FloatArray, contact: FloatArray) -> tuple[FloatArray, FloatArray]:
    r = np.linspace(FIRST, REACH, BINS)
    coulomb, force = _screened(r)
    last, last_force = _screened(np.array([REACH]))
    shifted = coulomb - last + last_force * (r - REACH)
    stiff = np.where(product > 0, np.maximum(product, _STRONGEST_PULL), -product)
    strength = (stiff * contact ** (_EXPONENT - 1) / _EXPONENT)[..., None]
    energy = product[..., None] * shifted + strength * (r**-_EXPONENT - REACH**-_EXPONENT)
    slope = -product[..., None] * (force - last_force) - _EXPONENT * strength * r ** (
        -_EXPONENT - 1
    )
    return COULOMB * energy, COULOMB * slope / r


def _screened(r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Screened 1/r and the force that belongs to it."""
    value = erfc(_DAMPING * r) / r
    gauss = 2 * _DAMPING / np.sqrt(np.pi) * np.exp(-((_DAMPING * r) ** 2))
    return value, (value + gauss) / r


@lru_cache(maxsize=4096)
def radius_of(element: str, charge: float) -> float:
    """Return the radius of an ion in Angstrom: Shannon's, or else one made of its covalent one."""
    try:
        return ionic_radius(element, charge)
    except InvalidInputError:
        covalent = float(CovalentRadius.radius.get(element, _NO_RADIUS))
        return covalent + (_ANION_EXCESS if charge < 0 else -_CATION_DEFICIT)
