"""The page, the Markdown file and the JSON of a screening."""

import json
import re

import numpy as np
import pytest
from screening_cases import classes, values

from discovery.errors import InvalidInputError
from discovery.report.screening_figures import correlations, heatmap, scatter, shown_features
from discovery.report.screening_page import facts, findings, markdown, page
from discovery.report.screening_tables import parameters, signed
from discovery.screening import study as module
from discovery.screening.plan import Plan
from discovery.screening.spaces import SPACES
from discovery.screening.study import Extras, Study, study

MODELS = ("guessing", "ridge", "decision tree")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Study:
    problem = classes(60, name="<b>steel</b>", groups="doi")
    with pytest.MonkeyPatch.context() as patch:
        spaces = {"classification": {"NuSVC": SPACES["classification"]["NuSVC"]}}
        patch.setattr(module, "SPACES", spaces)
        return study(
            problem,
            Plan(MODELS, 4, 0.2, 0),
            tmp_path_factory.mktemp("screening"),
            score="accuracy",
            extras=Extras(leave_one_out=True, tune=True, nested=True, trials=2),
            workers=1,
            watch=lambda *_: lambda: None,
            command="discovery screen steel.csv",
        )


def test_the_page_holds_every_part_and_loads_nothing(found) -> None:
    text = page(found)
    for heading in (
        "Best 5 models, full", "Best 5 models, cut", "All models, cut", "Leave one out",
        "Tuned models", "Is tuning worth it?", "How the scores are distributed",
        "Features and target", "sigma against features", "Remarks",
    ):  # fmt: skip
        assert f"<h2>{heading}</h2>" in text
    assert f"Features that {found.table.loc[0, 'model']} uses" in text
    body = text[: text.index('<script id="plotly">')]
    assert "http" not in body.replace("http-equiv", "")
    assert "<b>steel" not in body
    drawn = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.DOTALL)[1])
    assert set(drawn) == {"correlations", "scatter", "scores", "importances-0"}
    places = set(re.findall(r'data-figure="([^"]+)"', body))
    assert places == set(drawn)


def test_the_markdown_file_says_the_same(found) -> None:
    text = markdown(found)
    assert "# &lt;b>steel&lt;/b>: sigma" in text
    assert "| model | mean | median | 5 % to 95 % |" in text
    assert "- Made with: discovery screen steel.csv" in text
    assert all(len(line) > 3 for line in text.splitlines() if line.startswith("|"))


def test_the_json_has_no_nan_and_holds_the_numbers_of_the_table(found) -> None:
    told = json.loads(json.dumps(facts(found), allow_nan=False))
    assert told["rows"].keys() == {"full", "cut"}
    assert told["classes"] == ["below 0", "0 or more"]
    best = told["models"][0]
    assert best["mean"] == pytest.approx(found.table.loc[0, "mean"])
    assert [each["model"] for each in told["nested"]] == ["NuSVC"]
    assert set(told["importances"][0]["permutation"]) == set(found.problem.names)
    assert [each["left_out"] for each in told["leave_one_out"]] == ["one doi"] * 3


def test_findings_compare_with_guessing(found) -> None:
    first = next(findings(found))
    leader = found.table.loc[0, "model"]
    assert first.startswith(f"full: {leader} is best with a mean accuracy of 0.")
    assert "and is beaten on 4 of 4 splits." in first


def test_correlations_are_those_of_rows_that_know_both() -> None:
    problem = values(60)
    told = correlations(problem).loc["density", "sigma"]
    known = np.isfinite(problem.features[:, 3])
    by_hand = np.corrcoef(problem.features[known, 3], problem.target[known])[0, 1]
    assert told == pytest.approx(by_hand)
    assert shown_features(problem)[0] == "a"


def test_figures_draw_gaps_as_gaps() -> None:
    problem = values(60)
    problem.features[2:, 3] = np.nan
    json.dumps([heatmap(problem), scatter(problem)], allow_nan=False)
    rows = dict(
        zip(heatmap(problem)["data"][0]["y"], heatmap(problem)["data"][0]["z"], strict=True)
    )
    assert rows["density"][0] is None
    assert len(scatter(problem)["data"]) == 6


def test_changes_have_signs_unless_they_are_nothing() -> None:
    assert [signed(change) for change in (0.1234, -0.1, -0.0002)] == ["+0.123", "−0.100", "0.000"]


def test_parameters_are_short() -> None:
    assert parameters({"nu": 0.123456, "kernel": "rbf", "degree": 3}) == (
        "nu 0.123, kernel rbf, degree 3"
    )


def test_a_part_that_fails_is_a_remark(tmp_path, monkeypatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise InvalidInputError("no folds")

    monkeypatch.setattr(module, "tune", fails)
    told = study(
        values(),
        Plan(("ridge",), 1, 0.2, 0),  # no forest: its importances take a while
        tmp_path,
        score="R2",
        extras=Extras(tune=True),
        workers=1,
        watch=lambda *_: lambda: None,
    )
    assert "tuning of NuSVR: no folds" in told.failures
    assert "tuning of NuSVR: no folds" in markdown(told)
