"""Sampling: all objects at once, each state that several of them pass through only once."""

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Environment, States
from samplers.gflownet.policy import Policy
from samplers.gflownet.trajectories import Nodes, Objects, Trajectories, alike, windows_of

_BELOW_ONE = 1 - 1e-6
"""Keeps a threshold below the sum of the probabilities, which single precision may round to it."""

_Step: TypeAlias = tuple[Nodes, Tensor, Tensor, Tensor]
"""States in which there is a choice, and where, what and for which objects is chosen."""


@dataclass(frozen=True)
class Exploration:
    """How sampling departs from the policy while it learns.

    Args:
        uniform: Probability of a step (and of a last, continuous one) at random.
        heat: Temperature of the policy's own steps; 1 leaves them as they are.
    """

    uniform: float = 0.0
    heat: float = 1.0


NONE = Exploration()


def rollout(
    environment: Environment,
    policy: Policy,
    features: Tensor,
    generator: torch.Generator,
    exploration: Exploration = NONE,
    start: States | None = None,
) -> tuple[Trajectories, Tensor]:
    """Build one object per condition, and keep the choices.

    Args:
        environment: What can be built.
        policy: Who builds.
        features: (b, c) features of the conditions.
        generator: Source of randomness, on the device of the policy.
        exploration: How to depart from the policy.
        start: (b, s) where to begin; by default at the beginning. Depths are counted from there.

    Returns:
        The trajectories, and (b,) the log-probabilities that the policy itself gives them.
    """
    steps: list[_Step] = []
    objects, total = build(environment, policy, features, generator, exploration, start, steps)
    return _joined(objects, steps, environment), total


@torch.no_grad()
def build(
    environment: Environment,
    policy: Policy,
    features: Tensor,
    generator: torch.Generator,
    exploration: Exploration = NONE,
    start: States | None = None,
    steps: list[_Step] | None = None,
) -> tuple[Objects, Tensor]:
    """Build one object per condition, see :func:`rollout`; choices go to a list, if there is one.

    Objects that have taken the same actions so far, under the same condition, are one row of the
    states until they part.
    """
    count, device = len(features), features.device
    walk = _Walk(environment, policy, policy.offsets(features), exploration, generator)
    rows = torch.arange(count, device=device)  # objects that are not finished
    if start is None:
        at = alike(features, count, device)  # the row of the states of each
        states = environment.initial(int(at.max()) + 1 if count else 0)
    else:
        at, states = rows, start
    finals = environment.initial(count) if start is None else start.clone()
    total = torch.zeros(count, device=device)
    begins = True
    while True:
        masks = environment.allowed(states)
        choices = heads.sizes(masks)
        going = choices > 0
        if not bool(going.all()):
            goes = going[at]
            finals[rows[~goes]] = states[at[~goes]]
            left = going.nonzero()[:, 0]
            states, masks = states.index_select(0, left), masks.index_select(0, left)
            choices, rows, at = choices[left], rows[goes], (going.cumsum(0) - 1)[at[goes]]
        if not len(rows):
            break
        actions = _only(masks, choices == 1)[at]
        choosing = ((choices > 1) | begins)[at].nonzero()[:, 0]
        if len(choosing):
            step, logs = walk.choose(states, masks, at[choosing], rows[choosing])
            actions[choosing] = step[2]
            total[step[3]] += logs
            if steps is not None:
                steps.append(step)
        states, at = walk.advanced(states, at, actions)
        begins = False
    coordinates = torch.full((count, environment.dims), 0.5, device=device)
    if environment.dims:
        free = environment.free(finals)
        mixture = policy.mixture(policy.trunk(environment.encode(finals), walk.offsets))
        blind = torch.rand(count, generator=generator, device=device) < exploration.uniform
        coordinates = mixture.sample(free, blind, generator)
        total += mixture.log_prob(coordinates, free)
    return Objects(finals, coordinates), total


@dataclass(frozen=True)
class _Walk:
    """Who walks, and how."""

    environment: Environment
    policy: Policy
    offsets: Tensor | None
    exploration: Exploration
    generator: torch.Generator

    def choose(
        self, states: States, masks: Tensor, at: Tensor, rows: Tensor
    ) -> tuple[_Step, Tensor]:
        """Draw actions for (m,) objects at (m,) rows of the states, with their log-probabilities.

        The probabilities are the policy's, however the actions were drawn.
        """
        owners = torch.full_like(masks[:, 0], -1, dtype=torch.int64)
        owners[at] = rows
        seen = owners >= 0
        chosen_in = seen.nonzero()[:, 0]
        here, owners = (seen.cumsum(0) - 1)[at], owners[chosen_in]
        masks = masks.index_select(0, chosen_in)
        encoded = self.environment.encode(states.index_select(0, chosen_in))
        offsets = None if self.offsets is None else self.offsets[owners]
        actions, logs = self._draw(self.policy.trunk(encoded, offsets), masks, here)
        kinds = torch.empty_like(owners)
        kinds[here] = windows_of(self.environment, actions)
        return (Nodes(encoded, masks, kinds, owners), here, actions, rows), logs

    def _draw(self, hidden: Tensor, masks: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        low, high = heads.window(masks)
        masks, head, exploration = masks[:, low:high], self.policy.head, self.exploration
        logs = heads.log_softmax(hidden, head.weight[low:high], head.bias[low:high], masks)
        heat, uniform = exploration.heat, exploration.uniform
        shares = torch.softmax(logs / heat, 1) if heat != 1 else logs.exp()
        if uniform:
            shares = torch.lerp(shares, masks / heads.sizes(masks)[:, None], uniform)
        ceilings = shares.cumsum(1).index_select(0, rows)
        at = torch.rand((len(rows), 1), generator=self.generator, device=rows.device)
        at = at * ceilings[:, -1:] * _BELOW_ONE
        picked = torch.searchsorted(ceilings, at, right=True)[:, 0]
        return picked + low, logs[rows, picked]

    def advanced(self, states: States, at: Tensor, actions: Tensor) -> tuple[States, Tensor]:
        """Return the states after (m,) actions in (m,) rows of the states, and the new rows."""
        environment = self.environment
        if len(states) == len(at):  # every object has gone its own way
            states = environment.step(states.index_select(0, at), actions)
            return states, torch.arange(len(at), device=at.device)
        taken, following = torch.unique(at * environment.actions + actions, return_inverse=True)
        before = states.index_select(0, taken // environment.actions)
        return environment.step(before, taken % environment.actions), following


def _only(masks: Tensor, forced: Tensor) -> Tensor:
    """Return (n,) the only action that is allowed, where there is only one; 0 elsewhere."""
    only = torch.zeros(len(masks), dtype=torch.int64, device=masks.device)
    rows = forced.nonzero()[:, 0]
    if len(rows):
        only[rows] = masks.index_select(0, rows).view(torch.uint8).argmax(1)
    return only


def _joined(objects: Objects, steps: list[_Step], environment: Environment) -> Trajectories:
    states, device = objects.states, objects.states.device
    nothing = torch.zeros(0, dtype=torch.int64, device=device)
    none = Nodes(
        environment.encode(states[:0]),
        torch.zeros((0, environment.actions), dtype=torch.bool, device=device),
        nothing,
        nothing,
    )
    nodes, actions, rows, depths = [nothing], [nothing], [nothing], [nothing]
    taken, before = torch.zeros(len(states), dtype=torch.int64, device=device), 0
    for found, here, chosen, who in steps:
        nodes.append(here + before)
        actions.append(chosen)
        rows.append(who)
        depths.append(taken[who])
        taken[who] += 1
        before += len(found.owners)
    return Trajectories(
        objects,
        environment.encode(states),
        environment.free(states),
        Nodes.joined([none, *(step[0] for step in steps)]),
        torch.cat(nodes),
        torch.cat(actions),
        torch.cat(rows),
        torch.cat(depths),
    )
