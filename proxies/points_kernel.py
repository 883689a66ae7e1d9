"""Marginal likelihood of a Gaussian process on points at several fidelities, and its gradient.

The covariance of answers about x at fidelity s and about x' at t is

    (k(x, x') + d [x is x']) B_st + [s = t] c + [the same answer] noise_s

with Matern-5/2 for k, a length scale for each coordinate: the intrinsic model of coregionalisation
(Bonilla, Chai and Williams, NeurIPS 2007). ``d`` is what a candidate has of its own, which no
coordinate tells but every fidelity shares: without it, that part would count as noise, and a cheap
answer could inform the target only about what coordinates know. ``c`` is a constant for each
fidelity: candidates asked at the target are chosen, so their mean is not that of those asked
cheaply. A fidelity alone has neither, its mean is subtracted and what is its own is noise.
Likelihood and gradient: Rasmussen and Williams, Gaussian Processes (2006), eqs. 5.8 and 5.9.
"""

from dataclasses import dataclass, replace
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
_ROOT: Final = (-3.0, 3.0)
_NOISES: Final = (-11.5, 0.7)
_LENGTHS: Final = (-3.5, 7.0)
_STARTS: Final = (0.0, -2.0)  # from the prior's mode, and with short length scales
_STEPS: Final = 60
# of the log deviation of what a fidelity has beside those before it, where there are several: what
# a cheap answer gets wrong may be noise of any size, but a function of the coordinates only where
# the values say so (the discrepancy of M. C. Kennedy & A. O'Hagan, Biometrika 87, 1 (2000))
_BESIDE: Final = (-2.0, 1.0)
_ROOTS: Final = (-4.0, 3.0)
_NOISE_OF_SEVERAL: Final = (-4.0, 2.0)
# of log d: coordinates explain from half to nearly all; and its limits
_OWN: Final = (-1.0, 1.0)
_OWNS: Final = (-7.0, 2.0)
_SHIFT: Final = 1.0  # c: a mean may be off by as much as the values differ


@dataclass(frozen=True)
class Hyper:
    """Hyperparameters.

    Args:
        length: (d,) length scales.
        mixing: (m, m) lower root of the covariance of the fidelities.
        noise: (m,) variances.
        own: What a candidate has of its own, d.
        shift: Variance of the constant of each fidelity, c.
    """

    length: FloatArray
    mixing: FloatArray
    noise: FloatArray
    own: float = 0.0
    shift: float = 0.0

    @property
    def fidelities(self) -> FloatArray:
        """(m, m) covariance of the fidelities."""
        covariance: FloatArray = self.mixing @ self.mixing.T
        return covariance


def learn(
    points: FloatArray, who: IntArray, task: IntArray, value: FloatArray, fidelities: int
) -> Hyper:
    """Return the hyperparameters of the largest posterior density.

    Fidelities without a value are independent of the others, which are learnt as if alone.

    Args:
        points: (n, d) in about the unit cube.
        who: (n,) number of the candidate.
        task: (n,) fidelity.
        value: (n,) with mean 0 and variance 1 at each fidelity.
        fidelities: Their number m.
    """
    present = np.unique(task)
    if 0 < len(present) < fidelities:
        part = learn(points, who, np.searchsorted(present, task), value, len(present))
        return _widened(part, present, fidelities)
    d, lower = points.shape[1], np.tril_indices(fidelities)
    diagonal, several = lower[0] == lower[1], fidelities > 1
    sizes = [(0.0, _SIZE), *[_BESIDE] * (fidelities - 1)]
    roots = [sizes[row] if own else (0.0, 1.0) for row, own in zip(lower[0], diagonal, strict=True)]
    usual = [
        (d, _LENGTH[0] + np.log(max(d, 1)) / 2, _LENGTH[1], _LENGTHS),
        *((1, *root, _ROOTS if several else _ROOT) for root in roots),
        (fidelities, *(_NOISE_OF_SEVERAL if several else _NOISE), _NOISES),
        (int(several), *_OWN, _OWNS),
    ]
    counts = [count for count, *_ in usual]
    mode = np.repeat([middle for _, middle, _, _ in usual], counts)
    spread = np.repeat([width for _, _, width, _ in usual], counts)
    limits = np.repeat([ends for *_, ends in usual], counts, axis=0)
    chain = np.concatenate([np.zeros(d), diagonal, np.zeros(len(mode) - d - len(diagonal))]) > 0

    def cost(x: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = _negative(_unpacked(x, d, fidelities), points, who, task, value)
        # of the logarithm of a root's diagonal
        slope[chain] *= np.exp(x[chain])
        off = (x - mode) / spread
        return loss + 0.5 * float(off @ off), slope + off / spread

    shift = np.concatenate([np.ones(d), np.zeros(len(mode) - d)])
    runs = [
        minimize(
            cost,
            np.clip(mode + start * shift, *limits.T),
            jac=True,
            method="L-BFGS-B",
            bounds=limits,
            options={"maxiter": _STEPS},
        )
        for start in _STARTS
    ]
    return _unpacked(min(runs, key=lambda run: float(run.fun)).x, d, fidelities)


def covariance(
    hyper: Hyper, points: FloatArray, who: IntArray, task: IntArray, noise: FloatArray
) -> FloatArray:
    """Return (n, n) covariance of values that each have a noise variance (n,)."""
    kernel = matern(points, points, hyper.length) + hyper.own * _equal(who)
    total = kernel * hyper.fidelities[np.ix_(task, task)] + hyper.shift * _equal(task)
    total[np.diag_indices_from(total)] += noise + _JITTER
    return total


def _negative(
    hyper: Hyper, points: FloatArray, who: IntArray, task: IntArray, value: FloatArray
) -> tuple[float, FloatArray]:
    """Negative log marginal likelihood and its gradient by log lengths, root, log noise, log own.

    The last one is missing for a fidelity alone.
    """
    n, m = len(value), len(hyper.noise)
    scaled = points / hyper.length
    r = _distance(scaled, scaled)
    decay = np.exp(-_ROOT5 * r)
    kernel = (1 + _ROOT5 * r + 5 / 3 * r**2) * decay
    between = hyper.fidelities[np.ix_(task, task)]
    if m > 1:
        same = _equal(who)
        kernel = kernel + hyper.own * same
    total = kernel * between
    if m > 1:
        total += hyper.shift * _equal(task)
    total[np.diag_indices(n)] += hyper.noise[task] + _JITTER
    root, failed = dpotrf(total, lower=1, clean=1)
    if failed:
        return 1e10, np.zeros(points.shape[1] + m * (m + 1) // 2 + m + (m > 1))
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
    own = [0.5 * hyper.own * float(np.sum(gain * between * same))] if m > 1 else []
    slope = np.concatenate([0.5 * pairs, mixed[np.tril_indices(m)], 0.5 * noise, own])
    return loss, -slope


def _unpacked(x: FloatArray, d: int, m: int) -> Hyper:
    roots = m * (m + 1) // 2
    mixing = np.zeros((m, m))
    mixing[np.tril_indices(m)] = x[d : d + roots]
    mixing[np.diag_indices(m)] = np.exp(np.diag(mixing))
    noise = np.exp(x[d + roots : d + roots + m])
    if m == 1:
        return Hyper(np.exp(x[:d]), mixing, noise)
    return Hyper(np.exp(x[:d]), mixing, noise, float(np.exp(x[-1])), _SHIFT)


def _widened(hyper: Hyper, present: IntArray, fidelities: int) -> Hyper:
    """What was learnt of some fidelities, with others as they are before anything is known."""
    mixing, noise = np.eye(fidelities), np.full(fidelities, np.exp(_NOISE[0]))
    mixing[np.ix_(present, present)], noise[present] = hyper.mixing, hyper.noise
    return replace(hyper, mixing=mixing, noise=noise)


def _equal(label: IntArray) -> FloatArray:
    """(n, n) one where two labels are the same."""
    equal: FloatArray = (label[:, None] == label).astype(np.float64)
    return equal


def _distance(first: FloatArray, second: FloatArray) -> FloatArray:
    squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    distance: FloatArray = np.sqrt(np.maximum(squared, 0.0))
    return distance
