"""What comes back from a reward, checked and counted."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from samplers.gflownet.contract import States
from samplers.gflownet.trajectories import Objects

Reward: TypeAlias = Callable[[States, Tensor], Tensor]
"""Scores (b,) or (b, r) of b objects, their states and their coordinates: log rewards at beta = 1;
larger is better, -inf is the worst there is, NaN cannot be judged."""


@dataclass
class Progress:
    """What happened in a training.

    Attributes:
        losses: Loss of each step; NaN where the step was skipped.
        means: Mean score of the objects of each call, over all rewards; NaN where there is none.
        calls: Objects that were scored.
        unscored: Objects whose scores were NaN.
    """

    losses: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    calls: int = 0
    unscored: int = 0

    @property
    def skipped(self) -> int:
        """Steps without a scored object, or without a finite loss and gradient."""
        return sum(map(math.isnan, self.losses))


class Judge:
    """Asks a reward, and keeps count.

    Args:
        reward: Who is asked.
        columns: Number r of reward columns.
        floor: Scores below it count as it.
        progress: Where calls are counted.
    """

    def __init__(self, reward: Reward, columns: int, floor: float, progress: Progress) -> None:
        self._reward, self._columns, self._floor = reward, columns, floor
        self._progress = progress

    def __call__(self, objects: Objects) -> Tensor:
        """Return (b, r) scores in single precision, rows of NaN where one of them is NaN.

        Raises:
            InvalidInputError: The reward has another shape, or is +inf.
        """
        progress, device = self._progress, objects.states.device
        answer = self._reward(objects.states, objects.coordinates).to(device, torch.float32)
        scores = answer[:, None] if answer.dim() == 1 else answer
        wanted = (len(objects), self._columns)
        if scores.shape != wanted:
            raise InvalidInputError(
                f"the reward of {len(objects)} objects has shape {tuple(answer.shape)}; {wanted} "
                f"was wanted: one row per object, one column per reward"
            )
        if bool((scores == torch.inf).any()):
            raise InvalidInputError(
                "a reward is +inf: its object would take all probability; give finite log rewards"
            )
        unscored = scores.isnan().any(1)
        progress.calls += len(objects)
        progress.unscored += int(unscored.sum())
        scores = scores.clamp(min=self._floor)
        scores[unscored] = torch.nan
        progress.means.append(scores[~unscored].mean().item())
        return scores
