"""How wide an interval must be, learned from errors on held-out materials.

Conformal prediction (Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005): if
held-out and new errors are exchangeable, an interval up to the right quantile of the held-out
errors covers new materials as often as promised, whatever the model. Held-out errors may come
from one part kept back (split) or, as here, pooled from all folds (cross-conformal: Vovk, Ann.
Math. Artif. Intell. 74, 9 (2015)).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.stats import norm

from discovery.errors import InvalidInputError
from discovery.types import FloatArray

_LEVELS = (0.5, 0.8, 0.9)  # at which a normal interval is to cover what it promises, on average
_TAIL = 0.95  # squared errors beyond this quantile do not decide how errors grow with spread
_FEWEST = 8  # fewer errors have no quantiles worth following
_FEWEST_FOR_TILT = 60  # fewer tell no trend with the level, and a wrong one misleads a campaign


def conformal_quantile(
    scores: FloatArray, level: float, weights: FloatArray | None = None
) -> float:
    """Return the score that a new one does not exceed with probability ``level`` or more.

    Args:
        scores: (n,) of held-out materials, e.g. absolute errors; larger is stranger.
        level: Between 0 and 1.
        weights: (n,) how much likelier each is among the new materials than here, relative to
            the new one (1), for calibration data drawn with a bias (Tibshirani et al., NeurIPS
            2019, eq. 7).

    Returns:
        The quantile with its correction for finite samples; infinite where n is too small for
        the level.

    Raises:
        InvalidInputError: The level is outside (0, 1) or a weight is negative.
    """
    if not 0 < level < 1:
        raise InvalidInputError(f"a level of coverage lies between 0 and 1, not at {level}")
    weights = np.ones(len(scores)) if weights is None else weights
    if (weights < 0).any():
        raise InvalidInputError(f"weights must be 0 or more, not {weights.min()}")
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(weights[order]) / (weights.sum() + 1.0)
    inside = np.flatnonzero(reached >= level - 1e-12)
    return float(scores[order[inside[0]]]) if len(inside) else float("inf")


@dataclass(frozen=True)
class Deviation:
    """The deviation of a prediction: sqrt(floor + gain spread^2 + tilt steepness^2).

    Args:
        floor: Variance where all members agree; what no spread tells.
        gain: Growth of the variance with that of the ensemble.
        tilt: Growth of it with the steepness of the map from scores to units.
    """

    floor: float
    gain: float
    tilt: float

    def __call__(self, spread: FloatArray, steepness: FloatArray) -> FloatArray:
        """Return deviations (n,) from the spread of the ensemble and the steepness, (n,) each."""
        return np.sqrt(self.floor + self.gain * spread**2 + self.tilt * steepness**2)


def fit_deviation(error: FloatArray, spread: FloatArray, steepness: FloatArray) -> Deviation:
    """Return the deviation that covers held-out errors (n,) as a normal distribution would.

    Its shape is a non-negative regression of squared errors on squared spread and steepness; its
    size follows from the conformal quantiles of the errors in units of that shape, so intervals
    hold at each predicted level and not only on average over a sample that an acquisition
    function has drawn from the top. An ensemble agrees wrongly about materials unlike any it has
    seen, so the spread alone is no deviation, nor is any constant. With fewer than sixty errors
    the steepness is left out (a campaign that takes poor conductors for uncertain ones asks for
    nothing else), with fewer than eight the spread is taken as it is, and with none the deviation
    is that of all scores: trees may agree in vain.

    Args:
        error: (n,) of held-out predictions.
        spread: (n,) deviation of their ensembles.
        steepness: (n,) of the map at them, see :meth:`proxies.scale.Scale.steepness`.
    """
    if len(error) < _FEWEST:
        return Deviation(0.0, 1.0, 0.0) if len(error) else Deviation(1.0, 0.0, 0.0)
    squared = np.minimum(error**2, np.quantile(error**2, _TAIL))
    steep = steepness if len(error) >= _FEWEST_FOR_TILT else np.zeros(len(error))
    design = np.column_stack([np.ones(len(error)), spread**2, steep**2])
    terms, _ = nnls(design, squared)
    ratio = np.abs(error) / np.sqrt(np.maximum(design @ terms, 1e-12))
    size = np.mean(
        [
            min(conformal_quantile(ratio, level), ratio.max()) / norm.ppf(0.5 + level / 2)
            for level in _LEVELS
        ]
    )
    floor, gain, tilt = (float(term * size**2) for term in terms)
    return Deviation(floor, gain, tilt)
