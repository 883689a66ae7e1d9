"""``discovery data``: data sets and their files."""

import json as jsonlib
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discovery.cli.arguments import DataDir, Json

if TYPE_CHECKING:
    from discovery.datasets.fetch import RemoteFile

app = typer.Typer(help="Data sets and their files.", no_args_is_help=True)

DatasetName = Annotated[str, typer.Argument(help="Name of a data set, e.g. obelix.")]


@app.command()
def fetch(name: DatasetName, data_dir: DataDir = None) -> None:
    """Find or download the files of a data set and verify them."""
    from discovery.datasets.fetch import fetch as fetch_file

    files = published_files(name)
    for file in files:
        typer.echo(str(fetch_file(file, data_dir)))
    if not files:
        typer.echo(f"data set {name!r} needs no published file", err=True)


@app.command()
def info(name: DatasetName, data_dir: DataDir = None, *, json: Json = False) -> None:
    """Load a data set and say what is in it."""
    from discovery import registry
    from discovery.errors import InvalidInputError
    from discovery.types import Bound

    options: dict[str, Any] = {} if data_dir is None else {"data_dir": str(data_dir)}
    if (
        data_dir is not None
        and "data_dir" not in registry.options_model("dataset", name).model_fields
    ):
        raise InvalidInputError(f"data set {name!r} reads no folder; leave --data-dir out")
    dataset = registry.build("dataset", name, options).load()
    facts = {
        "name": dataset.name,
        "candidates": len(dataset.candidates),
        "structures": sum(c.structure is not None for c in dataset.candidates),
        "labels": len(dataset.labels),
        "bounds": sum(isinstance(label, Bound) for label in dataset.labels.values()),
        "property": dataset.property,
        "unit": dataset.unit,
        "citation": dataset.citation,
        "remarks": list(dataset.remarks),
    }
    if json:
        typer.echo(jsonlib.dumps(facts))
        return
    for key, value in facts.items():
        for index, line in enumerate(value if isinstance(value, list) else [value]):
            typer.echo(f"{key if index == 0 else '':<12} {line}")


@app.command("coverage")
def feature_coverage(
    name: Annotated[
        str, typer.Argument(help="Name of a data set, e.g. reference, or a table: own.csv.")
    ],
    data_dir: DataDir = None,
    *,
    donors: Annotated[
        bool,
        typer.Option("--donors", help="Let materials without a structure borrow one of the set."),
    ] = False,
    json: Json = False,
) -> None:
    """Tell for how many materials of a data set each structural feature is known."""
    from discovery.cli.sources import load_named
    from discovery.errors import InvalidInputError
    from discovery.features.coverage import coverage
    from discovery.features.report_stages import report_features

    dataset = load_named(name, data_dir)
    if dataset is None:
        raise InvalidInputError(f"{name!r} is a path, not the name of a data set or a table")
    candidates = dataset.candidates
    found = coverage(report_features(candidates, known=candidates if donors else ()))
    if json:
        features = {one.name: {"count": one.count, "share": one.share} for one in found}
        typer.echo(jsonlib.dumps({"materials": len(candidates), "features": features}))
        return
    for one in found:
        typer.echo(f"{one.name:32} {one.count:4d} {one.share:6.1%}")


def published_files(name: str) -> "list[RemoteFile]":
    """Return the published files of a data set, none for one that needs no file."""
    from discovery import registry

    module = import_module(registry.load("dataset", name).__module__)
    return list(getattr(module, "FILES", {}).values())
