"""Which elements sit on which Wyckoff positions: every way, or a random choice of ways.

A position without free parameters is one set of points and holds one element at most; the others
may be used again and again with other parameters.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

import numpy as np

from discovery.chemistry.wyckoff import WyckoffPosition, positions
from discovery.types import FloatArray

Orbits: TypeAlias = tuple[tuple[str, WyckoffPosition], ...]
"""One (element, position) per orbit."""

_Slots: TypeAlias = tuple[int, ...]
"""How many positions without freedom are left, by multiplicity."""

_Choice: TypeAlias = tuple[_Slots, _Slots, _Slots]

_MOST_PARTITIONS: Final = 300
_PARSIMONY: Final = (0.0, 1.0, 1.0)
"""Each further orbit is less likely by exp of one of these: most crystals use few kinds of site."""


@dataclass(frozen=True)
class _Kinds:
    """Positions of a group by multiplicity."""

    fixed: Mapping[int, tuple[WyckoffPosition, ...]]
    free: Mapping[int, tuple[WyckoffPosition, ...]]


class Assigner:
    """Draws assignments for one cell content in one space group.

    Args:
        space_group: International number.
        counts: Atoms of each element per conventional cell; elements are served in this order.
    """

    def __init__(self, space_group: int, counts: Mapping[str, int]) -> None:
        self._kinds = _kinds(space_group)
        self._counts = tuple(counts.items())
        self._slots = tuple(len(found) for found in self._kinds.fixed.values())
        self._fixed = tuple(self._kinds.fixed)
        self._free = tuple(self._kinds.free)
        self._feasible: dict[tuple[int, _Slots], bool] = {}
        self._weighted: dict[tuple[int, _Slots, float], tuple[list[_Choice], FloatArray]] = {}

    @property
    def possible(self) -> bool:
        """Whether the group can hold the counts at all."""
        return self._can(0, self._slots)

    def draw(self, rng: np.random.Generator) -> Orbits:
        """Return a random assignment; :attr:`possible` must be true."""
        left = {m: list(rng.permutation(len(found))) for m, found in self._kinds.fixed.items()}
        slots, orbits = self._slots, []
        parsimony = _PARSIMONY[rng.integers(len(_PARSIMONY))]
        for index, (element, _) in enumerate(self._counts):
            choices, share = self._weights(index, slots, parsimony)
            chosen = min(int(np.searchsorted(share, rng.random())), len(choices) - 1)
            used, slots, partition = choices[chosen]
            for multiplicity, number in zip(self._fixed, used, strict=True):
                for _ in range(number):
                    position = self._kinds.fixed[multiplicity][left[multiplicity].pop()]
                    orbits.append((element, position))
            for multiplicity in partition:
                offered = self._kinds.free[multiplicity]
                orbits.append((element, offered[rng.integers(len(offered))]))
        return tuple(sorted(orbits, key=lambda orbit: (orbit[0], orbit[1].letter)))

    def _can(self, index: int, slots: _Slots) -> bool:
        if index == len(self._counts):
            return True
        key = (index, slots)
        if key not in self._feasible:
            self._feasible[key] = any(
                self._can(index + 1, rest) for _, rest, _ in self._choices(index, slots)
            )
        return self._feasible[key]

    def _weights(
        self, index: int, slots: _Slots, parsimony: float
    ) -> tuple[list[_Choice], FloatArray]:
        """What is feasible, and the cumulative probability of choosing it."""
        key = (index, slots, parsimony)
        if key not in self._weighted:
            choices = [c for c in self._choices(index, slots) if self._can(index + 1, c[1])]
            parts = np.array([sum(used) + len(partition) for used, _, partition in choices])
            weight = np.exp(-parsimony * (parts - parts.min()))
            self._weighted[key] = choices, np.cumsum(weight) / weight.sum()
        return self._weighted[key]

    def _choices(self, index: int, slots: _Slots) -> Iterator[_Choice]:
        """Positions without freedom used, those left, and multiplicities of the other orbits."""
        count = self._counts[index][1]
        for used in _fillings(count, self._fixed, slots):
            rest = count - sum(n * m for n, m in zip(used, self._fixed, strict=True))
            after = tuple(have - n for have, n in zip(slots, used, strict=True))
            for partition in _partitions(rest, self._free):
                yield used, after, partition


def attainable(space_group: int, counts: Mapping[str, int]) -> bool:
    """Return whether the Wyckoff positions of a group can hold so many atoms of each element."""
    return Assigner(space_group, counts).possible


@lru_cache(maxsize=230)
def _kinds(space_group: int) -> _Kinds:
    found = positions(space_group)
    fixed, free = (
        {
            m: tuple(p for p in found if p.multiplicity == m and (p.freedom > 0) == loose)
            for m in sorted({p.multiplicity for p in found if (p.freedom > 0) == loose})
        }
        for loose in (False, True)
    )
    return _Kinds(fixed, free)


@lru_cache(maxsize=65536)
def _fillings(count: int, sizes: _Slots, slots: _Slots) -> tuple[_Slots, ...]:
    """Numbers of positions of each size that hold no more than ``count`` atoms."""
    if not sizes:
        return ((),)
    most = min(slots[0], count // sizes[0])
    return tuple(
        (number, *rest)
        for number in range(most + 1)
        for rest in _fillings(count - number * sizes[0], sizes[1:], slots[1:])
    )


@lru_cache(maxsize=65536)
def _partitions(count: int, sizes: _Slots) -> tuple[_Slots, ...]:
    """Ways to write a count as a sum of sizes, which may repeat; the fewest parts first."""
    if count % math.gcd(*sizes):
        return ()
    return tuple(islice(_sums(count, sizes[::-1]), _MOST_PARTITIONS))


def _sums(count: int, sizes: _Slots) -> Iterator[_Slots]:
    """Partitions into descending sizes, the largest parts first."""
    if count == 0:
        yield ()
    elif sizes:
        for number in range(count // sizes[0], -1, -1):
            for rest in _sums(count - number * sizes[0], sizes[1:]):
                yield (*(sizes[0],) * number, *rest)
