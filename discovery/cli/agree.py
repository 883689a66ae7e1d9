"""``discovery agree``: which oracles rank candidates as the truth does, and as each other."""

import csv
import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discovery.cli.arguments import Cache, DataDir, Json, Quiet, Workers

if TYPE_CHECKING:
    from discovery.agreement.study import Study


def agree(
    sources: Annotated[
        list[str],
        typer.Argument(help="A data set, e.g. obelix, or a table; or CIF files and folders."),
    ],
    oracle: Annotated[
        list[str] | None,
        typer.Option(
            help='An oracle, with options: NAME or NAME={"option": 1}. Any number of times; with '
            '"name" among the options, NAME is only what the report calls it.'
        ),
    ] = None,
    oracles: Annotated[
        Path | None, typer.Option(help="YAML file of oracles: what to call it -> name and options.")
    ] = None,
    truth: Annotated[
        str | None, typer.Option(help="What is taken as the truth; by default the experiment.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="From which value of the truth on AUC counts a candidate; "
            "by default -4 where the truth is the logarithm of a conductivity."
        ),
    ] = None,
    without: Annotated[
        Path | None,
        typer.Option(help="File of formulas, one per line, to compare without them as well."),
    ] = None,
    group: Annotated[
        str, typer.Option(help="Column of the data set that says which candidates belong together.")
    ] = "doi",
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("runs/agree"),
    seed: Annotated[int, typer.Option(help="For the bootstrap and oracles that draw.")] = 0,
    workers: Workers = 1,
    data_dir: DataDir = None,
    *,
    cache: Cache = True,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare oracles with the truth and with each other on the same candidates.

    Writes agreement.html, agreement.md, agreement.json and values.csv. Answers are remembered,
    so that the same command goes on where it was interrupted.
    """
    from discovery.cli.comparing import candidates_of, compared, listed, oracles_of
    from discovery.cli.label import working_oracle
    from discovery.report.agreement_page import facts

    pool = candidates_of(sources, data_dir)
    remembered = seed if cache else None
    working = {
        name: (kind, working_oracle(kind, options, seed=remembered, workers=workers, dataset=pool))
        for name, (kind, options) in oracles_of(oracle or [], oracles).items()
    }
    study = compared(
        pool,
        working,
        truth=truth,
        threshold=threshold,
        listed=None if without is None else listed(without, pool.candidates),
        group=group,
        seed=seed,
        workers=workers,
        quiet=quiet,
    )
    write(study, out)
    if json:
        typer.echo(jsonlib.dumps(facts(study)))
    else:
        _print(study)
        typer.echo(f"report     {out / 'agreement.html'}")


def write(study: "Study", out: Path) -> None:
    """Write the report, as HTML, Markdown and JSON, and the values it is made of.

    Raises:
        InvalidInputError: A file cannot be written.
    """
    from discovery.agreement.study import table
    from discovery.report.agreement_page import facts, markdown, page
    from discovery.report.frame import write_page

    write_page(out / "agreement.html", page(study))
    write_page(out / "agreement.md", markdown(study))
    write_page(out / "agreement.json", jsonlib.dumps(facts(study), indent=1))
    rows = table(study)
    with (out / "values.csv").open("w", encoding="utf-8", newline="") as file:
        values = csv.DictWriter(file, rows[0], lineterminator="\n")
        values.writeheader()
        values.writerows(rows)


def _print(study: "Study") -> None:
    from itertools import islice

    from discovery.cli.printing import print_report
    from discovery.report.agreement_tables import sheets
    from discovery.report.findings import findings

    print_report(islice(sheets(study), 1), findings(study))
