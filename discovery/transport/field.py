"""Bond valence site energy of an ion anywhere in a crystal: pair potentials of the framework.

Adams and Rao, Phys. Chem. Chem. Phys. 11, 3210 (2009), doi 10.1039/b901753d; Chen, Wong and Adams,
Acta Cryst. B 75, 18 (2019), doi 10.1107/S2052520618015718: a Morse potential to each anion and a
screened Coulomb repulsion from each cation,

E(r) = sum_anions D0/2 {[exp(alpha (R_min - R)) - 1]^2 - 1}
     + sum_cations 14.4 q1 q2 / sqrt(n1 n2) / R erfc(R / (0.74 (rc1 + rc2)))   (eV, Angstrom),

over the framework: every ion but those of the mobile element. The covalent radii are softBV's own;
the public tool ``bvlain`` takes those of Cordero et al. (2008) unless told otherwise, with which
single barriers differ by several tenths of an eV.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import IndexArray, cell_matrix, fractional, occupancies
from discovery.chemistry.softbv import covalent_radius, morse, principal_quantum_number
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.kernels import sum_pairs
from discovery.types import FloatArray

CUTOFF: Final = 10.0
"""Angstrom; pairs further apart do not interact. At 10 A Li-O has -1.6e-7 eV, Li-I -2.4e-5."""

_EDGE: Final = 1e-6  # Angstrom; keeps a pair at the cut-off in whatever orientation
_COULOMB: Final = 14.4  # eV Angstrom, the rounded value the potentials were fitted with
_SCREENING: Final = 0.74
_NEGLIGIBLE: Final = 1e-10  # eV; a repulsion ends where it falls below


@dataclass(frozen=True)
class Field:
    """Potentials that an ion feels, and where they are centred.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        position: (n, 3) fractional coordinates of the centres, sorted by kind.
        kind: (n,) row of ``potential`` of each centre.
        weight: (n,) occupancy.
        potential: (k, 6) depth (eV), stiffness (1/A), minimum (A) of the Morse potential;
            strength (eV A), screening length (A) of the repulsion; cut-off (A).
        ion: Element of the mobile ion.
    """

    cell: FloatArray
    position: FloatArray
    kind: IndexArray
    weight: FloatArray
    potential: FloatArray
    ion: str


def bond_valence_field(
    crystal: Crystal, ion: str = "Li", charges: Mapping[str, float] | None = None
) -> Field:
    """Return the field of a crystal's framework.

    A partly occupied site counts by its occupancy: in a disordered crystal the field is the mean
    over independent occupations. Mean oxidation states enter the repulsion as they are; tabulated
    parameters are those of the nearest tabulated state (:mod:`discovery.chemistry.softbv`).

    Args:
        crystal: Ordered or disordered.
        ion: Element of the mobile ion, a cation.
        charges: Oxidation state of each element; by default
            :func:`~discovery.chemistry.charges.oxidation_states` of the cell contents.

    Raises:
        InvalidInputError: The ion is absent or no cation, there is no anion, no oxidation states
            are neutral, or softBV lacks the parameters of an element or a pair.
    """
    elements, occupancy = occupancies(crystal)
    if ion not in elements:
        raise InvalidInputError(f"no {ion} in the structure, only {', '.join(elements)}")
    states = ion_charges(crystal, charges)
    if states[ion] <= 0:
        raise InvalidInputError(f"the mobile ion must be a cation; {ion} has {states[ion]:+g}")
    framework = [element for element in elements if element != ion and states[element] != 0]
    if not any(states[element] < 0 for element in framework):
        raise InvalidInputError(f"no anion in the structure, only {', '.join(elements)}")
    rows = [_potential(ion, states[ion], element, states[element]) for element in framework]
    table = occupancy[:, [elements.index(element) for element in framework]].T
    kind, site = np.nonzero(table)
    return Field(
        cell=cell_matrix(crystal),
        position=fractional(crystal)[site],
        kind=kind,
        weight=table[kind, site],
        potential=np.array(rows),
        ion=ion,
    )


def ion_charges(crystal: Crystal, charges: Mapping[str, float] | None) -> Mapping[str, float]:
    """Return the charges given, or else the oxidation states of the cell contents.

    Raises:
        InvalidInputError: An element has no charge, or no oxidation states are neutral.
    """
    if charges is None:
        return oxidation_states(crystal.composition)
    missing = [element for element in crystal.composition if element not in charges]
    if missing:
        raise InvalidInputError(f"no charge is given for {', '.join(missing)}")
    return charges


def _potential(ion: str, charge: float, other: str, other_charge: float) -> tuple[float, ...]:
    if other_charge < 0:
        pair = morse(ion, charge, other, other_charge)
        return pair.depth, pair.stiffness, pair.minimum, 0.0, 1.0, CUTOFF + _EDGE
    root = math.sqrt(principal_quantum_number(ion) * principal_quantum_number(other))
    strength = _COULOMB * charge * other_charge / root
    length = _SCREENING * (covalent_radius(ion, charge) + covalent_radius(other, other_charge))
    reach = np.arange(1.0, CUTOFF, 0.05)
    small = [strength / r * math.erfc(r / length) < _NEGLIGIBLE for r in reach]
    return 0.0, 1.0, 1.0, strength, length, float(reach[small][0]) if any(small) else CUTOFF


def energy_at(field: Field, point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return the energy (eV) at a point, its gradient (3,) and its Hessian (3, 3).

    Args:
        field: Of the framework.
        point: (3,) Cartesian coordinates, Angstrom; derivatives are by these.
    """
    here = np.linalg.solve(field.cell.T, np.asarray(point, dtype=float))
    away = field.position - here
    return sum_pairs(field.cell, away - np.floor(away), field.kind, field.weight, field.potential)
