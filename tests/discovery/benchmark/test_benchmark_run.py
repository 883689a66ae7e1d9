"""Cells, run one by one and side by side, killed and gone on with."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from benchmark_cases import SUITE, valley

from discovery.benchmark.cells import load_problems, plan
from discovery.benchmark.grid import run_grid
from discovery.benchmark.page import page
from discovery.benchmark.page_fidelities import savings
from discovery.benchmark.results import collect
from discovery.benchmark.run import run_cell
from discovery.benchmark.store import CellStore
from discovery.benchmark.store_tables import QUERIES, RESULTS, ROUNDS, write_tables
from discovery.benchmark.suite import validate
from discovery.errors import InvalidInputError, JournalError

PARQUET = (RESULTS, QUERIES, ROUNDS)


def made(**changes):
    suite = validate({**SUITE, **changes})
    problems = load_problems(suite)
    return suite, problems, plan(suite, problems)


def of_valley(**changes):
    """Cells of the valley: a suite's, with another problem."""
    suite = validate({**SUITE, "problems": SUITE["problems"][:1], "budget": 8, **changes})
    problem = valley(bound=0)
    return suite, problem, plan(suite, (problem,))


def test_all_strategies_begin_with_the_same_design_and_spend_the_budget() -> None:
    _, problem, cells = of_valley(initial={"target": 2, "cheap": 4}, policies=["all", "target"])
    starts, titles = {}, set()
    for cell in cells:
        result = run_cell(problem, cell)
        assert result["error"] is None
        told = result["queries"]
        target = [
            row
            for row, column, batch in zip(told["row"], told["column"], told["batch"], strict=True)
            if column == 1 and batch == 0
        ]
        assert starts.setdefault(cell.replicate, target) == target
        assert 7.0 <= sum(told["cost"]) <= 8.0
        assert "budget is spent" in result["stopped"]
        titles.add(cell.strategy.title)
    assert len(titles) == 5


def test_a_cell_gives_the_same_twice() -> None:
    _, problem, cells = of_valley()
    first, second = run_cell(problem, cells[0]), run_cell(problem, cells[0])
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_a_run_may_end_with_the_last_of_the_best() -> None:
    _, problem, cells = of_valley(until_found=True, budget=20, top=0.1)
    result = run_cell(problem, cells[2])
    wanted = set(np.flatnonzero(problem.top(0.1)).tolist())
    assert wanted <= set(result["queries"]["row"])
    assert len(result["queries"]["row"]) < 20
    assert result["stopped"] == "all that was to be found has been measured"


def test_forecasts_are_judged_at_even_steps_and_recommendations_noted_each_round() -> None:
    _, problem, cells = of_valley(judged=2, batch=1)
    notes = run_cell(problem, cells[0])["rounds"]
    assert [note["batch"] for note in notes] == [1, 2, 3, 4, 5]
    assert [note["batch"] for note in notes if "coverage_90" in note] == [1, 4]
    assert all(0 <= note["recommended"] < 20 for note in notes)


def test_what_a_strategy_raises_is_its_result() -> None:
    _, problem, cells = of_valley()
    parts = {**cells[0].strategy.parts, "sampler": {"name": "no such"}}
    broken = replace(cells[0], strategy=replace(cells[0].strategy, parts=parts))
    result = run_cell(problem, broken)
    assert result["error"]["type"] == "UnknownNameError"
    assert "unknown sampler 'no such'" in result["error"]["message"]
    assert len(result["queries"]["row"]) == 3


def test_a_strategy_that_leaves_the_process_does_not_take_the_suite_with_it(monkeypatch) -> None:
    _, problem, cells = of_valley()

    def leave(*_: object, **__: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr("discovery.benchmark.run.registry.build", leave)
    monkeypatch.setattr("discovery.benchmark.run.Enough", leave)
    assert run_cell(problem, cells[0])["error"] == {"type": "SystemExit", "message": "3"}


def test_cells_are_run_once_and_kept(tmp_path: Path) -> None:
    suite, problems, cells = made(replicates=1, problems=SUITE["problems"][:1])
    store, seen = CellStore(tmp_path / "cells"), []
    lock = store.lock()
    run_grid(problems, cells, store, observe=lambda _, ending, __: seen.append(ending))
    run_grid(problems, cells, store, observe=lambda _, ending, __: seen.append(ending))
    lock.release()
    assert seen == ["done"] * 3 + ["kept"] * 3
    more, _, longer = made(replicates=2, problems=SUITE["problems"][:1])
    for cell in longer[1::2]:
        store.write(cell.key, run_cell(problems[0], cell))
    order = []
    run_grid(problems, longer, store, observe=lambda cell, *_: order.append(cell.replicate))
    assert order == [0, 0, 0, 1, 1, 1]
    assert [len(collect(more, problems, longer, store).of(0, "random"))] == [2]
    results = collect(suite, problems, cells, store)
    write_tables(results, tmp_path)
    rows = pd.read_parquet(tmp_path / RESULTS)
    assert rows["strategy"].tolist() == [cell.strategy.title for cell in cells]
    assert rows["queries"].tolist() == [10, 10, 10]
    assert rows["error"].isna().all()
    assert len(pd.read_parquet(tmp_path / QUERIES)) == 30
    assert set(pd.read_parquet(tmp_path / ROUNDS)["strategy"]) == set(rows["strategy"][:2])
    assert len((tmp_path / "seconds.csv").read_text().splitlines()) == 4
    shown = page(results, "discovery bench tiny")
    assert "| problem | strategy | random |" in shown.document.markdown
    assert shown.facts["cells"] == 3
    assert 'data-figure="recall-0"' in shown.html


def test_the_page_compares_strategies_with_and_without_cheap_fidelities(tmp_path: Path) -> None:
    suite, problem, cells = of_valley(
        replicates=5,
        policies=["all", "target"],
        acquisitions=[{"name": "multifidelity"}],
        initial={"target": 2, "cheap": 2},
    )
    store = CellStore(tmp_path)
    for cell in cells:
        store.write(cell.key, run_cell(problem, cell))
    results = collect(suite, (problem,), cells, store)
    (saving,) = savings(results)
    assert saving.title == "points_gp · multifidelity · all"
    assert saving.against == "points_gp · multifidelity · target"
    assert saving.runs == 5
    assert saving.inferred.value > 0
    assert saving.ratio.interval is not None
    assert 0 < saving.ratio.value < 3
    assert np.isfinite(saving.curve[0])
    shown = page(results, "")
    assert "## Cheap fidelities" in shown.document.markdown
    assert 'data-figure="savings"' in shown.html


def test_a_strategy_that_never_runs_without_cheap_fidelities_is_held_against_the_baseline(
    tmp_path: Path,
) -> None:
    guard = {"name": "guarded", "acquisition": {"name": "cost_ei"}, "fallback": {"name": "logei"}}
    suite, problem, cells = of_valley(
        acquisitions=[{"name": "logei"}, {**guard, "margin": 0.0}],
        baseline="points_gp · logei",
        initial={"target": 4},
    )
    store = CellStore(tmp_path)
    for cell in cells:
        store.write(cell.key, run_cell(problem, cell))
    (saving,) = savings(collect(suite, (problem,), cells, store))
    assert saving.against == "points_gp · logei"
    assert saving.title.startswith("points_gp · guarded")
    assert saving.tests >= 4
    assert saving.screened == saving.runs * (saving.hints > 0)
    assert all(0 <= count <= saving.runs for count in saving.found)


def test_a_cell_that_kills_its_worker_fails_and_the_others_do_not(tmp_path: Path) -> None:
    suite, problems, cells = made(
        replicates=1, problems=SUITE["problems"][:1], acquisitions=[{"name": "greedy"}]
    )
    store = CellStore(tmp_path / "cells")
    parts = Deadly(cells[0].strategy.parts)
    deadly = replace(cells[0], strategy=replace(cells[0].strategy, parts=parts))
    seen = {}
    cells = [deadly, cells[1]]
    run_grid(problems, cells, store, observe=lambda cell, end, _: seen.update({cell.key: end}))
    assert seen == {deadly.key: "failed", cells[1].key: "done"}
    assert store.read(deadly.key)["error"]["type"] == "WorkerDied"
    results = collect(suite, problems, cells, store)
    write_tables(results, tmp_path)
    assert pd.read_parquet(tmp_path / RESULTS)["error"].tolist()[0] == "WorkerDied"
    assert "1 of 2 runs failed" in page(results, "").document.markdown


class Deadly(dict):
    """Parts that end the process that they are sent to."""

    def __reduce__(self):
        return os._exit, (9,)


def test_one_folder_is_one_suites(tmp_path: Path) -> None:
    store = CellStore(tmp_path / "cells")
    lock = store.lock()
    with pytest.raises(JournalError):
        store.lock()
    lock.release()


def test_a_damaged_result_is_named(tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    store.write("a", {"x": 1.5})
    assert store.read("a") == {"x": 1.5}
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InvalidInputError, match="remove the file to compute it again"):
        store.read("a")


def start(suite: Path, out: Path, *more: str) -> "subprocess.Popen[bytes]":
    code = "from discovery.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "bench", str(suite), "--out", str(out), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.slow
def test_killed_at_random_and_restarted_a_suite_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(yaml.safe_dump({**SUITE, "replicates": 8, "budget": "100%"}))
    begun = time.monotonic()
    assert start(path, tmp_path / "whole", "--workers", "2").wait() == 0
    length = time.monotonic() - begun
    rng, broken = random.Random(3), tmp_path / "broken"
    for _ in range(6):
        process = start(path, broken, "--workers", rng.choice("12"))
        try:
            process.wait(timeout=rng.uniform(0.3, 0.8) * length)
        except subprocess.TimeoutExpired:
            # the parent alone: its workers must notice
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert start(path, broken).wait() == 0
    for name in PARQUET:
        assert (broken / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not list((broken / "cells").glob(".part-*"))
