"""What a bound says about the unknown value behind it, given what is believed of it.

A bound enters by its expectation: E[y | y < b] with y ~ N(mean, std^2) (Tobin, Econometrica 26, 24
(1958)). A bound above the belief changes next to nothing; one far below pulls down to just under
itself, however sure the belief was; nothing is ever pinned to it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from discovery.types import FloatArray

_FAR = 30.0  # deviations


def expectation(
    mean: FloatArray, std: FloatArray, bound: FloatArray, side: NDArray[np.int8]
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance (n,) of normal beliefs truncated by bounds.

    Args:
        mean: (n,) of the belief without the bound.
        std: (n,) of it, positive.
        bound: (n,).
        side: (n,) -1 where the truth lies below the bound, +1 where above.
    """
    # mirror right bounds so that the truth is always below
    alpha = -side * (bound - mean) / std
    # phi(alpha) / Phi(alpha), stable in the far tail
    ratio = np.exp(-0.5 * alpha**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(alpha))
    shrink = 1 - alpha * ratio - ratio**2
    # far beyond the bound all digits cancel; Abramowitz and Stegun 26.2.12 gives the series
    far = np.minimum(alpha, -_FAR) ** -2.0
    shrink = np.where(alpha < -_FAR, far * (1 - 6 * far + 50 * far**2), shrink)
    return mean + side * std * ratio, std**2 * np.clip(shrink, 1e-12, 1.0)
