"""How finished objects came about: every visited state once, flat."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Environment, States
from samplers.gflownet.heads import Run, Window


@dataclass(frozen=True)
class Objects:
    """Finished objects.

    Args:
        states: (b, s) finished states.
        coordinates: (b, d) in the unit cube, 0.5 where not free.
    """

    states: States
    coordinates: Tensor

    def __len__(self) -> int:
        return len(self.states)

    def rows(self, index: Tensor) -> "Objects":
        """Return the objects of a boolean or integer index."""
        return Objects(self.states[index], self.coordinates[index])


@dataclass(frozen=True)
class Trajectories:
    """b objects with the n steps that built them, in any order.

    Args:
        objects: The b finished objects.
        encoded: (n, width) encodings of the states before each step.
        masks: (n, actions) bool, what was allowed there.
        actions: (n,) what was done.
        rows: (n,) which object the step belongs to.
        depths: (n,) how many steps came before.
        windows: For each depth, columns that hold all that is allowed there.
    """

    objects: Objects
    encoded: Tensor
    masks: Tensor
    actions: Tensor
    rows: Tensor
    depths: Tensor
    windows: tuple[Window, ...]

    @property
    def runs(self) -> list[Run]:
        """The steps of each depth that has any."""
        order = torch.argsort(self.depths, stable=True)
        steps = order.split(torch.bincount(self.depths).tolist())
        return [run for run in zip(steps, self.windows, strict=False) if len(run[0])]

    def select(self, keep: Tensor) -> "Trajectories":
        """Return the trajectories of some objects, (b,) bool, in the same order."""
        steps = keep[self.rows].nonzero()[:, 0]
        return Trajectories(
            self.objects.rows(keep),
            self.encoded[steps],
            self.masks[steps],
            self.actions[steps],
            (keep.cumsum(0) - 1)[self.rows[steps]],
            self.depths[steps],
            self.windows,
        )


def merged(parts: Sequence[Trajectories]) -> Trajectories:
    """Return the trajectories of all parts, objects in the order of the parts."""
    rows, before = [], 0
    for part in parts:
        rows.append(part.rows + before)
        before += len(part.objects)
    objects = Objects(
        torch.cat([part.objects.states for part in parts]),
        torch.cat([part.objects.coordinates for part in parts]),
    )
    shared = zip_longest(*(part.windows for part in parts))
    windows = [[window for window in depth if window is not None] for depth in shared]
    return Trajectories(
        objects,
        torch.cat([part.encoded for part in parts]),
        torch.cat([part.masks for part in parts]),
        torch.cat([part.actions for part in parts]),
        torch.cat(rows),
        torch.cat([part.depths for part in parts]),
        tuple((min(low), max(high)) for low, high in (zip(*w, strict=True) for w in windows)),
    )


def taken_apart(environment: Environment, objects: Objects) -> Trajectories:
    """Return the only trajectories that build the objects, by undoing them step by step."""
    states, rows = objects.states, torch.arange(len(objects), device=objects.states.device)
    visited: list[Tensor] = []
    actions: list[Tensor] = []
    of: list[Tensor] = []
    remaining: list[Tensor] = []
    while len(states):
        parents, led = environment.undo(states)
        going = led >= 0
        if not bool(going.all()):
            parents, led, rows = parents[going], led[going], rows[going]
        visited.append(parents)
        actions.append(led)
        of.append(rows)
        remaining.append(torch.full_like(rows, len(remaining) + 1))
        states = parents
    owner, steps = torch.cat(of), torch.cat(visited)
    masks = environment.allowed(steps)
    depths = torch.bincount(owner, minlength=len(objects))[owner] - torch.cat(remaining)
    at = torch.argsort(depths, stable=True).split(torch.bincount(depths).tolist())
    return Trajectories(
        objects,
        environment.encode(steps),
        masks,
        torch.cat(actions),
        owner,
        depths,
        tuple(heads.window(masks[depth]) for depth in at),
    )
