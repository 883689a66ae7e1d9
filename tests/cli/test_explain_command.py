"""``discovery explain`` as a user meets it."""

import json
from pathlib import Path

import pytest
import real_data
import typer
from pydantic import Field
from typer.testing import CliRunner

import proxies
import proxies.options
from discovery.cli.campaigns import run
from discovery.cli.explain import explain
from discovery.config import campaign_model
from discovery.errors import ConfigError, InvalidInputError
from discovery.explanation.contract import is_explainable
from discovery.options import Options
from discovery.registry import load

app = typer.Typer(pretty_exceptions_enable=False)
app.command("explain")(explain)
app.command("run")(run)
SMALL = ("--proxy", "toy", "--folds", "2", "--repeats", "2", "--quiet")
FILES = {"explanation.html", "explanation.md", "explanation.json"}
CAMPAIGN = """
name: mine
seed: 1
budget: 8
dataset: {name: table, path: mine.csv}
fidelities:
  - {name: sendek, oracle: {name: sendek}, cost: 0.01}
  - {name: experiment, oracle: {name: table}, cost: 1, target: true}
proxy: {name: staged, trees: 10, folds: 2, stage: composition}
acquisition: {name: greedy}
sampler: {name: greedy}
loop: {name: sequential, batch_size: 3, initial: {experiment: 5}}
"""


class ToyOptions(Options):
    trees: int = Field(default=10)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    campaign_model()  # is remembered, and must not remember what is a proxy here alone
    monkeypatch.setitem(proxies.CATALOGUE, "toy", "explanation_cases:TreeProxy")
    monkeypatch.setitem(proxies.options.OPTIONS, "toy", ToyOptions)
    rows = [
        f"Li{1 + n / 10:.1f}O1,{'<1e-10' if n == 3 else f'{10 ** (-4 - n % 7):.1e}'},p{n // 3},"
        f"{'ab'[n % 2]}"
        for n in range(24)
    ]
    (tmp_path / "mine.csv").write_text("formula,sigma,doi,family\n" + "\n".join(rows) + "\n")
    return tmp_path


TABLE = 'table={"path": "mine.csv", "groups": ["doi", "family"]}'


def call(*arguments: str) -> str:
    """Run the command and return what it prints; raise what it raises."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_a_proxy_is_explained_on_a_data_set_that_ships(folder) -> None:
    told = json.loads(call("explain", "reference", *SMALL, "--out", "out", "--json"))
    assert {path.name for path in (folder / "out").iterdir()} == FILES
    assert json.loads((folder / "out" / "explanation.json").read_text()) == told
    assert (told["rows"], told["bounds"], told["map"]["method"]) == (122, 7, "UMAP")
    assert told["spearman"] > 0.4
    units = {each["feature"]: each["unit"] for each in told["features"]}
    assert units["cation radius mean"] == "Å"
    assert sum(each["impurity"] for each in told["features"]) == pytest.approx(1)
    strengths = [each["mean_abs_shap"] for each in told["features"]]
    assert strengths == sorted(strengths, reverse=True)
    page = (folder / "out" / "explanation.html").read_text()
    assert 'data-figure="contributions"' in page
    assert 'data-figure="bought"' not in page


def test_the_same_seed_says_the_same_and_people_read_tables_and_findings(folder) -> None:
    first = call("explain", TABLE, *SMALL, "--out", "out")
    assert "Which features the model uses" in first
    assert "- toy ranks held-out rows with ρ" in first
    assert first.splitlines()[-1] == "report     out/explanation.html"
    before = {name: (folder / "out" / name).read_bytes() for name in FILES}
    assert call("explain", TABLE, *SMALL, "--out", "out") == first
    assert before == {name: (folder / "out" / name).read_bytes() for name in FILES}


def test_a_campaign_is_drawn_on_the_map_with_the_rounds_in_which_it_bought(folder) -> None:
    (folder / "mine.yaml").write_text(CAMPAIGN)
    call("run", "mine.yaml", "--json")
    told = json.loads(call("explain", TABLE, *SMALL, "--campaign", "mine", "--json"))
    assert told["map"] == {"method": "UMAP", "materials": 24, "bought": 8}
    page = (folder / "runs" / "explain" / "explanation.html").read_text()
    assert 'data-figure="bought"' in page
    assert "round 2, experiment" in page
    with pytest.raises(InvalidInputError, match=r"no campaign 'mien' in runs; did you mean 'mine'"):
        call("explain", TABLE, *SMALL, "--campaign", "mien")


def test_a_proxy_that_shows_no_features_is_refused_with_those_that_do(monkeypatch) -> None:
    monkeypatch.setitem(proxies.CATALOGUE, "blind", "assessment_cases:NearestProxy")
    monkeypatch.setitem(proxies.options.OPTIONS, "blind", Options)
    assert not is_explainable(load("proxy", "blind"))
    with pytest.raises(InvalidInputError, match=r"'blind' cannot be explained.*can be: .*toy"):
        call("explain", "reference", "--proxy", "blind")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nothing", *SMALL), InvalidInputError, "'nothing' is no file, no folder and no data set"),
        (("reference", *SMALL, "--set", "tree=3"), ConfigError, "did you mean 'trees'"),
        ((TABLE, *SMALL, "--folds", "20"), InvalidInputError, "choose 2 to 8 folds"),
    ],
)
def test_mistakes_are_told_before_anything_is_fitted(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        call("explain", *arguments)


@pytest.mark.slow
def test_obelix_is_explained_on_its_training_rows() -> None:
    data = str(real_data.folder("obelix"))
    told = json.loads(call("explain", "obelix", "--data-dir", data, *SMALL, "--json"))
    assert (told["rows"], told["bounds"]) == (478, 29)
    assert "121 rows of the published test part take no part" in told["remarks"][0]
    different = {(each["first"], each["second"]): each for each in told["families"]}
    assert different["garnet", "LGPS"]["high"] == 0.001
    assert told["map"]["materials"] == 599
    assert told["spearman"] > 0.6
