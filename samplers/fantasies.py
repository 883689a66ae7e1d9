"""One query after the other, each as if those before it had been answered as believed.

The kriging believer of Ginsbourger, Le Riche & Carraro, in Computational Intelligence in Expensive
Optimization Problems, 131 (2010), section 3.2, with the proxy as it is: means stay, variances
shrink around what is chosen.
"""

import numpy as np

from discovery.protocols import Request, Score
from discovery.types import Batch
from samplers.selection import Basket, choices


class FantasySampler:
    """Takes the best score, lets the belief assume its answer, and takes the best score then.

    How far one answer tells of other candidates is up to the belief: where it holds no covariance
    between them, or where nothing is believed, this is the greedy sampler.
    """

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` queries that tell different things; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        count = len(offered.rows)
        while request.rescored is not None and not basket.is_full:
            scores = request.rescored(basket.batch().queries)[offered.rows, offered.columns]
            scores = np.where(basket.fitting(count), scores, -np.inf)
            if not np.isfinite(scores).any():
                break
            basket.take(int(np.argmax(scores)))
        basket.fill(range(count))
        return basket.batch()
