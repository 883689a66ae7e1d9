"""``discovery data collisions``: whether composition, cell and space group tell crystals apart."""

import json as jsonlib
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from discovery.cli.arguments import DataDir, Json


def collisions(
    dataset: Annotated[
        str, typer.Option(help="A data set, e.g. obelix, or a table: own.csv.")
    ] = "obelix",
    precision: Annotated[
        list[float] | None,
        typer.Option(
            help="Angstrom to which cell edges are rounded; any number of times. "
            "By default 1, 0.5 and 0.1."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    docs: Annotated[
        Path | None, typer.Option(help="Markdown file to write, e.g. for documentation.")
    ] = None,
    data_dir: DataDir = None,
    *,
    structures: Annotated[
        bool, typer.Option(help="Compare the structures of pairs, which takes most of the time.")
    ] = True,
    json: Json = False,
) -> None:
    """Tell how often rows share composition, group and cell, and how far their labels differ."""
    from discovery.assessment.arrangements import same_arrangement, same_framework
    from discovery.assessment.collisions import PRECISIONS, study
    from discovery.cli.printing import print_report
    from discovery.cli.sources import load_named
    from discovery.errors import InvalidInputError
    from discovery.report.collisions import facts, findings, markdown, sheets
    from discovery.report.frame import write_page

    found = load_named(dataset, data_dir)
    if found is None:
        raise InvalidInputError(f"{dataset!r} is a path, not the name of a data set or a table")
    compare = (same_arrangement, same_framework) if structures else ()
    done = study(found, precision or PRECISIONS, seed=seed, alike=compare)
    if docs is not None:
        write_page(docs, markdown(done, shlex.join(["discovery", *sys.argv[1:]])))
    if json:
        typer.echo(jsonlib.dumps(facts(done)))
        return
    print_report(sheets(done), findings(done))
    if docs is not None:
        typer.echo(f"report     {docs}")
