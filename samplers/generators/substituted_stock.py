"""Parents whose ions may be replaced, and how likely which ion takes whose place."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core.periodic_table import Element, Species

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.softbv import ionic_radius
from discovery.errors import InvalidInputError
from discovery.types import BoolArray, Candidate, FloatArray
from samplers.generators.known import Parent, parents
from samplers.generators.substituted_draws import IntArray, Places
from samplers.gflownet.balance import ions
from samplers.limits import Limits

Ion: TypeAlias = tuple[str, int]
"""Element and oxidation state."""

_TOLD: Final = 5  # reasons
_NEVER: Final = 1e-300  # a chance that is 0, where one is divided by it
_SMALLEST: Final = 0.1  # Angstrom; Shannon's radii of H+ and C4+ are negative


@dataclass(frozen=True)
class Stock:
    """P parents with at most S elements each, and K ions that may take the place of theirs.

    Args:
        parents: Those that fit the limits.
        reasons: Why how many others do not.
        ions: The K ions.
        weights: (P,) how often each parent is drawn; they add up to one.
        elements: (P, S) atomic numbers, 0 beyond the last element.
        counts: (P, S) atoms per cell, 0 beyond the last element.
        places: (P,) probabilities of the ions that take the places of each parent.
        required: Bits of the elements that every crystal holds.
        together: (K, K) whether two ions may be in one crystal.
        numbers: (K,) atomic numbers of the ions.
        states: (K,) their oxidation states.
        radii: (K,) Angstrom.
        bonds: (P,) sum of the mean radii of cations and anions, Angstrom.
        volumes: (P,) of the cells, cubic Angstrom.
    """

    parents: tuple[Parent, ...]
    reasons: dict[str, int]
    ions: tuple[Ion, ...]
    weights: FloatArray
    elements: IntArray
    counts: IntArray
    places: tuple[Places, ...]
    required: int
    together: BoolArray
    numbers: IntArray
    states: IntArray
    radii: FloatArray
    bonds: FloatArray
    volumes: FloatArray


def stock(known: Sequence[Candidate], limits: Limits, temperature: float) -> Stock:
    """Return the parents that fit the limits, and the chances of all substitutions.

    Every prototype (space group and numbers of atoms) is drawn as often as any other,
    however many parents have it, times the chance that a neutral substitution brings in what is
    required. How likely an ion is replaced by another of the same sign comes
    from the statistics of Hautier et al., Inorg. Chem. 50, 656 (2011), equation 2, as pymatgen
    ships them: its weights exp(lambda), to the power of 1 / temperature, over all ions allowed.

    Raises:
        InvalidInputError: No parent fits.
    """
    whole, reasons = parents(known)
    fitting: list[Parent] = []
    for one in whole:
        reason = misfit(one, limits)
        if reason is None:
            fitting.append(one)
        else:
            reasons[reason] += 1
    if not fitting:
        told = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(_TOLD))
        raise InvalidInputError(
            f"no known crystal can be a parent within the limits ({told or 'none is known'}); "
            "widen the limits, or give more structures"
        )
    ready = ions(limits)
    allowed = [
        (element, state)
        for element, states in zip(ready.symbols, ready.states, strict=True)
        for state in states
        if math.isfinite(radius((element, state)))
    ]
    sizes = Counter(map(_prototype, fitting))
    slots = max(len(one.elements) for one in fitting)
    elements, counts = np.zeros((2, len(fitting), slots), dtype=np.intp)
    for row, one in enumerate(fitting):
        elements[row, : len(one.counts)] = [Element(symbol).Z for symbol in one.elements]
        counts[row, : len(one.counts)] = one.counts
    states = np.array([state for _, state in allowed])
    bits = {element: 1 << place for place, element in enumerate(limits.required)}
    brings = np.array([bits.get(element, 0) for element, _ in allowed])
    places = tuple(_places(one, tuple(allowed), states, brings, temperature) for one in fitting)
    required = sum(bits.values())
    weights = np.array(
        [
            one.chance(missing=required) / max(one.chance(), _NEVER) / sizes[_prototype(of)]
            for one, of in zip(places, fitting, strict=True)
        ]
    )
    if not weights.sum() > 0:
        raise InvalidInputError(
            f"none of {len(fitting)} known crystals has a place for "
            f"{' and '.join(limits.required) or 'other ions'} where charges balance"
        )
    return Stock(
        parents=tuple(fitting),
        reasons=dict(reasons),
        ions=tuple(allowed),
        weights=weights / weights.sum(),
        elements=elements,
        counts=counts,
        places=places,
        required=required,
        together=_together(allowed, limits),
        numbers=np.array([Element(element).Z for element, _ in allowed]),
        states=states,
        radii=np.array([radius(ion) for ion in allowed]),
        bonds=np.array([_bond(one) for one in fitting]),
        volumes=np.array([one.lattice.volume for one in fitting]),
    )


def misfit(one: Parent, limits: Limits) -> str | None:
    """Return why no substitution of a parent can keep to the limits, ``None`` when one may."""
    atoms = sum(one.counts)
    sizes = [radius(ion) for ion in zip(one.elements, one.states, strict=True)]
    within = {
        "another space group": one.space_group in limits.space_groups,
        "more or fewer elements": limits.distinct[0] <= len(sizes) <= limits.distinct[1],
        "more or fewer atoms": (
            limits.atoms[0] <= atoms <= limits.atoms[1] and max(one.counts) <= limits.most
        ),
        "ions of unknown size": all(map(math.isfinite, sizes)),
    }
    return next((reason for reason, fits in within.items() if not fits), None)


@lru_cache(maxsize=4096)
def radius(ion: Ion) -> float:
    """Return Shannon's radius of an ion, Angstrom; NaN where none is listed."""
    try:
        return max(ionic_radius(*ion), _SMALLEST)
    except InvalidInputError:
        return math.nan


def _prototype(one: Parent) -> tuple[int, ...]:
    """Space group, and numbers of atoms without their elements."""
    return one.space_group, *sorted(one.counts)


def _bond(one: Parent) -> float:
    total = 0.0
    for sign in (1, -1):
        same = [
            (count, radius((element, state)))
            for element, count, state in zip(one.elements, one.counts, one.states, strict=True)
            if state * sign > 0
        ]
        total += sum(n * r for n, r in same) / sum(n for n, _ in same)
    return total


def _places(
    one: Parent, allowed: tuple[Ion, ...], states: IntArray, brings: IntArray, temperature: float
) -> Places:
    shares = np.array(
        [_shares(ion, allowed, temperature) for ion in zip(one.elements, one.states, strict=True)]
    )
    return Places(shares, one.counts, states, brings)


def _together(allowed: Sequence[Ion], limits: Limits) -> BoolArray:
    """(K, K) no element twice and, with Pauling's test, no cation that outdraws an anion."""
    names = np.array([element for element, _ in allowed])
    states = np.array([state for _, state in allowed])
    good: BoolArray = names[:, None] != names
    if limits.pauling:
        pulls = np.array([electronegativity(element) for element, _ in allowed])
        salt = (states[:, None] > 0) & (states < 0)
        wrong = salt & (pulls[:, None] >= pulls)
        good &= ~(wrong | wrong.T)
    return good


@lru_cache(maxsize=4096)
def _shares(ion: Ion, allowed: tuple[Ion, ...], temperature: float) -> FloatArray:
    """(K,) adding up to one; 0 throughout where no allowed ion has the sign."""
    statistics, old = _statistics(), _species(ion)
    logs = np.array(
        [
            statistics.get_lambda(_species(new), old) if new[1] * ion[1] > 0 else -np.inf
            for new in allowed
        ]
    )
    if not np.isfinite(logs).any():
        return np.zeros(len(logs))
    weights: FloatArray = np.exp((logs - logs.max()) / temperature)
    return weights / weights.sum()


@lru_cache(maxsize=4096)
def _species(ion: Ion) -> Species:
    return Species(*ion)


@lru_cache(maxsize=1)
def _statistics() -> SubstitutionProbability:
    return SubstitutionProbability()
