"""The covariance of a Gaussian process over (material, fidelity) pairs.

Intrinsic coregionalisation (Bonilla et al., NeurIPS 2007): cov(f_s(x), f_t(x')) = B_st k(x, x'),
plus D_st where x and x' are the same material. D holds what no input tells: without it, a cheap
answer could inform the target only about what the inputs already know. One fidelity, or diagonal
B and D, is an ordinary process.

k = (1 - c) k_features + c k_composition, both Matern-5/2: one length scale per feature in the
first, one length scale on the distance of compositions (:mod:`proxies.kernels_composition`) in the
second. A convex combination of kernels that are positive definite is one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.types import FloatArray

Tasks = NDArray[np.intp]

JITTER = 1e-6
"""Added to variances, so that factors exist."""


@dataclass(frozen=True)
class Hyperparameters:
    """What marginal likelihood decides.

    Args:
        lengthscale: (d,) in units of the standardised inputs, which come first in a row.
        coregionalisation: (m, m) matrix B.
        individual: (m, m) matrix D.
        noise: (m,) variance of a measurement.
        share: Share c of the composition kernel; with 0, inputs have d columns.
        reach: Its length scale, in units of the columns after the first d.
    """

    lengthscale: FloatArray
    coregionalisation: FloatArray
    individual: FloatArray
    noise: FloatArray
    share: float = 0.0
    reach: float = 1.0


def smooth(x: FloatArray, y: FloatArray, hyper: Hyperparameters) -> FloatArray:
    """Return k (p, q) between inputs x (p, d + e) and y (q, d + e), one on the diagonal."""
    d = len(hyper.lengthscale)
    kernel = matern(x[:, :d], y[:, :d], hyper.lengthscale)
    if hyper.share > 0:
        kernel *= 1 - hyper.share
        kernel += hyper.share * matern(x[:, d:], y[:, d:], np.float64(hyper.reach))
    return kernel


def matern(x: FloatArray, y: FloatArray, lengthscale: FloatArray | np.float64) -> FloatArray:
    """Return the Matern-5/2 kernel (p, q) between x (p, d) and y (q, d)."""
    x, y = x / lengthscale, y / lengthscale
    square = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None] - 2 * x @ y.T
    scaled = np.sqrt(5 * np.maximum(square, 0.0))
    kernel: FloatArray = (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    return kernel
