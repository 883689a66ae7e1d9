"""The contracts between parts: one or two methods each.

Parts never call each other. The loop receives them all and passes plain values between them.
``discovery.testing`` holds an executable form of every contract.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from discovery.types import (
    Batch,
    Belief,
    BoolArray,
    Candidate,
    Dataset,
    Fidelity,
    FloatArray,
    Forecast,
    Observation,
    Outcome,
    Query,
)

Lie: TypeAlias = Literal["min", "mean", "max"]
"""An answer that is made up: the least, the mean or the best value of the target so far."""

Score = Callable[[Sequence[Candidate]], FloatArray]
"""Scores (n, m) of n candidates at the m fidelities of the campaign; -inf where not to be asked."""


@runtime_checkable
class Oracle(Protocol):
    """Answers queries at a price.

    Attributes:
        version: Changes whenever the same candidate may get another answer.
        property: Quantity, e.g. ``log10_sigma``.
        unit: Its unit, e.g. ``log10(S/cm)``.
    """

    version: str
    property: str
    unit: str

    def cost(self, candidate: Candidate) -> float:
        """Return the announced cost of one query in budget units; pure, charges nothing."""
        ...

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return one estimate, bound or refusal per candidate, in order.

        The answer for a candidate depends on the candidate and the seed alone, not on its company.
        """
        ...


@runtime_checkable
class Proxy(Protocol):
    """Predicts observations and says how sure it is."""

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far (any status, any fidelity).

        Raises:
            NotFittedError: There is nothing to learn from.
        """
        ...

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates, row by row, at all fidelities."""
        ...


@runtime_checkable
class Marginal(Protocol):
    """A proxy that relates candidates to each other, and can save itself the trouble."""

    def marginal(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief of :meth:`Proxy.predict` without its factor."""
        ...


State: TypeAlias = Mapping[str, Any]
"""What a model has learned: nested mappings and lists of texts, numbers and arrays of numbers."""


@runtime_checkable
class Persistent(Protocol):
    """A proxy that can be stored, and go on elsewhere as if it had been fitted there."""

    def state(self) -> State:
        """Return everything that :meth:`Proxy.predict` needs, options aside.

        Raises:
            NotFittedError: Nothing has been learned yet.
        """
        ...

    def restore(self, state: State) -> None:
        """Take over what a proxy of the same options has learned.

        Raises:
            InvalidInputError: The state is not one of this kind of proxy.
        """
        ...


@dataclass(frozen=True)
class Context:
    """What an acquisition function may know beside the belief.

    Args:
        fidelities: Of the campaign, in column order.
        costs: (n, m) announced cost of each query.
        best: Best uncensored target value observed so far; -inf when there is none.
        round: Number of batches asked before this one.
        seed: For acquisition functions that draw.
        pending: (row, column) in the belief of each query that is asked and not yet answered, or
            already chosen for the batch, in that order.
        available: (n, m) false where a query was asked before; ``None`` where that is not known.
        rest: The belief about further candidates of the pool, at the target alone, where only a
            shortlist is to be scored; what counts candidates or looks for their best counts these.
        lie: What pending queries of the target count as answered with, in its unit; ``None`` for
            what is believed of each.
    """

    fidelities: tuple[Fidelity, ...]
    costs: FloatArray
    best: float
    round: int
    seed: int
    pending: tuple[tuple[int, int], ...] = ()
    available: BoolArray | None = None
    rest: Belief | None = None
    lie: float | None = None


@runtime_checkable
class Acquisition(Protocol):
    """Turns a belief into scores; larger is better."""

    def score(self, belief: Belief, context: Context) -> FloatArray:
        """Return scores (n, m); columns of fidelities that it never asks are -inf."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """An acquisition function that says why it asks at the fidelities that it asks at."""

    def notes(self, belief: Belief, context: Context) -> Mapping[str, float]:
        """Return numbers for the outlook, named after the acquisition function."""
        ...

    def reason(self, belief: Belief, context: Context) -> str:
        """Return in words why; empty where there is nothing to say."""
        ...


@runtime_checkable
class Thrifty(Protocol):
    """An acquisition function that knows of fidelities that cannot be worth their price."""

    def worth_trying(self, costs: FloatArray, target: int) -> BoolArray:
        """Return (m,) which fidelities may be worth their price, the target included.

        Args:
            costs: (n, m) announced costs.
            target: Column of the target.
        """
        ...


@dataclass(frozen=True)
class Request:
    """What a sampler is asked for, and all that it may see.

    Args:
        pool: The n candidates of the campaign.
        fidelities: The m fidelities, in column order.
        costs: (n, m) announced costs.
        available: (n, m) whether the query may still be asked.
        allowance: Budget not yet spent or reserved.
        size: Number of queries wanted.
        rescored: Scores (n, m) of the pool once queries count as answered as believed; ``None``
            where nothing is believed, as in a design drawn at random.
        lied: The same once all queries under way count as answered with a lie, those of cheap
            fidelities as believed.
        rows: Candidate id -> row of the pool, where a campaign has them at hand.
    """

    pool: Sequence[Candidate]
    fidelities: tuple[Fidelity, ...]
    costs: FloatArray
    available: BoolArray
    allowance: float
    size: int
    rescored: Callable[[Sequence[Query]], FloatArray] | None = None
    lied: Callable[[Sequence[Query], Lie], FloatArray] | None = None
    rows: Mapping[str, int] | None = None

    def places(self) -> Mapping[str, int]:
        """Return candidate id -> row of the pool."""
        rows = self.rows
        if rows is not None and len(rows) == len(self.pool):
            return rows
        return {candidate.id: row for row, candidate in enumerate(self.pool)}


@runtime_checkable
class Sampler(Protocol):
    """Chooses what to ask next, from the pool or beyond it."""

    def propose(self, request: Request, score: Score, seed: int) -> Batch:
        """Return at most ``request.size`` distinct available queries within the allowance.

        An empty batch means that nothing is left that can be asked.
        """
        ...


class CampaignState(Protocol):
    """What a loop sees of a campaign: the only stateful object, and the only backward arrow."""

    @property
    def pool(self) -> Sequence[Candidate]:
        """Candidates in a fixed order: those it began with, then those asked from beyond."""
        ...

    @property
    def fidelities(self) -> tuple[Fidelity, ...]:
        """Fidelities in column order; exactly one is the target."""
        ...

    @property
    def observations(self) -> Sequence[Observation]:
        """Everything told so far, in the order it was told."""
        ...

    @property
    def pending(self) -> tuple[Query, ...]:
        """Asked and not yet answered, in the order it was asked."""
        ...

    @property
    def round(self) -> int:
        """Number of batches asked so far."""
        ...

    @property
    def seed(self) -> int:
        """Seed of the campaign."""
        ...

    @property
    def budget(self) -> float:
        """Total budget in cost units."""
        ...

    @property
    def spent(self) -> float:
        """Actual cost of everything settled."""
        ...

    @property
    def outlook(self) -> Mapping[str, float]:
        """What the loop noted when it asked last, e.g. ``upper`` (see loops.stopping)."""
        ...

    @property
    def memory(self) -> State | None:
        """What the loop wanted to remember last."""
        ...

    def request(self, size: int) -> Request:
        """Return what may be asked now: the pool with costs, availability and allowance."""
        ...

    def quote(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return announced costs (k, m) of any candidates, in the pool or beyond it."""
        ...

    def ask(
        self,
        batch: Batch,
        forecasts: Sequence[Forecast],
        outlook: Mapping[str, float],
        memory: State | None = None,
    ) -> None:
        """Journal a batch and reserve its cost, all or nothing.

        A candidate that is asked from beyond the pool joins it.

        Args:
            batch: What is asked.
            forecasts: What is believed of each query.
            outlook: What the loop notes.
            memory: What the loop must find again if it is to go on as if never interrupted.

        Raises:
            BudgetError: The batch cannot be afforded.
        """
        ...

    def submit(self, queries: Sequence[Query]) -> Sequence[Query]:
        """Journal that queries are handed to an executor, and return them."""
        ...

    def tell(self, observation: Observation) -> None:
        """Journal an answer and settle its cost; telling the same answer again changes nothing."""
        ...

    def stop(self, reason: str) -> None:
        """Journal why the loop ended."""
        ...


@runtime_checkable
class Executor(Protocol):
    """Carries queries to their oracles, here or elsewhere."""

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield one observation per query that has an oracle, in the order of the queries.

        A query whose fidelity is answered from outside (a laboratory) yields nothing.
        """
        ...


@runtime_checkable
class StoppingRule(Protocol):
    """Decides when a loop ends; rules combine with ``&`` and ``|``."""

    def reason(self, campaign: CampaignState) -> str | None:
        """Return why the campaign should stop now, or ``None`` to go on."""
        ...


@runtime_checkable
class Loop(Protocol):
    """Keeps asking."""

    def ask(self, campaign: CampaignState) -> Batch:
        """Propose the next batch and journal it; an empty batch when nothing can be asked."""
        ...

    def run(self, campaign: CampaignState, executor: Executor) -> str:
        """Ask, evaluate and tell until a rule stops it; return the reason."""
        ...


@runtime_checkable
class DatasetLoader(Protocol):
    """Loads a data set, from the package, a cache, a directory or the network."""

    def load(self) -> Dataset:
        """Return candidates and labels.

        Raises:
            DatasetError: A file is missing, truncated or contradicts itself.
        """
        ...
