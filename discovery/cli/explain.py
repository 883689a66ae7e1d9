"""``discovery explain``: what a proxy looks at, and what its data look like."""

import json as jsonlib
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from discovery import __version__
from discovery.cli.arguments import DataDir, Json, Quiet
from discovery.errors import InvalidInputError, PluginError

if TYPE_CHECKING:
    from discovery.explanation.pool import Purchase
    from discovery.explanation.study import Explanation


def explain(
    dataset: Annotated[
        str, typer.Argument(help="A data set with labels, e.g. obelix, or a table of your own.")
    ],
    proxy: Annotated[
        str | None,
        typer.Option(help='The model, with options: NAME or NAME={"option": 1}; default: staged.'),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="An option of the model: key=value. Any number of times."),
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(help="Name or folder of a campaign that was run: the map shows its choices."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the rows, each held out once.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Shuffles of each feature.")] = 10,
    rows: Annotated[
        Literal["train", "all"],
        typer.Option(help="Rows to use, where the data set has a published split."),
    ] = "train",
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("runs/explain"),
    runs: Annotated[Path, typer.Option(help="Folder that holds the campaigns.")] = Path("runs"),
    seed: Annotated[int, typer.Option(help="Of folds, models, shuffles and maps.")] = 0,
    data_dir: DataDir = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Tell which features a proxy uses, how, and what the data look like.

    Writes explanation.html, explanation.md and explanation.json: importances by permutation, SHAP
    and impurity, partial dependence, correlations, distributions by family and a map of the pool.
    """
    from discovery.cli.assessing import builder, described, labelled_data, model_of, rows_of
    from discovery.cli.progress import counting
    from discovery.explanation.study import Settings
    from discovery.explanation.study import explain as explained
    from discovery.report.explanation_page import facts

    name, options = model_of(proxy, set_ or (), None)
    build = builder(name, options)({})
    _check(name, build())
    data = labelled_data(dataset, data_dir)
    used, remarks = rows_of(data, rows)
    bought = [] if campaign is None else _purchases(campaign, runs)
    settings = Settings(folds, repeats, seed)
    with counting("steps", settings.steps, quiet=quiet) as done:
        found = explained(
            data,
            used,
            build,
            settings,
            proxy=described(name, options),
            command=shlex.join(["discovery", *sys.argv[1:]]),
            version=__version__,
            purchases=bought,
            remarks=remarks,
            done=done,
        )
    _write(found, out)
    if json:
        typer.echo(jsonlib.dumps(facts(found)))
    else:
        _print(found)
        typer.echo(f"report     {out / 'explanation.html'}")


def _check(name: str, model: Any) -> None:  # noqa: ANN401 - anyone's part
    """Refuse a model that has no columns to show, before anything is fitted."""
    from discovery import registry
    from discovery.explanation.contract import is_explainable

    if is_explainable(model):
        return
    able = []
    for other in sorted(registry.names("proxy")):
        with suppress(PluginError):  # one that is broken is no help here
            if is_explainable(registry.load("proxy", other)):
                able.append(other)
    raise InvalidInputError(
        f"proxy {name!r} cannot be explained: it does not show the features that it uses; "
        f"proxies that can be: {', '.join(able) or 'none'}"
    )


def _purchases(campaign: str, runs: Path) -> "list[Purchase]":
    """Return what a campaign has answers for, in the order it was asked."""
    from discovery.cli.places import record
    from discovery.explanation.pool import Purchase

    told = record(campaign, runs)
    return [
        Purchase(entry.round, entry.query.fidelity == told.target.name, entry.observation)
        for entry in told.entries
        if entry.observation is not None
    ]


def _write(found: "Explanation", out: Path) -> None:
    from discovery.report.explanation_page import facts, markdown, page
    from discovery.report.frame import write_page

    write_page(out / "explanation.html", page(found))
    write_page(out / "explanation.md", markdown(found))
    write_page(out / "explanation.json", jsonlib.dumps(facts(found), indent=1))


def _print(found: "Explanation") -> None:
    from itertools import islice

    from discovery.cli.printing import print_report
    from discovery.report.explanation_findings import findings
    from discovery.report.explanation_tables import sheets

    print_report(islice(sheets(found), 3), findings(found))
