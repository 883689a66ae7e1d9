"""What a policy needs to know of the objects it builds.

Objects are built in one canonical order, so every state has exactly one parent: the states form a
tree, the backward policy is certain (P_B = 1), and any object can be taken apart in one way only.
"""

from typing import Protocol, TypeAlias

from torch import Tensor

States: TypeAlias = Tensor
"""(b, s) int64; what the columns mean is the environment's own business."""


class Environment(Protocol):
    """States, the actions that lead from one to the next, and what a network sees of them.

    All methods work row by row on b states at once and keep the device of what they are given.
    A finished object is a state in which nothing is allowed any more, with coordinates (b, dims)
    in the unit cube; the coordinates that are not free stand at 0.5. The measure on objects is
    counting for states times Lebesgue for free coordinates.

    Attributes:
        actions: Number of discrete actions, over all stages.
        width: Length of the encoding of a state.
        dims: Number of continuous coordinates; 0 when objects are discrete.
        horizon: Most discrete steps that an object takes.
    """

    actions: int
    width: int
    dims: int
    horizon: int

    def initial(self, count: int) -> States:
        """Return (count, s) states from which everything is built."""
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

    def encode(self, states: States) -> Tensor:
        """Return (b, width) float32 for a network."""
        ...

    def free(self, states: States) -> Tensor:
        """Return (b, dims) bool: which coordinates of finished states are free."""
        ...
