"""How far the best candidate found is from the best there is, as cost is spent.

Notation: f (N,) the values of the candidates at the target fidelity, larger is better, NaN where
there is none (a bound is no number, and nobody's best); f* the largest. All regrets are zero or
more, do not change when f is shifted, and scale as f does.
"""

import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.metrics import chance_of_any
from discovery.benchmark.metrics_trace import Curve, Trace
from discovery.errors import InvalidInputError
from discovery.types import FloatArray


def simple_regret(trace: Trace, value: FloatArray, target: int = 0) -> Curve:
    """Return r(C) = f* - max f over the candidates measured at the target with cost C.

    Before the first of them it is :func:`blind_regret`, what choosing without looking costs on
    average, so that curves of different strategies begin at one point.
    """
    best = _best(value)
    told = np.where(trace.column == target, value[trace.row], np.nan)
    highest = np.fmax.accumulate(told)
    return trace.stepwise(
        blind_regret(value),
        best - np.where(np.isnan(highest), best - blind_regret(value), highest),
    )


def inference_regret(spent: FloatArray, chosen: NDArray[np.intp], value: FloatArray) -> Curve:
    """Return r(C) = f* - f(what the model would recommend, having seen what cost C bought).

    P. Hennig & C. J. Schuler, J. Mach. Learn. Res. 13, 1809 (2012). Unlike simple regret it may
    rise. It begins at cost 0 with :func:`blind_regret`.

    Args:
        spent: (k,) cost spent when each recommendation was made, never falling.
        chosen: (k,) candidate of the largest posterior mean of the target. One without a value
            counts as the worst that is known.
        value: (N,) f.
    """
    worst = float(np.nanmin(value))
    regret = _best(value) - np.where(np.isnan(value[chosen]), worst, value[chosen])
    return Curve(np.append(0.0, spent), np.append(blind_regret(value), regret))


def cumulative_regret(trace: Trace, value: FloatArray, target: int = 0) -> Curve:
    """Return the sum of f* - f over all measurements at the target that cost C has bought.

    N. Srinivas et al., ICML (2010), arXiv:0912.3995. Other fidelities add nothing to it, only to
    the cost. A measurement that gave a bound counts as the worst value that is known.
    """
    asked = value[trace.row]
    lost = _best(value) - np.where(np.isnan(asked), np.nanmin(value), asked)
    return trace.stepwise(0.0, np.cumsum(np.where(trace.column == target, lost, 0.0)))


def blind_regret(value: FloatArray) -> float:
    """Return f* - mean f: the expected regret of one candidate drawn at random."""
    return _best(value) - float(np.nanmean(value))


def chance_of_regret(draws: NDArray[np.intp], value: FloatArray) -> FloatArray:
    """Return (k,) the expected simple regret of measuring n candidates at random, n >= 1.

    With f sorted downwards, the regret is the sum of the gaps f(j) - f(j+1) above the best drawn,
    and the gap below rank j counts with the chance that none of the first j is drawn. Takes
    time for N squared and memory for k times N numbers: a baseline for pools of thousands.

    Args:
        draws: (k,) numbers n of draws without replacement.
        value: (N,) f; candidates without a value are not drawn.
    """
    ranked = np.sort(value[np.isfinite(value)])[::-1]
    gaps = ranked[:-1] - ranked[1:]
    missed = [1 - chance_of_any(draws, len(ranked), first) for first in range(1, len(ranked))]
    expected: FloatArray = np.array(missed).reshape(len(gaps), len(draws)).T @ gaps
    return expected


def _best(value: FloatArray) -> float:
    if not np.isfinite(value).any():
        raise InvalidInputError("regret needs the value of at least one candidate at the target")
    return float(np.nanmax(value))
