"""The five structural features of Sendek et al. and their logistic model of superionic conduction.

Energy Environ. Sci. 10, 306 (2017), doi 10.1039/C6EE02697D. The "anion" of a crystal is its most
electronegative element (Pauling); neighbours are all atoms within 4 Angstrom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.neighbours import Pairs, compatible_pairs, occupancies
from discovery.crystal import Crystal, Site
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

CUTOFF: Final = 4.0
"""Neighbours are within 4 Angstrom."""

HARD_SPHERE: Final = 2.0
"""Partly occupied sites nearer than this (Angstrom) are never filled together (SI, section S2)."""

SHELL: Final = 1.0
"""Thickness of the shell of anions around an anion, Angstrom."""

EDGE: Final = 1e-6
"""Angstrom; keeps neighbours at the end of cut-off and shell in whatever orientation."""

_REACH: Final = 5.0  # Angstrom; extended until every centre surely has a filled neighbour ...
_CERTAIN: Final = 1e-4
_FARTHEST: Final = 20.0  # ... or until here, where the few that remain no longer matter


@dataclass(frozen=True)
class SendekFeatures:
    """The five features.

    Args:
        llb: Mean number of Li neighbours of Li.
        sbi: Mean difference of electronegativity over all pairs of a centre that is not Li and
            any neighbour, Li included.
        afc: Mean number of anion neighbours of an anion between its shortest anion-anion
            distance and 1 Angstrom more.
        lasd: Mean over Li of the shortest Li-anion distance, Angstrom.
        llsd: Mean over Li of the shortest Li-Li distance, Angstrom.
    """

    llb: float
    sbi: float
    afc: float
    lasd: float
    llsd: float

    @property
    def z(self) -> float:
        """Log-odds of being superionic."""
        return (
            0.184 * self.llb
            - 4.009 * self.sbi
            - 0.467 * self.afc
            + 8.699 * self.lasd
            - 2.170 * self.llsd
            - 6.564
        )

    @property
    def probability(self) -> float:
        """Probability of a room-temperature conductivity of at least 1e-4 S/cm."""
        return float(expit(self.z))


def sendek_features(crystal: Crystal) -> SendekFeatures:
    """Return the five features; exact in an ordered crystal, expectations in a disordered one.

    Expectations are over independent occupations of the sites, given that the centre is filled
    and its alternatives (partly occupied sites nearer than 2 Angstrom) are empty. A shortest
    distance is then the sum over neighbours, nearest first, of distance times the probability
    that this one is filled and all nearer ones are empty. The paper samples occupations instead:
    :func:`discovery.chemistry.sendek_disorder.sampled_features`.

    Raises:
        InvalidInputError: There is no Li, no element more electronegative than Li, or an element
            without electronegativity.
    """
    elements, occupancy = occupancies(crystal)
    lithium, anion, value = roles(elements)
    pairs = compatible_pairs(crystal, CUTOFF, split_distance=HARD_SPHERE)
    met = _expected_pairs(pairs, occupancy)
    centres = np.delete(met, lithium, axis=0)
    difference = np.abs(np.delete(value, lithium)[:, None] - value[None, :])
    symbol = elements[anion]
    return SendekFeatures(
        llb=float(met[lithium, lithium] / occupancy[:, lithium].sum()),
        sbi=float((centres * difference).sum() / centres.sum()) if centres.any() else 0.0,
        afc=_nearest(crystal, symbol, symbol).shell,
        lasd=_nearest(crystal, "Li", symbol).distance,
        llsd=_nearest(crystal, "Li", "Li").distance,
    )


def roles(elements: Sequence[str]) -> tuple[int, int, FloatArray]:
    """Return the indices of Li and of the anion, and the electronegativities (elements,).

    Raises:
        InvalidInputError: See :func:`sendek_features`.
    """
    if "Li" not in elements:
        raise InvalidInputError(f"the structure has no Li, only {', '.join(elements)}")
    value = np.array([electronegativity(symbol) for symbol in elements])
    lithium, anion = elements.index("Li"), int(np.argmax(value))
    if lithium == anion:
        raise InvalidInputError(
            f"no anion: nothing in {', '.join(elements)} is more electronegative than Li"
        )
    return lithium, anion, value


def _expected_pairs(pairs: Pairs, occupancy: FloatArray) -> FloatArray:
    """(elements, elements) expected number of pairs in the cell, centre first."""
    size = len(occupancy)
    number = np.bincount(pairs.i * size + pairs.j, minlength=size * size).reshape(size, size)
    return np.asarray(occupancy.T @ number @ occupancy, dtype=float)


@dataclass(frozen=True)
class _Nearest:
    """Averages over centres: nearest distance, number of neighbours up to 1 Angstrom farther."""

    distance: float
    shell: float


def _nearest(crystal: Crystal, centre: str, other: str) -> _Nearest:
    sites = tuple(s for s in crystal.sites if {centre, other} & {e for e, _ in s.species})
    part = Crystal(crystal.matrix, sites)
    weight, chance = _share(sites, centre), _share(sites, other)
    reach = _REACH
    while True:
        pairs = compatible_pairs(part, reach + SHELL, split_distance=HARD_SPHERE)
        pairs = _by_distance(pairs.take((weight[pairs.i] > 0) & (chance[pairs.j] > 0)))
        first = np.where(pairs.distance <= reach, _chance_of_first(pairs, chance[pairs.j]), 0.0)
        found = np.bincount(pairs.i, first, minlength=len(sites))[weight > 0]
        if found.min() > (1 - _CERTAIN if reach < _FARTHEST else 0):
            break
        reach *= 1.5
    share = np.zeros(len(sites))
    share[weight > 0] = weight[weight > 0] / weight.sum() / found
    importance = share[pairs.i] * first
    shell = _filled_beyond(pairs, chance[pairs.j])
    return _Nearest(float(importance @ pairs.distance), float(importance @ (1 + shell)))


def _share(sites: Sequence[Site], element: str) -> FloatArray:
    return np.array([dict(site.species).get(element, 0.0) for site in sites])


def _by_distance(pairs: Pairs) -> Pairs:
    order = np.lexsort((pairs.distance, pairs.i))
    return Pairs(pairs.i[order], pairs.j[order], pairs.distance[order], pairs.exclusive[order])


def _chance_of_first(pairs: Pairs, filled: FloatArray) -> FloatArray:
    """Chance (k,) that a neighbour is filled and all nearer ones of its centre are empty."""
    if not len(pairs):
        return filled
    starts = np.searchsorted(pairs.i, pairs.i)
    rank = np.arange(len(pairs)) - starts
    empty = np.ones((int(pairs.i.max()) + 1, int(rank.max()) + 2))
    empty[pairs.i, rank + 1] = np.clip(1 - filled, 0.0, 1.0)
    return np.asarray(filled * np.cumprod(empty, axis=1)[pairs.i, rank], dtype=float)


def _filled_beyond(pairs: Pairs, filled: FloatArray) -> FloatArray:
    """Expected number (k,) of neighbours farther than this one, by 1 Angstrom at most."""
    spacing = 2 * (_FARTHEST + pairs.distance.max())  # keeps the shells of two centres apart
    key = pairs.i * spacing + pairs.distance
    last = np.searchsorted(key, key + SHELL + EDGE, side="right")
    total = np.concatenate(([0.0], np.cumsum(filled)))
    return np.asarray(total[last] - total[1:], dtype=float)
