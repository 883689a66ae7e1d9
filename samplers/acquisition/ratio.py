"""So many cheap rounds, then so many dear ones."""

import numpy as np

from discovery.errors import UnknownNameError
from discovery.protocols import Acquisition, Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import without_known


class Ratio:
    """Lets another acquisition function choose the candidates, and the round the fidelity.

    Rounds go in cycles: ``cheap`` rounds at a cheap fidelity, then ``dear`` ones at the target. A
    round whose fidelity is exhausted goes to the other one, and no hint is asked about a candidate
    whose target is known or under way. What a fidelity tells is not looked at: this is the rule of
    thumb to compare with.

    Args:
        acquisition: What a candidate is worth: its best score over all fidelities.
        cheap: Rounds at the cheap fidelity in a cycle.
        dear: Rounds at the target in a cycle.
        fidelity: Which one is the cheap one; by default the cheapest.
    """

    def __init__(
        self,
        *,
        acquisition: Acquisition,
        cheap: int = 5,
        dear: int = 1,
        fidelity: str | None = None,
    ) -> None:
        self._acquisition = acquisition
        self._cheap, self._dear, self._fidelity = cheap, dear, fidelity

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m), -inf outside the fidelity of the round.

        Raises:
            UnknownNameError: There is no fidelity of the name given.
        """
        worth = self._acquisition.score(belief, context).max(axis=1)
        target, hint = belief.column, self._column(belief, context)
        early = context.round % (self._cheap + self._dear) < self._cheap
        order = (hint, target) if early else (target, hint)
        first, other = (_placed(worth, column, belief, context) for column in order)
        return first if _can_be_asked(first, context) else other

    def _column(self, belief: Belief, context: Context) -> int:
        names = [fidelity.name for fidelity in context.fidelities]
        if self._fidelity is None:
            costs = [fidelity.cost for fidelity in context.fidelities]
            return min(range(len(names)), key=lambda c: (c == belief.column, costs[c]))
        if self._fidelity not in names:
            raise UnknownNameError("fidelity", self._fidelity, names)
        return names.index(self._fidelity)


def _placed(worth: FloatArray, column: int, belief: Belief, context: Context) -> FloatArray:
    scores: FloatArray = np.full(belief.mean.shape, -np.inf)
    scores[:, column] = worth
    return without_known(scores, belief, context)


def _can_be_asked(scores: FloatArray, context: Context) -> bool:
    asked = np.isfinite(scores)
    return bool((asked if context.available is None else asked & context.available).any())
