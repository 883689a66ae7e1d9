"""The largest value among the candidates: how it is distributed, and who tells something of it.

Wang & Jegelka, ICML 2017 (arXiv:1703.01968): the Gumbel approximation of section 3.1 and the
information of eq. 6.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, logsumexp, ndtri

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import standard_deviation

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_QUARTILES = (0.25, 0.75)
_BLOCK = 2**14
_FAR = 9.0  # standard deviations: 1e6 candidates so far below the maximum change it by 1e-13
_LOW, _HIGH = -1e3, 30.0  # of z; beyond, the asymptotes are exact to 1e-12


def maxima(belief: Belief, context: Context, count: int) -> FloatArray:
    """Return (count,) values of the target's maximum over the pool, equally likely.

    They are the quantiles (k + 1/2) / count of a Gumbel distribution with the quartiles of the
    largest of independent candidates; no draw is made. None is below the best value observed.
    """
    mean, std = of_pool(belief, context)
    lower, upper = (_quantile(mean, std, share) for share in _QUARTILES)
    at = [-math.log(-math.log(share)) for share in _QUARTILES]
    scale = (upper - lower) / (at[1] - at[0])
    shares = (np.arange(count) + 0.5) / count
    values = lower + scale * (-np.log(-np.log(shares)) - at[0])
    # the largest of many is at least as large as each of them
    least = np.array([np.max(mean + std * quantile) for quantile in ndtri(shares)])
    return np.maximum(np.maximum(values, least), context.best)


def in_blocks(
    values: FloatArray, belief: Belief, judge: Callable[[FloatArray, slice], FloatArray]
) -> FloatArray:
    """Return what ``judge`` makes of all candidates, block by block to save memory.

    Args:
        values: (count,) maxima.
        belief: About the n candidates.
        judge: From (count, k) distances of the maxima above the means, in standard deviations,
            and the rows that they belong to, to (k, ...) numbers.
    """
    mean, std = belief.target_mean, standard_deviation(belief)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(mean), _BLOCK)]
    return np.concatenate(
        [judge((values[:, None] - mean[rows]) / std[rows], rows) for rows in blocks]
    )


def of_pool(belief: Belief, context: Context) -> tuple[FloatArray, FloatArray]:
    """Return means and deviations of all targets, those that are not to be scored included."""
    mean, std = belief.target_mean, standard_deviation(belief)
    if context.rest is None:
        return mean, std
    return (
        np.concatenate([mean, context.rest.target_mean]),
        np.concatenate([std, standard_deviation(context.rest)]),
    )


def _quantile(mean: FloatArray, std: FloatArray, share: float) -> float:
    """Value below which all candidates lie with a probability."""
    low = float(np.max(mean + std * ndtri(share)))
    near = mean + _FAR * std >= low
    mean, std = mean[near], std[near]
    high = float(np.max(mean + std * ndtri(share ** (1 / len(mean)))))
    if not high > low:
        return low

    def excess(value: float) -> float:
        return float(np.sum(log_ndtr((value - mean) / std))) - math.log(share)

    if excess(low) >= 0 or excess(high) <= 0:  # rounding at the ends of the bracket
        return low if excess(low) >= 0 else high
    return float(brentq(excess, low, high, rtol=1e-12, xtol=1e-9 * (high - low)))


def log_information(z: FloatArray) -> FloatArray:
    """Return log of z * phi(z) / (2 Phi(z)) - log Phi(z), in nats, for any z.

    What an exact answer about a normal variable tells of the maximum that bounds it from above.

    Args:
        z: Distance of the maximum above the mean, in standard deviations.
    """
    inner = np.clip(z, _LOW, _HIGH)
    below = log_ndtr(inner)
    hazard = np.exp(-0.5 * inner**2 - _LOG_SQRT_2PI - below)
    direct = np.log(0.5 * inner * hazard - below)
    deep = np.maximum(-z, -_LOW)
    low = np.log(np.log(deep) + _LOG_SQRT_2PI - 0.5 + 2 / deep**2)
    high = np.maximum(z, _HIGH)
    density = -0.5 * high**2 - _LOG_SQRT_2PI
    above = np.logaddexp(np.log(0.5 * high) + density, log_ndtr(-high))
    result: FloatArray = np.where(z < _LOW, low, np.where(z > _HIGH, above, direct))
    return result


def log_mean(values: FloatArray) -> FloatArray:
    """Return (n,) logarithms of the means of (count, n) exponentials."""
    mean: FloatArray = logsumexp(values, axis=0) - math.log(len(values))
    return mean
