"""Commands that drive a campaign: run, ask, tell, status, report, export."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from discovery.cli.arguments import DataDir, Json, Out

RUNS = Path("runs")

ConfigOrRun = Annotated[
    str, typer.Argument(help="A configuration (file or shipped name), or the folder of a run.")
]
Run = Annotated[str, typer.Argument(help="Name or folder of a campaign that was run.")]
Seed = Annotated[int | None, typer.Option(help="Replace the seed of the configuration.")]
Budget = Annotated[
    str | None, typer.Option(help="Replace the budget: cost units, or a share such as '25%'.")
]
Name = Annotated[str | None, typer.Option(help="Replace the name of the campaign.")]


def run(
    config: ConfigOrRun,
    out: Out = RUNS,
    seed: Seed = None,
    budget: Budget = None,
    name: Name = None,
    data_dir: DataDir = None,
    repeats: Annotated[
        int, typer.Option(min=1, help="Run with this many successive seeds and average.")
    ] = 1,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    json: Json = False,
) -> None:
    """Run a campaign, or resume it; Ctrl-C stops it cleanly."""
    from discovery.cli.places import place
    from discovery.cli.running import average, execute
    from discovery.cli.tables import print_found

    again: list[dict[str, int | str | None]] = [{"seed": seed, "name": name}]
    if repeats > 1:
        base = place(config, out, seed=seed, name=name, data_dir=data_dir).config
        seeds = range(base.seed, base.seed + repeats)
        again = [{"seed": each, "name": f"{base.name}-seed{each}"} for each in seeds]
    results = []
    for changes in again:
        where = place(config, out, budget=_budget(budget), data_dir=data_dir, **changes)
        facts, record = execute(where, quiet=quiet or json)
        results.append(facts)
        if not json:
            print_found(facts, record, where.config)
    if repeats > 1:
        average(results, json=json)
    elif json:
        typer.echo(jsonlib.dumps(results[0]))


def ask(
    config: ConfigOrRun,
    out: Out = RUNS,
    seed: Seed = None,
    budget: Budget = None,
    name: Name = None,
    data_dir: DataDir = None,
    *,
    more: Annotated[
        bool, typer.Option("--more", help="Ask a further batch although one is open.")
    ] = False,
    json: Json = False,
) -> None:
    """Print what is to be measured as CSV, asking the next batch when nothing is open.

    Oracles answer the cheaper fidelities by themselves; the target is left to be told.
    """
    from discovery.cli.places import place
    from discovery.cli.running import Helpers, opened
    from discovery.cli.tables import query_rows, write_csv

    where = place(config, out, seed=seed, budget=_budget(budget), name=name, data_dir=data_dir)
    with opened(where) as assembly:
        campaign = assembly.campaign
        if more:
            assembly.loop.ask(campaign)
        helpers = Helpers(assembly.executor, campaign.record.target.name)
        ended = assembly.loop.run(campaign, helpers)
        rows = query_rows(campaign.record, campaign.pending)
    if json:
        typer.echo(jsonlib.dumps(rows))
    else:
        write_csv(rows, typer.echo)
        if not rows:
            typer.echo(f"nothing is to be measured: {ended}", err=True)


def tell(
    campaign: Run,
    results: Annotated[Path, typer.Argument(help="CSV or JSON with 'query' and 'value'/'sigma'.")],
    out: Out = RUNS,
    data_dir: DataDir = None,
    *,
    json: Json = False,
) -> None:
    """Journal results; partial and repeated files are welcome, nothing is charged twice."""
    from discovery.cli.places import kept
    from discovery.cli.results import read_results
    from discovery.cli.running import opened, quantities

    with opened(kept(campaign, out, data_dir=data_dir)) as assembly:
        state = assembly.campaign
        before = len(state.observations)
        observations, still_open = read_results(
            results, [entry.query for entry in state.record.entries], quantities(assembly)
        )
        for observation in observations:  # all or nothing: see that no row will be refused
            state.check(observation)
        for observation in observations:
            state.tell(observation)
        told = len(state.observations) - before
        answer = {
            "told": told,
            "known_already": len(observations) - told,
            "still_open": len(state.pending),
            "rows_without_result": still_open,
            "spent": state.spent,
        }
    typer.echo(
        jsonlib.dumps(answer)
        if json
        else f"told {told}, known already {answer['known_already']}, "
        f"still open {answer['still_open']}; spent {state.spent:g} of {state.budget:g}"
    )


def status(campaign: Run, out: Out = RUNS, *, json: Json = False) -> None:
    """Say where a campaign stands."""
    from discovery.cli.places import record
    from discovery.cli.tables import status_lines
    from discovery.report.summary import summary

    facts = summary(record(campaign, out))
    typer.echo(jsonlib.dumps(facts) if json else "\n".join(status_lines(facts)))


def report(campaign: Run, out: Out = RUNS, data_dir: DataDir = None) -> None:
    """Write the report again."""
    from discovery.cli.places import kept, record
    from discovery.cli.running import finish

    facts = finish(kept(campaign, out, data_dir=data_dir), record(campaign, out))
    typer.echo(facts["report"])


def export(
    campaign: Run,
    file: Annotated[Path, typer.Argument(help="Where to: .parquet, .csv or .json.")],
    out: Out = RUNS,
) -> None:
    """Export the journal, one row per query."""
    from discovery.cli.places import journal

    with journal(campaign, out) as found:
        found.export(file)
    typer.echo(str(file))


def _budget(text: str | None) -> float | str | None:
    """A number where it is one; anything else is judged by the configuration."""
    try:
        return text if text is None else float(text)
    except ValueError:
        return text
