"""The loop: ask, evaluate, tell, until a rule says stop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, TypeAlias

from discovery.errors import NotFittedError
from discovery.protocols import (
    Acquisition,
    CampaignState,
    Executor,
    Proxy,
    Request,
    Sampler,
    State,
    StoppingRule,
    Thrifty,
)
from discovery.rng import derive
from discovery.types import Batch, Forecast
from loops.answers import target
from loops.exploration import TARGET, explore, missing
from loops.judgement import AT_ONCE, Judgement
from loops.prices import hints_come_too_late, target_only

Event: TypeAlias = Literal["asked", "told", "waiting", "stopped"]
Observer: TypeAlias = Callable[[Event, CampaignState], None]

NOTHING_LEFT = "nothing is left that is worth asking and can be paid"


@dataclass(frozen=True)
class Proposal:
    """A batch, what is believed of it, and what is to be noted and remembered."""

    batch: Batch
    forecasts: list[Forecast]
    outlook: Mapping[str, float] = field(default_factory=dict)
    memory: State | None = None


class SequentialLoop:
    """Fits the proxy to everything told, asks the best batch, waits for its answers, and repeats.

    One class serves one fidelity and several: which fidelities are asked is up to the acquisition
    function. The initial design is asked as one batch, drawn at random by the sampler; the same
    happens, at the target, as long as the proxy has nothing to learn from. Everything random
    follows from the campaign's seed and round, and nothing is remembered between rounds, so a
    resumed campaign goes on as if it had never stopped.

    Args:
        proxy: Predicts observations.
        acquisition: Turns its belief into scores.
        sampler: Chooses the batch.
        stopping: Says when to stop.
        batch_size: Queries per round, at most.
        batch_cost: Cost per round, at most, or one query where that costs more.
        initial: Random queries to begin with: a number at the target, or numbers by fidelity
            (``target`` means the target, whatever its name).
        at_once: Candidates judged together. A larger pool is predicted in parts of that size,
            which bounds the memory, scored as a whole, and the batch is chosen from a shortlist.
            Where the proxy takes candidates as independent of each other the batch is that of the
            whole pool. Where it does not, only the shortlist is scored by what is believed of
            candidates together (pending queries and those of the batch as they tell of others):
            the same batch for acquisition functions that score each candidate by itself, as long
            as the shortlist, which is by scores that know nothing of that, holds it; an
            approximation for ``thompson``, which draws once more among the shortlist, for ``kg``,
            ``mf_kg`` and ``variance_reduction``, which look for gains within it, and for
            ``guarded``, whose averages are over it.
        shortlist: Candidates per fidelity from which a batch is chosen then, beside those that were
            asked before; no fewer than the sampler compares.

    Attributes:
        observers: Called with the name of an event and the campaign after the campaign has
            changed: ``asked``, ``told``, ``waiting``, ``stopped``.
    """

    needs: ClassVar[tuple[str, ...]] = ("proxy", "acquisition", "sampler", "stopping")

    def __init__(
        self,
        *,
        proxy: Proxy,
        acquisition: Acquisition,
        sampler: Sampler,
        stopping: StoppingRule,
        batch_size: int = 5,
        batch_cost: float | None = None,
        initial: int | Mapping[str, int] = 10,
        at_once: int = AT_ONCE,
        shortlist: int = 2000,
    ) -> None:
        self._at_once, self._shortlist = at_once, shortlist
        self._proxy, self._acquisition, self._sampler = proxy, acquisition, sampler
        self._stopping = stopping
        self._batch_size, self._batch_cost = batch_size, batch_cost
        self._initial = {TARGET: initial} if isinstance(initial, int) else dict(initial)
        self.observers: list[Observer] = []

    def run(self, campaign: CampaignState, executor: Executor) -> str:
        """Ask, evaluate and tell until a rule stops it or answers must come from outside.

        Queries that are pending, from a run that was killed, are answered first.

        Returns:
            Why it ended. Waiting for answers is no end: it is not journalled, and the next run
            goes on once they are told.
        """
        while (reason := self._reason_to_stop(campaign)) is None:
            if not (queries := campaign.pending or self.ask(campaign).queries):
                reason = NOTHING_LEFT
                break
            for observation in executor.evaluate(campaign.submit(queries)):
                campaign.tell(observation)
                self._notify("told", campaign)
            if campaign.pending:
                return self._wait(campaign)
        campaign.stop(reason)
        self._notify("stopped", campaign)
        return reason

    def ask(self, campaign: CampaignState) -> Batch:
        """Propose the next batch and journal it.

        Returns:
            An empty batch when nothing can be asked or a rule says that it is enough.
        """
        if self._reason_to_stop(campaign) is not None:
            return Batch((), ())
        proposal = self._propose(campaign)
        if proposal.batch.queries:
            campaign.ask(proposal.batch, proposal.forecasts, proposal.outlook, proposal.memory)
            self._notify("asked", campaign)
        return proposal.batch

    def _reason_to_stop(self, campaign: CampaignState) -> str | None:
        """No rule is asked in the middle of a batch, so a resumed campaign stops where it would."""
        return None if campaign.pending else self._stopping.reason(campaign)

    def _wait(self, campaign: CampaignState) -> str:
        self._notify("waiting", campaign)
        count = len(campaign.pending)
        return f"waiting for {count} result{'' if count == 1 else 's'}"

    def _notify(self, event: Event, campaign: CampaignState) -> None:
        for observer in self.observers:
            observer(event, campaign)

    def _propose(self, campaign: CampaignState) -> Proposal:
        request = campaign.request(self._batch_size)
        counts = self._wanted(campaign, request)
        batch = self._explore(campaign, request, counts)
        if batch.queries:
            return _guess(batch, "drawn at random for the initial design")
        try:
            judgement = Judgement.of(
                campaign, request, self._proxy, self._acquisition, self._at_once
            )
        except NotFittedError as error:
            counts = {target(campaign).name: request.size}
            batch = self._explore(campaign, self._capped(request), counts)
            return _guess(batch, f"drawn at random: {error}")
        return self._exploit(campaign, judgement)

    def _exploit(self, campaign: CampaignState, judgement: Judgement) -> Proposal:
        """Return the best batch by a judgement."""
        batch = self._choose(campaign, judgement)
        return Proposal(batch, judgement.forecasts(batch), judgement.outlook())

    def _choose(self, campaign: CampaignState, judgement: Judgement) -> Batch:
        """Let the sampler choose by score; what is left last goes to the target."""
        seed = derive(campaign.seed, "loop.sampler", campaign.round)
        batch = self._sampled(judgement, judgement.request, seed)
        if hints_come_too_late(judgement.request, batch):
            batch = self._sampled(judgement, target_only(judgement.request), seed)
        return batch

    def _sampled(self, judgement: Judgement, request: Request, seed: int) -> Batch:
        """Let the sampler choose from the shortlist, or from the pool where that is too short."""
        capped = self._capped(request)
        near, score = judgement.shortlisted(capped, self._shortlist)
        batch = self._sampler.propose(near, score, seed)
        if len(batch) < request.size and len(near.pool) < len(capped.pool):
            whole = replace(capped, rescored=judgement.rescored, lied=judgement.lied)
            batch = self._sampler.propose(whole, judgement.score, seed)
        return batch

    def _wanted(self, campaign: CampaignState, request: Request) -> dict[str, int]:
        """What of the initial design is still to be asked, but for what cannot pay its price."""
        counts = missing(campaign, self._initial)
        if isinstance(self._acquisition, Thrifty) and len(request.pool):
            column = [fidelity.target for fidelity in request.fidelities].index(True)
            worth = self._acquisition.worth_trying(request.costs, column).tolist()
            for fidelity, pays in zip(request.fidelities, worth, strict=True):
                if not pays:
                    counts.pop(fidelity.name, None)
        return counts

    def _explore(
        self, campaign: CampaignState, request: Request, counts: Mapping[str, int]
    ) -> Batch:
        seed = derive(campaign.seed, "loop.exploration", campaign.round)
        return explore(request, self._sampler, counts, seed)

    def _capped(self, request: Request) -> Request:
        """Return the request with the cost of a round for its allowance."""
        prices = request.costs[request.available]
        if self._batch_cost is None or not prices.size:
            return request
        cap = max(self._batch_cost, float(prices.max()))
        return replace(request, allowance=min(request.allowance, cap))


def _guess(batch: Batch, why: str) -> Proposal:
    """A proposal without a belief."""
    return Proposal(batch, [Forecast(None, None, score, why) for score in batch.scores])
