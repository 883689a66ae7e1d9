"""What bounds say of a Gaussian process: expectation propagation.

A bound states that the latent truth lies below (or above) a value, whatever the noise of other
answers, so its likelihood is a step (Tobin, Econometrica 26, 24 (1958)). Expectation propagation
(Minka, UAI 2001; Rasmussen and Williams, Gaussian Processes, 2006, algorithm 3.5) replaces each
step by the normal factor that leaves the same mean and variance: no bound is given a value of its
own, one above the belief is replaced by next to nothing, and one far below by a factor that leaves
the belief just under it. One bound alone is treated exactly.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from discovery.types import FloatArray
from proxies.censoring import expectation
from proxies.kernels import Tasks
from proxies.process import Posterior, Rows

_SWEEPS = 50
_PASSES = 2  # over the blocks, where there are several
_BLOCK = 1000  # bounds treated together; the cost grows with the cube
_CLOSE = 1e-6  # change of a mean, in deviations, that ends the sweeps
_PRECISION = (1e-8, 1e8)  # of a factor, in units where scores have variance one

_Conditioned = TypeVar("_Conditioned", bound=Posterior)


def with_bounds(
    condition: Callable[[Rows], _Conditioned], rows: Rows, side: NDArray[np.int8]
) -> _Conditioned:
    """Return a process conditioned on rows some of which are bounds.

    Args:
        condition: Conditions the process on values.
        rows: The n rows; at a bound, ``values`` is the bound and ``measured`` is ignored.
        side: (n,) -1 where the truth lies below, +1 where above, 0 for a value.
    """
    bounded = np.flatnonzero(side)
    if not len(bounded):
        return condition(rows)
    limit = rows.values[bounded]
    precision, shift = np.full(len(bounded), _PRECISION[0]), np.zeros(len(bounded))
    blocks = np.array_split(np.arange(len(bounded)), -(-len(bounded) // _BLOCK))
    for _ in range(_PASSES if len(blocks) > 1 else 1):
        for block in blocks:
            precision[block], shift[block] = _PRECISION[0], 0.0
            others = condition(_with_factors(rows, bounded, precision, shift))
            precision[block], shift[block] = propagate(
                *others.joint(bounded[block]), limit[block], side[bounded[block]]
            )
    return condition(_with_factors(rows, bounded, precision, shift))


def _with_factors(rows: Rows, bounded: Tasks, precision: FloatArray, shift: FloatArray) -> Rows:
    values, own, measured = rows.values.copy(), rows.own.copy(), rows.measured.copy()
    values[bounded], own[bounded], measured[bounded] = shift / precision, 1 / precision, False
    return replace(rows, values=values, own=own, measured=measured)


def propagate(
    mean: FloatArray, covariance: FloatArray, limit: FloatArray, side: NDArray[np.int8]
) -> tuple[FloatArray, FloatArray]:
    """Return precision and precision times mean (k,) of the normal factors of k bounds.

    Args:
        mean: (k,) believed without the bounds.
        covariance: (k, k) of it.
        limit: (k,) bounds.
        side: (k,) -1 where the truth lies below, +1 where above.
    """
    precision, shift = np.zeros(len(mean)), np.zeros(len(mean))
    scale = np.sqrt(np.diag(covariance))
    now, spread = mean.copy(), covariance.copy()
    for _ in range(_SWEEPS):
        before = now.copy()
        for i in range(len(mean)):
            own, told = spread[i, i], now[i]
            left = max(1 / own - precision[i], _PRECISION[0])
            cavity, width = (told / own - shift[i]) / left, np.sqrt(1 / left)
            new, new_shift = _factor(cavity, width, limit[i], side[i])
            more, more_shift = new - precision[i], new_shift - shift[i]
            precision[i], shift[i] = new, new_shift
            # the inverse of a matrix with one more entry on its diagonal
            line = spread[:, i] / (1 + more * own)
            now += line * (more_shift - more * told)
            spread -= more * np.outer(line, spread[i])
        now, spread = _posterior(mean, covariance, precision, shift)
        if np.max(np.abs(now - before) / scale) < _CLOSE:
            break
    return precision, shift


def _factor(mean: float, width: float, limit: float, side: int) -> tuple[float, float]:
    """Return precision and shift of the factor that makes N(mean, width^2) its truncation."""
    cavity, spread, at = (np.array([number]) for number in (mean, width, limit))
    expected = expectation(cavity, spread, at, np.array([side], dtype=np.int8))
    told, variance = (float(moment[0]) for moment in expected)
    precision = float(np.clip(1 / variance - 1 / width**2, *_PRECISION))
    # from the mean rather than from the variance, which a clipped precision does not leave
    value = mean + (told - mean) * (1 + 1 / (precision * width**2))
    return precision, precision * value


def _posterior(
    mean: FloatArray, covariance: FloatArray, precision: FloatArray, shift: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return mean (k,) and covariance (k, k) with the factors, afresh and in a stable form."""
    root = np.sqrt(precision)
    inner = cholesky(np.eye(len(mean)) + root[:, None] * covariance * root, lower=True)
    half = solve_triangular(inner, root[:, None] * covariance, lower=True)
    spread = covariance - half.T @ half
    return mean + spread @ (shift - precision * mean), spread
