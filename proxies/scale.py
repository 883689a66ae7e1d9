"""The axis on which a proxy learns: normal scores, or plain standard units.

Conductivities have a tail down to 1e-17 S/cm that dominates squared errors although nobody cares
which poor conductor is poorest. Ranks mapped to Gaussian quantiles (Blom 1958) take that weight
away; predictions are mapped back by the quantiles of the training values.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import norm, rankdata

from discovery.types import FloatArray

Transform: TypeAlias = Literal["normal_score", "standard"]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_FEWEST = 3  # fewer different values have no shape to learn
_EDGE = 0.5  # beyond the data the map goes on with its slope over the last half score ...
_FLATTEST, _STEEPEST = 0.5, 2.0  # relative slopes that are believed
_BEYOND = 8.0  # ... for this many scores


@dataclass(frozen=True)
class Scale:
    """A monotone piecewise linear map between values and scores.

    Args:
        values: Increasing knots in the unit of the fidelity.
        scores: Increasing knots on the learning axis.
    """

    values: FloatArray
    scores: FloatArray

    def forward(self, values: FloatArray) -> FloatArray:
        """Return the scores of values; NaN stays NaN."""
        return np.interp(values, self.values, self.scores)

    def backward(self, scores: FloatArray) -> FloatArray:
        """Return the values of scores."""
        return np.interp(scores, self.scores, self.values)

    def to_units(
        self, mean: FloatArray, std: FloatArray, blur: float = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        """Return centre and deviation (n,) in units of values whose scores are normal.

        The map is steep among poor conductors and flat among good ones, which a symmetric belief
        cannot hold. The centre is the expected value of scores that err by ``blur``, the same for
        all (zero: the median), because that ranks as the scores do. The deviation is taken at
        the mean slope of the whole map. The local slope would be a trap: after a lucky family it
        is nearly zero at the top, so nothing but that family is ever asked again (on OBELiX such
        a campaign found no hit at all), and so large at the bottom that expected improvement
        prefers the hopeless.
        """
        if not blur:
            return self.backward(mean), std * self.slope
        centre = self.backward(mean[:, None] + blur * _NODES) @ (_WEIGHTS / _WEIGHTS.sum())
        return centre, std * self.slope

    def steepness(self, mean: FloatArray, blur: float) -> FloatArray:
        """Return the slope of the map around scores (n,), relative to :attr:`slope`.

        Taken over the scores within ``blur`` and kept between one half and two: where few values
        were seen, or many alike, no slope is believed beyond that.
        """
        reach = max(blur, _EDGE)
        rise = self.backward(mean + reach) - self.backward(mean - reach)
        return np.clip(rise / (2 * reach * self.slope), _FLATTEST, _STEEPEST)

    @property
    def slope(self) -> float:
        """Unit of the fidelity per score: the deviation of values with standard normal scores."""
        weights = _WEIGHTS / _WEIGHTS.sum()
        values = self.backward(_NODES)
        return float(np.sqrt(weights @ (values - weights @ values) ** 2))


def fit_scale(values: FloatArray, transform: Transform) -> Scale:
    """Return the map for the values (n,) seen so far.

    Bounds may be among the values: they help to lay out the axis at their own place, and are
    never taken for a measurement there.
    """
    knots = np.unique(values)
    centre, spread = float(np.mean(values)), max(float(np.std(values)), 1e-3)
    if transform == "standard" or len(knots) < _FEWEST:
        scores = np.array([-1.0, 1.0])
        knots = centre + spread * scores
    else:
        # the score of a tie is that of its mean rank
        scores = np.unique(norm.ppf((rankdata(values) - 0.375) / (len(values) + 0.25)))
    low, high = np.interp([scores[0] + _EDGE, scores[-1] - _EDGE], scores, knots)
    # a handful of values may have any slope at their ends; none beyond the deviation is believed
    first, last = np.clip(
        [(low - knots[0]) / _EDGE, (knots[-1] - high) / _EDGE], 0.1 * spread, spread
    )
    return Scale(
        np.concatenate([[knots[0] - _BEYOND * first], knots, [knots[-1] + _BEYOND * last]]),
        np.concatenate([[scores[0] - _BEYOND], scores, [scores[-1] + _BEYOND]]),
    )
