"""Acquisition functions that ask the target fidelity only, and what they hand to others."""

from abc import ABC, abstractmethod

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray
from samplers.acquisition.pending import expected

LEAST_STD = 1e-9
"""Decades; keeps standardised improvements finite where the belief is certain."""


class TargetAcquisition(ABC):
    """An acquisition function that scores the target column; all others are -inf.

    Pending queries count as answered with their means (see :mod:`samplers.acquisition.pending`).
    """

    @abstractmethod
    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) scores of asking the target fidelity; finite, larger is better."""

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m), -inf outside the target column."""
        belief, context = expected(belief, context)
        return at_target(belief, self.target_scores(belief, context))


def at_target(belief: Belief, values: FloatArray) -> FloatArray:
    """Return scores (n, m) with (n,) values in the target column and -inf elsewhere."""
    scores: FloatArray = np.full(belief.mean.shape, -np.inf)
    scores[:, belief.column] = values
    return scores


def without_known(scores: FloatArray, belief: Belief, context: Context) -> FloatArray:
    """Return scores (n, m), -inf for candidates whose target cannot be asked any more."""
    if context.available is None:
        return scores
    return np.where(context.available[:, [belief.column]], scores, -np.inf)


def incumbent(belief: Belief, context: Context) -> float:
    """Return the value to improve on, in the unit of the target.

    The best observed value; before there is one (only bounds, only refusals) the best mean of the
    belief, the plug-in of Picheny, Wagner & Ginsbourger, Struct. Multidisc. Optim. 48, 607 (2013).
    """
    return context.best if np.isfinite(context.best) else float(belief.target_mean.max())


def standard_deviation(belief: Belief) -> FloatArray:
    """Return (n,) standard deviations of the latent target, kept above zero."""
    return np.maximum(belief.target_std, LEAST_STD)
