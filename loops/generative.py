"""The loop that looks beyond the pool: it lets a generator make up crystals, and asks about them.

Each round: fit the proxy, generate crystals by what the acquisition function makes of its belief,
let them compete with the pool for the batch, buy labels. What is asked joins the pool, so a
crystal with a good cheap answer may be asked at a dear fidelity later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from discovery.assessment.diversity import diversity, top
from discovery.assessment.novelty import Tolerances, novelty
from discovery.generation import Generation, Generator, Prepared
from discovery.protocols import (
    Acquisition,
    CampaignState,
    Proxy,
    Request,
    Sampler,
    Score,
    StoppingRule,
)
from discovery.rng import derive
from discovery.types import Batch, Candidate, Draft, FloatArray
from loops.judgement import Judgement
from loops.refusals import Refusals
from loops.sequential import Proposal, SequentialLoop

_BEST = 20
"""Crystals of highest reward whose diversity is noted."""

_ASKED = Tolerances(composition=1e-3, edge=0.1, angle=5.0)
"""What counts as asked already. No atom of another element, but a cell that is not relaxed yet."""


class GenerativeLoop(SequentialLoop):
    """A sequential loop whose batches are chosen from the pool and from generated crystals.

    Worth nothing to the generator is what has the composition and space group of something in the
    pool, in nearly the same cell, and what is likely refused by what was refused before
    (:mod:`loops.refusals`), which is not asked either. The pool may be asked all the same, but for
    candidates without a structure where an oracle was found to need one.

    What the generator has learned is kept in the journal with each batch and handed back to it in
    the next round, so a resumed campaign goes on with the policy that it had.

    Args:
        proxy: Predicts observations.
        acquisition: Turns its belief into scores, which are also the generator's reward.
        sampler: Chooses the batch from the pool and the crystals.
        stopping: Says when to stop.
        generator: Makes up crystals.
        crystals: Crystals generated per round.
        batch_size: Queries per round, at most.
        batch_cost: Cost per round, at most, or one query where that costs more.
        initial: Random queries about the pool to begin with, as in the sequential loop.
    """

    def __init__(
        self,
        *,
        proxy: Proxy,
        acquisition: Acquisition,
        sampler: Sampler,
        stopping: StoppingRule,
        generator: Generator,
        crystals: int = 200,
        batch_size: int = 5,
        batch_cost: float | None = None,
        initial: int | dict[str, int] = 10,
    ) -> None:
        super().__init__(
            proxy=proxy,
            acquisition=acquisition,
            sampler=sampler,
            stopping=stopping,
            batch_size=batch_size,
            batch_cost=batch_cost,
            initial=initial,
        )
        self._generator, self._crystals = generator, crystals

    def ask(self, campaign: CampaignState) -> Batch:
        """Return the next batch, see :meth:`SequentialLoop.ask`; a mistake costs nothing yet."""
        if isinstance(self._generator, Prepared):
            self._generator.prepare(len(campaign.fidelities))
        return super().ask(campaign)

    def _explore(
        self, campaign: CampaignState, request: Request, counts: Mapping[str, int]
    ) -> Batch:
        able = request.available & ~Refusals.of(campaign).bare(request.pool)
        batch = super()._explore(campaign, replace(request, available=able), counts)
        return batch if batch.queries else super()._explore(campaign, request, counts)

    def _exploit(self, campaign: CampaignState, judgement: Judgement) -> Proposal:
        seed = derive(campaign.seed, "loop.generator", campaign.round)
        refusals = Refusals.of(campaign)

        def score(candidates: Sequence[Candidate]) -> FloatArray:
            again = novelty(candidates, judgement.request.pool, _ASKED).known
            idle = refusals.likely(candidates) | again[:, None]
            return np.where(idle, -np.inf, judgement.score(candidates))

        made = self._generator.generate(self._crystals, score, seed, memory=campaign.memory)
        request = _widened(campaign, judgement.request, made.drafts, refusals)
        wider = judgement.widened(request)
        proposal = super()._exploit(campaign, wider)
        notes = _noted(made, judgement.request.pool, wider.score)
        return replace(proposal, outlook={**proposal.outlook, **notes}, memory=made.memory)


def _widened(
    campaign: CampaignState, request: Request, drafts: Sequence[Draft], refusals: Refusals
) -> Request:
    """Return the request with crystals after its pool; those of the pool keep their place."""
    known = set(request.pool)
    new = {draft.candidate: draft for draft in drafts if draft.candidate not in known}
    columns = range(len(request.fidelities))
    wanted = [[draft.column in (None, column) for column in columns] for draft in new.values()]
    welcome = np.reshape(wanted, (-1, len(columns))).astype(np.bool_)
    pool = (*request.pool, *new)
    available = np.concatenate([request.available, welcome & ~refusals.likely(tuple(new))])
    return replace(
        request,
        pool=pool,
        costs=np.concatenate([request.costs, campaign.quote(tuple(new))]),
        available=available & ~refusals.bare(pool),
    )


def _noted(made: Generation, pool: Sequence[Candidate], score: Score) -> dict[str, float]:
    """Return what the generator counted, and what its crystals are like and worth."""
    notes = {f"generator.{name}": float(value) for name, value in made.notes.items()}
    candidates = [draft.candidate for draft in made.drafts]
    rewards = score(candidates).max(axis=1, initial=-np.inf)
    judged = np.isfinite(rewards)
    notes["generated.count"] = float(len(candidates))
    notes["generated.new"] = float(len(set(candidates) - set(pool)))
    if judged.any():
        names = ("low", "median", "high", "best")
        values = np.quantile(rewards[judged], (0.1, 0.5, 0.9, 1.0))
        notes |= {f"generated.reward_{n}": float(v) for n, v in zip(names, values, strict=True)}
        covered, apart = diversity(candidates), novelty(candidates, pool).distance
        best = diversity([candidates[place] for place in top(candidates, rewards, _BEST)])
        notes |= {
            "generated.elements": float(covered.elements),
            "generated.space_groups": float(covered.groups),
            "generated.systems": float(covered.systems),
            "generated.top": float(best.count),
            "generated.distance": best.distance if best.count > 1 else 0.0,
            "generated.novelty": float(np.median(apart)),
        }
    return notes
