"""``discovery screen``: many models on one table. ``discovery garnets``: a table to screen."""

import json as jsonlib
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discovery.cli.arguments import DataDir, Json, Quiet, Workers
from discovery.cli.progress import counting
from discovery.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from discovery.screening.problem import Problem
    from discovery.screening.study import Study

_SMALL = 1000  # rows
_MANY, _FEW = 1000, 100  # replications on a small table and on another one

Columns = list[str] | None


def screen(
    table: Annotated[Path, typer.Argument(help="CSV or parquet file, one material per row.")],
    target: Annotated[str, typer.Option(help="Column to predict.")],
    task: Annotated[
        str | None,
        typer.Option(
            help="classification or regression; by default classes for text and for at most 10 "
            "different numbers."
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Makes two classes: below this value of the target, and from it on."),
    ] = None,
    exclude: Annotated[Columns, typer.Option(help="A column that is no feature.")] = None,
    keep: Annotated[
        Columns, typer.Option(help="A column to use although the target can be read from it.")
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(help="Column whose equal values stay together in all splits, e.g. doi."),
    ] = None,
    complete: Annotated[
        Columns,
        typer.Option(help="A column that the rows of the variant 'cut' must know; by default all."),
    ] = None,
    model: Annotated[Columns, typer.Option(help="A model to run; by default all.")] = None,
    score: Annotated[
        str | None, typer.Option(help="Score that ranks; by default accuracy or R2.")
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option(min=1, help="Random splits; by default 1000, beyond 1000 rows 100."),
    ] = None,
    test_share: Annotated[float, typer.Option(help="Share of the rows in the test part.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    trials: Annotated[
        int | None,
        typer.Option(min=1, help="Trials of a search; by default 100, of support vectors 200."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results and report.")] = Path("runs/screen"),
    workers: Workers = 1,
    *,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Judge the best models by leave-one-out too.")
    ] = False,
    tune: Annotated[
        bool, typer.Option("--tune", help="Search parameters of three models with Optuna.")
    ] = False,
    nested: Annotated[
        bool, typer.Option("--nested", help="Judge the searches by nested cross-validation.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Try many models on a table, and say which are better than guessing.

    Writes screening.html, screening.md, screening.json and scores.csv. Results are kept, so that
    the same command goes on where it was interrupted.
    """
    from discovery.report.screening_page import facts
    from discovery.screening.models import make, models
    from discovery.screening.plan import Plan
    from discovery.screening.prepare import prepare
    from discovery.screening.scores import SCORES, score_names
    from discovery.screening.study import Extras, study
    from discovery.screening.table import read_table

    problem = prepare(
        read_table(table),
        target,
        name=table.stem,
        task=_task(task),
        threshold=threshold,
        exclude=exclude or [],
        keep=keep or [],
        groups=groups,
        complete=complete or [],
    )
    chosen = tuple(dict.fromkeys(model or models(problem.task)))
    for name in chosen:
        make(problem.task, name, seed)
    score = _known(score or score_names(problem.task)[0], SCORES[problem.task])
    plan = Plan(chosen, replications or _replications(problem), test_share, seed)
    with ExitStack() as bars:

        def watch(what: str, total: int) -> "Callable[[], None]":
            bars.close()  # one bar at a time
            return bars.enter_context(counting(what, total, quiet=quiet))

        found = study(
            problem,
            plan,
            out,
            score=score,
            extras=Extras(leave_one_out, tune, nested, trials),
            workers=workers,
            watch=watch,
            command=_command(),
        )
    write(found, out)
    if json:
        typer.echo(jsonlib.dumps(facts(found)))
    else:
        _print(found)
        typer.echo(f"report     {out / 'screening.html'}")


def garnets(
    source: Annotated[
        str, typer.Argument(help="A table with a column of formulas, or a data set, e.g. obelix.")
    ],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    formula: Annotated[str, typer.Option(help="Column of formulas.")] = "formula",
    among: Annotated[
        str, typer.Option(help="Elements that a formula must hold, e.g. Li,La,Zr,O.")
    ] = "Li,O",
    data_dir: DataDir = None,
) -> None:
    """Describe doped garnets by what sits on which site, as a table for `discovery screen`.

    Formulas that are no garnets are named on standard error and left out. A user's other columns,
    such as a relative density, are kept.
    """
    from discovery.screening.garnet_table import described

    rows = _rows(source, formula, data_dir)
    table, refused = described(rows, formula, among=[e.strip() for e in among.split(",")])
    for reason in refused:
        typer.echo(f"left out: {reason}", err=True)
    if table.empty:
        raise InvalidInputError(f"none of {len(rows)} formulas in {source} is such a garnet")
    out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(out, index=False)
    typer.echo(f"{len(table)} of {len(rows)} rows written to {out}")


def write(found: "Study", out: Path) -> None:
    """Write the report as HTML, Markdown and JSON, and the scores it is made of.

    Raises:
        InvalidInputError: A file cannot be written.
    """
    from discovery.report.frame import write_page
    from discovery.report.screening_page import facts, markdown, page

    write_page(out / "screening.html", page(found))
    write_page(out / "screening.md", markdown(found))
    write_page(out / "screening.json", jsonlib.dumps(facts(found), indent=1))
    write_page(out / "scores.csv", found.screening.scores.to_csv(index=False))


def _task(text: str | None) -> Any:  # noqa: ANN401 - a literal once it is checked
    return None if text is None else _known(text, ("classification", "regression"))


def _known(text: str, names: Any) -> str:  # noqa: ANN401
    from discovery.errors import suggest

    if text not in names:
        raise InvalidInputError(f"unknown choice {text!r}; {suggest(text, names)}")
    return text


def _replications(problem: "Problem") -> int:
    return _MANY if len(problem) <= _SMALL else _FEW


def _rows(source: str, formula: str, data_dir: Path | None) -> "pd.DataFrame":
    from discovery.screening.table import check_columns, read_table

    path = Path(source)
    if path.suffix in (".csv", ".parquet"):
        frame = read_table(path)
        check_columns(frame, [formula])
        return frame
    from discovery.cli.sources import load_named
    from discovery.screening.garnet_table import rows_of

    dataset = load_named(source, data_dir)
    if dataset is None:
        raise InvalidInputError(f"{source!r} is neither a table (.csv, .parquet) nor a data set")
    return rows_of(dataset, formula)


def _command() -> str:
    return shlex.join(["discovery", *sys.argv[1:]])


def _print(found: "Study") -> None:
    from discovery.cli.printing import print_report
    from discovery.report.screening_page import findings
    from discovery.report.screening_tables import sheets

    # tables of all models are for the page
    short = (sheet for sheet in sheets(found) if not sheet.title.startswith("All"))
    print_report(short, findings(found))
