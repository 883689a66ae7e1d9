"""What a policy says of given trajectories, differentiable, in one pass over all their states."""

from dataclasses import dataclass

import torch
from torch import Tensor

from samplers.gflownet import heads
from samplers.gflownet.contract import Encoded, Environment
from samplers.gflownet.policy import Policy
from samplers.gflownet.trajectories import Trajectories


@dataclass(frozen=True)
class Evaluated:
    """Log-probabilities and log flows of b objects built by m choices.

    Args:
        steps: (m,) log-probability of each choice.
        density: (b,) log density of the coordinates.
        log_z: (b,) log partition function of the condition, the flow of the initial state.
        flows: (m,) log flow of the state before each choice.
        ends: (b,) log flow of each finished state; ``None`` when objects are discrete.
        rows: (m,) which object a choice belongs to.
        depths: (m,) how many choices came before.
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
    made = trajectories.in_order()
    objects, states, rows, depths = made.objects, made.states, made.rows, made.depths
    offsets, log_z = policy.offsets(features), policy.log_z(features)
    seen, owners = states.encoded, states.owners
    if environment.dims:
        seen = Encoded.joined([seen, made.ends])
        owners = torch.cat([owners, torch.arange(len(objects), device=owners.device)])
    hidden = policy.trunk(seen, None if offsets is None else offsets[owners])
    before, after = hidden.split([len(states.owners), len(hidden) - len(states.owners)])
    head = policy.head
    steps = heads.chosen(
        before,
        head.weight,
        head.bias,
        states.masks,
        made.runs(environment.windows),
        made.nodes,
        made.actions,
    )
    flow = policy.flow(before)[:, 0]
    flows = torch.where(depths > 0, flow[made.nodes], 0.0) + log_z[rows]
    if not environment.dims:
        return Evaluated(steps, torch.zeros_like(log_z), log_z, flows, None, rows, depths)
    density = policy.mixture(after).log_prob(objects.coordinates, made.free)
    ends = log_z + policy.flow(after)[:, 0]
    return Evaluated(steps, density, log_z, flows, ends, rows, depths)


@torch.no_grad()
def log_prob(
    environment: Environment, policy: Policy, trajectories: Trajectories, features: Tensor
) -> Tensor:
    """Return (b,) log-probabilities of objects: counting measure times Lebesgue measure."""
    return evaluate(environment, policy, trajectories, features).total
