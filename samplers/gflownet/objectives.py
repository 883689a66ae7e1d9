"""Objectives that vanish exactly where a policy samples in proportion to the reward.

Every state has one parent (P_B = 1), so log P_B is zero everywhere; the last step of a trajectory
draws the coordinates, and leads from the finished state to the object, whose flow is its reward.

- trajectory balance, Malkin et al., arXiv:2201.13259
- VarGrad, Richter et al., arXiv:2010.10436: log Z is estimated from the batch
  (Zhang et al., arXiv:2302.05446)
- detailed balance, Bengio et al., arXiv:2111.09266
- SubTB(lambda), Madan et al., arXiv:2209.12782
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import torch
from torch import Tensor

from samplers.gflownet.evaluation import Evaluated

DECAY: Final = 0.9
"""Lambda of SubTB: the weight of a subtrajectory falls by this factor with each step it has."""

Objective: TypeAlias = Callable[[Evaluated, Tensor, Tensor], Tensor]
"""Loss from what the policy says, (b,) log rewards, and (b,) groups of the same condition."""


def trajectory_balance(said: Evaluated, log_rewards: Tensor, groups: Tensor) -> Tensor:
    """Return the mean of (log Z + log P_F - log R)^2; groups are not used."""
    del groups
    return (said.log_z + said.total - log_rewards).square().mean()


def vargrad(said: Evaluated, log_rewards: Tensor, groups: Tensor) -> Tensor:
    """Return the variance of log P_F - log R within groups."""
    differences = said.total - log_rewards
    sizes = torch.bincount(groups)
    sums = differences.new_zeros(len(sizes)).index_add(0, groups, differences)
    return (differences - sums[groups] / sizes[groups]).square().mean()


def detailed_balance(said: Evaluated, log_rewards: Tensor, groups: Tensor) -> Tensor:
    """Return the mean over steps of (log F(s) + log P_F - log F(s'))^2; groups are not used."""
    del groups
    flows, steps, inside = _padded(said, log_rewards)
    residuals = flows[:, :-1] + steps - flows[:, 1:]
    return residuals.square().sum() / inside[:, 1:].sum()


def subtrajectory_balance(said: Evaluated, log_rewards: Tensor, groups: Tensor) -> Tensor:
    """Return the squared imbalance of all subtrajectories, weighted by DECAY^length."""
    del groups
    flows, steps, inside = _padded(said, log_rewards)
    places = torch.arange(flows.shape[1], device=flows.device)
    lengths = places[None] - places[:, None]
    decays = torch.where(lengths > 0, DECAY**lengths, 0.0)
    weights = decays * (inside[:, :, None] & inside[:, None])
    potential = flows.clone()
    potential[:, 1:] -= steps.cumsum(1)
    imbalances = (potential[:, :, None] - potential[:, None]).square()
    return ((weights * imbalances).sum((1, 2)) / weights.sum((1, 2))).mean()


def _padded(said: Evaluated, log_rewards: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(b, t) log flows, (b, t - 1) log-probabilities of steps, (b, t) what is no padding.

    The state after the last step is the object itself, with its reward for a flow; so are the
    places after it, which therefore balance.
    """
    count, rows, depths = len(log_rewards), said.rows, said.depths
    lengths = torch.bincount(rows, minlength=count)
    continuous = said.ends is not None
    places = int(lengths.max()) + 1 + continuous
    flows = log_rewards[:, None].repeat(1, places).index_put((rows, depths), said.flows)
    steps = torch.zeros((count, places - 1), device=rows.device)
    steps = steps.index_put((rows, depths), said.steps)
    if said.ends is not None:
        last = (torch.arange(count, device=rows.device), lengths)
        flows, steps = flows.index_put(last, said.ends), steps.index_put(last, said.density)
    inside = torch.arange(places, device=rows.device) <= (lengths + continuous)[:, None]
    return flows, steps, inside


OBJECTIVES: Final[Mapping[str, Objective]] = {
    "trajectory_balance": trajectory_balance,
    "vargrad": vargrad,
    "detailed_balance": detailed_balance,
    "subtrajectory_balance": subtrajectory_balance,
}
