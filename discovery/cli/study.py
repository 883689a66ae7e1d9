"""``discovery study``: published studies done again, and ours beside them."""

import json as jsonlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discovery.cli.arguments import DataDir, Json, Quiet

if TYPE_CHECKING:
    from discovery.report.sheets import Sheet
    from discovery.studies.contenders import Contender

app = typer.Typer(help="Studies: a published one done again, and ours.", no_args_is_help=True)

StudyOut = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder for results; what is in it is not done again. By default runs/NAME."
    ),
]
Docs = Annotated[
    Path | None, typer.Option(help="Markdown file to write as well, e.g. for documentation.")
]


@app.command("obelix-stages")
def stages(
    seed: Annotated[int, typer.Option(help="Of folds and models; the report's is 42.")] = 42,
    trials: Annotated[
        int, typer.Option(min=0, help="Of each of five searches; 0 leaves them out.")
    ] = 50,
    out: StudyOut = None,
    docs: Docs = None,
    data_dir: DataDir = None,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="No searches and no folds of other seeds.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Do a report on three stages of features again, beside the same without its flag.

    Writes stages.html, stages.md and stages.json. About half an hour on one core; the same command
    goes on where it was interrupted.
    """
    from discovery.cli.progress import counting
    from discovery.report.frame import write_page
    from discovery.report.study_stages import StagesReport
    from discovery.studies.memory import Memory
    from discovery.studies.obelix import load
    from discovery.studies.reproduction import OTHER_SEEDS, pieces, reproduce
    from discovery.studies.stages import Bench

    folder = out or Path("runs/obelix-stages")
    data = load(data_dir)
    trials, seeds = (0, ()) if quick else (trials, OTHER_SEEDS)
    total = pieces(trials=trials, other_seeds=seeds)
    with counting("experiments", total, quiet=quiet) as done:
        bench = Bench(data, seed, Memory(folder / "results"), done)
        found = reproduce(bench, trials=trials, other_seeds=seeds)
    report = StagesReport(found, _command())
    write_page(folder / "stages.html", report.page())
    write_page(folder / "stages.json", jsonlib.dumps(report.facts(), indent=1))
    for path in filter(None, (folder / "stages.md", docs)):
        write_page(path, report.markdown())
    if json:
        typer.echo(jsonlib.dumps(report.facts()))
        return
    for sheet in report.sheets:
        _print(sheet)
    for sentence in report.findings:
        typer.echo(f"- {sentence}")
    typer.echo(f"report     {folder / 'stages.html'}")


@app.command("obelix-splits")
def splits(
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help='A proxy to compare, with options: NAME or NAME={"option": 1}; any number of '
            "times. By default the default one, staged."
        ),
    ] = None,
    splits: Annotated[int, typer.Option(min=1, help="Number of splits.")] = 30,
    seed: Annotated[int, typer.Option(help="Of splits and models.")] = 0,
    out: StudyOut = None,
    docs: Docs = None,
    data_dir: DataDir = None,
    *,
    official: Annotated[
        bool,
        typer.Option(
            "--official",
            help="Open the published test rows as well; every look is recorded in official.json.",
        ),
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare proxies with the report's best features on group splits of all 599 rows.

    Whole groups of one composition or paper are judged; all proxies see the same splits. Writes
    splits.md and splits.json. The same command goes on where it was interrupted.
    """
    from discovery.cli.progress import counting
    from discovery.report.frame import write_page
    from discovery.report.study_splits import facts, markdown, sheets
    from discovery.studies import official as test_rows
    from discovery.studies.contenders import BASELINE, DEFAULT
    from discovery.studies.memory import Memory
    from discovery.studies.obelix import load
    from discovery.studies.splits import run

    folder = out or Path("runs/obelix-splits")
    contenders = [BASELINE, *(_contender(text) for text in proxy or ())]
    if not proxy:
        contenders.append(DEFAULT)
    data = load(data_dir)
    with counting("fits", splits * len(contenders), quiet=quiet) as done:
        memory = Memory(folder / "results")
        study = run(data, contenders, splits=splits, seed=seed, memory=memory, done=done)
    opening = None
    if official:
        ledger = folder / "official.json"
        opening = test_rows.open_test(data, contenders, seed=seed, ledger=ledger)
    write_page(folder / "splits.json", jsonlib.dumps(facts(study, opening), indent=1))
    for path in filter(None, (folder / "splits.md", docs)):
        write_page(path, markdown(study, _command(), opening))
    if json:
        typer.echo(jsonlib.dumps(facts(study, opening)))
        return
    for sheet in sheets(study, opening):
        _print(sheet)
    typer.echo(f"report     {folder / 'splits.md'}")


@app.command("fidelities")
def fidelities(
    seeds: Annotated[int, typer.Option(min=1, help="Divisions into told and ranked.")] = 10,
    seed: Annotated[int, typer.Option(help="Of divisions and models.")] = 0,
    out: StudyOut = None,
    docs: Docs = None,
    data_dir: DataDir = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Tell models a tenth of the conductivities, with and without cheap labels of everything.

    Writes fidelities.md and fidelities.json. The same command goes on where it was interrupted.
    """
    from discovery.cli.progress import counting
    from discovery.report.frame import write_page
    from discovery.report.study_fidelities import facts, markdown, sheets, verdict
    from discovery.studies.fidelities import MODELS, ORACLES, cheap_labels, run
    from discovery.studies.memory import Memory
    from discovery.studies.obelix import load

    folder = out or Path("runs/fidelities")
    data = load(data_dir)
    with counting("oracles and fits", len(ORACLES) + 2 * seeds * len(MODELS), quiet=quiet) as done:
        told = cheap_labels(data.dataset, done=done)
        memory = Memory(folder / "results")
        study = run(data, told, seeds=seeds, seed=seed, memory=memory, done=done)
    write_page(folder / "fidelities.json", jsonlib.dumps(facts(study), indent=1))
    for path in filter(None, (folder / "fidelities.md", docs)):
        write_page(path, markdown(study, _command()))
    if json:
        typer.echo(jsonlib.dumps(facts(study)))
        return
    for sheet in sheets(study):
        _print(sheet)
    typer.echo(f"- {verdict(study)}")
    typer.echo(f"report     {folder / 'fidelities.md'}")


@app.command("generators")
def generators(
    calls: Annotated[int, typer.Option(min=1, help="Crystals scored per generator.")] = 100_000,
    count: Annotated[int, typer.Option("--n", min=1, help="Crystals wanted of each.")] = 10_000,
    atoms: Annotated[
        int, typer.Option(min=0, help="Crystals of each that are given atoms and labelled.")
    ] = 100,
    dataset: Annotated[
        str, typer.Option(help="Known materials, from whose labels the reward is learned.")
    ] = "obelix",
    proxy: Annotated[
        str, typer.Option(help='Predicts the reward: NAME or NAME={"option": 1}.')
    ] = "staged",
    seed: Annotated[int, typer.Option(min=0, help="Everything random follows from it.")] = 0,
    out: StudyOut = None,
    docs: Docs = None,
    data_dir: DataDir = None,
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Let all generators make crystals by one reward, with the same number of calls.

    Writes generators.md and generators.json.
    """
    from discovery.cli.learning import labelled_data, trained_proxy
    from discovery.cli.printing import print_report
    from discovery.cli.progress import counting
    from discovery.report.frame import write_page
    from discovery.report.study_generators import document, facts
    from discovery.studies.generators import GENERATORS, compare

    folder = out or Path("runs/generators")
    trained = trained_proxy(dataset, proxy, None, seed, data_dir)
    known = labelled_data(dataset, data_dir).candidates
    with counting("generators", 2 * len(GENERATORS), quiet=quiet) as done:
        study = compare(trained, known, calls=calls, count=count, atoms=atoms, seed=seed, done=done)
    page = document(study, _command())
    write_page(folder / "generators.json", jsonlib.dumps(facts(study), indent=1))
    for path in filter(None, (folder / "generators.md", docs)):
        write_page(path, page.markdown)
    if json:
        typer.echo(jsonlib.dumps(facts(study)))
        return
    print_report(page.sheets, page.findings)
    typer.echo(f"report     {folder / 'generators.md'}")


def _contender(text: str) -> "Contender":
    from discovery.cli.sources import named_options
    from discovery.studies.contenders import Contender

    name, options = named_options(text)
    contender = Contender(text, name, options)
    contender.build()  # mistakes are told before anything is fitted
    return contender


def _command() -> str:
    return shlex.join(["discovery", *sys.argv[1:]])


def _print(sheet: "Sheet") -> None:
    from rich.console import Console
    from rich.table import Table

    # a pipe has no width, and columns squeezed into 80 characters lose their numbers
    console = Console() if Console().is_terminal else Console(width=160)
    shown = Table(title=sheet.title)
    for head in sheet.heads:
        shown.add_column(head)
    for row in sheet.rows:
        shown.add_row(*("\n".join((entry.text, *entry.notes)) for entry in row))
    console.print(shown)
