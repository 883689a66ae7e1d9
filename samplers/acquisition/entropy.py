"""What an answer tells of the largest value among the candidates, in nats.

Max-value entropy search: Wang & Jegelka, ICML 2017 (arXiv:1703.01968). GIBBON: Moss, Leslie,
Gonzalez & Rayson, J. Mach. Learn. Res. 22, 235 (2021).
"""

import math

import numpy as np
from scipy.special import log_ndtr

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.maxima import in_blocks, log_information, log_mean, maxima
from samplers.acquisition.pending import expected
from samplers.acquisition.target import LEAST_STD, TargetAcquisition, at_target

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_DEEP = 1e3
_TINY = -20.0  # log of what is lost beside 1


class MaxValueEntropy(TargetAcquisition):
    """Information of an exact answer about the maximum over the candidates.

    Where the belief is certain an answer tells nothing, and the score is 0.

    Args:
        maxima: Values of the maximum that are averaged over.
    """

    def __init__(self, *, maxima: int = 16) -> None:
        self._maxima = maxima

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) nats (Wang & Jegelka, eq. 6)."""
        values = maxima(belief, context, self._maxima)
        nats = np.exp(in_blocks(values, belief, lambda z, _: log_mean(log_information(z))))
        return np.where(belief.target_std > LEAST_STD, nats, 0.0)


class Gibbon(TargetAcquisition):
    """A lower bound on the information of a noisy answer about the maximum.

    Beside pending queries the candidate is worth its own information and, below zero, half the
    logarithm of the share of the answer's variance that they leave: a batch repels itself as far
    as the belief holds a covariance between candidates.

    Args:
        maxima: Values of the maximum that are averaged over.
    """

    def __init__(self, *, maxima: int = 16) -> None:
        self._maxima = maxima

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m), -inf outside the target column."""
        return at_target(belief, self.target_scores(belief, context))

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) nats: the bound for the batch with the candidate, less that without it."""
        t = belief.column
        values = maxima(belief, context, self._maxima)
        share = np.log(_least(belief.correlation[:, t] ** 2))
        told = in_blocks(values, belief, lambda z, rows: log_mean(log_bound(z, share[rows])))
        after, _ = expected(belief, context)
        left = after.covariance[:, t, t] + belief.noise[t]
        before = belief.covariance[:, t, t] + belief.noise[t]
        return np.exp(told) + 0.5 * np.log(_least(left) / _least(before))


def log_bound(z: FloatArray, log_share: FloatArray) -> FloatArray:
    """Return (count, n) logarithms of the GIBBON bound for one query each.

    Args:
        z: (count, n) distances of the maxima above the mean, in standard deviations.
        log_share: (n,) logarithms of the squared correlation of the answer with the target.
    """
    inner = np.maximum(z, -_DEEP)
    log_hazard = -0.5 * inner**2 - _LOG_SQRT_2PI - log_ndtr(inner)
    hazard = np.exp(log_hazard)
    # share of the variance that the maximum takes away: 1 - 1 / z^2 far below the mean
    taken = np.where(
        z < -_DEEP, -np.log1p(1 / np.minimum(z, -_DEEP) ** 2), log_hazard + np.log(hazard + inner)
    )
    log_taken = np.minimum(taken + log_share, 0.0)
    told = -0.5 * np.log(_least(-np.expm1(log_taken)))
    with np.errstate(divide="ignore"):
        return np.where(log_taken < _TINY, log_taken - math.log(2), np.log(told))


def _least(value: FloatArray) -> FloatArray:
    return np.maximum(value, 1e-300)
