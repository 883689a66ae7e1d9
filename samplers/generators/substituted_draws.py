"""Neutral substitutions, drawn without replacement by their probabilities.

Each substitution has a clock that rings after a time drawn from the exponential distribution with
its probability as the rate; the order in which they ring is that of draws without replacement. The
clocks of a whole branch (all substitutions that begin with the same ions) ring first after a time
of the summed rate, which is known from the charges that its further places can add. So branches
are opened in the order of their times, and only those that are due: one of the branches within it
rings at that moment, the others later, since the exponential distribution has no memory. This is
the Gumbel-top-k of Kool, van Hoof and Welling, ICML 2019 (arXiv 1903.06059), section 3, with times
in place of their negative logarithms.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.types import BoolArray, FloatArray

IntArray: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Branches:
    """The ions that may take a place when what stands before it is known.

    Args:
        ions: (c,) places of the ions.
        shares: (c,) their probabilities, given that the whole is neutral; they add up to one.
        ladder: (c,) the same, cumulative.
        charges: Charge up to and with this place.
        missing: Bits of what is required and not there yet.
    """

    ions: IntArray
    shares: FloatArray
    ladder: FloatArray
    charges: tuple[int, ...]
    missing: tuple[int, ...]


class Places:
    """The places of a parent: which ions are probable there, and what their charges add up to.

    Args:
        shares: (n, K) probabilities of the ions that take each place.
        counts: (n,) atoms per cell in each place.
        states: (K,) oxidation states of the ions.
        brings: (K,) bits of the required elements that they are.
    """

    def __init__(
        self, shares: FloatArray, counts: Sequence[int], states: IntArray, brings: IntArray
    ) -> None:
        self.shares, self.counts = shares, tuple(counts)
        self._states, self._brings = states, brings
        self._kinds = [self._merged(place) for place in range(len(self.counts))]
        self._chances: dict[tuple[int, int, int], float] = {}
        self._branches: dict[tuple[int, int, int], Branches] = {}

    def chance(self, place: int = 0, charge: int = 0, missing: int = 0) -> float:
        """Return how probable it is that the places from one on end neutral and complete.

        W_s(q) = sum_j w_sj W_s+1(q + n_s q_j), with W = 1 at the end where nothing is left over.

        Args:
            place: The first place that is still to be filled.
            charge: What stands before it adds up to.
            missing: Bits of the required elements that do not stand before it.
        """
        if place == len(self.counts):
            return float(charge == 0 and not missing)
        key = place, charge, missing
        if key not in self._chances:
            self._chances[key] = sum(
                share * self.chance(place + 1, charge + added, missing & ~brought)
                for (added, brought), share in self._kinds[place].items()
            )
        return self._chances[key]

    def branches(self, place: int, charge: int, missing: int) -> Branches:
        """Return the ions that may take a place, by the same arguments as :meth:`chance`."""
        key = place, charge, missing
        if key not in self._branches:
            ends = charge + self.counts[place] * self._states
            left = missing & ~self._brings
            found = [
                self.chance(place + 1, end, bits)
                for end, bits in zip(ends.tolist(), left.tolist(), strict=True)
            ]
            rates = self.shares[place] * found
            ions = np.flatnonzero(rates)
            shares = rates[ions] / rates.sum()
            charges, bits = tuple(ends[ions].tolist()), tuple(left[ions].tolist())
            self._branches[key] = Branches(ions, shares, shares.cumsum(), charges, bits)
        return self._branches[key]

    def _merged(self, place: int) -> dict[tuple[int, int], float]:
        """Charge that is added and bits that are brought -> probability, of one place."""
        kinds = Counter[tuple[int, int]]()
        for ion in np.flatnonzero(self.shares[place]).tolist():
            added = self.counts[place] * int(self._states[ion])
            kinds[added, int(self._brings[ion])] += self.shares[place, ion]
        return dict(kinds)


class _Branch(NamedTuple):
    """All substitutions of a parent that begin with the same ions.

    Args:
        time: When the first of their clocks rings.
        parent: Its place.
        ions: In the first places.
        rate: Sum of the probabilities.
        charge: Of these ions.
        missing: Bits of what is required and not among them.
    """

    time: float
    parent: int
    ions: tuple[int, ...]
    rate: float
    charge: int
    missing: int


def substitutions(
    places: Sequence[Places],
    weights: FloatArray,
    required: int,
    together: BoolArray,
    rng: np.random.Generator,
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield each neutral substitution once, in random order: the place of a parent, and ions.

    The first is a parent drawn by its weight, then ions by their probabilities given that the
    crystal is neutral, holds what is required, and no two of its ions rule each other out; each
    further one is drawn in the same way from what is left.

    Args:
        places: (P,) of the parents.
        weights: (P,) how often each parent is drawn, before ions are ruled out.
        required: Bits of the elements that every crystal holds.
        together: (K, K) whether two ions may be in one crystal.
        rng: Everything random comes from it.
    """
    with_any = np.flatnonzero(weights)
    with np.errstate(over="ignore"):
        times = rng.exponential(size=len(with_any)) / weights[with_any]
    due = [
        _Branch(time, parent, (), weight, 0, required)
        for time, parent, weight in zip(
            times.tolist(), with_any.tolist(), weights[with_any].tolist(), strict=True
        )
    ]
    heapify(due)
    while due:
        branch = heappop(due)
        if len(branch.ions) == len(places[branch.parent].counts):
            yield branch.parent, branch.ions
            continue
        for within in _opened(branch, places[branch.parent], together, rng):
            heappush(due, within)


def _opened(
    branch: _Branch, places: Places, together: BoolArray, rng: np.random.Generator
) -> Iterator[_Branch]:
    """Branches one ion longer, those left out that hold two ions that rule each other out."""
    found = places.branches(len(branch.ions), branch.charge, branch.missing)
    if not len(found.ions):  # all of them are too rare for a number
        return
    rates = branch.rate * found.shares
    with np.errstate(divide="ignore", over="ignore"):  # at low temperatures: never, that is, last
        times = branch.time + rng.exponential(size=len(rates)) / rates
    times[np.searchsorted(found.ladder[:-1], rng.random(), side="right")] = branch.time
    good = together[list(branch.ions)][:, found.ions].all(axis=0)
    ions, when, how = found.ions.tolist(), times.tolist(), rates.tolist()
    for row in np.flatnonzero(good).tolist():
        yield _Branch(
            when[row],
            branch.parent,
            (*branch.ions, ions[row]),
            how[row],
            found.charges[row],
            found.missing[row],
        )
