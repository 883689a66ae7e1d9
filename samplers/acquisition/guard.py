"""Is a cheap fidelity worth its price? If none is, only the target is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.protocols import Acquisition, Context
from discovery.types import Belief, BoolArray, FloatArray
from samplers.acquisition.pending import expected

_MOST = 1e9
_LEAST_COST = 1e-3
"""Share of the target's price that even a free answer counts as: it takes a place in a batch."""


@dataclass(frozen=True)
class Verdict:
    """What the data say of a cheap fidelity.

    Args:
        fidelity: Its name.
        share: Share of the target's variance that its answer removes, as now believed: the mean
            over the candidates that it may be asked about.
        cost: Its price over the price of the target, on average over the same candidates.
        advantage: Its information per cost over that of the target.
        needed: Advantage from which it is worth its price.
    """

    fidelity: str
    share: float
    cost: float
    advantage: float
    needed: float

    @property
    def pays(self) -> bool:
        """Whether the fidelity is worth its price."""
        return self.advantage >= self.needed

    @property
    def reason(self) -> str:
        """The verdict in words."""
        return (
            f"{self.fidelity!r} {'pays' if self.pays else 'does not pay'}: it tells "
            f"{100 * self.share:.0f} % of the target's variance for {self.cost:.3g} of its price, "
            f"{self.advantage:.1f} times the target's information per cost, "
            f"{self.needed:g} needed"
        )


class Guarded:
    r"""Asks as a multi-fidelity acquisition function says, but no fidelity that does not pay.

    A cheap fidelity f pays where its answers remove ``margin`` times as much of the target's
    variance per cost as the target's own answers do,

    .. math:: \frac{\overline{r_f^2} / \overline{c_f}}{\overline{r_t^2} / \overline{c_t}} \ge margin

    with ``r`` the correlation of a noisy answer with the target that the belief holds, averaged
    over the candidates for which both may still be asked. Equal information per cost is not
    enough, because whatever a hint promises must be bought again at the target, and because the
    correlation itself is only estimated; a free answer counts as a thousandth of the target's
    price. Everything is judged anew in each round.

    A correlation is learnt where both answers are known. As long as fewer than ``pairs`` candidates
    were asked at both, a fidelity that does not pay but might, for its price, is therefore asked
    about candidates whose target was asked, those first whose answer is least foreseen: a verdict
    by chance would otherwise never be revised.

    Args:
        acquisition: Chooses candidates and fidelities where some cheap fidelity pays.
        fallback: Chooses candidates where none does.
        margin: How many times the information per cost of the target is needed. By default an
            answer for a tenth of the price must tell at least four tenths of the variance.
        pairs: Candidates asked at both, from which a verdict is final; where it is not known what
            was asked, all verdicts are.
    """

    def __init__(
        self,
        *,
        acquisition: Acquisition,
        fallback: Acquisition,
        margin: float = 4.0,
        pairs: int = 15,
    ) -> None:
        self._acquisition, self._fallback = acquisition, fallback
        self._margin, self._pairs = margin, pairs

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf at fidelities that do not pay, tests of them aside."""
        shut = {verdict.fidelity for verdict in self.verdicts(belief, context) if not verdict.pays}
        if len(shut) + 1 == len(belief.fidelities):
            scores = self._fallback.score(belief, context).copy()
        else:
            closed = [name in shut for name in belief.fidelities]
            scores = np.where(closed, -np.inf, self._acquisition.score(belief, context))
        best = float(np.max(scores[np.isfinite(scores)], initial=-np.inf))
        for name in shut:
            column = belief.fidelities.index(name)
            rows = self._tests(belief, context, column)
            scores[rows, column] = (best if np.isfinite(best) else 0.0) + len(rows)
            scores[rows, column] -= np.arange(len(rows))
        return scores

    def _tests(self, belief: Belief, context: Context, column: int) -> NDArray[np.intp]:
        """Rows whose target was asked, to be asked at a fidelity, the least foreseen first."""
        t = belief.column
        worth = self.worth_trying(context.costs, t)[column]
        if context.available is None or not worth:
            return np.zeros(0, dtype=np.intp)
        asked, open_ = ~context.available[:, t], context.available[:, column]
        missing = max(self._pairs - int(np.sum(asked & ~open_)), 0)
        rows = np.flatnonzero(asked & open_)
        doubt = belief.covariance[rows, column, column]
        return rows[np.argsort(-doubt, kind="stable")[:missing]]

    def verdicts(self, belief: Belief, context: Context) -> tuple[Verdict, ...]:
        """Return what is to be said of each cheap fidelity, in column order."""
        belief, _ = expected(belief, context)
        t, share = belief.column, belief.correlation**2
        verdicts = []
        for column, name in enumerate(belief.fidelities):
            if column == t:
                continue
            rows = _open(context, column, t, len(share))
            told, own = share[rows][:, (column, t)].mean(axis=0).tolist()
            cost = _ratio(*context.costs[rows][:, (column, t)].mean(axis=0).tolist())
            advantage = _ratio(told, own * max(cost, _LEAST_COST))
            verdicts.append(Verdict(name, told, cost, advantage, self._margin))
        return tuple(verdicts)

    def worth_trying(self, costs: FloatArray, target: int) -> BoolArray:
        """Return (m,) which fidelities would pay if they told everything, the target included.

        The others are too dear whatever they tell, so an initial design need not ask them. A
        target that is measured with much noise may be told of more cheaply than this supposes.

        Args:
            costs: (n, m) announced costs.
            target: Column of the target.
        """
        mean = costs.mean(axis=0)
        worth: BoolArray = self._margin * mean <= mean[target]
        worth[target] = True
        return worth

    def notes(self, belief: Belief, context: Context) -> Mapping[str, float]:
        """Return the numbers behind the verdicts, for the journal."""
        return {
            f"guard.{verdict.fidelity}.{name}": float(value)
            for verdict in self.verdicts(belief, context)
            for name, value in (
                ("share", verdict.share),
                ("cost", verdict.cost),
                ("advantage", verdict.advantage),
                ("pays", verdict.pays),
            )
        }

    def reason(self, belief: Belief, context: Context) -> str:
        """Return in words why a cheap fidelity is asked or not."""
        return "; ".join(verdict.reason for verdict in self.verdicts(belief, context))


def _open(context: Context, column: int, target: int, count: int) -> BoolArray:
    """(n,) candidates for which both may be asked; all where that is unknown or there are none."""
    if context.available is None:
        return np.ones(count, dtype=np.bool_)
    both = context.available[:, column] & context.available[:, target]
    return both if both.any() else np.ones(count, dtype=np.bool_)


def _ratio(part: float, whole: float) -> float:
    """A ratio that is finite where the whole is nothing."""
    if whole > 0:
        return float(min(part / whole, _MOST))
    return _MOST if part > 0 else 0.0
