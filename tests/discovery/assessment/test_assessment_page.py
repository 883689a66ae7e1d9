"""The plan of an assessment, its numbers and its page."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from assessment_cases import NearestProxy, world

from discovery.assessment.predictions import predictions
from discovery.assessment.study import Settings, Study, study
from discovery.assessment.tasks import Plan, Wishes, plan
from discovery.assessment.training import labelled
from discovery.errors import InvalidInputError
from discovery.report.assessment_page import facts, markdown, page
from discovery.types import Bound, Dataset

ALL = Wishes((), 2, 1, (0.5, 1.0), {"std": [0.5, 2.0]}, (0.6, 0.2, 0.2), 0)


def build(changes: Mapping[str, Any]):
    return lambda: NearestProxy(**changes)


def planned(data: Dataset, wishes: Wishes = ALL) -> Plan:
    return plan(data, labelled(data), wishes, build)


def done(data: Dataset, wishes: Wishes = ALL, send: tuple[int, ...] = (5,)) -> Study:
    made = planned(data, wishes)
    return study(
        data,
        labelled(data),
        made.tasks,
        Settings(-5.0, send, resamples=50),
        proxy="nearest",
        command="discovery assess world <b>",
        version="0",
        remarks=made.remarks,
        choices=lambda: [model.chosen for model in made.searched],
    )


@pytest.fixture(scope="module")
def judged() -> Study:
    return done(world())


def test_by_default_all_protocols_with_folds_stand_side_by_side(judged):
    assert [each.label for each in judged.of("protocols")] == [
        "plain", "composition", "doi", "family", "source",
    ]  # fmt: skip
    assert [each.label for each in judged.of("baselines")] == ["mean", "median", "uniform"]
    assert [each.label for each in judged.of("learning")] == ["0.5", "1"]
    assert [each.label for each in judged.of("validation")] == ["0.5", "2.0"]
    parts = [(each.task.label, each.label) for each in judged.of("parts")]
    assert parts[:3] == [
        ("as given", "validation"), ("as given", "test"), ("std = 0.5", "validation"),
    ]  # fmt: skip
    assert planned(world()).fits == 5 * 2 + 3 * 2 + 2 * 2 + 2 * 2 + 3


def test_neighbours_in_one_paper_flatter_plain_folds(judged):
    told = {each.label: each.scores["mae"].value for each in judged.of("protocols")}
    assert told["plain"] < told["source"]


def test_the_page_loads_nothing_and_escapes_what_it_is_given(judged):
    html = page(judged)
    assert "<b>" not in html.split("<script", 1)[0].split("Made with", 1)[1]
    assert "src=" not in html.split('<script id="plotly">')[0]
    for name in ("parity", "calibration", "gain", "learning", "validation0"):
        assert f'data-figure="{name}"' in html
    for title in ("Every protocol", "Rank all, send the best", "What stands on both sides"):
        assert f"<h2>{title}</h2>" in html


def test_markdown_and_json_say_the_same_numbers(judged):
    told, text = facts(judged), markdown(judged)
    json.dumps(told, allow_nan=False)
    (source,) = (each for each in told["protocols"] if each["name"] == "source")
    assert f"{source['scores']['mae']['value']:.2f}" in text
    assert (source["rows"], source["clusters"], source["repeats"]) == (40, 10, 1)
    assert {leak["what"] for leak in source["leaks"]} == {"composition", "doi", "family"}
    assert told["findings"][0].startswith("nearest ranks what it has not seen with ρ 0.")
    assert "| source | compositions and papers | 40 | 10 |" in text


def test_predictions_are_one_row_per_protocol_and_material(judged):
    rows = predictions(judged)
    assert len(rows) == 5 * 40
    assert rows[0]["known"].startswith("<")
    assert {row["protocol"] for row in rows} == {
        "plain", "composition", "doi", "family", "source",
    }  # fmt: skip


def test_a_nested_protocol_tells_what_it_chose():
    wishes = Wishes(("nested", "plain"), 2, 1, (), {"sign": [-1, 1], "std": [1.0]}, (), 0)
    found = done(world(), wishes)
    assert found.chosen == {"sign = 1, std = 1.0": 2}
    assert "What the nested protocol chose" in markdown(found)
    with pytest.raises(InvalidInputError, match="none is given to choose from"):
        planned(world(), Wishes(("nested",), 2, 1, (), {}, (), 0))


def test_protocols_that_a_data_set_cannot_have_are_left_out_unless_asked_for():
    full = world()
    bare = Dataset("bare", full.candidates, full.labels)
    found = done(bare, Wishes((), 2, 1, (), {}, (), 0))
    assert [each.label for each in found.of("protocols")] == ["plain", "composition", "source"]
    assert any("'bare' has no column 'doi'" in remark for remark in found.remarks)
    page(found)
    with pytest.raises(InvalidInputError, match="'bare' has no column 'doi'"):
        planned(bare, Wishes(("doi",), 2, 1, (), {}, (), 0))


def test_one_row_cannot_be_divided():
    with pytest.raises(InvalidInputError, match="'world' cannot be divided"):
        planned(world(count=1, papers=1))


def test_a_data_set_of_bounds_alone_has_a_page_without_ranks():
    full = world()
    limits = {c.id: Bound("left", -10.0) for c in full.candidates}
    found = done(Dataset("limits", full.candidates, limits, groups=full.groups), ALL)
    (source,) = (each for each in facts(found)["protocols"] if each["name"] == "source")
    assert source["scores"]["spearman"]["value"] is None
    page(found)
    markdown(found)


def test_leaving_one_out_and_the_official_split_have_their_baselines():
    data = world(test=10)
    found = done(data, Wishes(("loo", "official"), 2, 1, (), {}, (), 0))
    assert [len(each.assessment.rows) for each in found.of("protocols")] == [40, 10]
    assert {each.task.protocol.name for each in found.of("baselines")} == {"official"}


def test_rows_to_send_are_checked_before_anything_is_fitted():
    with pytest.raises(InvalidInputError, match="1 to 40 can be sent, not 50"):
        done(world(), send=(50,))
