"""Which candidate, asked of whom: value per cost of (candidate, fidelity) pairs."""

from typing import Literal

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.costs import log_costs
from samplers.acquisition.improvement import LogExpectedImprovement, ProbabilityOfImprovement
from samplers.acquisition.pending import expected
from samplers.acquisition.plain import MaximumVariance, PosteriorMean, RandomScore
from samplers.acquisition.target import TargetAcquisition, without_known
from samplers.acquisition.thompson import ThompsonSampling

Base = Literal["logei", "pi", "ucb", "thompson", "max_variance", "greedy", "random"]

_LEAST_INFORMATION = 1e-12
"""Keeps the target comparable where nothing is left to learn."""
_STEP = 1e-9
"""Of a score: enough to order the fidelities of one candidate, too little to reorder candidates."""


class MultiFidelity:
    r"""The base acquisition function chooses the candidate, value per cost chooses the fidelity.

    .. math:: v(x, f) = \log r^2(x, f) - k \log c(x, f)

    - ``r^2`` is the squared correlation of the noisy query with the latent target: the share of
      the target's remaining variance at ``x`` that the answer would remove. It is below one for
      a noisy target too, and falls to zero once the query has been answered.
    - ``c`` is the announced cost, at least ``least_cost`` of the dearest fidelity at ``x``: even a
      free answer takes a place in a batch.

    A fidelity is asked before the target where its ``v`` is larger, and is -inf otherwise: a cheap
    fidelity that tells nothing is never asked, however cheap. Among candidates only the base
    counts, so a promising candidate is screened cheaply and then measured, and money goes to no
    candidate merely because hints about it are cheap. No hint is asked about a candidate whose
    target is known or under way. (Multiplying gain, information and 1/cost
    into one score, as augmented EI of Huang, Allen, Notz & Miller, Struct. Multidisc. Optim. 32,
    369 (2006) does, draws a campaign to whatever is still uncertain: see docs/campaigns.md.)

    Args:
        base: What a candidate is worth.
        beta: Standard deviations above the mean, for base ``ucb``.
        cost_exponent: The exponent k.
        least_cost: Share of the dearest fidelity's cost that a query counts as, at least.
    """

    def __init__(
        self,
        *,
        base: Base = "ucb",
        beta: float = 0.5,
        cost_exponent: float = 1.0,
        least_cost: float = 1e-3,
    ) -> None:
        self._base = base_of(base, beta)
        self._exponent, self._least_cost = cost_exponent, least_cost

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m): the base's at the target, just above it where a hint pays."""
        belief, context = expected(belief, context)
        value = self._value_per_cost(belief, context.costs)
        base = self._base.target_scores(belief, context)
        order = np.argsort(np.argsort(value, axis=1, kind="stable"), axis=1)
        above = order - order[:, [belief.column]]
        steps = _STEP * np.maximum(np.abs(base), 1.0)
        scores = np.where(above >= 0, base[:, None] + above * steps[:, None], -np.inf)
        return without_known(scores, belief, context)

    def _value_per_cost(self, belief: Belief, costs: FloatArray) -> FloatArray:
        """(n, m) logarithms; no information at all is -inf."""
        information = belief.correlation**2
        target = information[:, belief.column]
        information[:, belief.column] = np.maximum(target, _LEAST_INFORMATION)
        with np.errstate(divide="ignore"):
            return np.log(information) - self._exponent * log_costs(costs, self._least_cost)


def base_of(name: Base, beta: float) -> TargetAcquisition:
    """Return the acquisition function of a name.

    Args:
        name: Its name.
        beta: Standard deviations above the mean, for ``ucb``.
    """
    if name == "ucb":
        return UpperConfidenceBound(beta=beta)
    plain: dict[str, type[TargetAcquisition]] = {
        "logei": LogExpectedImprovement,
        "pi": ProbabilityOfImprovement,
        "thompson": ThompsonSampling,
        "max_variance": MaximumVariance,
        "greedy": PosteriorMean,
        "random": RandomScore,
    }
    return plain[name]()
