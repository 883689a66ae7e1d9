"""One query after the other, each as if those before it had been answered.

The kriging believer and the constant liar of Ginsbourger, Le Riche & Carraro, in Computational
Intelligence in Expensive Optimization Problems, 131 (2010), sections 3.2 and 3.3, with the proxy as
it is: an answer moves means and shrinks variances around what is chosen, nothing is learnt anew.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from discovery.protocols import Request, Score
from discovery.types import Batch, FloatArray, Query
from samplers.selection import Basket, choices


class FantasySampler:
    """Takes the best score, lets the belief assume its answer, and takes the best score then.

    How far one answer tells of other candidates is up to the belief: where it holds no covariance
    between them, or where nothing is believed, this is the greedy sampler.

    Args:
        answers: What is assumed: ``believed``, the mean of the belief; or a lie for all answers at
            the target, those under way included: the ``min``, ``mean`` or ``max`` of its values so
            far. The lower the lie, the further apart the batch; ``max`` keeps it together.
    """

    def __init__(self, *, answers: Literal["believed", "min", "mean", "max"] = "believed") -> None:
        self._answers = answers

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` queries that tell different things; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        count = len(offered.rows)
        while not basket.is_full:
            scores = self._assumed(request, basket.batch().queries)
            if scores is None:
                break
            scores = scores[offered.rows, offered.columns]
            scores = np.where(basket.fitting(count), scores, -np.inf)
            if not np.isfinite(scores).any():
                break
            basket.take(int(np.argmax(scores)))
        basket.fill(range(count))
        return basket.batch()

    def _assumed(self, request: Request, chosen: Sequence[Query]) -> FloatArray | None:
        """Scores (n, m) once queries are answered as is assumed; none where nothing is believed."""
        if self._answers == "believed" or request.lied is None:
            return None if request.rescored is None else request.rescored(chosen)
        return request.lied(chosen, self._answers)
