"""The composition root: configuration -> campaign, loop and executor."""

import concurrent.futures
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from discovery import registry
from discovery.campaign import Campaign
from discovery.config import CampaignOptions, resolve_budget
from discovery.errors import BudgetError, InvalidInputError
from discovery.options import TAG
from discovery.protocols import DatasetLoader, Executor, Loop, Oracle
from discovery.store import Journal
from discovery.types import (
    Batch,
    Bound,
    Candidate,
    Dataset,
    Estimate,
    Fidelity,
    Forecast,
    Observation,
    Query,
)

Cost = Callable[[Candidate], float]

_NOT_IDENTITY = (
    *("executor", "report", "budget", "journal"),
    *("dataset.data_dir", "dataset.path", "dataset.cif_dir"),
    *(f"fidelities.*.{where}" for where in ("directory", "seconds", "checkpoint_dir")),
)
"""Fields that may change between two runs of the same campaign; the pool is compared itself."""


@dataclass(frozen=True)
class Assembly:
    """Everything that a campaign needs, put together.

    Args:
        config: The configuration.
        dataset: Its data set.
        campaign: Pool, journal and budget.
        loop: Keeps asking.
        executor: Runs the oracles.
        oracles: Fidelity -> who answers; fidelities that are told have none.
        journal: The open journal.

    Close it, or use it as a context manager, to release the journal.
    """

    config: Any
    dataset: Dataset
    campaign: Campaign
    loop: Loop
    executor: Executor
    oracles: Mapping[str, Oracle]
    journal: Journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the journal, so that others may write to it."""
        self.journal.close()


def build(role: str, options: Any, **resources: Any) -> Any:  # noqa: ANN401 - parts of any role
    """Build the part that a section of a configuration describes."""
    given = options.model_dump()
    return registry.build(role, given.pop(TAG), given, **resources)


def load_dataset(options: Any) -> Dataset:  # noqa: ANN401 - a section of the configuration
    """Load the data set that a section of a configuration describes.

    Raises:
        InvalidInputError: It has no candidate.
    """
    loader: DatasetLoader = build("dataset", options)
    dataset = loader.load()
    if not dataset.candidates:
        raise InvalidInputError(f"data set {dataset.name!r} has no candidate; nothing to search")
    return dataset


def assemble(
    config: CampaignOptions,
    where: str | Path,
    *,
    dataset: Dataset | None = None,
    workers: concurrent.futures.Executor | None = None,
) -> Assembly:
    """Put a campaign together; it is created, or resumed where its journal exists.

    Args:
        config: A checked configuration.
        where: Path of the journal's SQLite file, or SQLAlchemy URL of its database.
        dataset: The data set, if it is loaded already.
        workers: Any ``concurrent.futures`` executor (threads, processes, dask, a cluster) that
            runs the oracles instead of the configured one; it stays the caller's.

    Raises:
        JournalError: The journal is another campaign's, newer, locked or cannot be written.
        DatasetError: The data cannot be loaded.
    """
    options: Any = config
    data = load_dataset(options.dataset) if dataset is None else dataset
    oracles = {
        fidelity.name: (fidelity.oracle.name, build("oracle", fidelity.oracle, dataset=data))
        for fidelity in options.fidelities
        if fidelity.oracle is not None
    }
    costs = {f.name: _cost(f.name, f.cost, oracles.get(f.name)) for f in options.fidelities}
    known = {f.name for f in options.fidelities if f.known}
    fidelities = tuple(
        Fidelity(f.name, _typical(f.cost, costs[f.name], data.candidates), target=f.target)
        for f in options.fidelities
    )
    (target,) = (fidelity for fidelity in fidelities if fidelity.target)
    whole_pool = sum(costs[target.name](candidate) for candidate in data.candidates)
    loop: Loop = build(
        "loop",
        options.loop,
        proxy=build("proxy", options.proxy),
        acquisition=build("acquisition", options.acquisition),
        sampler=build("sampler", options.sampler),
        stopping=registry.build(
            "stopping", "any", {"rules": [{TAG: "budget"}, *_plain(options.stopping)]}
        ),
        known=data.candidates,
    )
    priced = {name: (*oracle, costs[name]) for name, oracle in oracles.items()}
    asking = {"oracles": priced, "seed": options.seed}
    executor: Executor = (
        build("executor", options.executor, **asking)
        if workers is None
        else registry.build("executor", "futures", {}, workers=workers, **asking)
    )
    journal = Journal.open(where, options.name)
    try:
        campaign = Campaign.open(
            journal,
            name=options.name,
            seed=options.seed,
            budget=resolve_budget(options.budget, whole_pool),
            fidelities=fidelities,
            pool=data.candidates,
            cost=lambda candidate, fidelity: (
                0.0
                if fidelity in known and candidate.id in data.labels
                else costs[fidelity](candidate)
            ),
            config=options.model_dump(mode="json"),
            ignore=_NOT_IDENTITY,
        )
        for name in known:
            tell_known(campaign, name, data)
    except BaseException:
        journal.close()
        raise
    answering = {name: oracle for name, (_, oracle) in oracles.items()}
    return Assembly(options, data, campaign, loop, executor, answering, journal)


def tell_known(campaign: Campaign, fidelity: str, dataset: Dataset) -> None:
    """Ask and tell, free of charge, what the data set knows of the target beforehand.

    Safe to call again: what was asked is not asked twice, what was cut off is completed.
    """
    queries = [Query(c, fidelity) for c in dataset.candidates if c.id in dataset.labels]
    asked = {query.id for query in campaign.record.queries}
    new = tuple(query for query in queries if query.id not in asked)
    if new:
        why = Forecast(None, None, 0.0, "known beforehand")
        campaign.ask(Batch(new, (0.0,) * len(new)), [why] * len(new), {})
    known = set(queries)
    for query in (query for query in campaign.pending if query in known):
        label = dataset.labels[query.candidate.id]
        campaign.tell(
            Observation(
                query=query,
                status="ok",
                property=dataset.property,
                unit=dataset.unit,
                value=label.value if isinstance(label, Estimate) else None,
                bound=label if isinstance(label, Bound) else None,
                standard_error=label.standard_error if isinstance(label, Estimate) else None,
                cost=0.0,
                oracle=dataset.name,
                input_hash=query.candidate.id,
            )
        )


def _plain(rules: list[Any]) -> list[Mapping[str, Any]]:
    return [rule.model_dump() for rule in rules]


def _cost(fidelity: str, fixed: float | None, oracle: tuple[str, Oracle] | None) -> Cost:
    if fixed is not None:
        return lambda _: fixed
    if oracle is None:
        raise BudgetError(f"fidelity {fidelity!r} has neither a cost nor an oracle to ask for one")
    return oracle[1].cost


def _typical(fixed: float | None, cost: Cost, pool: tuple[Candidate, ...]) -> float:
    return fixed if fixed is not None else sum(map(cost, pool)) / len(pool)
