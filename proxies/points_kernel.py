"""Marginal likelihood of a Gaussian process on points at several fidelities, and its gradient.

Matern-5/2 with a length scale for each coordinate, times a covariance of the fidelities (the
intrinsic model of coregionalisation: Bonilla, Chai and Williams, NeurIPS 2007), plus noise.
Rasmussen and Williams, Gaussian Processes (2006), eqs. 5.8 and 5.9.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

from discovery.types import FloatArray
from proxies.kernels import matern
from proxies.points_inputs import IntArray

_ROOT5: Final = np.sqrt(5.0)
_JITTER: Final = 1e-8
# of log length scales in the unit cube: C. Hvarfner, E. O. Hellsten & L. Nardi, ICML (2024)
_LENGTH: Final = (np.sqrt(2.0), np.sqrt(3.0))
# of log noise variances and log deviations, where values have variance one; as in BoTorch
_NOISE: Final = (-4.0, 1.0)
_SIZE: Final = 0.5
_NOISES: Final = (-11.5, 0.7)
_LENGTHS: Final = (-3.5, 7.0)
_STARTS: Final = (0.0, -2.0)  # from the prior's mode, and with short length scales
_STEPS: Final = 60


@dataclass(frozen=True)
class Hyper:
    """Hyperparameters.

    Args:
        length: (d,) length scales.
        mixing: (m, m) lower root of the covariance of the fidelities.
        noise: (m,) variances.
    """

    length: FloatArray
    mixing: FloatArray
    noise: FloatArray

    @property
    def fidelities(self) -> FloatArray:
        """(m, m) covariance of the fidelities."""
        covariance: FloatArray = self.mixing @ self.mixing.T
        return covariance


def learn(points: FloatArray, task: IntArray, value: FloatArray, fidelities: int) -> Hyper:
    """Return the hyperparameters of the largest posterior density.

    Args:
        points: (n, d) in about the unit cube.
        task: (n,) fidelity.
        value: (n,) with mean 0 and variance 1 at each fidelity.
        fidelities: Their number m.
    """
    d, lower = points.shape[1], np.tril_indices(fidelities)
    diagonal = lower[0] == lower[1]
    mode = np.concatenate(
        [
            np.full(d, _LENGTH[0] + np.log(max(d, 1)) / 2),
            np.zeros(len(diagonal)),
            np.full(fidelities, _NOISE[0]),
        ]
    )
    spread = np.concatenate(
        [
            np.full(d, _LENGTH[1]),
            np.where(diagonal, _SIZE, 1.0),
            np.full(fidelities, _NOISE[1]),
        ]
    )
    limits = [_LENGTHS] * d + [(-3.0, 3.0)] * len(diagonal) + [_NOISES] * fidelities

    def cost(x: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = _negative(_unpacked(x, d, fidelities), points, task, value)
        # of the logarithm of a root's diagonal
        slope[d:-fidelities] *= np.where(diagonal, np.exp(x[d:-fidelities]), 1.0)
        off = (x - mode) / spread
        return loss + 0.5 * float(off @ off), slope + off / spread

    shift = np.concatenate([np.ones(d), np.zeros(len(mode) - d)])
    runs = [
        minimize(
            cost,
            np.clip(mode + start * shift, *np.transpose(limits)),
            jac=True,
            method="L-BFGS-B",
            bounds=limits,
            options={"maxiter": _STEPS},
        )
        for start in _STARTS
    ]
    return _unpacked(min(runs, key=lambda run: float(run.fun)).x, d, fidelities)


def covariance(hyper: Hyper, points: FloatArray, task: IntArray, own: FloatArray) -> FloatArray:
    """Return (n, n) covariance of values that each have a variance ``own`` (n,)."""
    total = matern(points, points, hyper.length) * hyper.fidelities[np.ix_(task, task)]
    total[np.diag_indices_from(total)] += own + _JITTER
    return total


def _negative(
    hyper: Hyper, points: FloatArray, task: IntArray, value: FloatArray
) -> tuple[float, FloatArray]:
    """Negative log marginal likelihood and its gradient by log lengths, root, log noise."""
    n, m = len(value), len(hyper.noise)
    scaled = points / hyper.length
    r = _distance(scaled, scaled)
    decay = np.exp(-_ROOT5 * r)
    kernel = (1 + _ROOT5 * r + 5 / 3 * r**2) * decay
    between = hyper.fidelities[np.ix_(task, task)]
    total = kernel * between
    total[np.diag_indices(n)] += hyper.noise[task] + _JITTER
    root, failed = dpotrf(total, lower=1, clean=1)
    if failed:
        return 1e10, np.zeros(points.shape[1] + m * (m + 1) // 2 + m)
    inverse, _ = dpotri(root, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    alpha = inverse @ value
    loss = 0.5 * float(value @ alpha) + float(np.log(np.diag(root)).sum()) + n * 0.919
    gain = np.outer(alpha, alpha) - inverse
    # sum of H (x_i - x_j)^2 over all pairs, by coordinate
    weight = gain * between * (5 / 3) * (1 + _ROOT5 * r) * decay
    pairs = 2 * (weight.sum(axis=1) @ scaled**2 - np.einsum("id,id->d", scaled, weight @ scaled))
    member = np.eye(m)[task]
    mixed = member.T @ (gain * kernel) @ member @ hyper.mixing
    noise = (np.diag(gain) @ member) * hyper.noise
    slope = np.concatenate([0.5 * pairs, mixed[np.tril_indices(m)], 0.5 * noise])
    return loss, -slope


def _unpacked(x: FloatArray, d: int, m: int) -> Hyper:
    mixing = np.zeros((m, m))
    mixing[np.tril_indices(m)] = x[d:-m]
    mixing[np.diag_indices(m)] = np.exp(np.diag(mixing))
    return Hyper(np.exp(x[:d]), mixing, np.exp(x[-m:]))


def _distance(first: FloatArray, second: FloatArray) -> FloatArray:
    squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    distance: FloatArray = np.sqrt(np.maximum(squared, 0.0))
    return distance
