"""``discovery bench`` as a user meets it."""

import io
import json
from pathlib import Path

import pytest
import typer
import yaml
from benchmark_cases import SUITE
from rich.console import Console
from typer.testing import CliRunner

from discovery.benchmark.cells import load_problems, plan
from discovery.benchmark.suite import validate
from discovery.cli.bench import bench
from discovery.cli.bench_live import Board, watching
from discovery.errors import ConfigError, DiscoveryError, InvalidInputError

app = typer.Typer(pretty_exceptions_enable=False)
app.command("bench")(bench)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    short = {**SUITE, "problems": SUITE["problems"][:1]}
    Path("own.yaml").write_text(yaml.safe_dump(short))
    return tmp_path


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_a_suite_is_run_and_the_second_time_nothing_changes(folder: Path) -> None:
    told = json.loads(call("own.yaml", "--smoke", "--json", "--quiet"))
    assert told["suite"] == "tiny"
    assert told["cells"] == 6
    assert told["failed"] == 0
    out = folder / "runs" / "bench" / "tiny-smoke"
    files = {path.name for path in out.iterdir()}
    assert files == {
        "cells", "cells.lock", "benchmark.html", "benchmark.md", "results.parquet",
        "queries.parquet", "rounds.parquet", "seconds.csv",
    }  # fmt: skip
    before = {name: (out / name).read_bytes() for name in files if name.endswith("parquet")}
    text = call("own.yaml", "--smoke", "--retry", "--out", str(out))
    assert before == {name: (out / name).read_bytes() for name in before}
    assert "Branin" in text
    assert "- Branin: " in text
    assert text.splitlines()[-1].startswith("report     ")


def test_several_suites_make_one_page_for_the_documentation(folder: Path) -> None:
    suite = yaml.safe_load(Path("own.yaml").read_text())
    Path("second.yaml").write_text(yaml.safe_dump({**suite, "name": "second", "budget": 8}))
    told = json.loads(
        call(
            *("own.yaml", "second.yaml", "--docs", "docs/page.md", "--out", "here"),
            *("--replicates", "1", "--json", "--quiet"),
        )
    )
    assert [one["suite"] for one in told] == ["tiny", "second"]
    assert {one["cells"] for one in told} == {3}
    assert (folder / "here" / "second" / "results.parquet").is_file()
    text = (folder / "docs" / "page.md").read_text()
    assert "| tiny | Branin | 32 | 2 | exact 1 |" in text
    assert "- second: Of ours choose points_gp · " in text
    more = json.loads(
        call("own.yaml", "--replicates", "2", "--out", "here/tiny", "--json", "--quiet")
    )
    assert more["cells"] == 6


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"acquisitions": [{"name": "uqb"}], "batch": 0}, ConfigError, "own.yaml: 2 mistakes"),
        ({"budget": 2}, ConfigError, "pays no query after the initial design"),
        (
            {
                "problems": [
                    {"name": "table", "path": "no.csv", "objective": "y", "sense": "maximise"}
                ]
            },
            DiscoveryError,
            "no.csv",
        ),
    ],
)
def test_a_mistake_is_said_before_anything_runs(changes, error, message) -> None:
    Path("own.yaml").write_text(yaml.safe_dump({**SUITE, **changes}))
    with pytest.raises(error, match=message):
        call("own.yaml")
    assert not Path("runs").exists()


@pytest.mark.usefixtures("folder")
def test_suites_of_one_name_and_pages_that_cannot_be_written_are_refused_first() -> None:
    with pytest.raises(InvalidInputError, match="two of the suites are called 'tiny'"):
        call("own.yaml", "own.yaml")
    Path("page").mkdir()
    for page in ("page", "own.yaml/page.md"):
        with pytest.raises(InvalidInputError, match="cannot write a page to"):
            call("own.yaml", "--docs", page)
    assert not Path("runs").exists()


def test_the_board_counts_cells_that_two_strategies_share_for_both() -> None:
    suite = validate({**SUITE, "policies": ["all", "target"], "problems": SUITE["problems"][:1]})
    cells = plan(suite, load_problems(suite))
    board = Board(cells, ["Branin"], 1)
    with watching(board, quiet=True) as observe:
        observe(cells[0], "done", 2.0)
        observe(cells[1], "failed", 4.0)
        observe(cells[-1], "kept", 0.0)
    written = io.StringIO()
    Console(width=120, file=written).print(board)
    rows = [line for line in written.getvalue().splitlines() if "ucb" in line]
    assert len(rows) == 2
    assert all("2/2 (1 failed)" in row for row in rows)
    assert "2 run · 1 kept · 3 left · 1 failed · 3.00 s CPU each" in board.caption
