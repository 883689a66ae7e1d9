"""Running a campaign with progress shown, and what is written when it ends."""

import json as jsonlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from discovery.cli.results import Quantity

if TYPE_CHECKING:
    from discovery.assemble import Assembly
    from discovery.campaign import Campaign, CampaignRecord
    from discovery.cli.places import Place
    from discovery.protocols import Executor
    from discovery.types import Observation, Query


@contextmanager
def opened(where: "Place") -> "Iterator[Assembly]":
    """Open a campaign for writing and release it at the end."""
    from discovery.assemble import assemble

    where.prepare()
    with assemble(where.config, where.database) as assembly:
        where.keep()
        yield assembly


def execute(where: "Place", *, quiet: bool) -> "tuple[dict[str, object], CampaignRecord]":
    """Run or resume one campaign and write its report; return its summary and its record."""
    with opened(where) as assembly:
        with _progress(assembly.campaign, quiet=quiet) as (bar, task):
            watched = Watched(assembly.executor, assembly.campaign, bar, task)
            try:
                reason = assembly.loop.run(assembly.campaign, watched)
            except KeyboardInterrupt:
                bar.stop()
                typer.echo(
                    f"interrupted; everything bought is kept. Resume with the same command, or: "
                    f"discovery run {where.directory}",
                    err=True,
                )
                raise
        record = assembly.campaign.record
        return finish(where, record, assembly) | {"ended": reason}, record


def finish(
    where: "Place", record: "CampaignRecord", assembly: "Assembly | None" = None
) -> dict[str, object]:
    """Write report and crystals of a campaign; return its summary."""
    from discovery.assemble import load_dataset
    from discovery.report.export import export_top
    from discovery.report.page import write_report
    from discovery.report.summary import summary

    options: Any = where.config
    dataset = load_dataset(options.dataset) if assembly is None else assembly.dataset
    looked_up = any(f.target and f.oracle and f.oracle.name == "table" for f in options.fidelities)
    # recall has a meaning where the answers are the labels, as in a benchmark
    truth, share = dataset.labels if looked_up else None, options.report.hit_fraction
    crystals = where.directory / "candidates"
    export_top(record, crystals, options.report.top)
    report = where.directory / "report.html"
    write_report(
        record,
        report,
        truth=truth,
        hit_fraction=share,
        candidates_dir=crystals,
        top=options.report.top,
    )
    facts = summary(record, truth=truth, hit_fraction=share)
    return {**facts, "report": str(report), "candidates": str(crystals)}


def average(results: Sequence[Mapping[str, object]], *, json: bool) -> None:
    """Print the mean recall over repeated campaigns with its standard error."""
    import numpy as np

    recalls = [r["recall"] for r in results if isinstance(r.get("recall"), float)]
    if not recalls:
        typer.echo("no recall: the data set has no labels to compare with", err=True)
        return
    values = np.array(recalls, dtype=float)
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    facts = {
        "campaigns": len(values),
        "recall_mean": float(values.mean()),
        "recall_standard_error": error,
        "recalls": recalls,
        "results": list(results),
    }
    typer.echo(
        jsonlib.dumps(facts)
        if json
        else f"recall of the best over {len(values)} campaigns: {values.mean():.3f}"
        + ("" if error is None else f" ± {error:.3f} (standard error)")
    )


def quantities(assembly: "Assembly") -> dict[str, Quantity]:
    """Return what each fidelity measures; what is told is of the data set's quantity."""
    told = Quantity(assembly.dataset.property, assembly.dataset.unit)
    return {
        fidelity.name: told
        if (oracle := assembly.oracles.get(fidelity.name)) is None
        else Quantity(oracle.property, oracle.unit)
        for fidelity in assembly.campaign.fidelities
    }


@dataclass(frozen=True)
class Helpers:
    """An executor that answers everything but the target, which is left to be told."""

    executor: "Executor"
    target: str

    def evaluate(self, queries: "Sequence[Query]") -> "Iterator[Observation]":
        """Yield what the oracles of the other fidelities answer."""
        yield from self.executor.evaluate([q for q in queries if q.fidelity != self.target])


@dataclass
class Watched:
    """An executor that moves the progress bar after every observation."""

    executor: "Executor"
    campaign: "Campaign"
    bar: Progress
    task: TaskID

    def evaluate(self, queries: "Sequence[Query]") -> "Iterator[Observation]":
        """Yield what the executor yields."""
        for observation in self.executor.evaluate(queries):
            yield observation
            self.bar.update(self.task, **_state(self.campaign))


@contextmanager
def _progress(campaign: "Campaign", *, quiet: bool) -> Iterator[tuple[Progress, TaskID]]:
    """A bar of the budget: spent, remaining, best so far, time to go."""
    bar = Progress(
        TextColumn("{task.fields[name]}"),
        BarColumn(),
        TextColumn("spent {task.completed:.4g} of {task.total:.4g}, best {task.fields[best]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        disable=quiet or not sys.stderr.isatty(),
        console=Console(stderr=True),
    )
    with bar:
        named = {"name": campaign.record.name, **_state(campaign)}
        yield bar, bar.add_task("", total=campaign.budget, **named)


def _state(campaign: "Campaign") -> dict[str, Any]:
    best = campaign.best
    found = "none yet" if best is None else f"{best.query.candidate.formula} {best.value:.2f}"
    return {"completed": campaign.spent, "best": found}
