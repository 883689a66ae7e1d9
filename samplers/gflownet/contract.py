"""What a policy needs to know of the objects it builds.

Objects are built in one canonical order, so every state has exactly one parent: the states form a
tree, the backward policy is certain (P_B = 1), and any object can be taken apart in one way only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

States: TypeAlias = Tensor
"""(b, s) int64; what the columns mean is the environment's own business."""

Window: TypeAlias = tuple[int, int]
"""First of a range of actions, and its end."""


@dataclass(frozen=True)
class Encoded:
    """What a network sees of b states: a few indicators that are set, and some numbers.

    Args:
        places: (b, p) int64, which indicators are set; the same number of them in every state.
        numbers: (b, f) float32.
    """

    places: Tensor
    numbers: Tensor

    def __len__(self) -> int:
        return len(self.places)

    def rows(self, index: Tensor) -> "Encoded":
        """Return the encodings of some states, by their numbers."""
        return Encoded(self.places.index_select(0, index), self.numbers.index_select(0, index))

    @classmethod
    def joined(cls, parts: Sequence["Encoded"]) -> "Encoded":
        """Return all encodings as one, in the order of the parts."""
        return cls(
            torch.cat([part.places for part in parts]), torch.cat([part.numbers for part in parts])
        )


class Environment(Protocol):
    """States, the actions that lead from one to the next, and what a network sees of them.

    All methods work row by row on b states at once and keep the device of what they are given.
    A finished object is a state in which nothing is allowed any more, with coordinates (b, dims)
    in the unit cube; the coordinates that are not free stand at 0.5. The measure on objects is
    counting for states times Lebesgue for free coordinates.

    Attributes:
        actions: Number of discrete actions, over all stages.
        windows: Ranges of actions, in their order, that together are all of them. What is allowed
            in one state lies within one range.
        places: Number of indicators in an encoding.
        numbers: Number of other numbers in it, at least one.
        dims: Number of continuous coordinates; 0 when objects are discrete.
        horizon: Most discrete steps that an object takes.
    """

    actions: int
    windows: tuple[Window, ...]
    places: int
    numbers: int
    dims: int
    horizon: int

    def initial(self, count: int) -> States:
        """Return (count, s) states from which everything is built, all of them the same."""
        ...

    def allowed(self, states: States) -> Tensor:
        """Return (b, actions) bool: all False exactly in finished states, so nothing dead-ends."""
        ...

    def step(self, states: States, actions: Tensor) -> States:
        """Return the states after allowed actions (b,)."""
        ...

    def undo(self, states: States) -> tuple[States, Tensor]:
        """Return the only parents, and the actions (b,) that led here; -1 in initial states."""
        ...

    def encode(self, states: States) -> Encoded:
        """Return what a network sees of states."""
        ...

    def free(self, states: States) -> Tensor:
        """Return (b, dims) bool: which coordinates of finished states are free."""
        ...
