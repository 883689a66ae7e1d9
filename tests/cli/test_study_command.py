import json

import pytest
import sklearn.ensemble
from sklearn.tree import DecisionTreeRegressor
from study_cases import made_up
from typer.testing import CliRunner

import proxies.report
from discovery.cli.app import app
from discovery.studies import experiments, obelix
from discovery.studies.memory import Memory
from discovery.studies.reproduction import OTHER_SEEDS, pieces, reproduce
from discovery.studies.stages import Bench

_TABLE_1 = "Table 1: three stages"
_PRINTED = (
    ["0.746", "1.349", "0.871", "0.513", "1.770", "0.710"],
    ["0.752", "1.334", "0.890", "0.609", "1.587", "0.748"],
)


class QuickTrees(DecisionTreeRegressor):
    """Stands in for boosted trees, whose settings it takes and mostly forgets."""

    def __init__(self, max_depth=3, **_):
        super().__init__(max_depth=max_depth, random_state=0)

    def get_params(self, deep=True):  # noqa: FBT002
        return {"max_depth": self.max_depth}


def invoke(*arguments):
    return CliRunner().invoke(app, ["study", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments, "RESAMPLES", 20)
        patch.setattr(obelix, "load", lambda _: made_up())
        patch.setattr(sklearn.ensemble, "HistGradientBoostingRegressor", QuickTrees)
        patch.setattr(proxies.report, "HistGradientBoostingRegressor", QuickTrees)
        yield tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def stages(folder):
    docs = folder / "docs.md"
    done = invoke("obelix-stages", "--trials", 2, "--out", folder, "--docs", docs, "--quiet")
    assert done.exit_code == 0, done.output
    return json.loads((folder / "stages.json").read_text()), done.output


def table(facts, title):
    return next(sheet for sheet in facts["tables"] if sheet["title"] == title)


def test_the_report_is_shown_beside_what_comes_out(stages):
    facts, output = stages
    rows = {row[0]["text"]: [e["text"] for e in row] for row in table(facts, _TABLE_1)["rows"]}
    assert rows["Stage 0: composition · report"][2:] == _PRINTED[0]
    assert rows["Stage 2: + physics · report"][2:] == _PRINTED[1]
    assert len(rows) == 18
    assert "Table 1: three stages" in output
    assert "Stage 1, cross-validated R² / ρ: the report prints 0.737 / 0.887; here" in output


def test_the_experiments_have_as_many_features_as_the_report_says(stages):
    facts, _ = stages
    rows = [
        row for sheet in facts["tables"] for row in sheet["rows"] if "features" in sheet["heads"]
    ]
    counts = {row[0]["text"]: row[1]["text"] for row in rows}
    expected = {
        "Stage 0: composition · report": "129",
        "Stage 1: + geometry · historical, the report's settings": "152",
        "Stage 2: + physics · historical, own search": "160",
        "Stage 2: + physics · historical without the flag": "159",
        "Stage 2: + physics · honest": "159",
        "basic · here": "133",
        "full · here": "382",
        "physics · here": "390",
        "mat2vec · here": "306",
        "all · here": "344",
    }
    assert {name: counts[name] for name in expected} == expected


def test_every_experiment_of_the_report_is_made(stages):
    facts, _ = stages
    titles = [sheet["title"] for sheet in facts["tables"]]
    assert titles == [
        _TABLE_1,
        "What the numbers hold",
        "Element vectors",
        "Feature sets of stage 1",
        "Single models",
        "Models of two parts",
        "Searches",
        "Best settings",
        "Permutation importances",
        "Coverage of the historical physics",
    ]
    spaces = {(search["name"], search["space"]) for search in facts["searches"]}
    assert len(spaces) == 5
    assert ("geometry", "expanded") in spaces
    assert len(table(facts, "Models of two parts")["rows"]) == 10


@pytest.mark.usefixtures("stages")
def test_the_page_loads_nothing_and_draws_eight_figures(folder):
    page = (folder / "stages.html").read_text(encoding="utf-8")
    assert page.count('data-figure="') == 8
    assert "<link" not in page
    assert " src=" not in page.split('<script id="plotly">')[0]
    written = (folder / "stages.md").read_text(encoding="utf-8")
    assert written == (folder / "docs.md").read_text(encoding="utf-8")
    assert written.startswith("# OBELiX in three stages, done again\n")


def test_the_same_command_goes_on_where_it_was_interrupted(stages, folder):
    before = {file.name: file.stat().st_mtime_ns for file in (folder / "results").iterdir()}
    done = invoke("obelix-stages", "--trials", 2, "--out", folder, "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["findings"] == stages[0]["findings"]
    after = {file.name: file.stat().st_mtime_ns for file in (folder / "results").iterdir()}
    assert after == before


@pytest.mark.usefixtures("stages")
def test_progress_is_counted_to_its_end(folder):
    done = []
    bench = Bench(made_up(), 42, Memory(folder / "results"), lambda: done.append(1))
    reproduce(bench, trials=2, other_seeds=OTHER_SEEDS)
    assert len(done) == pieces(trials=2, other_seeds=OTHER_SEEDS)


@pytest.mark.usefixtures("stages")
def test_quick_leaves_out_searches_and_other_folds(folder):
    done = invoke("obelix-stages", "--quick", "--out", folder, "--json")
    assert done.exit_code == 0
    facts = json.loads(done.output)
    assert facts["trials"] == 0
    assert facts["searches"] == []
    assert "Searches" not in [sheet["title"] for sheet in facts["tables"]]


def test_proxies_are_compared_on_group_splits(folder):
    report = 'report={"stage": "composition"}'
    arguments = ("--proxy", report, "--splits", 2, "--out", folder / "splits", "--official")
    done = invoke("obelix-splits", *arguments)
    assert done.exit_code == 0, done.output
    assert "Scores on 2 splits" in done.output
    facts = json.loads((folder / "splits" / "splits.json").read_text())
    baseline, other = facts["scores"]
    assert baseline == "the report's stage 2, without its flag"
    assert other == report
    assert facts["official"]["data"] == facts["data"]
    assert len(json.loads((folder / "splits" / "official.json").read_text())) == 1


@pytest.mark.usefixtures("folder")
def test_mistakes_in_a_proxy_are_told_before_anything_is_fitted():
    done = invoke("obelix-splits", "--proxy", "reprt")
    assert done.exit_code != 0
    assert "did you mean 'report'" in str(done.exception)
    done = invoke("obelix-splits", "--proxy", 'report={"stages": 1}')
    assert "did you mean 'stage'" in str(done.exception)
