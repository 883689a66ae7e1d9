"""How finished objects came about: every visited state once, flat.

Trajectories that begin alike share the states that they have in common: states form a tree, so two
of them are the same if and only if the same actions led there. Where only one action was allowed
there was nothing to choose: its probability is one, and the step is left out. (The first step stays
in any case; its state carries the whole flow.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Encoded, Environment, States, Window


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
        """Return some objects, by their numbers."""
        return Objects(self.states.index_select(0, index), self.coordinates.index_select(0, index))


@dataclass(frozen=True)
class Nodes:
    """n different states in which there was something to choose.

    Args:
        encoded: What the network sees of them.
        masks: (n, actions) bool, what is allowed.
        kinds: (n,) in which window of the actions that is.
        owners: (n,) an object that passed there; all that did have the same condition.
    """

    encoded: Encoded
    masks: Tensor
    kinds: Tensor
    owners: Tensor

    def rows(self, index: Tensor) -> "Nodes":
        """Return some of the states, by their numbers."""
        return Nodes(
            self.encoded.rows(index),
            self.masks.index_select(0, index),
            self.kinds.index_select(0, index),
            self.owners.index_select(0, index),
        )

    @classmethod
    def joined(cls, parts: Sequence["Nodes"]) -> "Nodes":
        """Return all states as one, in the order of the parts."""
        return cls(
            Encoded.joined([part.encoded for part in parts]),
            torch.cat([part.masks for part in parts]),
            torch.cat([part.kinds for part in parts]),
            torch.cat([part.owners for part in parts]),
        )


@dataclass(frozen=True)
class Trajectories:
    """b objects with the m choices that built them, in any order.

    Args:
        objects: The b finished objects.
        ends: What the network sees of their states.
        free: (b, d) bool, which of their coordinates are free.
        states: The n states in which choices were made.
        nodes: (m,) in which of them.
        actions: (m,) what was chosen.
        rows: (m,) which object the choice belongs to.
        depths: (m,) how many choices came before.
    """

    objects: Objects
    ends: Encoded
    free: Tensor
    states: Nodes
    nodes: Tensor
    actions: Tensor
    rows: Tensor
    depths: Tensor

    def runs(self, windows: Sequence[Window]) -> list[heads.Run]:
        """Return the states of each window of the actions; they must be :meth:`in_order`."""
        sizes = torch.bincount(self.states.kinds, minlength=len(windows)).cumsum(0).tolist()
        edges = pairwise([0, *sizes])
        return [
            (slice(start, end), window)
            for (start, end), window in zip(edges, windows, strict=True)
            if end > start
        ]

    def in_order(self) -> "Trajectories":
        """Return the same with the states ordered by the windows of their actions."""
        kinds = self.states.kinds
        if bool((kinds[1:] >= kinds[:-1]).all()):
            return self
        return self.select(torch.ones(len(self.objects), dtype=torch.bool, device=kinds.device))

    def select(self, keep: Tensor) -> "Trajectories":
        """Return the trajectories of some objects, (b,) bool, in the same order.

        Their states are :meth:`in_order`.
        """
        steps = keep[self.rows].nonzero()[:, 0]
        nodes, rows = self.nodes[steps], self.rows[steps]
        last = torch.full_like(self.states.owners, -1)
        last[nodes] = rows
        used = (last >= 0).nonzero()[:, 0]
        used = used[torch.argsort(self.states.kinds[used], stable=True)]
        place = torch.empty_like(last)
        place[used] = torch.arange(len(used), device=used.device)
        kept, new = keep.nonzero()[:, 0], keep.cumsum(0) - 1
        states = self.states.rows(used)
        return Trajectories(
            self.objects.rows(kept),
            self.ends.rows(kept),
            self.free[kept],
            Nodes(states.encoded, states.masks, states.kinds, new[last[used]]),
            place[nodes],
            self.actions[steps],
            new[rows],
            self.depths[steps],
        )


def merged(parts: Sequence[Trajectories]) -> Trajectories:
    """Return the trajectories of all parts, objects in the order of the parts."""
    states, nodes, rows = [], [], []
    objects_before = nodes_before = 0
    for part in parts:
        of = part.states
        states.append(Nodes(of.encoded, of.masks, of.kinds, of.owners + objects_before))
        rows.append(part.rows + objects_before)
        nodes.append(part.nodes + nodes_before)
        objects_before += len(part.objects)
        nodes_before += len(of.owners)
    return Trajectories(
        Objects(
            torch.cat([part.objects.states for part in parts]),
            torch.cat([part.objects.coordinates for part in parts]),
        ),
        Encoded.joined([part.ends for part in parts]),
        torch.cat([part.free for part in parts]),
        Nodes.joined(states),
        torch.cat(nodes),
        torch.cat([part.actions for part in parts]),
        torch.cat(rows),
        torch.cat([part.depths for part in parts]),
    )


def windows_of(environment: Environment, actions: Tensor) -> Tensor:
    """Return (m,) in which window of the actions each of (m,) actions lies."""
    ends = [end for _, end in environment.windows]
    return torch.bucketize(actions, torch.tensor(ends, device=actions.device), right=True)


def alike(features: Tensor | None, count: int, device: torch.device) -> Tensor:
    """Return (count,) numbers that are the same where the features of conditions are.

    Args:
        features: (count, c); ``None`` where they may all differ.
        count: How many.
        device: Where the result is wanted.
    """
    if features is None:
        return torch.arange(count, device=device)
    if not features.shape[1]:
        return torch.zeros(count, dtype=torch.int64, device=device)
    return torch.unique(features, dim=0, return_inverse=True)[1]


def taken_apart(
    environment: Environment, objects: Objects, features: Tensor | None = None
) -> Trajectories:
    """Return the only trajectories that build the objects, by undoing them step by step.

    Args:
        environment: What can be built.
        objects: Finished objects.
        features: (b, c) features of their conditions. States are shared between objects with the
            same ones; without them between none.
    """
    count, device = len(objects), objects.states.device
    states, rows = objects.states, torch.arange(count, device=device)
    visited: list[Tensor] = []
    actions: list[Tensor] = []
    of: list[Tensor] = []
    while len(states):
        parents, led = environment.undo(states)
        going = led >= 0
        if not bool(going.all()):
            parents, led, rows = parents[going], led[going], rows[going]
        visited.append(parents)
        actions.append(led)
        of.append(rows)
        states = parents
    owner, taken = torch.cat(of), torch.cat(actions)
    remaining = torch.cat([torch.full_like(part, n) for n, part in enumerate(of, 1)])
    lengths = torch.bincount(owner, minlength=count)
    depths = lengths[owner] - remaining
    node, first = _shared(depths, owner, taken, alike(features, count, device), environment.actions)
    states = torch.cat(visited).index_select(0, first)
    masks = environment.allowed(states)
    open_nodes = (heads.sizes(masks) > 1) | (depths[first] == 0)
    number = open_nodes.cumsum(0) - 1
    steps = open_nodes[node].nonzero()[:, 0]
    kept = open_nodes.nonzero()[:, 0]
    grid = torch.zeros((count, len(of) + 1), dtype=torch.int64, device=device)
    grid[owner[steps], depths[steps] + 1] = 1
    return Trajectories(
        objects,
        environment.encode(objects.states),
        environment.free(objects.states),
        Nodes(
            environment.encode(states.index_select(0, kept)),
            masks.index_select(0, kept),
            windows_of(environment, taken[first[kept]]),
            owner[first[kept]],
        ),
        number[node[steps]],
        taken[steps],
        owner[steps],
        grid.cumsum(1)[owner[steps], depths[steps]],
    )


def _shared(
    depths: Tensor, owner: Tensor, taken: Tensor, same: Tensor, actions: int
) -> tuple[Tensor, Tensor]:
    """Return for each step its state among the different ones, and a step in each of those.

    Args:
        depths: (n,) of the steps; those of one depth stand together.
        owner: (n,) object of each.
        taken: (n,) action of each.
        same: (b,) numbers of the conditions.
        actions: Number of actions.
    """
    node, first = torch.empty_like(taken), []
    at, before = same.clone(), 0
    order = torch.argsort(depths, stable=True)
    for steps in order.split(torch.bincount(depths).tolist()):
        here = owner[steps]
        different, inverse = torch.unique(at[here], return_inverse=True)
        node[steps] = inverse + before
        some = torch.empty_like(different)
        some[inverse] = steps
        first.append(some)
        before += len(different)
        at[here] = inverse * actions + taken[steps]
    return node, torch.cat(first)
