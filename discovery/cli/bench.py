"""Strategies compared on problems whose answers are known."""

import json as jsonlib
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discovery.cli.arguments import Json, Quiet, Workers
from discovery.cli.bench_live import Board, watching
from discovery.errors import InvalidInputError

if TYPE_CHECKING:
    from discovery.benchmark.results import Results
    from discovery.benchmark.suite import SuiteOptions

PAGE, MARKDOWN = "benchmark.html", "benchmark.md"


def bench(
    suites: Annotated[
        list[str],
        typer.Argument(help="Suites (.yaml), or names of some that ship, e.g. liang."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for results and report, of several suites a folder in it each; default: "
            "runs/bench/NAME."
        ),
    ] = None,
    docs: Annotated[
        Path | None, typer.Option(help="A Markdown page about all of them as well, e.g. for docs/.")
    ] = None,
    workers: Workers = 1,
    replicates: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds, instead of what a suite says; more can follow later."),
    ] = None,
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
    from discovery.benchmark import suite as files
    from discovery.benchmark.overview import overview
    from discovery.benchmark.page import page
    from discovery.cli.printing import print_report
    from discovery.report.frame import write_page

    wanted = [files.read(files.find(name)) for name in suites]
    _check_names([suite.name for suite in wanted])
    if docs is not None:
        _check_page(docs)
    if replicates is not None:
        wanted = [suite.model_copy(update={"replicates": replicates}) for suite in wanted]
    command = shlex.join(["discovery", *sys.argv[1:]])
    told = []
    for suite in wanted:
        folder = _folder(suite, out, several=len(wanted) > 1, smoke=smoke)
        results, caption = _finish(
            suite, folder, workers=workers, smoke=smoke, retry=retry, quiet=quiet
        )
        made = page(results, command)
        told.append((results, made))
        write_page(folder / MARKDOWN, made.document.markdown)
        write_page(folder / PAGE, made.html)
        if not json:
            print_report(made.document.sheets, made.document.findings)
            typer.echo(caption, err=True)
            typer.echo(f"report     {folder / PAGE}")
    if docs is not None:
        write_page(docs, overview(told, command).markdown)
    if json:
        facts = [made.facts for _, made in told]
        typer.echo(jsonlib.dumps(facts if len(facts) > 1 else facts[0]))


def _check_names(names: list[str]) -> None:
    """Two suites of one name would share a folder."""
    if double := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInputError(
            f"two of the suites are called {' and '.join(map(repr, double))}; give each its own "
            "'name', after which its folder is called"
        )


def _check_page(docs: Path) -> None:
    """Better before the runs than after."""
    nearest = next(folder for folder in docs.absolute().parents if folder.exists())
    if docs.is_dir() or not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InvalidInputError(
            f"cannot write a page to {docs}; name a file in a folder that can be written, "
            "e.g. --docs docs/benchmarks.md"
        )


def _folder(suite: "SuiteOptions", out: Path | None, *, several: bool, smoke: bool) -> Path:
    own = suite.name + ("-smoke" if smoke else "")
    if out is None:
        return Path("runs") / "bench" / own
    return out / own if several else out


def _finish(
    suite: "SuiteOptions", folder: Path, *, workers: int, smoke: bool, retry: bool, quiet: bool
) -> "tuple[Results, str]":
    """Run what is not finished, write the tables; return all results, and what was done."""
    from discovery.benchmark.cells import load_problems, plan
    from discovery.benchmark.grid import run_grid
    from discovery.benchmark.results import collect
    from discovery.benchmark.store import CellStore
    from discovery.benchmark.store_tables import write_tables

    problems = load_problems(suite)
    cells = plan(suite, problems, smoke=smoke)
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
        results = collect(suite, problems, cells, store)
        try:
            write_tables(results, folder)
        except OSError as error:
            raise InvalidInputError(
                f"cannot write results to {folder}: {error.strerror or error}; choose another "
                "folder with --out"
            ) from None
    finally:
        lock.release()
    return results, board.caption
