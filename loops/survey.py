"""Pools of any size: belief in parts, and the few candidates among which a batch is chosen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discovery.protocols import Marginal, Proxy, Request
from discovery.types import Belief, BoolArray, Candidate, FloatArray
from loops.prices import affordable

Rows = NDArray[np.intp]


def surveyed(proxy: Proxy, pool: Sequence[Candidate], at_once: int) -> tuple[Belief, bool]:
    """Return the belief about a pool, and whether it lacks the covariance between candidates.

    A pool of more than ``at_once`` candidates is predicted in parts of that size. Means and
    covariances between the fidelities of one candidate are those of a prediction at once, for a
    prediction depends on its own candidate alone (but for ``staged`` with ``shift``, which then
    looks at a part); what the parts know of the covariance between candidates, by far the largest
    array, is left out.

    Args:
        proxy: Fitted.
        pool: The n candidates.
        at_once: Candidates predicted together.
    """
    if len(pool) <= at_once:
        return proxy.predict(pool), False
    saves = isinstance(proxy, Marginal)
    predict = proxy.marginal if isinstance(proxy, Marginal) else proxy.predict
    first = predict(pool[:at_once])
    n, m = len(pool), len(first.fidelities)
    mean: FloatArray = np.empty((n, m))
    covariance: FloatArray = np.empty((n, m, m))
    names, target, noise = first.fidelities, first.target, first.noise
    lacks = saves or first.factor is not None
    mean[:at_once], covariance[:at_once] = first.mean, first.covariance
    del first
    for start in range(at_once, n, at_once):
        rows = slice(start, start + at_once)
        part = predict(pool[rows])
        mean[rows], covariance[rows] = part.mean, part.covariance
    return Belief(names, target, mean, covariance, noise), lacks


def shortlist(request: Request, scores: FloatArray, count: int, fresh: BoolArray) -> Rows:
    """Return the rows of the candidates among which a batch is chosen, in the order of the pool.

    They are the ``count`` best of each fidelity that may be asked and paid, equal scores by
    candidate id as samplers break ties, and all that were asked about.

    Args:
        request: Of the n candidates at m fidelities.
        scores: (n, m).
        count: Per fidelity.
        fresh: (n, m) false where a query was asked before; who was asked about stays.
    """
    offered = request.available & np.isfinite(scores) & affordable(request)
    chosen = np.any(~fresh, axis=1)
    for column in range(scores.shape[1]):
        rows = np.flatnonzero(offered[:, column])
        own = scores[rows, column]
        if len(rows) > count:
            least = float(np.partition(own, len(own) - count)[len(own) - count])
            chosen[rows[own > least]] = True
            tied = sorted(rows[own == least].tolist(), key=lambda row: request.pool[row].id)
            rows = np.array(tied[: count - int(np.sum(own > least))], dtype=np.intp)
        chosen[rows] = True
    return np.flatnonzero(chosen)


def narrowed(request: Request, rows: Rows) -> Request:
    """Return the request for some of its candidates."""
    return replace(
        request,
        pool=tuple(request.pool[row] for row in rows.tolist()),
        rows=None,
        rescored=None,
        lied=None,
        costs=request.costs[rows],
        available=request.available[rows],
    )


def without(belief: Belief, rows: Rows) -> Belief:
    """Return the belief about all candidates but some, the target alone."""
    rest = np.ones(len(belief.mean), dtype=np.bool_)
    rest[rows] = False
    t = belief.column
    return Belief(
        (belief.target,),
        belief.target,
        belief.mean[rest][:, [t]],
        belief.covariance[rest, t, t][:, None, None],
        belief.noise[[t]],
    )
