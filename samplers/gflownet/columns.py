"""What the columns of a crystal's state and the numbers of its actions mean."""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

SYSTEM: Final = 0
"""Crystal system + 1, in the order of International Tables; 0 where not chosen."""
POINT: Final = 1
"""Point group + 1; 0 where not chosen."""
GROUP: Final = 2
"""Place of the space group among those allowed + 1; 0 where not chosen."""
FIDELITY: Final = 3
"""Fidelity + 1; 0 where not chosen."""
CLOSED: Final = 4
"""1 when no element follows."""
PENDING: Final = 5
"""Element + 1 whose count is to be chosen; 0 where there is none."""
NUMBER: Final = 6
"""How many elements have their counts."""

SYSTEMS: Final = 7
POINTS: Final = 32


class Stage(IntEnum):
    """What is chosen next."""

    SYSTEM = 0
    POINT = 1
    GROUP = 2
    ELEMENT = 3
    COUNT = 4
    FIDELITY = 5
    DONE = 6


@dataclass(frozen=True)
class Columns:
    """Places of the columns behind the named ones.

    Each of the last three kinds has a block per number of elements, from none on, so that taking
    the last element back needs no calculation.

    Args:
        slots: Largest number of different elements.
        trackers: Automata that are followed.
        words: Words of the charges in one block.
    """

    slots: int
    trackers: int
    words: int

    @property
    def elements(self) -> int:
        """First column of the elements + 1, in the order of choice."""
        return NUMBER + 1

    @property
    def counts(self) -> int:
        """First column of the atoms per conventional cell of each."""
        return self.elements + self.slots

    @property
    def states(self) -> int:
        """First column of the states of the automata."""
        return self.counts + self.slots

    @property
    def charges(self) -> int:
        """First column of the possible charges."""
        return self.states + (self.slots + 1) * self.trackers

    def of_slot(self, device: torch.device) -> Tensor:
        """Return (slots, n) the columns that are set together with each element's count."""
        slot = torch.arange(self.slots, device=device)[:, None]
        state = torch.arange(self.trackers, device=device)
        word = torch.arange(self.words, device=device)
        return torch.cat(
            [
                self.elements + slot,
                self.counts + slot,
                self.states + (slot + 1) * self.trackers + state,
                self.charges + (slot + 1) * self.words + word,
            ],
            1,
        )

    @property
    def total(self) -> int:
        """Number of columns."""
        return self.charges + (self.slots + 1) * self.words


@dataclass(frozen=True)
class Actions:
    """First numbers of the actions of each stage.

    Args:
        groups: Number of space groups.
        elements: Number of elements.
        most: Largest count of an element.
        fidelities: Number of fidelities.
    """

    groups: int
    elements: int
    most: int
    fidelities: int

    system: int = 0
    point: int = SYSTEMS
    group: int = SYSTEMS + POINTS

    @property
    def element(self) -> int:
        """First element."""
        return self.group + self.groups

    @property
    def stop(self) -> int:
        """No further element."""
        return self.element + self.elements

    @property
    def count(self) -> int:
        """One atom; the others follow."""
        return self.stop + 1

    @property
    def fidelity(self) -> int:
        """First fidelity."""
        return self.count + self.most

    @property
    def total(self) -> int:
        """Number of actions."""
        return self.fidelity + self.fidelities

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """First and end of the actions of each stage; the last one may be empty."""
        starts = (self.system, self.point, self.group, self.element, self.count, self.fidelity)
        return tuple(pairwise((*starts, self.total)))
