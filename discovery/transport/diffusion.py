"""Diffusion coefficients, Haven ratio and conductivity from unwrapped trajectories.

The tracer coefficient follows single ions, the charge coefficient their common displacement
(Murch, Solid State Ionics 7, 177 (1982)); the slope of a mean squared displacement in time is six
times the coefficient (Einstein), the mean over the three directions as in a polycrystal.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from scipy.constants import Boltzmann, elementary_charge
from scipy.stats import t as student

from discovery.errors import InvalidInputError
from discovery.types import FloatArray

_CM2_PER_A2: Final = 1e-16
_A3_PER_CM3: Final = 1e24
_LAGS: Final = 8  # points of a straight line; neighbouring lags repeat each other
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Diffusion:
    """Diffusion coefficients in cm^2/s with one standard error, and their ratio.

    Args:
        tracer: Coefficient of single ions, D*.
        tracer_error: Its standard error over blocks.
        charge: Coefficient of the common displacement, D_J: it carries the current.
        charge_error: Its standard error over blocks.
        haven: Haven ratio D* / D_J; not a number where no charge moved.
        haven_interval: 95 % confidence interval of the Haven ratio.
        charge_tensors: (blocks, 3, 3) coefficient of the common displacement in each block.
    """

    tracer: float
    tracer_error: float
    charge: float
    charge_error: float
    haven: float
    haven_interval: tuple[float, float]
    charge_tensors: FloatArray


def diffusion(
    positions: FloatArray,
    time_step: float,
    *,
    blocks: int = 10,
    window: tuple[float, float] = (0.1, 0.5),
) -> Diffusion:
    """Return the diffusion coefficients of equally charged ions.

    The trajectory is cut into consecutive blocks; each gives the least-squares slope of its mean
    squared displacement over all time origins. The estimate is the mean of the blocks, its error
    their standard deviation over the root of their number. Slopes with free intercept ignore
    vibrations and hops back and forth that end before the window begins.

    Args:
        positions: (frames, ions, 3) Angstrom, unwrapped, at equal intervals of time; relative to
            the framework, whose drift would otherwise be taken for a current.
        time_step: Seconds between frames.
        blocks: Number of blocks, at least 2.
        window: First and last lag time of the slope, as fractions of a block.

    Raises:
        InvalidInputError: Too few frames for the blocks, no ions, a bad window or time step, or
            coordinates that are not finite.
    """
    positions = np.asarray(positions, dtype=float)
    lags = _checked(positions, time_step, blocks, window)
    length = len(positions) // blocks
    tracer, charge = np.empty((blocks, 3, 3)), np.empty((blocks, 3, 3))
    weight = (lags - lags.mean()) / np.square(lags - lags.mean()).sum()
    scale = _CM2_PER_A2 / (2 * time_step)
    for block in range(blocks):
        part = positions[block * length : (block + 1) * length]
        common = part.sum(axis=1, keepdims=True) / math.sqrt(part.shape[1])
        tracer[block] = np.tensordot(weight, _moments(part, lags), 1) * scale
        charge[block] = np.tensordot(weight, _moments(common, lags), 1) * scale
    return _summary(tracer, charge)


@njit(cache=True)
def _moments(positions: FloatArray, lags: FloatArray) -> FloatArray:
    """Return the products of displacements (l, 3, 3), averaged over ions and time origins."""
    frames, ions, _ = positions.shape
    moments = np.zeros((len(lags), 3, 3))
    for row, lag in enumerate(lags):
        later = int(lag)
        for frame in range(frames - later):
            for ion in range(ions):
                for a in range(3):
                    step = positions[frame + later, ion, a] - positions[frame, ion, a]
                    for b in range(a + 1):
                        other = positions[frame + later, ion, b] - positions[frame, ion, b]
                        moments[row, a, b] += step * other
        moments[row] /= (frames - later) * ions
        for a in range(3):
            for b in range(a):
                moments[row, b, a] = moments[row, a, b]
    return moments


def nernst_einstein(coefficient: float, density: float, temperature: float) -> float:
    """Return the conductivity n e^2 D / kT of monovalent ions in S/cm.

    Args:
        coefficient: Diffusion coefficient in cm^2/s; the charge coefficient gives the true
            conductivity, the tracer coefficient the one of independent ions.
        density: Ions per cubic Angstrom.
        temperature: K.
    """
    charge = elementary_charge**2 / (Boltzmann * temperature)  # F
    return coefficient * density * _A3_PER_CM3 * charge


def _checked(
    positions: FloatArray, time_step: float, blocks: int, window: tuple[float, float]
) -> FloatArray:
    """Return the lags (frames) of the window."""
    if positions.ndim != 3 or positions.shape[2] != 3 or not positions.shape[1]:  # noqa: PLR2004
        raise InvalidInputError(
            f"a trajectory has shape (frames, ions, 3) with ions, not {positions.shape}"
        )
    if not np.isfinite(positions).all():
        raise InvalidInputError("the trajectory holds coordinates that are no finite numbers")
    if not (math.isfinite(time_step) and time_step > 0):
        raise InvalidInputError(f"the time between frames must be positive, not {time_step}")
    if blocks < 2:  # noqa: PLR2004
        raise InvalidInputError(f"an error needs 2 or more blocks, not {blocks}")
    first, last = window
    if not 0 <= first < last < 1:
        raise InvalidInputError(f"a window is a pair 0 <= first < last < 1, not {window}")
    length = len(positions) // blocks
    low, high = max(1, round(first * length)), min(length - 1, round(last * length))
    if high <= low:
        raise InvalidInputError(
            f"{len(positions)} frames in {blocks} blocks leave no two lags in the window {window}; "
            "take more frames or fewer blocks"
        )
    return np.unique(np.rint(np.linspace(low, high, _LAGS))).astype(float)


def _summary(tracer_tensors: FloatArray, charge_tensors: FloatArray) -> Diffusion:
    """Means and errors over blocks; the interval of the ratio is a jackknife of its logarithm."""
    tracer, charge = (np.einsum("baa->b", t) / 3 for t in (tracer_tensors, charge_tensors))
    count = len(tracer)
    root = math.sqrt(count)
    haven, interval = math.nan, (0.0, math.inf)
    left_out = [(values.sum() - values) / (count - 1) for values in (tracer, charge)]
    if min(tracer.mean(), charge.mean(), *(values.min() for values in left_out)) > 0:
        haven = float(tracer.mean() / charge.mean())
        logarithm = np.log(left_out[0] / left_out[1])
        error = math.sqrt((count - 1) * float(logarithm.var()))
        reach = math.exp(float(student.ppf((1 + _CONFIDENCE) / 2, count - 1)) * error)
        interval = (haven / reach, haven * reach)
    return Diffusion(
        tracer=float(tracer.mean()),
        tracer_error=float(tracer.std(ddof=1)) / root,
        charge=float(charge.mean()),
        charge_error=float(charge.std(ddof=1)) / root,
        haven=haven,
        haven_interval=interval,
        charge_tensors=charge_tensors,
    )
