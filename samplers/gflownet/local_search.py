"""Local search: go a few steps back, build on from there, keep what pays.

Kim et al., Local Search GFlowNets, arXiv:2310.02710. Proposals are accepted with probability
min(1, R(x') / R(x)): as examples to learn from they are good whatever the chance of having
proposed them, so that is left out.
"""

import torch
from torch import Tensor

from samplers.gflownet.contract import Environment, States


def receded(environment: Environment, states: States, steps: int) -> States:
    """Return the states ``steps`` before; the initial state where that is nearer."""
    for _ in range(steps):
        states, _ = environment.undo(states)
    return states


def accepted(log_rewards: Tensor, proposed: Tensor, generator: torch.Generator) -> Tensor:
    """Return (b,) whether to go on from the proposals; never from NaN, and always away from it."""
    lots = torch.rand(len(proposed), generator=generator, device=proposed.device)
    better = torch.log(lots) < proposed - log_rewards
    return (better | log_rewards.isnan()) & ~proposed.isnan()
