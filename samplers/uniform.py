"""Queries drawn at random: the baseline, and the way to start."""

import numpy as np

from discovery.errors import UnknownNameError
from discovery.protocols import Request, Score
from discovery.rng import stream
from discovery.types import Batch
from samplers.selection import Basket, choices


class RandomSampler:
    """Draws candidates uniformly, and for each of them one of the fidelities that may be asked.

    Scores count only where they are -inf: such queries are never asked. One seed gives one order
    of the candidates whatever the fidelity, so designs drawn with it for several fidelities are
    nested: the best design to learn how fidelities are related (Le Gratiet & Garnier, Int. J.
    Uncertain. Quantif. 4, 365 (2014), section 3).

    Args:
        fidelities: Names to draw from; by default all that the scores allow.
    """

    def __init__(self, *, fidelities: tuple[str, ...] | None = None) -> None:
        self._fidelities = fidelities

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return ``request.size`` queries drawn by the seed.

        Raises:
            UnknownNameError: One of the fidelities is not of the campaign.
        """
        names = [fidelity.name for fidelity in request.fidelities]
        wanted = names if self._fidelities is None else self._fidelities
        for name in wanted:
            if name not in names:
                raise UnknownNameError("fidelity", name, names)
        allowed = np.isin(names, wanted)
        scores = np.where(allowed, score(request.pool), -np.inf)
        rng = stream(seed, "samplers.random")
        turn = rng.permutation(len(request.pool)).astype(float)
        # a fraction of a turn shuffles the fidelities of a candidate and never its neighbours
        offered = choices(request, scores, keys=turn[:, None] + rng.random(scores.shape))
        basket = Basket(request, offered)
        basket.fill(range(len(offered.rows)))
        return basket.batch()
