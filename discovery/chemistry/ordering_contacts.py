"""Which sites of a disordered crystal are too near one another to be filled together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.analysis.molecule_structure_comparator import CovalentRadius

from discovery.chemistry.electrostatics import COULOMB
from discovery.chemistry.neighbours import SPLIT_DISTANCE, IndexArray, neighbour_pairs
from discovery.crystal import Crystal
from discovery.types import BoolArray, FloatArray

NEAREST: Final = 0.3
"""Angstrom; two charges nearer than this are taken to interact as at this distance."""

_OVERLAP: Final = 1.0  # Angstrom; no bond without hydrogen is shorter
_OVERLAP_HYDROGEN: Final = 0.7  # X rays see hydrogen 0.1-0.2 A too near to its partner
_HYDROGENS: Final = 1.2  # H-H in NH2-, H2O and BH4- measures 1.5 A and more
_BOND: Final = 0.75  # of the sum of covalent radii; the shortest bonds reach 0.85
_NO_RADIUS: Final = 1.5  # Angstrom
_PARTIAL: Final = 0.999
_ALTERNATIVES: Final = 1.1  # their occupancies add up to one, rounded in their source
_FORBIDDEN: Final = 60.0  # eV
_CROWDED: Final = (10.0, 30.0)  # eV, at the limit and where overlap begins


@dataclass(frozen=True)
class Contacts:
    """Pairs of sites that should not be filled together, each pair once.

    Args:
        i: (k,) index of a site.
        j: (k,) index of another.
        penalty: (k,) energy for both being filled, eV; outweighs their attraction.
        split: (k,) whether they are alternatives: of like charge, or overlapping.
        overlap: (k,) whether they are nearer than any bond is long.
    """

    i: IndexArray
    j: IndexArray
    penalty: FloatArray
    split: BoolArray
    overlap: BoolArray


def contacts(crystal: Crystal, charges: Mapping[str, float]) -> Contacts:
    """Return the pairs that are too near, unless both sites are filled in every ordering.

    Ions of like charge are too near below 1.7 Angstrom (the positions of a split ion; H-H:
    1.2), ions of opposite charge below three quarters of the sum of their covalent radii (Cordero
    et al., Dalton Trans. 2832 (2008)); below 1.0 Angstrom (with hydrogen 0.7) they overlap.

    Args:
        crystal: Disordered; of each site the most frequent species counts.
        charges: Oxidation state of every element.
    """
    common = [max(site.species, key=lambda item: item[1])[0] for site in crystal.sites]
    charge = np.array([charges[element] for element in common])
    radius = np.array([_radius(element) for element in common])
    hydrogen = np.array([element == "H" for element in common])
    occupancy = np.array([site.occupancy for site in crystal.sites])
    partial = occupancy < _PARTIAL
    pairs = neighbour_pairs(crystal, max(SPLIT_DISTANCE, 2 * _BOND * float(radius.max())))
    pairs = pairs.take((pairs.i < pairs.j) & (partial[pairs.i] | partial[pairs.j]))
    i, j, distance = pairs.i, pairs.j, pairs.distance
    product = charge[i] * charge[j]
    overlap = np.where(hydrogen[i] | hydrogen[j], _OVERLAP_HYDROGEN, _OVERLAP)
    apart = np.where(hydrogen[i] & hydrogen[j], _HYDROGENS, SPLIT_DISTANCE)
    limit = np.where(product > 0, apart, np.maximum(overlap, _BOND * (radius[i] + radius[j])))
    depth = (limit - distance) / np.maximum(limit - overlap, NEAREST)
    penalty = np.where(distance < overlap, _FORBIDDEN, np.interp(depth, [0, 1], _CROWDED))
    penalty += COULOMB * np.maximum(-product, 0) / np.maximum(distance, NEAREST)
    alternative = partial[i] & partial[j] & (occupancy[i] + occupancy[j] <= _ALTERNATIVES)
    split = ((product > 0) & alternative) | (distance < overlap)
    near = distance < limit
    return Contacts(i[near], j[near], penalty[near], split[near], (distance < overlap)[near])


@lru_cache(maxsize=128)
def _radius(element: str) -> float:
    return float(CovalentRadius.radius.get(element, _NO_RADIUS))
