"""Queries whose answers are under way: the belief as if they came back as believed.

The kriging believer of Ginsbourger, Le Riche & Carraro, in Computational Intelligence in Expensive
Optimization Problems, 131 (2010), without learning the proxy anew: means stay
(but for a lie), variances shrink where the answers will tell something.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discovery.protocols import Context
from discovery.types import Belief, FloatArray

_NOTHING = 1e-18  # of a variance


def expected(belief: Belief, context: Context) -> tuple[Belief, Context]:
    """Return belief and context as if every pending query were answered with its mean, or a lie.

    A pending target then counts as observed, so its answer may become the best value so far. The
    answers may be a lie (``context.lie``), the same for all pending targets: the constant liar of
    Ginsbourger et al., section 3.3.
    """
    if not context.pending:
        return belief, context
    asked = [row for row, column in context.pending if column == belief.column]
    told = belief.target_mean[asked].tolist() if context.lie is None else [context.lie] * len(asked)
    best = max([context.best, *told])
    return conditioned(belief, context.pending, context.lie), replace(context, best=best)


def conditioned(
    belief: Belief, asked: Sequence[tuple[int, int]], lie: float | None = None
) -> Belief:
    """Return the belief conditioned on several answers that equal their means, in one pass.

    The same as :func:`believed` one after the other, rounding aside, for the price of about one:
    whatever an answer tells of another candidate goes through the target, so the ratios between
    the fidelities of that one stay, and only the variance of its target is to be followed. The
    candidates that are asked follow by :func:`believed`, among themselves.

    Args:
        belief: Before.
        asked: (row, column) of each answer.
        lie: Answer at the target instead of the mean.
    """
    rows = np.array(list(dict.fromkeys(row for row, _ in asked)), dtype=np.intp)
    place = {row: index for index, row in enumerate(rows.tolist())}
    few = _rows(belief, rows)
    covariance, factor, near = belief.covariance.copy(), belief.factor, few.factor
    if factor is None or near is None:
        for row, column in asked:
            few = believed(few, place[row], column, lie if column == belief.column else None)
        covariance[rows] = few.covariance
        mean = belief.mean.copy()
        mean[rows] = few.mean
        return replace(belief, mean=mean, covariance=covariance)
    t, shared = belief.column, factor @ near.T
    taken, moved = np.zeros(len(factor)), np.zeros(len(factor))
    columns, directions = [], []
    for row, column in asked:
        index = place[row]
        own = few.covariance[index]
        target, variance = float(own[t, t]), float(own[column, column] + belief.noise[column])
        if min(target, variance) < _NOTHING:
            continue
        share = (float(own[t, column]) / target) ** 2 / variance
        told, direction = shared[:, index].copy(), near[index].copy()
        shrink, loss, kept = _shares(float(direction @ direction), share, target)
        shared -= loss * np.outer(told, near @ direction)
        shared[:, index] *= kept
        taken += share * told**2
        if lie is not None and column == t:
            moved += told * (lie - float(few.mean[index, t])) / variance
        columns.append(told)
        directions.append(shrink * direction)
        few = believed(few, index, column, lie if column == t else None)
        near = near if few.factor is None else few.factor
    slopes = _slopes(belief)
    covariance -= taken[:, None, None] * slopes[:, :, None] * slopes[:, None, :]
    covariance[rows] = few.covariance
    mean = belief.mean + slopes * moved[:, None]
    mean[rows] = few.mean
    if columns:
        factor = factor - np.stack(columns, axis=1) @ np.stack(directions)
        factor[rows] = near
    return replace(belief, mean=mean, covariance=covariance, factor=factor)


def believed(belief: Belief, row: int, column: int, answer: float | None = None) -> Belief:
    """Return the belief conditioned on one (noisy) answer, which equals its mean by default.

    What an answer about one candidate tells of another goes through their targets: given the
    target of its own candidate, a cheap answer is taken to be independent of all others.

    Args:
        belief: Before.
        row: Candidate that is asked.
        column: Fidelity it is asked at.
        answer: In the unit of the fidelity.
    """
    t = belief.column
    own = belief.covariance[row]
    target = float(own[t, t])
    variance = float(own[column, column] + belief.noise[column])
    if min(target, variance) < _NOTHING:
        return belief
    gain = float(own[t, column]) / target
    told = _slopes(belief) * (gain * covariance(belief, row))[:, None]
    told[row] = own[:, column]
    surprise = 0.0 if answer is None else answer - float(belief.mean[row, column])
    mean = belief.mean + told * (surprise / variance)
    told /= np.sqrt(variance)
    share = gain**2 / variance
    return replace(
        belief,
        mean=mean,
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


def _rows(belief: Belief, rows: NDArray[np.intp]) -> Belief:
    """The belief about some candidates."""
    return replace(
        belief,
        mean=belief.mean[rows],
        covariance=belief.covariance[rows],
        factor=None if belief.factor is None else belief.factor[rows],
    )


def _slopes(belief: Belief) -> FloatArray:
    """(n, m) covariance of each fidelity with the target, over the target's variance."""
    variance = belief.covariance[:, belief.column, belief.column]
    known = variance < _NOTHING
    return belief.covariance[:, :, belief.column] / np.where(known, np.inf, variance)[:, None]


def _root(factor: FloatArray, row: int, share: float, target: float) -> FloatArray:
    """Root of the covariance between candidates that is left: F (1 - b u u^T), u the row of F.

    ``(1 - b u^T u)^2 = 1 - share u^T u`` makes it the Schur complement. The row itself also loses
    the part of its variance that it shares with nobody.
    """
    direction = factor[row].copy()
    length = float(direction @ direction)
    if length < _NOTHING:
        return factor
    shrink, _, kept = _shares(length, share, target)
    root: FloatArray = factor - shrink * np.outer(factor @ direction, direction)
    root[row] *= kept
    return root


def _shares(length: float, share: float, target: float) -> tuple[float, float, float]:
    """Return b, what is lost of the covariance, and what is kept of the row itself."""
    if length < _NOTHING:
        return 0.0, 0.0, 1.0
    left = max(1 - share * length, 0.0)
    kept = max(1 - share * target, 0.0) / left if left > 0 else 0.0
    return float((1 - np.sqrt(left)) / length), (1 - left) / length, kept
