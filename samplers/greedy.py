"""The best scores first."""

from discovery.protocols import Request, Score
from discovery.types import Batch
from samplers.selection import Basket, choices


class GreedySampler:
    """Takes the queries with the best scores that fit into the allowance.

    What is too expensive is skipped and the next best is tried. A batch asks each candidate at
    one fidelity only. Ties go to the smaller candidate id.
    """

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return the best ``request.size`` queries; the seed is not used."""
        del seed
        offered = choices(request, score(request.pool))
        basket = Basket(request, offered)
        basket.fill(range(len(offered.rows)))
        return basket.batch()
