"""Good scores, each next one outside the reach of those already in the batch.

Local penalisation: Gonzalez, Dai, Hennig & Lawrence, AISTATS 2016 (arXiv:1505.08052). A
sampler sees scores and no belief, so the score stands for the objective, its slopes for the
Lipschitz constant and its spread for the uncertainty.
"""

import numpy as np
from scipy.special import log_ndtr

from discovery.protocols import Request, Score
from discovery.types import Batch, FloatArray
from samplers.selection import Basket, choices
from samplers.similarity import positions

_STEEP = 95.0  # percentile of the slopes; the steepest ones are between near twins
_NEAR = 0.1  # distance below which a slope is mostly noise


class LocalPenalisationSampler:
    """Takes the best score, then the best scores that it leaves.

    The next query maximises ``log(softplus(z)) + sum_j log Phi(L d_j - (M - z_j))``: ``z`` is its
    score from the median of the shortlist in interquartile ranges, ``d_j`` the distance to the
    chosen query j in composition, cell and descriptors, ``L`` a slope that 95 % of the pairs of the
    shortlist stay below, and ``M``, one interquartile range above the best score, what the maximum
    is thought to be. A chosen query of a low score penalises a wide neighbourhood, for the maximum
    is not near it.

    Args:
        length_scale: Distance in atomic fractions at which two compositions count as different, and
            share of the range of a descriptor at which two of its values do.
        shortlist: How many of the best-scored queries are compared; should these not fill the
            batch, it is filled by score.
    """

    def __init__(self, *, length_scale: float = 0.15, shortlist: int = 500) -> None:
        self._length_scale, self._shortlist = length_scale, shortlist

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` good queries apart from each other; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        count = min(self._shortlist, len(offered.rows))
        if count:
            quality = _standardised(offered.scores[:count])
            candidates = [request.pool[row] for row in offered.rows[:count]]
            distances = _distances(positions(candidates, self._length_scale))
            steep = _slope(quality, distances)
            value = np.log(np.logaddexp(0.0, quality))
            while not basket.is_full and (fitting := basket.fitting(count)).any():
                best = int(np.argmax(np.where(fitting, value, -np.inf)))
                basket.take(best)
                below = quality[0] + 1 - quality[best]
                value += log_ndtr(steep * distances[best] - below)
        basket.fill(range(len(offered.rows)))
        return basket.batch()


def _standardised(scores: FloatArray) -> FloatArray:
    """Scores from their median in interquartile ranges; equal scores are all 0."""
    low, middle, high = np.percentile(scores, [25, 50, 75])
    return (scores - middle) / (high - low if high > low else 1.0)


def _distances(points: FloatArray) -> FloatArray:
    """(k, k) distances between points."""
    square = np.sum(points**2, axis=1)
    gram = square[:, None] + square - 2 * points @ points.T
    return np.sqrt(np.maximum(gram, 0.0))


def _slope(quality: FloatArray, distances: FloatArray) -> float:
    """Slope that nearly all pairs stay below; 1 where all lie together."""
    apart = distances > _NEAR
    if not apart.any():
        return 1.0
    rise = np.abs(quality[:, None] - quality)[apart]
    return float(np.percentile(rise / distances[apart], _STEEP))
