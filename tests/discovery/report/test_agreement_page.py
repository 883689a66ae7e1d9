import json
import re

import numpy as np
import pytest
from agreement_cases import COUNT, column_of, columns, study
from report_story import Page

from discovery.report.agreement_page import facts, markdown, page
from discovery.report.findings import findings
from discovery.report.scatter_matrix import scatter_matrix
from discovery.report.sheets import Entry, Sheet, plain


@pytest.fixture(scope="module")
def whole():
    return study(listed=np.arange(COUNT) < 10)


def test_a_good_score_is_told_with_its_direction_and_interval(whole) -> None:
    told = list(findings(whole))
    assert re.match(
        r"good: higher values go with higher experiment; read so, it orders 9\d% of the pairs as "
        r"experiment does, where chance orders 50%; concordance 0\.\d\d \(0\.\d\d to 0\.\d\d\), "
        rf"n = {COUNT}\.",
        told[0],
    )
    assert told[1].startswith("reverse: lower values go with higher experiment; read so, it")


def test_what_cannot_be_shown_is_not_claimed(whole) -> None:
    told = list(findings(whole))
    assert told[2].startswith("noise: no relation with the order of experiment can be shown;")
    assert any(sentence.startswith("good ranks better than noise:") for sentence in told)
    twins = [*columns()[:2], column_of("twin", columns()[1].value)]
    assert list(findings(study(found=twins)))[-1] == (
        "No difference can be shown between good and twin."
    )
    few = [column_of(name, [1.0, 2.0] + [np.nan] * (COUNT - 2)) for name in ("experiment", "x")]
    assert list(findings(study(found=few))) == ["x: too few candidates (2) to say anything."]
    assert list(findings(study(truth=None))) == [
        "No column is the truth, so nothing is said about who is right."
    ]


def test_the_page_loads_nothing_and_holds_every_table(whole) -> None:
    text = page(whole)
    parsed = Page(text)
    assert not parsed.mismatches
    assert not [tag for tag, attributes in parsed.tags if attributes.keys() & {"src", "href"}]
    for title in ("Rank power", "Is one score better than another?", "Every pair", "Who answered"):
        assert f"<h2>{title}</h2>" in text
    assert "nothing <b>else</b>" in parsed.text


def test_machines_find_the_numbers_in_the_page_and_in_plain_json(whole) -> None:
    told = json.loads(json.dumps(facts(whole), allow_nan=False))
    assert json.loads(Page(page(whole)).scripts["summary"]) == told
    assert told["truth"] == "experiment"
    assert told["powers"][0]["agreement"]["spearman"]["count"] == int(columns()[0].exact.sum())
    assert told["listed"] == 10


def test_markdown_has_one_row_per_score_and_no_broken_cell(whole) -> None:
    text = markdown(whole)
    assert "```text\ndiscovery agree toys\n```" in text
    assert "nothing &lt;b>else&lt;/b>" in text
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block
    assert "Δ \\|ρ\\|" in text


def test_the_area_is_left_out_without_a_threshold() -> None:
    text = markdown(study(threshold=None))
    assert "AUC" not in text
    assert "| score | n |" in text


def test_the_matrix_draws_each_pair_once_and_writes_its_correlation(whole) -> None:
    figure = scatter_matrix(whole)
    size = len(whole.columns)
    drawn = {(trace["xaxis"], trace["yaxis"]) for trace in figure["data"]}
    assert len(drawn) == size * (size + 1) // 2
    notes = figure["layout"]["annotations"]
    assert len(notes) == size * (size - 1) // 2
    ranks = {pair.spearman.value for pair in whole.comparison.pairs}
    assert {f"{rank:.2f}".replace("-", "−") for rank in ranks} == {
        re.search(r"ρ (\S+)</b>", note["text"])[1] for note in notes
    }
    for trace in figure["data"]:
        assert f"xaxis{trace['xaxis'][1:]}" in figure["layout"]


def test_bounds_are_triangles_that_point_to_the_truth(whole) -> None:
    figure = scatter_matrix(whole)
    symbols = {trace["marker"].get("symbol") for trace in figure["data"]}
    assert symbols == {"circle", "triangle-left-open", None}
    open_ = next(t for t in figure["data"] if t["marker"].get("symbol") == "triangle-left-open")
    assert set(open_["x"]) == {-11.2}
    assert open_["text"][0] == "LiPS<sub>4</sub> (sample 0)"
    up = np.where(np.arange(COUNT) == 3, 1, 0).astype(np.int8)
    both = [columns()[0], column_of("score", np.arange(COUNT), up)]
    symbols = [t["marker"].get("symbol") for t in scatter_matrix(study(found=both))["data"]]
    assert symbols.count("diamond-open") == 1


def test_a_column_without_answers_leaves_empty_panels() -> None:
    nothing = [*columns()[:2], column_of("silent", [np.nan] * COUNT)]
    figure = scatter_matrix(study(found=nothing))
    assert json.dumps(figure, allow_nan=False)


def test_a_sheet_is_escaped_in_both_forms() -> None:
    sheet = Sheet("a < b", "note", ("x|y",), [(Entry("<i>", 1.0, ("0 | 1", "2")),), (Entry(""),)])
    assert "&lt;i&gt;<small>0 | 1</small><small>2</small>" in sheet.html
    assert "| &lt;i> (0 \\| 1; 2) |\n| – |" in sheet.markdown
    assert plain("two\nlines *bold*") == "two lines \\*bold\\*"
