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
_FEWEST = 3
"""Pairs up to which nothing is known of a correlation, in Fisher's interval."""


@dataclass(frozen=True)
class Verdict:
    """What the data say of a cheap fidelity.

    Args:
        fidelity: Its name.
        pairs: Candidates asked at both; infinite where it is not known what was asked.
        share: Share of the target's variance that its answer removes, as now believed: the mean
            over the candidates that it may be asked about.
        interval: Of the share, one standard error to each side.
        cost: Its price over the price of the target, on average over the same candidates.
        advantage: Its information per cost over that of the target.
        least: The same at the lower end of the interval.
        most: The same at the upper end.
        needed: Advantage from which it is worth its price.
    """

    fidelity: str
    pairs: float
    share: float
    interval: tuple[float, float]
    cost: float
    advantage: float
    least: float
    most: float
    needed: float

    @property
    def pays(self) -> bool:
        """Whether it was tested and is worth its price, even at the lower end of the interval."""
        return self.pairs > _FEWEST and self.least >= self.needed

    @property
    def might(self) -> bool:
        """Whether more pairs could show that it pays."""
        return self.most >= self.needed

    @property
    def reason(self) -> str:
        """The verdict in words."""
        says = "pays" if self.pays else "might pay" if self.might else "does not pay"
        low, high = self.interval
        known, between = "", ""
        if np.isfinite(self.pairs):
            known = f" ({100 * low:.0f} to {100 * high:.0f} % by {self.pairs:.0f} pairs)"
            between = f" ({self.least:.1f} to {self.most:.1f})"
        return (
            f"{self.fidelity!r} {says}: it tells {100 * self.share:.0f} % of the target's "
            f"variance{known} for {self.cost:.3g} of its price, {self.advantage:.1f}{between} "
            f"times the target's information per cost, {self.needed:g} needed"
        )


class Guarded:
    r"""Asks as a multi-fidelity acquisition function says, but no fidelity that does not pay.

    A cheap fidelity f pays where its answers remove ``margin`` times as much of the target's
    variance per cost as the target's own answers do,

    .. math:: \frac{\overline{r_f^2} / \overline{c_f}}{\overline{r_t^2} / \overline{c_t}} \ge margin

    with ``r`` the correlation of a noisy answer with the target that the belief holds, averaged
    over the candidates for which both may still be asked. Equal information per cost is not
    enough, because whatever a hint promises must be bought again at the target. A free answer
    counts as a thousandth of the target's price. Everything is judged anew in each round.

    A correlation is learnt where both answers are known, so it is taken at the lower end of its
    interval: one standard error :math:`1 / \sqrt{n - 3}` of Fisher's :math:`\mathrm{artanh}\,r`
    with n such pairs (R. A. Fisher, Metron 1, 3 (1921)). As long as the upper end would pay and
    there are fewer than ``pairs``, the fidelity is tested: it is asked about candidates whose
    target was asked, those first whose answer is least foreseen. So nothing is bought of a fidelity
    but these tests until they have shown that it pays, and one that is too dear whatever it
    tells is not even tested.

    Args:
        acquisition: Chooses candidates and fidelities where some cheap fidelity pays.
        fallback: Chooses candidates where none does.
        margin: How many times the information per cost of the target is needed. By default an
            answer for a tenth of the price must tell at least four tenths of the variance, and
            one for more than a quarter is never asked: where multi-fidelity optimisation was
            found to pay (V. Sabanza-Gil et al., Nat. Comput. Sci. (2025), arXiv:2410.00544). With
            0 everything pays that was tested.
        pairs: Candidates asked at both, from which on nothing is tested any more; where it is not
            known what was asked, correlations are taken as believed.
    """

    def __init__(
        self,
        *,
        acquisition: Acquisition,
        fallback: Acquisition,
        margin: float = 4.0,
        pairs: int = 10,
    ) -> None:
        self._acquisition, self._fallback = acquisition, fallback
        self._margin, self._pairs = margin, pairs

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); -inf at fidelities that do not pay, tests of them aside."""
        shut = {v.fidelity: v for v in self.verdicts(belief, context) if not v.pays}
        if len(shut) + 1 == len(belief.fidelities):
            scores = self._fallback.score(belief, context).copy()
        else:
            closed = [name in shut for name in belief.fidelities]
            scores = np.where(closed, -np.inf, self._acquisition.score(belief, context))
        best = float(np.max(scores[np.isfinite(scores)], initial=-np.inf))
        for name, verdict in shut.items():
            column = belief.fidelities.index(name)
            rows = self._tests(belief, context, column, verdict)
            scores[rows, column] = (best if np.isfinite(best) else 0.0) + len(rows)
            scores[rows, column] -= np.arange(len(rows))
        return scores

    def _tests(
        self, belief: Belief, context: Context, column: int, verdict: Verdict
    ) -> NDArray[np.intp]:
        """Rows whose target was asked, to be asked at a fidelity, the least foreseen first."""
        t = belief.column
        worth = verdict.might and self.worth_trying(context.costs, t)[column]
        if context.available is None or not worth:
            return np.zeros(0, dtype=np.intp)
        rows = np.flatnonzero(~context.available[:, t] & context.available[:, column])
        doubt = belief.covariance[rows, column, column]
        missing = max(self._pairs - int(verdict.pairs), 0)
        return rows[np.argsort(-doubt, kind="stable")[:missing]]

    def verdicts(self, belief: Belief, context: Context) -> tuple[Verdict, ...]:
        """Return what is to be said of each cheap fidelity, in column order."""
        pairs = _pairs(belief, context)
        belief, _ = expected(belief, context)
        t, share = belief.column, belief.correlation**2
        verdicts = []
        for column, name in enumerate(belief.fidelities):
            if column == t:
                continue
            rows = _open(context, column, t, len(share))
            told, own = share[rows][:, (column, t)].mean(axis=0).tolist()
            cost = _ratio(*context.costs[rows][:, (column, t)].mean(axis=0).tolist())
            ends = _ends(told, float(pairs[column]))
            price = own * max(cost, _LEAST_COST)
            advantage, least, most = (_ratio(part, price) for part in (told, *ends))
            verdicts.append(
                Verdict(
                    fidelity=name,
                    pairs=float(pairs[column]),
                    share=told,
                    interval=ends,
                    cost=cost,
                    advantage=advantage,
                    least=least,
                    most=most,
                    needed=self._margin,
                )
            )
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
        found: dict[str, float] = {}
        for verdict in self.verdicts(belief, context):
            numbers = {
                "pairs": verdict.pairs,
                "share": verdict.share,
                "share_low": verdict.interval[0],
                "share_high": verdict.interval[1],
                "cost": verdict.cost,
                "advantage": verdict.advantage,
                "pays": float(verdict.pays),
            }
            named = {f"guard.{verdict.fidelity}.{name}": v for name, v in numbers.items()}
            found |= {name: v for name, v in named.items() if np.isfinite(v)}
        return found

    def reason(self, belief: Belief, context: Context) -> str:
        """Return in words why a cheap fidelity is asked or not."""
        return "; ".join(verdict.reason for verdict in self.verdicts(belief, context))


def _pairs(belief: Belief, context: Context) -> FloatArray:
    """(m,) candidates asked at both a fidelity and the target; infinite where that is unknown."""
    if context.available is None:
        return np.full(len(belief.fidelities), np.inf)
    asked = ~context.available
    waiting = np.zeros_like(asked)
    waiting[tuple(np.array(context.pending, dtype=np.intp).reshape(-1, 2).T)] = True
    known = asked & ~waiting
    return np.sum(known & known[:, [belief.column]], axis=0).astype(np.float64)


def _ends(share: float, pairs: float) -> tuple[float, float]:
    """A squared correlation, one standard error to each side of the correlation."""
    if pairs <= _FEWEST:
        return 0.0, 1.0
    z, error = np.arctanh(min(np.sqrt(share), 1 - 1e-12)), 1 / np.sqrt(pairs - _FEWEST)
    return float(np.tanh(max(z - error, 0.0)) ** 2), float(np.tanh(z + error) ** 2)


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
