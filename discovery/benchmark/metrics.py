"""What a strategy finds of the best candidates, against the number of measurements or their cost.

Notation: N candidates, of which M are the best ("top"); R(C) the share of the M that was measured
at the target fidelity when C had been spent; W what measuring all N at the target would cost (N
itself, where C counts measurements). A candidate that other fidelities alone have answered for is
not found. Queries of the initial design count like all others.
"""

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.rank_statistics import Values
from discovery.benchmark.metrics_trace import Curve, Trace
from discovery.errors import InvalidInputError
from discovery.report.recall import find_hits
from discovery.types import BoolArray, Bound, Estimate, FloatArray


def top(truth: Values, share: float) -> BoolArray:
    """Return (n,) whether each candidate is among the best share of them.

    M = ceil(share n), ties at the threshold added, as in :func:`discovery.report.recall.find_hits`;
    a bound from above is never among them.

    Args:
        truth: Of n candidates at the target, larger is better.
        share: 0 < share <= 1; ``k / n`` for the best k.

    Raises:
        InvalidInputError: The share is outside.
    """
    hits = find_hits(
        {
            str(row): Estimate(value) if not side else Bound("left" if side < 0 else "right", value)
            for row, (value, side) in enumerate(zip(truth.value, truth.side, strict=True))
        },
        share,
    )
    chosen: BoolArray = np.zeros(len(truth), dtype=np.bool_)
    chosen[[int(row) for row in hits]] = True
    return chosen


def recall(trace: Trace, wanted: BoolArray, target: int = 0) -> Curve:
    """Return R(C) = (top candidates measured with cost C) / M.

    Args:
        trace: What was asked.
        wanted: (N,) the M top candidates.
        target: Column of the target fidelity.

    Raises:
        InvalidInputError: There is no top candidate.
    """
    total = int(wanted.sum())
    if not total:
        raise InvalidInputError("recall needs at least one top candidate; there is none")
    found = _first_asked(trace, target) & wanted[trace.row]
    return trace.stepwise(0.0, np.cumsum(found) / total)


def any_found(trace: Trace, wanted: BoolArray, target: int = 0) -> Curve:
    """Return 1 from the cost on at which the first top candidate was measured, 0 before.

    Averaged over seeds it is the probability of having found any: anyALM of B. Rohr et al., Chem.
    Sci. 11, 2696 (2020), whose allALM is :func:`recall`. With the best candidate alone as
    ``wanted`` it is the probability of having found the best.
    """
    share = recall(trace, wanted, target)
    return Curve(share.spent, (share.value > 0).astype(float))


def acceleration(found: Curve, level: float, whole: float) -> float:
    """Return AF(t) = C_random(t) / C(t) = t W / C(t), for a mean recall over seeds.

    C(t) is the least cost at which R reaches t; random measuring reaches it, on average, at t W
    (Q. Liang et al., npj Comput. Mater. 7, 188 (2021)).

    Args:
        found: Recall, averaged over seeds first.
        level: t, 0 < t <= 1.
        whole: W.

    Returns:
        More than 1 where the strategy is faster than chance; 0 where it never reaches the level.

    Raises:
        InvalidInputError: The level is outside.
    """
    if not 0 < level <= 1:
        raise InvalidInputError(f"the level of an acceleration lies in (0, 1], not {level}")
    return level * whole / found.reaches(level)


def enhancement(found: Curve, whole: float) -> Curve:
    """Return EF(C) = R(C) / R_random(C) = R(C) W / C at the costs C > 0 at which R may change.

    Q. Liang et al., npj Comput. Mater. 7, 188 (2021).
    """
    later = found.spent > 0
    spent = found.spent[later]
    return Curve(spent, found.value[later] / np.minimum(spent / whole, 1.0))


def best_enhancement(found: Curve, whole: float) -> tuple[float, float]:
    """Return EFmax and the least cost at which it is reached."""
    factors = enhancement(found, whole)
    best = int(factors.value.argmax())
    return float(factors.value[best]), float(factors.spent[best])


def discovery_area(found: Curve, budget: float) -> float:
    """Return AUDC = (1/B) ∫ R dC from 0 to the budget B, 0 ... 1."""
    return found.area(budget)


def decision_efficiency(trace: Trace, value: FloatArray, target: int = 0) -> FloatArray:
    """Return (q,) 2 (rank - 1) / (n - 1) - 1 of every measurement among the n then unmeasured.

    1 where the best that was left was chosen, -1 where the worst, 0 on average by chance: the
    deALM of TRI-AMDD/CAMD (``camd.analysis.GenericATFAnalyzer``), which divides by n. Within a
    batch the better ones are taken first, for their order is no decision. Equal values share
    their mean rank.

    Args:
        trace: What was asked.
        value: (N,) target values, larger is better; what has none (a bound, nothing) ranks last.
        target: Column of the target fidelity.

    Returns:
        NaN for other fidelities, repeated measurements and the last candidate left.
    """
    worth = np.where(np.isnan(value), -np.inf, value)
    left = np.ones(len(worth), dtype=np.bool_)
    first = _first_asked(trace, target)
    efficiency: FloatArray = np.full(len(trace.row), np.nan)
    for query in np.lexsort((-worth[trace.row], trace.batch)):
        row = trace.row[query]
        if not first[query]:
            continue
        others = worth[left]
        if len(others) > 1:
            below = (others < worth[row]).sum() + ((others == worth[row]).sum() - 1) / 2
            efficiency[query] = 2 * below / (len(others) - 1) - 1
        left[row] = False
    return efficiency


def _first_asked(trace: Trace, target: int) -> BoolArray:
    """(q,) whether a query is the first of its candidate at the target."""
    asked = np.flatnonzero(trace.column == target)
    first: BoolArray = np.zeros(len(trace.row), dtype=np.bool_)
    _, earliest = np.unique(trace.row[asked], return_index=True)
    first[asked[earliest]] = True
    return first


def chance_of_recall(draws: NDArray[np.intp], pool: int) -> FloatArray:
    """Return R_random(n) = n / N, the expected recall of n draws without replacement."""
    return draws / pool


def chance_of_any(draws: NDArray[np.intp], pool: int, wanted: int) -> FloatArray:
    """Return P(n) = 1 - C(N - M, n) / C(N, n), the chance that n draws hold any of the M.

    The hypergeometric probability of at least one hit; with M = 1, the chance of the best.
    """
    number = np.arange(pool)
    # one factor per draw: that the next one, too, is none of the wanted
    missing = np.append(1.0, np.cumprod(np.maximum(pool - wanted - number, 0) / (pool - number)))
    chance: FloatArray = 1 - missing[np.minimum(draws, pool)]
    return chance
