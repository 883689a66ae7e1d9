"""What cheap fidelities save, and what they take of the budget."""

from typing import Final

import numpy as np

from discovery.benchmark.metrics_trace import Curve, Trace
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

_ROUNDING: Final = 1e-9  # of the initial regret


def discount(
    single: Curve, multi: Curve, levels: FloatArray, initial: float | None = None
) -> FloatArray:
    """Return Δ(τ) = (C_SF(τ) - C_MF(τ)) / C_SF(τ), the cost that several fidelities save.

    C(τ) is the least cost (first crossing) at which the regret has fallen to (1 - τ) r0: a share τ
    of the initial regret is removed. Costs count from the first query, so the initial design is
    charged. Shifting the objective leaves regrets as they are and scaling it cancels, so Δ does
    not change. The question of V. Sabanza-Gil et al., Nat. Comput. Sci. (2025), arXiv:2410.00544,
    asked at every depth instead of one.

    Args:
        single: Regret against cost with the target fidelity alone, averaged over seeds first.
        multi: The same with all fidelities.
        levels: (k,) τ, 0 < τ <= 1.
        initial: r0; by default what ``single`` begins with: for a simple regret what choosing
            without looking costs, see :func:`discovery.benchmark.metrics_regret.blind_regret`.

    Returns:
        (k,) positive where several fidelities are cheaper; minus infinity where only they never
        get there; NaN where the target alone does not.

    Raises:
        InvalidInputError: A level is outside, or the initial regret is not positive.
    """
    if not ((levels > 0) & (levels <= 1)).all():
        raise InvalidInputError(f"shares of removed regret lie in (0, 1], not {levels}")
    start = float(single.value[0]) if initial is None else initial
    if not (np.isfinite(start) and start > 0):
        raise InvalidInputError(f"the initial regret is a positive number, not {start}")
    # a regret is a difference of values: the rounding of a large offset must not decide
    rests = (1 - levels + _ROUNDING) * start
    alone = np.array([single.falls_to(rest) for rest in rests])
    together = np.array([multi.falls_to(rest) for rest in rests])
    saved: FloatArray = np.full(len(levels), np.nan)
    reached = np.isfinite(alone) & (alone > 0)
    saved[reached] = 1 - together[reached] / alone[reached]
    return saved


def target_share(trace: Trace, target: int = 0) -> Curve:
    """Return the share of the cost spent so far that went to the target fidelity.

    NaN as long as nothing was spent.
    """
    whole = trace.spent
    own = np.cumsum(np.where(trace.column == target, trace.cost, 0.0))
    share: FloatArray = np.full(len(whole), np.nan)
    return trace.stepwise(np.nan, np.divide(own, whole, out=share, where=whole > 0))
