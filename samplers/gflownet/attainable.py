"""Which atom counts the Wyckoff positions of a space group can hold, as small automata.

An element with n atoms fills positions whose multiplicities add up to n. Positions with a free
coordinate can be filled any number of times; a position without is one set of points and is filled
once, by one element. So the only memory that counts of earlier elements leave behind is which of
those positions are taken, and only where free positions cannot stand in for them. Elements that
follow see that memory as the state of a finite automaton: the set of ways to have used as few as
possible (subset construction), merged where no future tells them apart (Moore's algorithm).
Counts are divided by the greatest common divisor of the multiplicities; the 230 groups then share
a few dozen automata.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.chemistry.wyckoff import positions

Steps: TypeAlias = NDArray[np.int16]
_Use: TypeAlias = tuple[int, ...]
"""How many of each kind of position without freedom are taken."""

DEAD: Final = -1


@dataclass(frozen=True)
class Attainable:
    """The automaton of the counts that some space groups can hold.

    Args:
        unit: Greatest common divisor of the multiplicities.
        step: (states, largest count / unit + 1): the state after an element with that many units
            of atoms, from each state; :data:`DEAD` where the positions left cannot hold them.
            State 0 is the empty cell.
    """

    unit: int
    step: Steps

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.step)

    def follow(self, counts: Iterable[int]) -> int:
        """Return the state after elements with these counts, :data:`DEAD` if they do not fit."""
        state = 0
        for count in counts:
            units, rest = divmod(count, self.unit)
            if rest or units >= self.step.shape[1]:
                return DEAD
            state = int(self.step[state, units])
            if state == DEAD:
                return DEAD
        return state


@lru_cache(maxsize=16)
def attainable(
    space_groups: tuple[int, ...], largest: int
) -> tuple[tuple[Attainable, ...], tuple[int, ...]]:
    """Return the different automata, and for each space group which one is its.

    Args:
        space_groups: International numbers.
        largest: Largest count of one element that matters.
    """
    found: dict[tuple[int, bytes], int] = {}
    automata: list[Attainable] = []
    members = []
    for number in space_groups:
        automaton = _automaton(_content(number), largest)
        key = (automaton.unit, automaton.step.tobytes())
        if key not in found:
            found[key] = len(automata)
            automata.append(automaton)
        members.append(found[key])
    return tuple(automata), tuple(members)


def widest(automata: Sequence[Attainable], largest: int) -> tuple[Attainable, ...]:
    """Return automata on one common unit that together hold what any of the given ones holds.

    Args:
        automata: To choose from.
        largest: Largest count of one element that matters.
    """
    unit = math.gcd(*(automaton.unit for automaton in automata))
    same = [spread(automaton, unit, largest) for automaton in automata]
    kept: list[Attainable] = []
    for index, automaton in enumerate(same):
        others = kept + same[index + 1 :]
        if not any(_holds(other, automaton) for other in others):
            kept.append(automaton)
    return tuple(kept)


def padded(automata: Sequence[Attainable]) -> Steps:
    """Return (automata, states, counts) transitions, :data:`DEAD` beyond the sizes of each."""
    states = max(automaton.states for automaton in automata)
    counts = max(automaton.step.shape[1] for automaton in automata)
    steps = np.full((len(automata), states, counts), DEAD, dtype=np.int16)
    for step, automaton in zip(steps, automata, strict=True):
        step[: automaton.states, : automaton.step.shape[1]] = automaton.step
    return steps


@lru_cache(maxsize=256)
def _content(space_group: int) -> tuple[tuple[int, bool], ...]:
    """Multiplicity and freedom of all positions: all that matters for counts."""
    return tuple(sorted((p.multiplicity, p.freedom > 0) for p in positions(space_group)))


@lru_cache(maxsize=1024)
def _automaton(content: tuple[tuple[int, bool], ...], largest: int) -> Attainable:
    unit = math.gcd(*(multiplicity for multiplicity, _ in content))
    size = largest // unit + 1
    by_free = _sums(sorted({m // unit for m, free in content if free}), size)
    once = Counter(
        m // unit for m, free in content if not free and m // unit < size and not by_free[m // unit]
    )
    caps = tuple(once.values())
    uses = [
        _fewest(
            use
            for use in product(*(range(cap + 1) for cap in caps))
            if (held := sum(map(math.prod, zip(use, once, strict=True)))) <= count
            and by_free[count - held]
        )
        for count in range(size)
    ]
    start: frozenset[_Use] = frozenset([(0,) * len(caps)])
    states = {start: 0}
    queue, rows = [start], []
    for state in queue:
        row = []
        for ways in uses:
            both = (
                tuple(map(sum, zip(before, use, strict=True))) for before in state for use in ways
            )
            following = _fewest(
                use for use in both if all(x <= cap for x, cap in zip(use, caps, strict=True))
            )
            if following and following not in states:
                states[following] = len(queue)
                queue.append(following)
            row.append(states[following] if following else DEAD)
        rows.append(row)
    return Attainable(unit, _merged(np.array(rows, dtype=np.int16)))


def _sums(parts: Sequence[int], size: int) -> NDArray[np.bool_]:
    """Which numbers below ``size`` are sums of parts, each taken any number of times."""
    reached = np.zeros(size, dtype=bool)
    reached[0] = True
    for part in parts:
        for number in range(part, size):
            reached[number] |= reached[number - part]
    return reached


def _fewest(uses: Iterable[_Use]) -> frozenset[_Use]:
    """Drop the ways that take all that another way takes, and more."""
    kept = set(uses)
    return frozenset(
        use
        for use in kept
        if not any(
            other != use and all(x <= y for x, y in zip(other, use, strict=True)) for other in kept
        )
    )


def _merged(step: Steps) -> Steps:
    """Merge equivalent states (Moore's algorithm) and number them in the order of first visit."""
    label = np.zeros(len(step), dtype=np.int64)
    while True:
        after = np.where(step == DEAD, DEAD, label[step])
        _, finer = np.unique(np.column_stack([label, after]), axis=0, return_inverse=True)
        if finer.max() == label.max():
            break
        label = finer.reshape(-1)
    first = {int(name): int(index) for index, name in reversed(list(enumerate(label)))}
    order = {int(label[0]): 0}
    queue = [int(label[0])]
    for name in queue:
        for target in step[first[name]]:
            if target != DEAD and int(label[target]) not in order:
                order[int(label[target])] = len(queue)
                queue.append(int(label[target]))
    number = np.array([order[int(name)] for name in label])
    rows = step[[first[name] for name in queue]]
    return np.where(rows == DEAD, DEAD, number[rows]).astype(np.int16)


def spread(automaton: Attainable, unit: int, largest: int) -> Attainable:
    """Return the automaton for counts in a smaller unit, none of them above ``largest``."""
    step = np.full((automaton.states, largest // unit + 1), DEAD, np.int16)
    times = automaton.unit // unit
    step[:, : (automaton.step.shape[1] - 1) * times + 1 : times] = automaton.step
    return Attainable(unit, step)


def _holds(wide: Attainable, narrow: Attainable) -> bool:
    """Whether whatever the narrow automaton holds the wide one holds too."""
    queue = [(0, 0)]
    seen = set(queue)
    for a, b in queue:
        for x, y in zip(wide.step[a].tolist(), narrow.step[b].tolist(), strict=True):
            if y == DEAD:
                continue
            if x == DEAD:
                return False
            if (x, y) not in seen:
                seen.add((x, y))
                queue.append((x, y))
    return True
