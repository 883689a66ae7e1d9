"""From scores back to units: how proxies put a :class:`discovery.types.Belief` together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.types import Belief, FloatArray
from proxies.evidence import Evidence
from proxies.scale import Scale

UNINFORMED_STD = 3.0
"""Deviation of a belief that rests on next to nothing, in the unit of the fidelity.

Three decades of conductivity; oracles of this package answer in units where it is wide, too.
"""


@dataclass(frozen=True)
class Column:
    """What is believed of n candidates at one fidelity, in scores.

    Args:
        scale: Between values and scores.
        mean: (n,) scores.
        std: (n,) scores.
        noise: Variance of a measurement, in scores.
        blur: Typical error of the mean in scores, see :meth:`proxies.scale.Scale.to_units`.
    """

    scale: Scale
    mean: FloatArray
    std: FloatArray
    noise: float
    blur: float = 0.0


def assemble(
    evidence: Evidence,
    count: int,
    columns: Sequence[Column | None],
    correlation: FloatArray,
    factor: FloatArray | None = None,
) -> Belief:
    """Return the belief in units.

    See :meth:`proxies.scale.Scale.to_units` for what becomes of the skew.

    Args:
        evidence: Observed so far.
        count: Number n of candidates.
        columns: One per fidelity; ``None`` falls back (see :func:`fallback`).
        correlation: (n, m, m) or (m, m) between the fidelities of one candidate.
        factor: (n, r) root of the target covariance in scores.
    """
    m = len(columns)
    mean, std, noise = np.empty((count, m)), np.empty((count, m)), np.empty(m)
    for k, column in enumerate(columns):
        if column is None:
            centre, width = fallback(evidence, k)
            mean[:, k], std[:, k], noise[k] = centre, width, evidence.noise(k)
        else:
            mean[:, k], std[:, k] = column.scale.to_units(column.mean, column.std, column.blur)
            noise[k] = column.noise * column.scale.slope**2 or evidence.noise(k)
    matrix = np.broadcast_to(correlation, (count, m, m)).copy()
    matrix[:, np.arange(m), np.arange(m)] = 1.0
    covariance = matrix * std[:, :, None] * std[:, None, :]
    target = columns[evidence.target]
    if factor is not None and target is not None:
        # a root may not explain more than the variance it is a root of
        length = np.sqrt(np.einsum("nr,nr->n", factor, factor))
        shrink = 1 / np.maximum(target.std, length)
        factor = factor * (shrink * std[:, evidence.target])[:, None]
    return Belief(
        evidence.fidelities,
        evidence.fidelities[evidence.target],
        mean,
        covariance,
        noise,
        factor if target is not None else None,
    )


def fallback(evidence: Evidence, column: int) -> tuple[float, float]:
    """Return mean and deviation where there are too few observations to learn from.

    The mean is that of the values, bounds standing in at their place where there is no value;
    the deviation is at least :data:`UNINFORMED_STD`. A fidelity without any observation is
    believed to be zero with that deviation.
    """
    values = evidence.measured[:, column]
    values = values[np.isfinite(values)]
    if not len(values):
        values = evidence.value[evidence.known[:, column], column]
    if not len(values):
        return 0.0, UNINFORMED_STD
    return float(np.mean(values)), max(UNINFORMED_STD, 2 * float(np.std(values)))
