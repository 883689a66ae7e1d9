"""What a fitted proxy and an acquisition function make of the candidates, in one round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import Final, Self

import numpy as np

from discovery.errors import InvalidInputError
from discovery.protocols import (
    Acquisition,
    CampaignState,
    Context,
    Explaining,
    Lie,
    Proxy,
    Request,
    Score,
)
from discovery.rng import derive
from discovery.types import Batch, Belief, BoolArray, Candidate, FloatArray, Forecast, Query
from loops.answers import answered, best_value, target
from loops.prices import announced
from loops.survey import narrowed, shortlist, surveyed, without

AT_ONCE = 20_000
"""Candidates judged together by default."""

_LIES: Final[Mapping[Lie, Callable[[Sequence[float]], float]]] = {
    "min": min,
    "mean": fmean,
    "max": max,
}

_OPTIMISM = 2.0
"""Standard deviations above the mean in the outlook; 98 % of a normal belief lies below."""


@dataclass(frozen=True)
class Judgement:
    """Belief and scores for the pool; candidates beyond the pool are judged when they come.

    These count at the typical costs of the fidelities until :meth:`widened` brings their own.

    Args:
        proxy: Fitted.
        acquisition: Scores what the proxy believes.
        belief: About the pool.
        request: The pool and what may be asked.
        best: Best uncensored target value; -inf when there is none.
        quantity: What the target fidelity measures, in words.
        round: Batches asked before this one.
        seed: For acquisition functions that draw.
        fresh: (n, m) of the pool, false where a query was asked before.
        pending: Asked and not yet answered.
        at_once: Candidates predicted together; of a larger pool the belief holds no covariance
            between candidates (:mod:`loops.survey`).
        lacking: Whether the proxy knows such a covariance and the belief does not hold it.
        rest: The belief about the rest of a pool of which this is a shortlist.
        values: Of the target, uncensored, observed so far.
    """

    proxy: Proxy
    acquisition: Acquisition
    belief: Belief
    request: Request
    best: float
    quantity: str
    round: int
    seed: int
    fresh: BoolArray
    pending: tuple[Query, ...] = ()
    at_once: int = AT_ONCE
    lacking: bool = False
    rest: Belief | None = None
    values: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        campaign: CampaignState,
        request: Request,
        proxy: Proxy,
        acquisition: Acquisition,
        at_once: int = AT_ONCE,
    ) -> Self:
        """Fit the proxy to all observations and judge the pool.

        Raises:
            NotFittedError: There is nothing to learn from.
        """
        seed, turn, known = campaign.seed, campaign.round, answered(campaign)
        proxy.fit(campaign.observations, campaign.fidelities, derive(seed, "loop.proxy", turn))
        belief, lacking = surveyed(proxy, request.pool, at_once)
        return cls(
            proxy=proxy,
            acquisition=acquisition,
            belief=belief,
            request=request,
            best=best_value(known),
            quantity=known[-1].property if known else target(campaign).name,
            round=turn,
            seed=derive(seed, "loop.acquisition", turn),
            fresh=request.available,
            pending=campaign.pending,
            at_once=at_once,
            lacking=lacking,
            values=tuple(o.value for o in known if o.value is not None),
        )

    def widened(self, request: Request) -> Self:
        """Return what proxy and acquisition function make of a request with more candidates."""
        fresh = np.ones(request.available.shape, dtype=np.bool_)
        fresh[: len(self.fresh)] = self.fresh
        belief, lacking = surveyed(self.proxy, request.pool, self.at_once)
        return replace(self, request=request, belief=belief, fresh=fresh, lacking=lacking)

    def shortlisted(self, request: Request, count: int) -> tuple[Request, Score]:
        """Return a request with the best candidates of a large pool, and their scores.

        A pool that is judged at once is returned as it is. Otherwise scores are those of the whole
        pool where the proxy takes candidates as independent, so samplers choose from the shortlist
        what they would choose from the pool. Where it does not, the shortlist is judged anew by
        what is believed of its candidates together.

        Args:
            request: About the pool.
            count: Candidates per fidelity.
        """
        if len(request.pool) <= self.at_once:
            return replace(request, rescored=self.rescored, lied=self.lied), self.score
        rows = shortlist(request, self.scores, count, self.fresh)
        near = narrowed(request, rows)
        if self.lacking:
            belief, rest = self.proxy.predict(near.pool), without(self.belief, rows)
            fresh = self.fresh[rows]
            judged = replace(self, request=near, belief=belief, fresh=fresh, rest=rest)
            return replace(near, rescored=judged.rescored, lied=judged.lied), judged.score

        def score(candidates: Sequence[Candidate]) -> FloatArray:
            return self.scores[rows] if candidates is near.pool else self.score(candidates)

        return (
            replace(
                near,
                rescored=lambda given: self.rescored(given)[rows],
                lied=lambda given, lie: self.lied(given, lie)[rows],
            ),
            score,
        )

    @cached_property
    def scores(self) -> FloatArray:
        """(n, m) of the pool."""
        return self.rescored(())

    def rescored(self, given: Sequence[Query]) -> FloatArray:
        """Return scores (n, m) of the pool once queries count as answered as believed."""
        return self._scored(self.belief, self._of_pool(given))

    def lied(self, given: Sequence[Query], lie: Lie) -> FloatArray:
        """Return scores (n, m) of the pool once queries count as answered with a lie.

        They count as answered as believed where no value of the target was observed yet.
        """
        context = self._of_pool(given)
        if self.values:
            context = replace(context, lie=float(_LIES[lie](self.values)))
        return self._scored(self.belief, context)

    def _scored(self, belief: Belief, context: Context) -> FloatArray:
        scores = self.acquisition.score(belief, context)
        name = type(self.acquisition).__name__
        if scores.shape != belief.mean.shape:
            raise InvalidInputError(
                f"the acquisition function {name} returned scores of shape {scores.shape}, not "
                f"{belief.mean.shape}: one for each candidate and fidelity"
            )
        wrong = np.isnan(scores) | np.isposinf(scores)
        if wrong.any():
            raise InvalidInputError(
                f"the acquisition function {name} scored {wrong.sum()} of {scores.size} queries "
                f"with {scores[wrong][0]}; a score is a number, or -inf for what is never asked"
            )
        return scores

    def score(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return scores (k, m) of any candidates, in the pool or beyond it."""
        if candidates is self.request.pool:
            return self.scores.copy()
        return self._look_up(candidates)[2]

    def forecasts(self, batch: Batch) -> list[Forecast]:
        """Return what a measurement of each query's target will be, and why it was chosen."""
        means, latent, _ = self._look_up([query.candidate for query in batch.queries])
        stds = np.sqrt(latent**2 + self.belief.noise[self.belief.column])
        costs = announced(self.request, batch.queries)
        rivals = self.scores[self.request.available & np.isfinite(self.scores)]
        why = self._why()
        record = f" (best so far {self.best:.2f})" if np.isfinite(self.best) else ""
        return [
            Forecast(
                mean=float(mean),
                std=float(std),
                score=score,
                reason=f"predicted {self.quantity} {mean:.2f} ± {std:.2f}{record}; its score "
                f"ranks {1 + int(np.sum(rivals > score))} of {len(rivals)} possible queries; "
                f"asked at {query.fidelity!r} for {cost:g}{why}",
            )
            for query, score, mean, std, cost in zip(
                batch.queries, batch.scores, means, stds, costs, strict=True
            )
        ]

    def outlook(self) -> dict[str, float]:
        """Return ``best`` so far, and the most that may be left in the pool.

        ``upper`` is the largest mean plus two standard deviations, ``expected`` the largest mean,
        over the candidates whose target may still be asked. What has no value is left out. An
        acquisition function that explains itself adds its own notes.
        """
        belief = self.belief
        unknown = self.request.available[:, belief.column]
        notes = {"best": self.best} if np.isfinite(self.best) else {}
        if unknown.any():
            mean, std = belief.target_mean[unknown], belief.target_std[unknown]
            notes["expected"] = float(mean.max())
            notes["upper"] = float((mean + _OPTIMISM * std).max())
        if isinstance(self.acquisition, Explaining):
            notes |= self.acquisition.notes(belief, self._of_pool())
        return notes

    @cached_property
    def _row(self) -> Mapping[str, int]:
        return self.request.places()

    def _look_up(
        self, candidates: Sequence[Candidate]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return target means (k,), standard deviations (k,) and scores (k, m)."""
        rows = np.array([self._row.get(c.id, -1) for c in candidates], dtype=int)
        means, stds = self.belief.target_mean[rows], self.belief.target_std[rows]
        scores = self.scores[rows]
        if beyond := np.flatnonzero(rows < 0).tolist():
            belief = self.proxy.predict([candidates[i] for i in beyond])
            costs = np.tile([f.cost for f in self.request.fidelities], (len(beyond), 1))
            means[beyond], stds[beyond] = belief.target_mean, belief.target_std
            scores[beyond] = self._scored(belief, self._context(costs))
        return means, stds, scores

    def _why(self) -> str:
        if not isinstance(self.acquisition, Explaining):
            return ""
        why = self.acquisition.reason(self.belief, self._of_pool())
        return f"; {why}" if why else ""

    def _of_pool(self, given: Sequence[Query] = ()) -> Context:
        """The context of the pool, with queries under way or chosen already."""
        column = {name: place for place, name in enumerate(self.belief.fidelities)}
        under_way = (*self.pending, *given)
        row = self._row if under_way else {}
        places = [(row.get(q.candidate.id), column[q.fidelity]) for q in under_way]
        return replace(
            self._context(self.request.costs),
            pending=tuple((place, at) for place, at in places if place is not None),
            available=self.fresh,
            rest=self.rest,
        )

    def _context(self, costs: FloatArray) -> Context:
        return Context(
            fidelities=self.request.fidelities,
            costs=costs,
            best=self.best,
            round=self.round,
            seed=self.seed,
        )
