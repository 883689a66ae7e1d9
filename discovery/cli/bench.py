"""Strategies compared on problems whose answers are known."""

import json as jsonlib
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from discovery.cli.arguments import Json, Quiet, Workers
from discovery.cli.bench_live import Board, watching
from discovery.errors import InvalidInputError

PAGE, MARKDOWN = "benchmark.html", "benchmark.md"


def bench(
    suite: Annotated[
        str, typer.Argument(help="A suite (.yaml), or the name of one that ships, e.g. liang.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for results and report; default: runs/bench/NAME.")
    ] = None,
    workers: Workers = 1,
    *,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Two seeds and three rounds each, in seconds.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Run again what failed before.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare proxies, acquisition functions, samplers, fidelities and peers.

    Writes benchmark.html, benchmark.md, results.parquet, queries.parquet, rounds.parquet and
    seconds.csv. Finished runs are kept, so that the same command goes on where it was interrupted,
    and the parquet files are the same to the last byte.
    """
    from discovery.benchmark import suite as suites
    from discovery.benchmark.cells import load_problems, plan
    from discovery.benchmark.grid import run_grid
    from discovery.benchmark.page import page
    from discovery.benchmark.results import collect
    from discovery.benchmark.store import CellStore
    from discovery.benchmark.store_tables import write_tables
    from discovery.cli.printing import print_report
    from discovery.report.frame import write_page

    wanted = suites.read(suites.find(suite))
    problems = load_problems(wanted)
    cells = plan(wanted, problems, smoke=smoke)
    folder = out or Path("runs") / "bench" / (wanted.name + ("-smoke" if smoke else ""))
    store = CellStore(folder / "cells")
    lock = store.lock()
    try:
        if retry:
            for key in {cell.key for cell in cells if store.has(cell.key)}:
                if store.read(key)["error"] is not None:
                    store.forget(key)
        board = Board(cells, [problem.name for problem in problems], workers)
        with watching(board, quiet=quiet) as observe:
            run_grid(problems, cells, store, workers=workers, observe=observe)
        results = collect(wanted, problems, cells, store)
        try:
            write_tables(results, folder)
        except OSError as error:
            raise InvalidInputError(
                f"cannot write results to {folder}: {error.strerror or error}; choose another "
                "folder with --out"
            ) from None
    finally:
        lock.release()
    made = page(results, shlex.join(["discovery", *sys.argv[1:]]))
    write_page(folder / MARKDOWN, made.document.markdown)
    write_page(folder / PAGE, made.html)
    if json:
        typer.echo(jsonlib.dumps(made.facts))
        return
    print_report(made.document.sheets, made.document.findings)
    typer.echo(board.caption, err=True)
    typer.echo(f"report     {folder / PAGE}")
