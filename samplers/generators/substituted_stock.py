"""Parents whose ions may be replaced, and how likely which ion takes whose place."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core.periodic_table import Element, Species

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.softbv import ionic_radius
from discovery.errors import InvalidInputError
from discovery.types import Candidate, FloatArray
from samplers.generators.known import Parent, parents
from samplers.gflownet.balance import ions
from samplers.limits import Limits

Ion: TypeAlias = tuple[str, int]
"""Element and oxidation state."""

IntArray: TypeAlias = NDArray[np.intp]

_TOLD: Final = 5  # reasons
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
        chances: (P, S, K) cumulative probabilities of the ions that take a place.
        numbers: (K,) atomic numbers of the ions.
        states: (K,) their oxidation states.
        pulls: (K,) electronegativities, Pauling's scale.
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
    chances: FloatArray
    numbers: IntArray
    states: IntArray
    pulls: FloatArray
    radii: FloatArray
    bonds: FloatArray
    volumes: FloatArray

    def drawn(self, parent: IntArray, lots: FloatArray) -> IntArray:
        """Return (b, S) the ions that numbers between 0 and 1 stand for; K where there is none.

        Args:
            parent: (b,) places of parents.
            lots: (b, S) numbers.
        """
        _, slots, ions = self.chances.shape
        row = parent[:, None] * slots + np.arange(slots)
        return np.searchsorted(self._ladder, row + lots, side="right") - row * ions

    @cached_property
    def _ladder(self) -> FloatArray:
        """(P S K,) all chances in one rising row: those of the i-th place lie from i to i + 1."""
        rows = self.chances.reshape(-1, self.chances.shape[2])
        return (np.arange(len(rows))[:, None] + rows).ravel()

    def heated(self, factor: float) -> "Stock":
        """Return the same stock at so many times the temperature."""
        shares = np.diff(self.chances, axis=2, prepend=0.0).clip(0.0) ** (1 / factor)
        total = np.cumsum(shares, axis=2)
        return replace(self, chances=total / np.maximum(total[:, :, -1:], 1e-300))


def stock(known: Sequence[Candidate], limits: Limits, temperature: float) -> Stock:
    """Return the parents that fit the limits, and the chances of all substitutions.

    Every prototype (space group and numbers of atoms) is drawn as often as any other,
    however many parents have it, times the chance that a substitution brings in what is required.
    How likely an ion is replaced by another of the same sign comes
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
    chances = np.ones((len(fitting), slots, len(allowed)))
    for row, one in enumerate(fitting):
        elements[row, : len(one.counts)] = [Element(symbol).Z for symbol in one.elements]
        counts[row, : len(one.counts)] = one.counts
        for place, ion in enumerate(zip(one.elements, one.states, strict=True)):
            chances[row, place] = _chances(ion, tuple(allowed), temperature)
    weights = np.array([1 / sizes[_prototype(one)] for one in fitting])
    for symbol in limits.required:
        here = np.array([element == symbol for element, _ in allowed])
        single = np.diff(chances, axis=2, prepend=0.0)[:, :, here].sum(axis=2)
        weights *= 1 - np.prod(np.where(counts > 0, 1 - single, 1.0), axis=1)
    if not weights.sum() > 0:
        raise InvalidInputError(
            f"none of {len(fitting)} known crystals has a place for {' and '.join(limits.required)}"
        )
    return Stock(
        parents=tuple(fitting),
        reasons=dict(reasons),
        ions=tuple(allowed),
        weights=weights / weights.sum(),
        elements=elements,
        counts=counts,
        chances=chances,
        numbers=np.array([Element(element).Z for element, _ in allowed]),
        states=np.array([state for _, state in allowed]),
        pulls=np.array([electronegativity(element) for element, _ in allowed]),
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


@lru_cache(maxsize=4096)
def _chances(ion: Ion, allowed: tuple[Ion, ...], temperature: float) -> FloatArray:
    """(K,) cumulative; 0 throughout where no allowed ion has the sign."""
    statistics, old = _statistics(), Species(*ion)
    logs = np.array(
        [
            statistics.get_lambda(Species(*new), old) if new[1] * ion[1] > 0 else -np.inf
            for new in allowed
        ]
    )
    if not np.isfinite(logs).any():
        return np.zeros(len(logs))
    shares = np.cumsum(np.exp((logs - logs.max()) / temperature))
    return shares / shares[-1]


@lru_cache(maxsize=1)
def _statistics() -> SubstitutionProbability:
    return SubstitutionProbability()
