"""How likely a candidate is to be one of the best of the pool."""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.maxima import of_pool
from samplers.acquisition.target import TargetAcquisition, standard_deviation

_REACH = 10.0
_FINE = 1e-12


class ProbabilityOfTop(TargetAcquisition):
    """Probability of being among the best share of the candidates, which recall counts.

    The threshold is where the belief expects as many candidates above as are wanted (compare the
    level sets of Bryan et al., NeurIPS 2005); the expected number is all that is asked of the
    threshold, so candidates may depend on each other in any way.

    Args:
        share: Of the candidates that the belief is about, known ones included.
    """

    def __init__(self, *, share: float = 0.1) -> None:
        self._share = share

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) P(f > threshold)."""
        mean, std = belief.target_mean, standard_deviation(belief)
        everyone = of_pool(belief, context)
        wanted = max(self._share * len(everyone[0]), 1.0)
        probability: FloatArray = ndtr((mean - _threshold(*everyone, wanted)) / std)
        return probability


def _threshold(mean: FloatArray, std: FloatArray, wanted: float) -> float:
    """Value above which the belief expects ``wanted`` of the candidates."""
    low, high = float(np.min(mean - _REACH * std)), float(np.max(mean + _REACH * std))

    def excess(value: float) -> float:
        return float(np.sum(ndtr((mean - value) / std))) - wanted

    if excess(low) <= 0:
        return low
    return float(brentq(excess, low, high, xtol=_FINE * max(high - low, math.ulp(high))))
