"""``discovery assess`` as a user meets it."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from discovery.cli.assess import assess
from discovery.cli.assessing import described, model_of, numbers, varied
from discovery.errors import ConfigError, InvalidInputError, UnknownNameError

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(assess)
SMALL = ("--set", "trees=10", "--set", "folds=2", "--set", "stage=composition")
ONCE = ("--folds", "2", "--repeats", "1", "--resamples", "50", *SMALL)
FILES = {"assessment.html", "assessment.md", "assessment.json", "predictions.csv"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> str:
    """Run the command and return what it prints; raise what it raises."""
    result = CliRunner().invoke(app, [*arguments, "--out", "out"])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def table(folder: Path) -> str:
    rows = [
        f"Li{1 + n / 10:.1f}O1,{10 ** (-4 - n % 7):.1e},{'train' if n % 4 else 'test'},p{n // 3}"
        for n in range(24)
    ]
    (folder / "mine.csv").write_text("formula,sigma,split,doi\n" + "\n".join(rows) + "\n")
    return 'table={"path": "mine.csv", "groups": ["split", "doi"]}'


def test_one_protocol_of_a_data_set_that_ships(folder) -> None:
    told = json.loads(call("reference", "--protocol", "source", *ONCE, "--json"))
    (source,) = told["protocols"]
    low, high = source["scores"]["spearman"]["interval"]
    assert low < source["scores"]["spearman"]["value"] < high
    assert source["clusters"] < source["rows"] == 122
    assert told["proxy"] == "staged (trees = 10, folds = 2, stage = composition)"
    assert (told["threshold"], told["learning"], told["parts"]) == (-4.0, [], [])
    assert {path.name for path in (folder / "out").iterdir()} == FILES
    assert json.loads((folder / "out" / "assessment.json").read_text()) == told
    rows = list(csv.DictReader((folder / "out" / "predictions.csv").read_text().splitlines()))
    assert len(rows) == 122


def test_the_same_seed_says_the_same_and_people_read_tables_and_findings(table) -> None:
    first = call(table, "--protocol", "plain", *ONCE)
    assert "Every protocol" in first
    assert "Does it know what it does not know?" in first
    assert "- staged (trees = 10, folds = 2, stage = composition) ranks what" in first
    assert first.splitlines()[-1] == "report     out/assessment.html"
    assert call(table, "--protocol", "plain", *ONCE) == first


def test_the_published_test_part_is_opened_by_its_protocol_alone_and_each_look_is_recorded(
    table, folder
) -> None:
    plain = json.loads(call(table, "--protocol", "plain", *ONCE, "--json"))
    assert plain["protocols"][0]["rows"] == 18
    assert "6 rows of the published test part take no part" in plain["remarks"][0]
    assert not (folder / "out" / "official_split.json").exists()
    for look in (1, 2):
        told = json.loads(call(table, "--protocol", "official", *ONCE, "--json"))
        assert told["protocols"][0]["rows"] == 6
        assert told["remarks"][-1].startswith(f"This is look {look} at the published test part")
    looks = json.loads((folder / "out" / "official_split.json").read_text())
    assert len(looks) == 2
    assert looks[0]["scores"]["mae"] == told["protocols"][0]["scores"]["mae"]
    both = json.loads(call(table, "--protocol", "plain", "--rows", "all", *ONCE, "--json"))
    assert both["protocols"][0]["rows"] == 24


def test_options_are_varied_and_chosen_by_a_nested_protocol(table) -> None:
    told = json.loads(call(table, "--protocol", "nested", "--vary", "trees=10,12", *ONCE, "--json"))
    assert sum(told["chosen"].values()) == 2
    assert set(told["chosen"]) <= {"trees = 10", "trees = 12"}
    assert [each["name"] for each in told["validation"]] == ["10", "12"]


def test_the_model_may_come_from_a_campaign() -> None:
    assert model_of(None, [], "quickstart")[0] == "staged"
    assert model_of('gp={"inputs": 4}', ["stage=composition"], None) == (
        "gp",
        {"inputs": 4, "stage": "composition"},
    )
    assert described("gp", {}) == "gp"
    with pytest.raises(InvalidInputError, match="not from both"):
        model_of("gp", [], "quickstart")


def test_numbers_and_variations_are_read() -> None:
    assert varied("trees=30,100") == ("trees", [30, 100])
    assert varied("learner=lightgbm,extra_trees") == ("learner", ["lightgbm", "extra_trees"])
    assert numbers("0.5, 1", "--learning", "") == (0.5, 1.0)
    assert numbers(None, "--learning", "0.25") == (0.25,)
    assert numbers("", "--learning", "0.25") == ()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nothing",), InvalidInputError, "'nothing' is no file, no folder and no data set"),
        (("reference", "--set", "trees"), InvalidInputError, "expected key=value, e.g. trees=300"),
        (("reference", "--set", "tree=3"), ConfigError, "did you mean 'trees'"),
        (("reference", "--vary", "trees=3"), ConfigError, "trees: Input should be greater"),
        (("reference", "--proxy", "stage"), UnknownNameError, "did you mean 'staged'"),
        (("reference", "--protocol", "sauce"), UnknownNameError, "did you mean 'source'"),
        (("reference", "--protocol", "nested"), InvalidInputError, "--vary trees=30,100,300"),
        (("reference", "--protocol", "official"), InvalidInputError, "has no published split"),
        (("reference", "--learning", "a"), InvalidInputError, "--learning 'a': expected numbers"),
        (("reference", "--send", "1000"), InvalidInputError, "1 to 122 can be sent, not 1000"),
    ],
)
def test_mistakes_are_told_before_anything_is_fitted(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        call(*arguments)


def test_who_waits_long_is_told_how_long(table, monkeypatch) -> None:
    monkeypatch.setattr("discovery.cli.assess._LONG", 0.0)
    arguments = [table, "--protocol", "plain", *ONCE, "--out", "out"]
    result = CliRunner().invoke(app, arguments)
    assert "2 models to fit; as the first two go, about 0 minutes" in result.stderr
    assert CliRunner().invoke(app, [*arguments, "--quiet"]).stderr == ""


@pytest.mark.slow
def test_obelix_is_judged_on_its_training_rows(obelix_directory) -> None:
    told = json.loads(
        call(
            "obelix", "--data-dir", str(obelix_directory), "--protocol", "source",
            "--folds", "5", "--repeats", "1", "--json",
        )
    )  # fmt: skip
    (source,) = told["protocols"]
    assert source["rows"] == 478
    assert [leak["rows"] for leak in source["leaks"] if leak["what"] != "family"] == [0, 0]
    assert source["scores"]["spearman"]["value"] > 0.7
    assert told["repeats"]["pooled"] == pytest.approx(0.79, abs=0.01)
