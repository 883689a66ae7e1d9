"""Good scores that are not all the same material.

Greedy maximum-a-posteriori choice from a determinantal point process (Chen, Zhang & Zhou, NeurIPS
2018, algorithm 1), in its quality-and-diversity form (Kulesza & Taskar, Found. Trends Mach. Learn.
5, 123 (2012), section 3.1).
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.spatial.distance import cdist

from discovery.protocols import Request, Score
from discovery.types import Batch, FloatArray
from samplers.selection import Basket, Choices, choices
from samplers.similarity import positions

_JITTER = 1e-6
"""Floor of a conditional variance: a twin of a chosen candidate costs 14 times the diversity."""
_KNOWN = 2000
"""Most points known beforehand; of more the nearest count, for the cost grows with their cube."""

_ROUNDING = 1e-9
"""0.29 of a hundred is not quite 29."""


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
        novelty: Share of a batch, rounded down, that is not greedy even then: it maximises
            ``z + log v``, where all that was asked at the target is known, too. A search that has
            found what it knows of goes on looking elsewhere.
    """

    def __init__(
        self,
        *,
        diversity: float = 0.25,
        length_scale: float = 0.15,
        shortlist: int = 500,
        until: float = 1.0,
        novelty: float = 0.0,
    ) -> None:
        self._diversity, self._length_scale, self._shortlist = diversity, length_scale, shortlist
        self._until, self._novelty = until, novelty

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` good and different queries; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        asked = _asked(request)
        if len(asked) < self._until * len(request.pool):
            if self._diversity > 0:
                self._diversify(basket, offered, request, self._diversity, [])
        elif self._novelty > 0:
            basket.fill(range(len(offered.rows)), self._by_score(request, offered))
            self._diversify(basket, offered, request, 1.0, asked)
        basket.fill(range(len(offered.rows)))
        return basket.batch()

    def _by_score(self, request: Request, offered: Choices) -> int:
        """How many queries are greedy; what can be paid may be fewer than what is wanted."""
        greedy = Basket(request, offered)
        greedy.fill(range(len(offered.rows)))
        size = len(greedy.taken)
        return size - int(self._novelty * size * (1 + _ROUNDING))

    def _diversify(
        self,
        basket: Basket,
        offered: Choices,
        request: Request,
        weight: float,
        known: Sequence[int],
    ) -> None:
        """Fill a basket, as far as the shortlist goes, with what is unlike it and what is known."""
        count = min(self._shortlist, len(offered.rows))
        if not count:
            return
        rows = [*offered.rows[:count], *known]
        points = positions([request.pool[row] for row in rows], self._length_scale)
        left = _Remaining(points[:count], _nearest(points[count:], points[:count]))
        for index in basket.taken:
            if index < count:
                left.know(index)
        quality = _standardised(offered.scores[:count])
        while not basket.is_full and (fitting := basket.fitting(count)).any():
            value = quality + weight * np.log(left.variance)
            best = int(np.argmax(np.where(fitting, value, -np.inf)))
            basket.take(best)
            left.know(best)


def _asked(request: Request) -> list[int]:
    """Rows that cannot be asked at the target any more."""
    column = [fidelity.target for fidelity in request.fidelities].index(True)
    return np.flatnonzero(~request.available[:, column]).tolist()


def _nearest(known: FloatArray, points: FloatArray) -> FloatArray:
    """The known points that are nearest to any of some others, where they are many."""
    if len(known) <= _KNOWN:
        return known
    return known[np.argsort(cdist(points, known).min(axis=0), kind="stable")[:_KNOWN]]


class _Remaining:
    """Variance left at n points as more of them become known: a Cholesky factor by rows.

    Args:
        points: (n, d).
        known: (k, d) other points that are known beforehand.
    """

    def __init__(self, points: FloatArray, known: FloatArray) -> None:
        self._points = points
        self._factor: list[FloatArray] = []
        self.variance: FloatArray = np.ones(len(points))
        if len(known):
            inside = np.exp(-0.5 * cdist(known, known, "sqeuclidean"))
            lower = cholesky(inside + _JITTER * np.eye(len(known)), lower=True)
            between = np.exp(-0.5 * cdist(known, points, "sqeuclidean"))
            self._factor += list(solve_triangular(lower, between, lower=True))
            self.variance = np.maximum(1.0 - np.sum(np.square(self._factor), axis=0), _JITTER)

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
