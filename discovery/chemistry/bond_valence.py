"""Bond valences: sums per ion, mismatch with the oxidation state, global instability index.

Parameters of O'Keeffe and Brese, J. Am. Chem. Soc. 113, 3226 (1991), doi 10.1021/ja00009a002, as
shipped with pymatgen (75 elements): R = r1 + r2 - r1 r2 (sqrt c1 - sqrt c2)^2 / (c1 r1 + c2 r2),
valence of a bond s = exp((R - d) / 0.31).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.analysis.bond_valence import BV_PARAMS, ELECTRONEG
from pymatgen.core.periodic_table import Element

from discovery.chemistry.charges import electronegativity, oxidation_states
from discovery.chemistry.neighbours import compatible_pairs, occupancies
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

SOFTNESS: Final = 0.31
"""The b of exp((R - d) / b) in Angstrom, as pymatgen uses it with these parameters."""

CUTOFF: Final = 6.0
"""Angstrom; a Li-O bond of this length has a valence of 1e-6."""


@dataclass(frozen=True)
class ValenceMismatch:
    """How far bond valence sums are from oxidation states, in valence units.

    Args:
        mean: Of | sum - |oxidation state| | over the ions of the element asked for.
        std: Its standard deviation over these ions.
        instability: Global instability index: root mean square over all ions of the cell
            (Salinas-Sanchez et al., J. Solid State Chem. 100, 201 (1992)).
    """

    mean: float
    std: float
    instability: float


def bond_valence_sums(
    crystal: Crystal, cutoff: float = CUTOFF, charges: Mapping[str, float] | None = None
) -> tuple[tuple[str, ...], FloatArray]:
    """Return the elements and the bond valence sum (n, elements) of each at each site.

    Row i, column a is the sum that an ion of element a has, or would have, at site i. Neighbours
    count by their occupancies, alternatives to the site (see
    :mod:`~discovery.chemistry.neighbours`) not at all; that is the expectation over independent
    occupancies, and exact in an ordered crystal.

    Args:
        crystal: Ordered or disordered.
        cutoff: Angstrom.
        charges: Oxidation states. Given, bonds join ions of opposite sign, and sums are positive.
            Otherwise O'Keeffe and Brese's rule as in pymatgen's ``calculate_bv_sum``: bonds join
            different elements of which one is electronegative; sums are negative for anions.

    Raises:
        InvalidInputError: An element has no parameters, or no charge in ``charges``.
    """
    elements, occupancy = occupancies(crystal)
    lengths = _bond_lengths(elements)
    signs = _signs(elements) if charges is None else _opposite(elements, charges)
    pairs = compatible_pairs(crystal, cutoff)
    count = len(occupancy)
    decay = np.exp(-pairs.distance / SOFTNESS)
    reach = np.bincount(pairs.i * count + pairs.j, decay, minlength=count * count)
    strength = signs * np.exp(lengths / SOFTNESS)
    return elements, reach.reshape(count, count) @ occupancy @ strength.T


def valence_mismatch(
    crystal: Crystal, element: str = "Li", cutoff: float = CUTOFF
) -> ValenceMismatch:
    """Return the mismatch of an element's ions and the global instability index.

    Only bonds between ions of opposite sign count; oxidation states are those of
    :func:`~discovery.chemistry.charges.oxidation_states` for the cell contents. Averages are
    weighted by occupancy.

    Raises:
        InvalidInputError: The element is absent, an element has no bond valence parameters, or
            no oxidation states are neutral.
    """
    charges = oxidation_states(crystal.composition)
    if element not in charges:
        raise InvalidInputError(f"the structure has no {element}, only {', '.join(charges)}")
    elements, sums = bond_valence_sums(crystal, cutoff, charges)
    _, weight = occupancies(crystal)
    mismatch = np.abs(sums - np.abs([charges[symbol] for symbol in elements]))
    column = elements.index(element)
    own, share = mismatch[:, column], weight[:, column]
    mean = float(np.average(own, weights=share))
    return ValenceMismatch(
        mean=mean,
        std=math.sqrt(float(np.average((own - mean) ** 2, weights=share))),
        instability=math.sqrt(float(np.average(mismatch**2, weights=weight))),
    )


@lru_cache(maxsize=1024)
def _bond_lengths(elements: tuple[str, ...]) -> FloatArray:
    """(elements, elements) length of a bond of valence one, Angstrom."""
    unknown = [symbol for symbol in elements if Element(symbol) not in BV_PARAMS]
    if unknown:
        raise InvalidInputError(
            f"no bond valence parameters for {', '.join(unknown)} (O'Keeffe and Brese list 75 "
            "elements)"
        )
    r = np.array([float(BV_PARAMS[Element(symbol)]["r"]) for symbol in elements])[:, None]
    c = np.array([float(BV_PARAMS[Element(symbol)]["c"]) for symbol in elements])[:, None]
    shortening = r * r.T * (np.sqrt(c) - np.sqrt(c.T)) ** 2 / (c * r + (c * r).T)
    return np.asarray(r + r.T - shortening, dtype=float)


def _signs(elements: Sequence[str]) -> FloatArray:
    """(elements, elements) +1, 0 or -1: the valence of the first towards the second."""
    value = np.array([electronegativity(symbol) for symbol in elements])
    anionic = np.array([Element(symbol) in ELECTRONEG for symbol in elements])
    bonded = (anionic[:, None] | anionic[None, :]) & ~np.eye(len(elements), dtype=bool)
    return np.where(value[:, None] < value[None, :], 1.0, -1.0) * bonded


def _opposite(elements: Sequence[str], charges: Mapping[str, float]) -> FloatArray:
    missing = [symbol for symbol in elements if symbol not in charges]
    if missing:
        raise InvalidInputError(f"no charge is given for {', '.join(missing)}")
    charge = np.array([charges[symbol] for symbol in elements])
    return (charge[:, None] * charge[None, :] < 0).astype(float)
