"""``discovery screen`` and ``discovery garnets`` as a user meets them."""

import json
from pathlib import Path

import pandas as pd
import pytest
import real_data
import typer
from screening_cases import table
from typer.testing import CliRunner

from discovery.cli.screen import garnets, screen
from discovery.errors import DatasetError, DiscoveryError, InvalidInputError

app = typer.Typer(pretty_exceptions_enable=False)
app.command("screen")(screen)
app.command("garnets")(garnets)

FEW = ("--model", "guessing", "--model", "ridge", "--replications", "3", "--quiet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table().to_csv("table.csv", index=False)
    return tmp_path


def call(*arguments: str) -> str:
    """Run the command and return what it prints; raise what it raises."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_a_table_is_screened_and_the_second_time_nothing_changes(folder) -> None:
    command = ("screen", "table.csv", "--target", "sigma", "--groups", "doi", *FEW, "--out", "out")
    told = json.loads(call(*command, "--json"))
    assert told["task"] == "regression"
    assert told["score"] == "R2"
    assert told["rows"]["full"] == 40
    assert told["models"][0]["model"] == "ridge"
    files = {path.name for path in (folder / "out").iterdir()}
    assert files == {
        "results", "screening.html", "screening.md", "screening.json", "scores.csv",
    }  # fmt: skip
    before = {name: (folder / "out" / name).read_bytes() for name in files - {"results"}}
    json.loads(call(*command, "--json"))
    assert before == {name: (folder / "out" / name).read_bytes() for name in before}
    scores = pd.read_csv(folder / "out" / "scores.csv")
    assert len(scores) == 2 * 2 * 3


@pytest.mark.usefixtures("folder")
def test_people_read_the_tables_the_findings_and_where_the_report_is() -> None:
    text = call(
        "screen", "table.csv", "--target", "sigma", "--threshold", "0", "--exclude", "doi", *FEW
    )
    assert "Best 5 models, full" in text
    assert "- full: ridge is best" in text
    assert text.splitlines()[-1] == "report     runs/screen/screening.html"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["none.csv", "--target", "sigma"], DatasetError, "there is no file none.csv"),
        (["table.csv", "--target", "sigm"], InvalidInputError, "did you mean 'sigma'"),
        (
            ["table.csv", "--target", "sigma", "--test-share", "0.001", "--model", "ridge"],
            InvalidInputError,
            "full table: 40 rows cannot be divided with 0% in the test part: it would hold 1",
        ),
        (["table.csv", "--target", "sigma", "--task", "guess"], InvalidInputError, "classific"),
        (
            ["table.csv", "--target", "sigma", "--exclude", "doi", "--score", "R3"],
            InvalidInputError,
            "unknown choice 'R3'; choose one of: R2",
        ),
        (
            ["table.csv", "--target", "sigma", "--exclude", "doi", "--model", "lasso1"],
            DiscoveryError,
            "did you mean 'lasso'",
        ),
    ],
)
def test_mistakes_are_told_before_anything_is_run(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        call("screen", *arguments, "--replications", "1", "--quiet")


def test_garnets_of_a_table_keep_its_columns_and_others_are_named(folder) -> None:
    formulas = ["Li7La3Zr2O12", "Li6.4La3Zr1.4Ta0.6O12", "Li2ZrO3", "NaCl"]
    frame = pd.DataFrame({"material": formulas, "relative density": [95.0, None, 90.0, 99.0]})
    frame.to_csv("mine.csv", index=False)
    result = CliRunner().invoke(
        app, ["garnets", "mine.csv", "--formula", "material", "--out", "out/garnets.csv"]
    )
    assert "2 of 4 rows written" in result.stdout
    assert "left out: row 4: Li2ZrO3 is no garnet" in result.stderr
    made = pd.read_csv(folder / "out" / "garnets.csv")
    assert made["material"].tolist() == formulas[:2]
    assert made["relative density"].tolist()[0] == 95.0
    assert made["Zr-site dopant"].tolist() == [0.0, 0.6]


def test_tables_without_garnets_or_with_their_columns_are_refused(folder) -> None:
    pd.DataFrame({"formula": ["NaCl"]}).to_csv("salt.csv", index=False)
    with pytest.raises(InvalidInputError, match=r"none of 1 formulas in salt.csv"):
        call("garnets", "salt.csv", "--out", "x.csv")
    pd.DataFrame({"formula": ["Li7La3Zr2O12"], "Zr": [2]}).to_csv("zr.csv", index=False)
    with pytest.raises(InvalidInputError, match="has a column 'Zr' already"):
        call("garnets", "zr.csv", "--out", "x.csv")
    with pytest.raises(InvalidInputError, match="is neither a table"):
        call("garnets", str(folder), "--out", "x.csv")


def test_58_rows_of_obelix_become_a_table_that_can_be_screened(folder) -> None:
    data = str(real_data.folder("obelix"))
    told = call(
        "garnets",
        'obelix={"structures": false}',
        "--among",
        "Li,La,Zr,O",
        "--out",
        "g.csv",
        "--data-dir",
        data,
    )
    assert "58 of 599 rows written to g.csv" in told
    assert "relative density" not in pd.read_csv(folder / "g.csv").columns
    excluded = ("--exclude", "formula", "--exclude", "family", "--exclude", "split")
    found = json.loads(
        call(
            *("screen", "g.csv", "--target", "log10_sigma", "--threshold", "-3.4"),
            *(*excluded, "--groups", "doi", *FEW, "--json"),
        )
    )
    assert found["rows"] == {"full": 58}
    assert len(found["features"]) == 12
