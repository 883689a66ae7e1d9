"""What an answer at any fidelity tells of the target's maximum, per cost.

Takeno et al., ICML 2020 (arXiv:1901.08275): multi-fidelity max-value entropy search.
"""

import math
from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.special import log_ndtr

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.costs import NOTHING, log_costs
from samplers.acquisition.entropy import log_bound
from samplers.acquisition.maxima import in_blocks, log_information, log_mean, maxima
from samplers.acquisition.pending import expected

_NODES = 801
_REACH = 9.0  # standard deviations integrated over
_LOW, _HIGH, _STEP = -8.0, 5.0, 0.1  # of the table in z; above, bound and information are the same
_COLUMNS = 41  # of the table in sqrt(1 - r^2)
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class MultiFidelityEntropy:
    """Logarithm of the information about the target's maximum, less the logarithm of the cost.

    The information is the one-dimensional integral of Takeno et al., from a table: it depends on
    two numbers only. Without it the GIBBON bound stands (see :class:`Gibbon`), which is smaller.

    Args:
        maxima: Values of the maximum that are averaged over.
        integral: Whether information is integrated, not only bounded.
        cost_exponent: 1 compares information per cost, 0 forgets the costs.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self,
        *,
        maxima: int = 10,
        integral: bool = True,
        cost_exponent: float = 1.0,
        least_cost: float = 1e-3,
    ) -> None:
        self._maxima, self._integral = maxima, integral
        self._exponent, self._least_cost = cost_exponent, least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf where a cheap fidelity tells nothing."""
        belief, context = expected(belief, context)
        share = belief.correlation**2
        judge = log_told if self._integral else _log_bound

        def told(z: FloatArray, rows: slice) -> FloatArray:
            return np.stack([log_mean(judge(z, column[rows])) for column in share.T], axis=1)

        values = maxima(belief, context, self._maxima)
        scores = in_blocks(values, belief, told)
        scores -= self._exponent * log_costs(context.costs, self._least_cost)
        t = belief.column
        scores[:, t] = np.maximum(scores[:, t], NOTHING)
        return scores


def log_told(z: FloatArray, share: FloatArray) -> FloatArray:
    """Return (count, n) logarithms of the nats that a noisy answer tells of a maximum.

    Args:
        z: (count, n) distances of the maxima above the mean, in standard deviations.
        share: (n,) squared correlation of the answer with the target.
    """
    blurred = np.broadcast_to(np.sqrt(1 - share), z.shape)
    places = [(np.clip(z, _LOW, _HIGH) - _LOW) / _STEP, blurred * (_COLUMNS - 1)]
    excess: FloatArray = map_coordinates(_table(), places, order=1, mode="nearest")
    return _log_bound(z, share) + excess


def _log_bound(z: FloatArray, share: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return log_bound(z, np.log(share))


@cache
def _table() -> FloatArray:
    """Logarithm of information over bound at (z, sqrt(1 - r^2)); 0 where both vanish."""
    z = np.linspace(_LOW, _HIGH, round((_HIGH - _LOW) / _STEP) + 1)[:, None]
    blurred = np.linspace(0.0, 1.0, _COLUMNS)
    share: FloatArray = 1 - blurred[1:-1] ** 2
    excess: FloatArray = np.zeros((len(z), _COLUMNS))
    excess[:, 0] = log_information(z[:, 0]) - _log_bound(z, np.ones(1))[:, 0]
    bound = _log_bound(np.broadcast_to(z, (len(z), len(share))), share)
    excess[:, 1:-1] = np.log(integrated(z, share)) - bound
    return excess


def integrated(z: FloatArray, share: FloatArray) -> FloatArray:
    """Return nats that a noisy answer tells of a maximum, for arrays that broadcast.

    The answer, standardised, has the density phi(u) Phi((z - r u) / sqrt(1 - r^2)) / Phi(z) once
    the maximum is known; the information is what that lacks in entropy against phi. It is good to
    1e-9 nats where sqrt(1 - r^2) is not below 0.02.

    Args:
        z: Distances of the maxima above the mean, in standard deviations.
        share: Squared correlations r^2 of the answer with the target.
    """
    r, blurred = np.sqrt(share)[..., None], np.sqrt(1 - share)[..., None]
    z = z[..., None]
    nodes = np.linspace(_LOW - _REACH, _REACH, _NODES)
    log_density = -0.5 * nodes**2 - _LOG_SQRT_2PI + log_ndtr((z - r * nodes) / blurred)
    log_density = log_density - log_ndtr(z)
    entropy = -np.sum(np.exp(log_density) * log_density, axis=-1) * (nodes[1] - nodes[0])
    nats: FloatArray = 0.5 + _LOG_SQRT_2PI - entropy
    return nats
