"""``discovery assess``: how good a proxy is on materials that it has not seen."""

import csv
import json as jsonlib
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from discovery import __version__
from discovery.cli.arguments import DataDir, Json, Quiet
from discovery.cli.assessing import (
    LEARNING,
    builder,
    described,
    labelled_data,
    model_of,
    numbers,
    rows_of,
    threshold_of,
    varied,
)

if TYPE_CHECKING:
    from discovery.assessment.study import Study
    from discovery.assessment.tasks import Plan

_FRACTIONS: Final = "0.6,0.2,0.2"
_RESAMPLES: Final = 1000
_SEND: Final = (10, 30)
_LONG: Final = 60.0  # seconds; who waits longer is told so


def assess(
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
    config: Annotated[
        str | None, typer.Option(help="A campaign whose section 'proxy' is the model.")
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            help="plain, composition, doi, family, source, loo, nested or official; any number of "
            "times. By default the first five side by side, a learning curve and parts."
        ),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of a protocol.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="How often rows are divided anew.")] = 4,
    vary: Annotated[
        list[str] | None,
        typer.Option(help="Validation curve, and choices of a nested protocol: key=1,2,3."),
    ] = None,
    learning: Annotated[
        str | None,
        typer.Option(help=f"Shares of the training groups of a learning curve, e.g. {LEARNING}."),
    ] = None,
    fractions: Annotated[
        str | None, typer.Option(help=f"Training, validation and test part, e.g. {_FRACTIONS}.")
    ] = None,
    rows: Annotated[
        Literal["train", "all"],
        typer.Option(help="Rows to divide, where the data set has a published split."),
    ] = "train",
    threshold: Annotated[
        float | None,
        typer.Option(help="From which value on a row is a positive; of a conductivity, -4."),
    ] = None,
    send: Annotated[
        list[int] | None, typer.Option(help="Rows sent after ranking all; any number of times.")
    ] = None,
    best: Annotated[float, typer.Option(min=0, max=1, help="Share of the rows that are hits.")] = (
        0.1
    ),
    resamples: Annotated[int, typer.Option(min=50, help="Of the bootstrap.")] = _RESAMPLES,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("runs/assess"),
    seed: Annotated[int, typer.Option(help="Of divisions, models and bootstrap.")] = 0,
    data_dir: DataDir = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Judge a proxy on what it has not seen, by ever stricter protocols.

    Writes assessment.html, assessment.md, assessment.json and predictions.csv. The protocol
    official fits on the published training rows and opens the test rows: each look is recorded
    in official_split.json, because a test part is to be opened once per release.
    """
    from discovery.assessment.official import read_looks, record_look
    from discovery.assessment.study import Settings, study
    from discovery.assessment.tasks import Wishes, plan
    from discovery.report.assessment_page import facts

    data = labelled_data(dataset, data_dir)
    used, remarks = rows_of(data, rows)
    name, options = model_of(proxy, set_ or (), config)
    opens = "official" in (protocol or ())
    if opens:
        looks = len(read_looks(out)) + 1
        remarks.append(f"This is look {looks} at the published test part that {out} records.")
    every = not protocol
    wishes = Wishes(
        tuple(protocol or ()),
        folds,
        repeats,
        numbers(learning, "--learning", LEARNING if every else ""),
        dict(varied(text) for text in vary or ()),
        numbers(fractions, "--fractions", _FRACTIONS if every else ""),
        seed,
    )
    planned = plan(data, used, wishes, builder(name, options))
    with _progress(planned, quiet=quiet) as done:
        found = study(
            data,
            used,
            planned.tasks,
            Settings(
                threshold_of(data, threshold),
                tuple(send) if send else tuple(k for k in _SEND if 2 * k <= len(used)),
                best,
                seed,
                resamples,
            ),
            proxy=described(name, options),
            command=shlex.join(["discovery", *sys.argv[1:]]),
            version=__version__,
            remarks=[*planned.remarks, *remarks],
            choices=lambda: [model.chosen for model in planned.searched],
            done=done,
        )
    told = facts(found)
    if opens:
        keep = {key: told[key] for key in ("dataset", "proxy", "version", "seed")}
        (scores,) = (each["scores"] for each in told["protocols"] if each["name"] == "official")
        record_look(out, {**keep, "scores": scores})
    _write(found, told, out)
    if json:
        typer.echo(jsonlib.dumps(told))
    else:
        _print(found)
        typer.echo(f"report     {out / 'assessment.html'}")


@contextmanager
def _progress(planned: "Plan", *, quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar; and where it takes long, how long, told after the second model."""
    from discovery.cli.progress import counting

    learners = sum(task.protocol.fits for task in planned.tasks if task.section != "baselines")
    ends = [time.perf_counter()]
    with counting("models", planned.fits, quiet=quiet) as step:

        def done() -> None:
            step()
            ends.append(time.perf_counter())
            # the first model waits for the features of all rows, which are remembered
            expected = ends[1] - ends[0] + (ends[-1] - ends[-2]) * (learners - 1)
            if len(ends) == 3 and expected > _LONG and not quiet:  # noqa: PLR2004
                typer.echo(
                    f"{learners} models to fit; as the first two go, "
                    f"about {expected / 60:.0f} minutes",
                    err=True,
                )

        yield done


def _write(found: "Study", told: Mapping[str, Any], out: Path) -> None:
    from discovery.assessment.predictions import predictions
    from discovery.report.assessment_page import markdown, page
    from discovery.report.frame import write_page

    write_page(out / "assessment.html", page(found))
    write_page(out / "assessment.md", markdown(found))
    write_page(out / "assessment.json", jsonlib.dumps(told, indent=1))
    table = predictions(found)
    with (out / "predictions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def _print(found: "Study") -> None:
    from itertools import islice

    from discovery.cli.printing import print_report
    from discovery.report.assessment_findings import findings
    from discovery.report.assessment_tables import sheets

    print_report(islice(sheets(found), 2), findings(found))
