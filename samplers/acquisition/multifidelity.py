"""Which candidate, asked of whom: value per cost of (candidate, fidelity) pairs."""

from typing import Literal

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.improvement import ExpectedImprovement, ProbabilityOfImprovement
from samplers.acquisition.plain import MaximumVariance, PosteriorMean, RandomScore
from samplers.acquisition.target import TargetAcquisition
from samplers.acquisition.thompson import ThompsonSampling

Base = Literal["ei", "pi", "ucb", "thompson", "max_variance", "greedy", "random"]

_LEAST_INFORMATION = 1e-12
"""Keeps the target's score a number where nothing is left to learn."""


class MultiFidelity:
    r"""Gain of a candidate times what a query tells about its target, per cost.

    .. math:: score(x, f) = \log g(x) + \log r^2(x, f) - k \log c(x, f)

    - ``g`` is the positive gain of the base acquisition function: EI, PI, the standard deviation,
      or for scores that may be negative (UCB, a draw, the mean) their softplus improvement over
      the best value (:meth:`samplers.acquisition.target.TargetAcquisition.log_gain`).
    - ``r^2`` is the squared correlation of the noisy query with the latent target: the share of
      the target's remaining variance at ``x`` that the answer would remove. It is below one for
      a noisy target too, and falls to zero once the query has been answered.
    - ``c`` is the announced cost, at least ``least_cost`` of the dearest fidelity at ``x``: even a
      free answer takes a place in a batch.

    A query that is worth less than the target at the same candidate is -inf: a cheap fidelity that
    tells nothing is never asked, however cheap.

    Augmented EI multiplies EI, correlation, a noise factor and the cost ratio in the same way
    (Huang, Allen, Notz & Miller, Struct. Multidisc. Optim. 32, 369 (2006), eq. 11); information
    per cost is the idea of multi-fidelity max-value entropy search (Takeno et al., ICML 2020).

    Args:
        base: What a candidate is worth.
        beta: Standard deviations above the mean, for base ``ucb``.
        cost_exponent: The exponent k.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self,
        *,
        base: Base = "ei",
        beta: float = 2.0,
        cost_exponent: float = 1.0,
        least_cost: float = 1e-3,
    ) -> None:
        self._base = _base(base, beta)
        self._exponent, self._least_cost = cost_exponent, least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m), natural logarithms of value per cost."""
        information = belief.correlation**2
        target = information[:, belief.column]
        information[:, belief.column] = np.maximum(target, _LEAST_INFORMATION)
        dearest = context.costs.max(axis=1, keepdims=True)
        costs = np.maximum(context.costs, self._least_cost * np.where(dearest > 0, dearest, 1.0))
        with np.errstate(divide="ignore"):  # no information at all is -inf
            per_cost = np.log(information) - self._exponent * np.log(costs)
        pays = per_cost > per_cost[:, [belief.column]]
        pays[:, belief.column] = True
        gain = self._base.log_gain(belief, context)
        return np.where(pays, gain[:, None] + per_cost, -np.inf)


def _base(name: Base, beta: float) -> TargetAcquisition:
    if name == "ucb":
        return UpperConfidenceBound(beta=beta)
    plain: dict[str, type[TargetAcquisition]] = {
        "ei": ExpectedImprovement,
        "pi": ProbabilityOfImprovement,
        "thompson": ThompsonSampling,
        "max_variance": MaximumVariance,
        "greedy": PosteriorMean,
        "random": RandomScore,
    }
    return plain[name]()
