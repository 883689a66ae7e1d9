"""What a fitted proxy and an acquisition function make of the candidates, in one round."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from discovery.protocols import Acquisition, CampaignState, Context, Proxy, Request
from discovery.rng import derive
from discovery.types import Batch, Belief, Candidate, FloatArray, Forecast
from loops.answers import answered, best_value, target
from loops.prices import announced

_OPTIMISM = 2.0
"""Standard deviations above the mean in the outlook; 98 % of a normal belief lies below."""


@dataclass(frozen=True)
class Judgement:
    """Belief and scores for the pool; candidates beyond the pool are judged when they come.

    Args:
        proxy: Fitted.
        acquisition: Scores what the proxy believes.
        belief: About the pool.
        request: The pool and what may be asked.
        best: Best uncensored target value; -inf when there is none.
        quantity: What the target fidelity measures, in words.
        round: Batches asked before this one.
        seed: For acquisition functions that draw.
    """

    proxy: Proxy
    acquisition: Acquisition
    belief: Belief
    request: Request
    best: float
    quantity: str
    round: int
    seed: int

    @classmethod
    def of(
        cls, campaign: CampaignState, request: Request, proxy: Proxy, acquisition: Acquisition
    ) -> Self:
        """Fit the proxy to all observations and judge the pool.

        Raises:
            NotFittedError: There is nothing to learn from.
        """
        seed, turn, known = campaign.seed, campaign.round, answered(campaign)
        proxy.fit(campaign.observations, campaign.fidelities, derive(seed, "loop.proxy", turn))
        return cls(
            proxy=proxy,
            acquisition=acquisition,
            belief=proxy.predict(request.pool),
            request=request,
            best=best_value(known),
            quantity=known[-1].property if known else target(campaign).name,
            round=turn,
            seed=derive(seed, "loop.acquisition", turn),
        )

    @cached_property
    def scores(self) -> FloatArray:
        """(n, m) of the pool."""
        return self._scored(self.belief, self.request.costs)

    def score(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return scores (k, m) of any candidates, in the pool or beyond it."""
        if candidates is self.request.pool:
            return self.scores.copy()
        return self._look_up(candidates)[2]

    def forecasts(self, batch: Batch) -> list[Forecast]:
        """Return what is believed of each query's target value and why it was chosen."""
        means, stds, _ = self._look_up([query.candidate for query in batch.queries])
        costs = announced(self.request, batch.queries)
        rivals = self.scores[self.request.available & np.isfinite(self.scores)]
        record = f" (best so far {self.best:.2f})" if np.isfinite(self.best) else ""
        return [
            Forecast(
                mean=float(mean),
                std=float(std),
                score=score,
                reason=f"predicted {self.quantity} {mean:.2f} ± {std:.2f}{record}; its score "
                f"ranks {1 + int(np.sum(rivals > score))} of {len(rivals)} possible queries; "
                f"asked at {query.fidelity!r} for {cost:g}",
            )
            for query, score, mean, std, cost in zip(
                batch.queries, batch.scores, means, stds, costs, strict=True
            )
        ]

    def outlook(self) -> dict[str, float]:
        """Return ``best`` so far, and the most that may be left in the pool.

        ``upper`` is the largest mean plus two standard deviations, ``expected`` the largest mean,
        over the candidates whose target may still be asked. What has no value is left out.
        """
        belief = self.belief
        unknown = self.request.available[:, belief.column]
        notes = {"best": self.best} if np.isfinite(self.best) else {}
        if unknown.any():
            mean, std = belief.target_mean[unknown], belief.target_std[unknown]
            notes["expected"] = float(mean.max())
            notes["upper"] = float((mean + _OPTIMISM * std).max())
        return notes

    @cached_property
    def _row(self) -> dict[str, int]:
        return {candidate.id: row for row, candidate in enumerate(self.request.pool)}

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
            scores[beyond] = self._scored(belief, costs)
        return means, stds, scores

    def _scored(self, belief: Belief, costs: FloatArray) -> FloatArray:
        context = Context(
            fidelities=self.request.fidelities,
            costs=costs,
            best=self.best,
            round=self.round,
            seed=self.seed,
        )
        return self.acquisition.score(belief, context)
