"""Sampling: all rows at once, and only those that are not finished yet."""

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Environment, States
from samplers.gflownet.policy import Policy
from samplers.gflownet.trajectories import Objects, Trajectories

_BELOW_ONE = 1 - 1e-6
"""Keeps a threshold below the sum of the probabilities, which single precision may round to it."""

_Step: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor, heads.Window]
"""Encodings, masks, actions and numbers of the rows that were not finished at a depth, and the
columns that hold all that was allowed."""


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
    """Build one object per condition, and keep the steps.

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
    """Build one object per condition, see :func:`rollout`; steps go to a list, if there is one."""
    count, offsets = len(features), policy.offsets(features)
    states = environment.initial(count) if start is None else start
    rows = torch.arange(count, device=states.device)
    finals, total = states.clone(), torch.zeros(count, device=states.device)
    while True:
        masks = environment.allowed(states)
        going = heads.anywhere(masks, 1)
        if not bool(going.all()):
            finals[rows[~going]] = states[~going]
            states, rows, masks = states[going], rows[going], masks[going]
        if not len(rows):
            break
        encoded = environment.encode(states)
        hidden = policy.trunk(encoded, None if offsets is None else offsets[rows])
        columns = heads.window(masks)
        actions, logs = _draw(policy, hidden, masks, columns, exploration, generator)
        total[rows] += logs
        if steps is not None:
            steps.append((encoded, masks, actions, rows, columns))
        states = environment.step(states, actions)
    coordinates = torch.full((count, environment.dims), 0.5, device=states.device)
    if environment.dims:
        free = environment.free(finals)
        mixture = policy.mixture(policy.trunk(environment.encode(finals), offsets))
        blind = torch.rand(count, generator=generator, device=states.device) < exploration.uniform
        coordinates = mixture.sample(free, blind, generator)
        total += mixture.log_prob(coordinates, free)
    return Objects(finals, coordinates), total


def _draw(
    policy: Policy,
    hidden: Tensor,
    masks: Tensor,
    columns: heads.Window,
    exploration: Exploration,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Draw (n,) actions; their log-probabilities are the policy's, however they were drawn."""
    low, high = columns
    masks = masks[:, low:high]
    head = policy.head
    logs = heads.log_softmax(hidden, head.weight[low:high], head.bias[low:high], masks)
    shares = torch.softmax(logs / exploration.heat, 1) if exploration.heat != 1 else logs.exp()
    if exploration.uniform:
        even = masks / masks.sum(1, keepdim=True)
        shares = torch.lerp(shares, even, exploration.uniform)
    ceilings = shares.cumsum(1)
    at = torch.rand((len(masks), 1), generator=generator, device=masks.device)
    picked = torch.searchsorted(ceilings, at * ceilings[:, -1:] * _BELOW_ONE, right=True)
    return picked[:, 0] + low, logs.gather(1, picked)[:, 0]


def _joined(objects: Objects, steps: list[_Step], environment: Environment) -> Trajectories:
    device = objects.states.device
    nothing = torch.zeros(0, dtype=torch.int64, device=device)
    empty = (
        torch.zeros((0, environment.width), device=device),
        torch.zeros((0, environment.actions), dtype=torch.bool, device=device),
    )
    encoded, masks, actions, rows = (
        torch.cat(parts)
        for parts in zip((*empty, nothing, nothing), *(step[:4] for step in steps), strict=True)
    )
    depths = [torch.full_like(step[3], depth) for depth, step in enumerate(steps)]
    windows = tuple(step[4] for step in steps)
    return Trajectories(
        objects, encoded, masks, actions, rows, torch.cat([nothing, *depths]), windows
    )
