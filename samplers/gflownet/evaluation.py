"""What a policy says of given trajectories, differentiable, in one pass over all their states."""

from dataclasses import dataclass

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Environment
from samplers.gflownet.policy import Policy
from samplers.gflownet.trajectories import Trajectories


@dataclass(frozen=True)
class Evaluated:
    """Log-probabilities and log flows of b objects built in n steps.

    Args:
        steps: (n,) log-probability of each discrete step.
        density: (b,) log density of the coordinates.
        log_z: (b,) log partition function of the condition, the flow of the initial state.
        flows: (n,) log flow of the state before each step.
        ends: (b,) log flow of each finished state; ``None`` when objects are discrete.
        rows: (n,) which object a step belongs to.
        depths: (n,) how many steps came before.
    """

    steps: Tensor
    density: Tensor
    log_z: Tensor
    flows: Tensor
    ends: Tensor | None
    rows: Tensor
    depths: Tensor

    @property
    def total(self) -> Tensor:
        """(b,) log-probability of each object, which is that of its only trajectory."""
        return self.density.index_add(0, self.rows, self.steps)


def evaluate(
    environment: Environment, policy: Policy, trajectories: Trajectories, features: Tensor
) -> Evaluated:
    """Return what the policy says of trajectories under conditions with features (b, c)."""
    objects, rows, depths = trajectories.objects, trajectories.rows, trajectories.depths
    offsets, log_z = policy.offsets(features), policy.log_z(features)
    hidden = policy.trunk(trajectories.encoded, None if offsets is None else offsets[rows])
    head = policy.head
    steps = heads.chosen(
        hidden,
        head.weight,
        head.bias,
        trajectories.masks,
        trajectories.actions,
        trajectories.runs,
    )
    flows = torch.where(depths > 0, policy.flow(hidden)[:, 0], 0.0) + log_z[rows]
    if not environment.dims:
        return Evaluated(steps, torch.zeros_like(log_z), log_z, flows, None, rows, depths)
    final = policy.trunk(environment.encode(objects.states), offsets)
    free = environment.free(objects.states)
    density = policy.mixture(final).log_prob(objects.coordinates, free)
    ends = log_z + policy.flow(final)[:, 0]
    return Evaluated(steps, density, log_z, flows, ends, rows, depths)


@torch.no_grad()
def log_prob(
    environment: Environment, policy: Policy, trajectories: Trajectories, features: Tensor
) -> Tensor:
    """Return (b,) log-probabilities of objects: counting measure times Lebesgue measure."""
    return evaluate(environment, policy, trajectories, features).total
