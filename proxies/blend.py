"""How much each stage counts: weights learned from predictions for held-out materials."""

import numpy as np
from scipy.optimize import nnls

from discovery.types import FloatArray

_PRIOR_ROWS = 10.0  # imagined rows, one score apart, that hold the weights near the prior
_TOTAL = 1e3  # strictness of the sum


def stage_weights(predictions: FloatArray, scores: FloatArray, prior: FloatArray) -> FloatArray:
    """Return weights (k,), not negative and of sum one, of k predictors.

    Stacked regression (Wolpert, Neural Netw. 5, 241 (1992); Breiman, Mach. Learn. 24, 49 (1996)):
    least squares on held-out predictions, shrunk towards the prior where rows are few.

    Args:
        predictions: (k, n) held-out.
        scores: (n,).
        prior: (k,) weights before any row was seen, of sum one.
    """
    k = len(predictions)
    hold = np.sqrt(_PRIOR_ROWS)
    design = np.vstack([predictions.T, hold * np.eye(k), np.full((1, k), _TOTAL)])
    weights, _ = nnls(design, np.concatenate([scores, hold * prior, [_TOTAL]]))
    return weights / weights.sum()
