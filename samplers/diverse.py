"""Good scores that are not all the same material.

Greedy maximum-a-posteriori choice from a determinantal point process (Chen, Zhang & Zhou, NeurIPS
2018, algorithm 1), in its quality-and-diversity form (Kulesza & Taskar, Found. Trends Mach. Learn.
5, 123 (2012), section 3.1).
"""

import numpy as np

from discovery.protocols import Request, Score
from discovery.types import Batch, FloatArray
from samplers.selection import Basket, choices
from samplers.similarity import positions

_JITTER = 1e-6
"""Floor of a conditional variance: a twin of a chosen candidate costs 14 times the diversity."""


class DiverseSampler:
    """Takes good scores, each next one far from those already in the batch.

    The next query maximises ``z + diversity * log v``. ``z`` is its score over the interquartile
    range of the shortlist, so the weight means the same for scores of any scale; ``v`` is the
    variance, between 0 and 1, that is left at its candidate when the batch so far is known, under
    a squared-exponential kernel on composition, cell and descriptors. The first query has the best
    score.

    Args:
        diversity: Weight of diversity; 0 is the greedy sampler.
        length_scale: Distance in atomic fractions at which two compositions count as different
            (Li6PS5Cl and Li6PS5Br are 0.11 apart, Li3PS4 and Li3PO4 0.71), and share of the
            range of a descriptor at which two of its values do.
        shortlist: How many of the best-scored queries are compared; should these not fill the
            batch, it is filled by score.
        until: Share of the candidates that cannot be asked at the target any more from which on
            batches are those of the greedy sampler: what differs from the rest must be seen early,
            and of the last of the best many resemble each other.
    """

    def __init__(
        self,
        *,
        diversity: float = 0.25,
        length_scale: float = 0.15,
        shortlist: int = 500,
        until: float = 1.0,
    ) -> None:
        self._diversity, self._length_scale, self._shortlist = diversity, length_scale, shortlist
        self._until = until

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` good and different queries; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        count = min(self._shortlist, len(offered.rows))
        if count and self._diversity > 0 and _asked(request) < self._until:
            quality = _standardised(offered.scores[:count])
            candidates = [request.pool[row] for row in offered.rows[:count]]
            left = _Remaining(positions(candidates, self._length_scale))
            while not basket.is_full and (fitting := basket.fitting(count)).any():
                value = quality + self._diversity * np.log(left.variance)
                best = int(np.argmax(np.where(fitting, value, -np.inf)))
                basket.take(best)
                left.know(best)
        basket.fill(range(len(offered.rows)))
        return basket.batch()


def _asked(request: Request) -> float:
    """Share of the candidates that cannot be asked at the target any more."""
    column = [fidelity.target for fidelity in request.fidelities].index(True)
    return 1.0 - float(np.mean(request.available[:, column]))


class _Remaining:
    """Variance left at n points as more of them become known: a Cholesky factor by rows."""

    def __init__(self, points: FloatArray) -> None:
        self._points = points
        self._factor: list[FloatArray] = []
        self.variance: FloatArray = np.ones(len(points))

    def know(self, index: int) -> None:
        covariance = np.exp(-0.5 * np.sum((self._points - self._points[index]) ** 2, axis=1))
        for row in self._factor:
            covariance -= row[index] * row
        row = covariance / np.sqrt(self.variance[index])
        self._factor.append(row)
        self.variance = np.maximum(self.variance - row**2, _JITTER)


def _standardised(scores: FloatArray) -> FloatArray:
    """Scores below the best one in units of their interquartile range; equal scores are all 0."""
    below: FloatArray = scores - scores[0]
    low, high = np.percentile(below, [25, 75])
    return below / (high - low) if high > low else below
