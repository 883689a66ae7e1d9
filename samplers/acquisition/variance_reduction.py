"""Learn about the most promising candidate, by the query that tells most of it per cost."""

import numpy as np
from scipy.stats import rankdata

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.costs import log_costs
from samplers.acquisition.multifidelity import Base, base_of
from samplers.acquisition.pending import covariance, expected
from samplers.acquisition.target import LEAST_STD, without_known

_NOTHING = 1e-30
"""Share of a variance that is rounding."""


class TargetedVarianceReduction:
    """Logarithm of the share of the best candidate's variance that an answer removes, per cost.

    The base acquisition function chooses the candidate; the queries, of any candidate at any
    fidelity, are scored by what they tell of its target (Fare, Fenner, Benatan, Varsi &
    Pyzer-Knapp, npj Comput. Mater. 8, 257 (2022)). Targets that tell nothing of it come last, in
    the order of the base.

    Args:
        base: What a candidate is worth.
        beta: Standard deviations above the mean, for base ``ucb``.
        cost_exponent: 1 compares variance per cost, 0 forgets the costs.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self,
        *,
        base: Base = "logei",
        beta: float = 0.5,
        cost_exponent: float = 1.0,
        least_cost: float = 1e-3,
    ) -> None:
        self._base = base_of(base, beta)
        self._exponent, self._least_cost = cost_exponent, least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf where a cheap fidelity tells nothing of the best candidate."""
        belief, context = expected(belief, context)
        worth = self._base.target_scores(belief, context)
        open_ = without_known(worth[:, None], belief, context)[:, 0]
        best = int(np.argmax(open_ if np.isfinite(open_).any() else worth))
        share = _share(belief, best)
        with np.errstate(divide="ignore"):
            scores = np.where(share > _NOTHING, np.log(share), -np.inf)
        scores -= self._exponent * log_costs(context.costs, self._least_cost)
        t = belief.column
        silent = np.isneginf(scores[:, t])
        ranks = rankdata(worth, "min") / len(worth)
        heard = scores[np.isfinite(scores)]
        scores[silent, t] = (heard.min() if heard.size else 0.0) - 2 + ranks[silent]
        return without_known(scores, belief, context)


def _share(belief: Belief, best: int) -> FloatArray:
    """(n, m) share of the variance of one target that each answer would remove."""
    std = belief.target_std
    together = std * std[best]
    known = together > LEAST_STD**2
    alike = np.where(known, covariance(belief, best) / np.where(known, together, 1.0), 0.0)
    share: FloatArray = (belief.correlation * alike[:, None]) ** 2
    return share
