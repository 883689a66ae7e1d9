"""Sendek features of disordered crystals, sampled as in the supplement of the paper.

Energy Environ. Sci. 10, 306 (2017), doi 10.1039/C6EE02697D, SI section S2: features are averages
over random occupations of the sites of a supercell in which no two atoms are nearer than 2
Angstrom, visited by Metropolis exchanges until the running means move by less than 1 % in 100
steps. Supercell, occupations and what excludes what are those of
:mod:`~discovery.chemistry.occupations`; a step is one tried exchange for each disordered site. Many
short chains, each from its own random occupation, replace one long chain, because no exchange is
possible where every alternative is taken; their scatter gives the standard error.
"""

import math
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
from numba import njit

from discovery.chemistry.neighbours import occupancies
from discovery.chemistry.occupation_kernels import EMPTY, Integers, Neighbours
from discovery.chemistry.occupations import Supercell
from discovery.chemistry.sendek import (
    CUTOFF,
    EDGE,
    HARD_SPHERE,
    SHELL,
    SendekFeatures,
    roles,
    sendek_features,
)
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import stream
from discovery.types import BoolArray, FloatArray

_REACH: Final = 6.0  # Angstrom; extended while a shortest distance is not found ...
_FARTHEST: Final = 20.0  # ... but not beyond
_STEPS: Final = 10  # of a chain that count, after as many that do not
_WINDOW: Final = 10  # chains: 100 steps
_MOVE: Final = 0.01  # relative, of running means within the window
_ERROR: Final = 0.0025  # of the probability; seeds then agree within 0.02
_MOST_CHAINS: Final = 200


@dataclass(frozen=True)
class SampledFeatures:
    """Expectations of the features, from a sample.

    Args:
        features: The means.
        z_error: Standard error of their log-odds ``z``.
        steps: Configurations in the sample.
        hard_sphere: Distance in Angstrom that alternatives keep; less than 2 where too many atoms
            are there.
    """

    features: SendekFeatures
    z_error: float
    steps: int
    hard_sphere: float

    @property
    def standard_error(self) -> float:
        """Standard error of the probability."""
        p = self.features.probability
        return p * (1 - p) * self.z_error


def sampled_features(crystal: Crystal, seed: int) -> SampledFeatures:
    """Return the five features as averages over random occupations, see the module.

    In an ordered crystal they are exact and their error is zero. Occupations without Li or without
    the anion say nothing about it: averages are over the centres that are there.

    Raises:
        InvalidInputError: See :func:`discovery.chemistry.sendek.sendek_features`; or the sites of
            Li, or of the anion, are so empty that hardly any occupation has one.
    """
    if crystal.is_ordered:
        return SampledFeatures(sendek_features(crystal), 0.0, 1, HARD_SPHERE)
    sample = _Sample(crystal, seed)
    result: SampledFeatures | None = None
    running: list[FloatArray] = []
    for _ in range(_MOST_CHAINS):
        sample.extend()
        if not sample.has_centres:
            continue
        result = sample.result()
        running.append(np.array(astuple(result.features)))
        if len(running) > _WINDOW:
            move = np.abs(running[-1] - running[-1 - _WINDOW])
            settled = bool((move <= _MOVE * np.abs(running[-1])).all())
            if settled and result.standard_error <= _ERROR:
                break
    if result is None:
        raise InvalidInputError(
            f"fewer than 2 of {_MOST_CHAINS} random occupations of a supercell hold "
            f"{sample.rarer}: its sites are too empty to sample; disorder 'mean-field' needs none"
        )
    return result


class _Sample:
    """Chains of one crystal and what they have counted."""

    def __init__(self, crystal: Crystal, seed: int) -> None:
        elements, occupancy = occupancies(crystal)
        self.lithium, self.anion, value = roles(elements)
        self.difference = np.abs(value[:, None] - value[None, :])
        self.supercell = Supercell(crystal, HARD_SPHERE)
        self.radius = HARD_SPHERE
        self.seed = seed
        self.sums: list[FloatArray] = []
        self.far = _far(occupancy[:, self.lithium] > 0, occupancy[:, self.anion] > 0)
        self.look(_REACH)

    def look(self, reach: float) -> None:
        """List all neighbours within 4 Angstrom, and those of Li and anions within ``reach``."""
        self.reach = reach
        self.neighbours = self.supercell.neighbours(np.where(self.far, reach, CUTOFF) + EDGE)

    def extend(self) -> None:
        """Start another chain and let it count."""
        sums, beyond = self._chain()
        while beyond and self.reach < _FARTHEST:
            self.look(min(1.5 * self.reach, _FARTHEST))
            sums, beyond = self._chain()
        self.sums.append(sums)

    def _chain(self) -> tuple[FloatArray, int]:
        rng = stream(self.seed, "occupations", len(self.sums))
        filled, self.radius = self.supercell.occupy(rng, self.radius)
        sums: FloatArray = np.zeros(8)
        beyond = 0
        for step in range(2 * _STEPS):
            self.supercell.exchange(rng, filled, self.radius)
            if step >= _STEPS:
                beyond += _count(
                    filled,
                    self.neighbours,
                    self.difference,
                    self.lithium,
                    self.anion,
                    self.reach,
                    sums,
                )
        return sums, beyond

    @property
    def has_centres(self) -> bool:
        """Whether Li and anions were met, whichever of several chains is left out."""
        return bool((self._centres > 0).all())

    @property
    def rarer(self) -> str:
        """Li or the anion, whichever was met less often."""
        lithium, anions = self._centres.sum(axis=0)
        return self.supercell.elements[self.lithium if lithium <= anions else self.anion]

    @property
    def _centres(self) -> FloatArray:
        """Number of Li and of anions (chains, 2) without each chain; of a single one, in it."""
        number = np.array(self.sums)[:, [0, 6]]
        return number.sum(axis=0) - number if len(number) > 1 else number

    def result(self) -> SampledFeatures:
        """Return the features of all chains, their error by leaving one out at a time."""
        sums = np.array(self.sums)
        total, number = sums.sum(axis=0), len(sums)
        z = np.array([_features(total - one).z for one in sums]) if number > 1 else np.zeros(1)
        return SampledFeatures(
            _features(total),
            z_error=math.sqrt((number - 1) * float(z.var())),
            steps=number * _STEPS,
            hard_sphere=self.radius,
        )


def _far(lithium: BoolArray, anion: BoolArray) -> BoolArray:
    """Whose shortest distances count: (n, n), Li to Li, Li to anion, anion to anion."""
    return (lithium[:, None] & (lithium | anion)) | (anion[:, None] & anion)


def _features(sums: FloatArray) -> SendekFeatures:
    lithium, bonds, to_anion, to_lithium, pairs, differences, anions, shells = sums.tolist()
    return SendekFeatures(
        llb=bonds / lithium,
        sbi=differences / pairs if pairs else 0.0,
        afc=shells / anions,
        lasd=to_anion / lithium,
        llsd=to_lithium / lithium,
    )


@njit(cache=True)
def _count(
    filled: Integers,
    neighbours: Neighbours,
    difference: FloatArray,
    lithium: int,
    anion: int,
    reach: float,
    sums: FloatArray,
) -> int:
    """Add what one occupation contributes to the five features.

    Args:
        filled: (n C,) element or ``EMPTY``.
        neighbours: Of the n sites.
        difference: (e, e) difference of electronegativity of two elements.
        lithium: Li among the elements.
        anion: The anion among the elements.
        reach: Distance in Angstrom up to which Li and anions are listed; stands for any longer.
        sums: (8,) number of Li, their Li neighbours, their shortest distances to an anion and to
            Li; pairs whose centre is not Li, their differences; number of anions, their shells.

    Returns:
        How many centres look for neighbours beyond the reach.
    """
    cells = neighbours.moved.shape[1]
    beyond = 0
    for number in range(len(filled)):
        own = filled[number]
        if own == EMPTY:
            continue
        site, cell = number // cells, number % cells
        to_anion, to_lithium, bonds, shell = np.inf, np.inf, 0, 0
        for k in range(neighbours.start[site], neighbours.start[site + 1]):
            r = neighbours.distance[k]
            if r > CUTOFF + EDGE and r > _enough(own, lithium, anion, to_anion, to_lithium):
                break
            moved = neighbours.moved[neighbours.translation[k], cell]
            other = filled[neighbours.site[k] * cells + moved]
            if other == anion:
                to_anion = min(to_anion, r)
                shell += r <= to_anion + SHELL + EDGE
            elif other == lithium:
                to_lithium = min(to_lithium, r)
            if r <= CUTOFF + EDGE and other != EMPTY:
                bonds += other == lithium
                sums[4] += own != lithium
                sums[5] += (own != lithium) * difference[own, other]
        beyond += reach < _enough(own, lithium, anion, to_anion, to_lithium)
        if own == lithium:
            sums[0] += 1
            sums[1] += bonds
            sums[2] += min(to_anion, reach)
            sums[3] += min(to_lithium, reach)
        elif own == anion:
            sums[6] += 1
            sums[7] += shell
    return beyond


@njit(cache=True)
def _enough(own: int, lithium: int, anion: int, to_anion: float, to_lithium: float) -> float:
    """Distance beyond which a centre has no neighbour that counts, given its nearest so far."""
    if own == lithium:
        return max(to_anion, to_lithium)
    return to_anion + SHELL + EDGE if own == anion else 0.0
