"""Optimism: the mean and a few standard deviations."""

import math
from typing import Literal

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import TargetAcquisition

_DELTA = 0.1
"""Probability of failure in the schedule, as in the experiments of Srinivas et al."""


class UpperConfidenceBound(TargetAcquisition):
    """Mean plus ``beta`` standard deviations of the latent target.

    Args:
        beta: Number of standard deviations.
        schedule: ``constant``, or ``srinivas``: in round t = 1, 2, ... beta is multiplied by
            sqrt(b_t / b_1) with b_t = 2 log(n t^2 pi^2 / (6 delta)) for n candidates and
            delta = 0.1 (Srinivas, Krause, Kakade & Seeger, ICML 2010, theorem 1), so it starts
            at ``beta`` and grows as slowly as the theorem needs.
        until: Share of the candidates that cannot be asked at the target any more from which on
            the mean alone counts: late in a small pool doubt about crowded families is settled by
            asking their best, and what is unlike all of them is for a sampler to seek.
    """

    def __init__(
        self,
        *,
        beta: float = 2.0,
        schedule: Literal["constant", "srinivas"] = "constant",
        until: float = 1.0,
    ) -> None:
        self._beta, self._schedule, self._until = beta, schedule, until

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) upper bounds in the unit of the target."""
        factor = self._beta
        count = len(belief.mean) + (0 if context.rest is None else len(context.rest.mean))
        if _asked(belief, context) >= self._until * count:
            factor = 0.0
        if self._schedule == "srinivas":
            first = math.log(count * math.pi**2 / (6 * _DELTA))
            factor *= math.sqrt(1 + 2 * math.log(context.round + 1) / first)
        return belief.target_mean + factor * belief.target_std


def _asked(belief: Belief, context: Context) -> int:
    """Number of candidates that cannot be asked at the target any more, as far as is known."""
    if context.available is None:
        return 0
    return int(np.count_nonzero(~context.available[:, belief.column]))
