"""Queries whose answers are under way: the belief as if they came back as believed.

The kriging believer of Ginsbourger, Le Riche & Carraro, in Computational Intelligence in Expensive
Optimization Problems, 131 (2010), without learning the proxy anew: means stay,
variances shrink where the answers will tell something.
"""

from dataclasses import replace

import numpy as np

from discovery.protocols import Context
from discovery.types import Belief, FloatArray

_NOTHING = 1e-18  # of a variance


def expected(belief: Belief, context: Context) -> tuple[Belief, Context]:
    """Return belief and context as if every pending query were answered with its mean.

    A pending target then counts as observed, so its mean may become the best value so far.
    """
    if not context.pending:
        return belief, context
    asked = [row for row, column in context.pending if column == belief.column]
    best = max([context.best, *belief.target_mean[asked].tolist()])
    for row, column in context.pending:
        belief = believed(belief, row, column)
    return belief, replace(context, best=best)


def believed(belief: Belief, row: int, column: int) -> Belief:
    """Return the belief conditioned on one (noisy) answer that equals its mean.

    What an answer about one candidate tells of another goes through their targets: given the
    target of its own candidate, a cheap answer is taken to be independent of all others.

    Args:
        belief: Before.
        row: Candidate that is asked.
        column: Fidelity it is asked at.
    """
    t = belief.column
    own = belief.covariance[row]
    target = float(own[t, t])
    variance = float(own[column, column] + belief.noise[column])
    if min(target, variance) < _NOTHING:
        return belief
    gain = float(own[t, column]) / target
    known = belief.covariance[:, t, t] < _NOTHING
    slopes = (
        belief.covariance[:, :, t] / np.where(known, np.inf, belief.covariance[:, t, t])[:, None]
    )
    told = slopes * (gain * covariance(belief, row))[:, None]
    told[row] = own[:, column]
    told /= np.sqrt(variance)
    share = gain**2 / variance
    return replace(
        belief,
        covariance=belief.covariance - told[:, :, None] * told[:, None, :],
        factor=None if belief.factor is None else _root(belief.factor, row, share, target),
    )


def covariance(belief: Belief, row: int) -> FloatArray:
    """Return (n,) covariance of every target with the target of one candidate."""
    shared: FloatArray = np.zeros(len(belief.mean))
    if belief.factor is not None:
        shared = belief.factor @ belief.factor[row]
    shared[row] = belief.covariance[row, belief.column, belief.column]
    return shared


def _root(factor: FloatArray, row: int, share: float, target: float) -> FloatArray:
    """Root of the covariance between candidates that is left: F (1 - b u u^T), u the row of F.

    ``(1 - b u^T u)^2 = 1 - share u^T u`` makes it the Schur complement. The row itself also loses
    the part of its variance that it shares with nobody.
    """
    direction = factor[row].copy()
    length = float(direction @ direction)
    if length < _NOTHING:
        return factor
    left = max(1 - share * length, 0.0)
    shrink = (1 - np.sqrt(left)) / length
    root: FloatArray = factor - shrink * np.outer(factor @ direction, direction)
    root[row] *= max(1 - share * target, 0.0) / left if left > 0 else 0.0
    return root
