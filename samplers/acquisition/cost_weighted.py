"""Expected improvement of every fidelity by what it tells and what it costs."""

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.costs import NOTHING, log_costs
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.pending import expected
from samplers.acquisition.target import without_known


class CostWeightedImprovement:
    r"""Logarithm of the usual heuristic: improvement by correlation by cost.

    .. math:: \alpha(x, f) = EI(x) \, |r(x, f)|^p \, / \, c(x, f)^k

    After the augmented expected improvement of Huang, Allen, Notz & Miller, Struct. Multidisc.
    Optim. 32, 369 (2006). It spends where hints are cheap, whether they pay or not: see
    ``guarded``.

    Args:
        margin: What counts as better, in the unit of the target.
        correlation_exponent: p, of the correlation of a noisy answer with the target.
        cost_exponent: k.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self,
        *,
        margin: float = 0.0,
        correlation_exponent: float = 1.0,
        cost_exponent: float = 1.0,
        least_cost: float = 1e-3,
    ) -> None:
        self._improvement = LogExpectedImprovement(margin=margin)
        self._power, self._exponent = correlation_exponent, cost_exponent
        self._least_cost = least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf where a cheap fidelity tells nothing."""
        belief, context = expected(belief, context)
        with np.errstate(divide="ignore"):
            told = np.log(np.abs(belief.correlation))
        told[:, belief.column] = np.maximum(told[:, belief.column], NOTHING)
        scores = self._improvement.target_scores(belief, context)[:, None] + self._power * told
        scores -= self._exponent * log_costs(context.costs, self._least_cost)
        return without_known(scores, belief, context)
