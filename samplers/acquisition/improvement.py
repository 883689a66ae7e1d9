"""Improvement over the best value so far: how much, and how likely.

Expected improvement: Jones, Schonlau & Welch, J. Glob. Optim. 13, 455 (1998), eq. 15. Its stable
logarithm: Ament et al., NeurIPS 2023 (arXiv:2310.20708), eqs. 8 and 9.
"""

import math

import numpy as np
from scipy.special import erfcx, ndtr

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import TargetAcquisition, incumbent, standard_deviation

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_LOG_SQRT_HALF_PI = 0.5 * math.log(math.pi / 2)
_ASYMPTOTIC = -1e5  # beyond, 1 - Mills ratio * |z| is lost in rounding and equals 1 / z^2


class _Improvement(TargetAcquisition):
    """Improvement over best + margin, in standard deviations.

    Args:
        margin: What counts as better, in the unit of the target.
    """

    def __init__(self, *, margin: float = 0.0) -> None:
        self._margin = margin

    def _standardised(self, belief: Belief, context: Context) -> FloatArray:
        threshold = incumbent(belief, context) + self._margin
        return (belief.target_mean - threshold) / standard_deviation(belief)


class LogExpectedImprovement(_Improvement):
    """Logarithm of the expected improvement: it still ranks where the improvement underflows.

    Args:
        margin: What counts as better, in the unit of the target.
    """

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) log E[max(f - best - margin, 0)]."""
        z = self._standardised(belief, context)
        return np.log(standard_deviation(belief)) + log_improvement(z)


class ExpectedImprovement(LogExpectedImprovement):
    """Expected improvement, in the unit of the target.

    Args:
        margin: What counts as better, in the unit of the target.
    """

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) E[max(f - best - margin, 0)]."""
        return np.exp(super().target_scores(belief, context))


class ProbabilityOfImprovement(_Improvement):
    """Probability that a candidate is better than the best by the margin.

    Kushner, J. Basic Eng. 86, 97 (1964).

    Args:
        margin: What counts as better, in the unit of the target; 0 asks for the safest step.
    """

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) P(f > best + margin)."""
        probability: FloatArray = ndtr(self._standardised(belief, context))
        return probability


def log_improvement(z: FloatArray) -> FloatArray:
    """Return log(phi(z) + z * Phi(z)) to full precision for any z (Ament et al. 2023, eq. 9).

    Args:
        z: (n,) improvement of the mean in standard deviations.
    """
    near = np.maximum(z, -1.0)
    density = np.exp(-0.5 * near**2 - _LOG_SQRT_2PI)
    direct = np.log(density + near * ndtr(near))
    tail = np.clip(z, _ASYMPTOTIC, -1.0)
    # Mills ratio times |z|, a number just below 1
    mills = np.log(erfcx(-tail / math.sqrt(2)) * -tail) + _LOG_SQRT_HALF_PI
    rest = np.where(z < _ASYMPTOTIC, -2 * np.log(-np.minimum(z, -1.0)), np.log(-np.expm1(mills)))
    logarithm: FloatArray = np.where(z > -1.0, direct, -0.5 * z**2 - _LOG_SQRT_2PI + rest)
    return logarithm
