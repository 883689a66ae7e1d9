"""Bond valences: sums per ion, mismatch with the oxidation state, global instability index."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.chemistry.bond_parameters import Bonds, ParameterSet, bonds
from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import compatible_pairs, occupancies
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

CUTOFF: Final = 6.0
"""Angstrom; a Li-O bond of this length has a valence of 1e-6 (softBV: 1e-4, and Li-I 3e-3)."""


@dataclass(frozen=True)
class ValenceMismatch:
    """How far bond valence sums are from oxidation states, in valence units.

    Args:
        mean: Of | sum - |oxidation state| | over the ions of the element asked for.
        std: Its standard deviation over these ions.
        instability: Global instability index: root mean square over all ions of the cell
            (Salinas-Sanchez et al., J. Solid State Chem. 100, 201 (1992)). ``None`` where
            parameters are missing for ions other than those of the element.
    """

    mean: float
    std: float
    instability: float | None


def bond_valence_sums(
    crystal: Crystal,
    cutoff: float = CUTOFF,
    charges: Mapping[str, float] | None = None,
    parameters: ParameterSet = "okeeffe_brese",
    *,
    element: str | None = None,
) -> tuple[tuple[str, ...], FloatArray]:
    """Return the elements and the bond valence sum (n, elements) of each at each site.

    Row i, column a is the sum that an ion of element a has, or would have, at site i. Neighbours
    count by their occupancies, alternatives to the site (see
    :mod:`~discovery.chemistry.neighbours`) not at all; that is the expectation over independent
    occupancies, and exact in an ordered crystal.

    Args:
        crystal: Ordered or disordered.
        cutoff: Angstrom.
        charges: Oxidation states, see :func:`discovery.chemistry.bond_parameters.bonds`.
        parameters: Name of the set, see :mod:`discovery.chemistry.bond_parameters`.
        element: The one whose sums are wanted: where parameters are missing for others, their sums
            are NaN. By default all are wanted.

    Raises:
        InvalidInputError: A pair of ions has no parameters, and see
            :func:`discovery.chemistry.bond_parameters.bonds`.
    """
    elements, _ = occupancies(crystal)
    found = bonds(elements, charges, parameters)
    for pair, reason in found.missing.items():
        if element is None or element in pair:
            raise InvalidInputError(reason)
    sums = _sums(crystal, cutoff, found)
    sums[:, [symbol in {e for pair in found.missing for e in pair} for symbol in elements]] = np.nan
    return elements, sums


def valence_mismatch(
    crystal: Crystal,
    element: str = "Li",
    cutoff: float = CUTOFF,
    parameters: ParameterSet = "okeeffe_brese",
    *,
    charges: Mapping[str, float] | None = None,
) -> ValenceMismatch:
    """Return the mismatch of an element's ions and the global instability index.

    Only bonds between ions of opposite sign count. Averages are weighted by occupancy.

    Args:
        crystal: Ordered or disordered.
        element: Whose ions.
        cutoff: Angstrom.
        parameters: Name of the set, see :mod:`discovery.chemistry.bond_parameters`.
        charges: Oxidation states; by default those of
            :func:`~discovery.chemistry.charges.oxidation_states` for the cell contents.

    Raises:
        InvalidInputError: The element is absent or has no parameters with one of its counter-ions,
            no oxidation states are neutral, or O'Keeffe and Brese do not list all elements.
    """
    charges = oxidation_states(crystal.composition) if charges is None else charges
    if element not in charges:
        raise InvalidInputError(f"the structure has no {element}, only {', '.join(charges)}")
    elements, sums = bond_valence_sums(crystal, cutoff, charges, parameters, element=element)
    _, weight = occupancies(crystal)
    mismatch = np.abs(sums - np.abs([charges[symbol] for symbol in elements]))
    column = elements.index(element)
    own, share = mismatch[:, column], weight[:, column]
    mean = float(np.average(own, weights=share))
    instability = math.sqrt(float(np.average(mismatch**2, weights=weight)))
    return ValenceMismatch(
        mean=mean,
        std=math.sqrt(float(np.average((own - mean) ** 2, weights=share))),
        instability=None if math.isnan(instability) else instability,
    )


def _sums(crystal: Crystal, cutoff: float, found: Bonds) -> FloatArray:
    """(n, elements) sums over neighbours; pairs without parameters count nothing."""
    _, occupancy = occupancies(crystal)
    pairs = compatible_pairs(crystal, cutoff)
    count = len(occupancy)
    sums: FloatArray = np.zeros(occupancy.shape)
    for softness in np.unique(found.softness[found.sign != 0]):
        soft = found.softness == softness
        strength = np.where(soft, found.sign * np.exp(found.length / softness), 0.0)
        decay = np.exp(-pairs.distance / softness)
        reach = np.bincount(pairs.i * count + pairs.j, decay, minlength=count * count)
        sums += reach.reshape(count, count) @ occupancy @ strength.T
    return sums
