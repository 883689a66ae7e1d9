import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_story import Page, Story, candidate, forecast, query, three_rounds

from discovery.errors import InvalidInputError
from discovery.report.export import export_top
from discovery.report.page import write_report
from discovery.report.summary import summary
from discovery.types import Bound, Candidate, Estimate

EVIL = '</script><script>alert("x")</script><img src=x onerror=alert(1)>&amp;\u2028'


def written(story: Story, directory: Path, **options: Any) -> str:
    return write_report(story.record, directory / "report.html", **options).read_text("utf-8")


def figures(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.scripts["figures"])
    return found


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in figure["data"] if one["name"] == name)
    return dict(found)


def cheap_only() -> Story:
    story = Story()
    story.ask((query(candidate(0), "cheap"), forecast(-5.0)))
    story.tell(query(candidate(0), "cheap"), value=0.1)
    return story


def censored_only() -> Story:
    story = Story()
    story.ask(*((query(candidate(i)), forecast(-8.0)) for i in range(6)))
    for i in range(6):
        story.tell(query(candidate(i)), bound=Bound("left" if i else "right", -10.0))
    return story


def single() -> Story:
    story = Story()
    story.ask((query(candidate(0)), forecast(None, None, "")))
    story.tell(query(candidate(0)), value=-4.0)
    return story


Make = Callable[[], Story]
STORIES = pytest.mark.parametrize("make", [Story, cheap_only, censored_only, single, three_rounds])


@STORIES
@pytest.mark.parametrize("truth", [None, {candidate(0).id: Estimate(-4.0)}])
def test_every_state_of_a_campaign_gives_a_valid_page(
    make: Make, truth: dict[str, Estimate] | None, tmp_path: Path
) -> None:
    page = Page(written(make(), tmp_path, truth=truth))
    assert page.mismatches == []
    assert page.open == []
    drawn = {attrs["data-figure"] for _, attrs in page.tags if "data-figure" in attrs}
    assert drawn <= set(figures(page))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@STORIES
def test_plotly_accepts_every_figure(make: Make, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy deprecations inside plotly are not ours
        from plotly.graph_objects import Figure  # noqa: PLC0415 - the filter comes first
    truth = {candidate(0).id: Estimate(-4.0)}
    for figure in figures(Page(written(make(), tmp_path, truth=truth))).values():
        Figure(figure)


def test_the_file_loads_nothing_and_stays_below_six_megabytes(story: Story, tmp_path: Path) -> None:
    html = written(story, tmp_path)
    page = Page(html)
    for tag, attrs in page.tags:
        for key in ("src", "srcset", "data", "action", "poster"):
            assert key not in attrs, (tag, attrs)
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        assert not re.match(r"\s*(https?:)?//", attrs.get("href") or "")
    ours = html.replace(page.scripts["plotly"], "")
    assert re.findall(r"https?://|@import|url\(", ours) == []
    (policy,) = (a["content"] for t, a in page.tags if "Content-Security-Policy" in a.values())
    assert policy is not None
    assert "default-src 'none'" in policy
    assert page.scripts["script"].count("showSendToCloud: false") == 1
    assert len(html.encode()) < 6e6


def test_the_embedded_summary_is_that_of_the_command_line(story: Story, tmp_path: Path) -> None:
    page = Page(written(story, tmp_path))
    assert json.loads(page.scripts["summary"]) == summary(story.record)


def test_best_so_far_is_the_running_maximum_of_values_against_cost(
    story: Story, tmp_path: Path
) -> None:
    figure = figures(Page(written(story, tmp_path)))["progress"]
    measured, best = trace(figure, "measured"), trace(figure, "best so far")
    assert measured["x"] == pytest.approx([1.1, 2.6])
    assert measured["y"] == [-5.0, -3.5]
    assert best["x"] == pytest.approx([1.1, 2.6, 4.6])
    assert best["y"] == [-5.0, -3.5, -3.5]
    bound = trace(figure, "upper bound (σ is lower)")
    assert (bound["x"], bound["y"]) == ([pytest.approx(3.6)], [-10.0])
    assert bound["marker"]["symbol"] == "triangle-down-open"


def test_spending_stacks_actual_costs_by_fidelity_over_rounds(story: Story, tmp_path: Path) -> None:
    figure = figures(Page(written(story, tmp_path)))["spending"]
    assert trace(figure, "cheap")["y"] == pytest.approx([0.1, 0.0, 0.0])
    assert trace(figure, "measured (target)")["y"] == pytest.approx([0.0, 3.5, 1.0])
    assert figure["layout"]["barmode"] == "stack"


def test_parity_holds_forecasts_of_the_target_and_draws_bounds_apart(
    story: Story, tmp_path: Path
) -> None:
    figure = figures(Page(written(story, tmp_path)))["parity"]
    measured = trace(figure, "measured")
    assert (measured["x"], measured["y"]) == ([-3.0, -4.0], [-5.0, -3.5])
    assert measured["error_x"]["array"] == pytest.approx([1.6449, 1.6449], abs=1e-4)
    assert measured["error_y"]["array"] == pytest.approx([0.3290, 0.1645], abs=1e-4)
    bound = trace(figure, "upper bound (σ is lower)")
    assert (bound["x"], bound["y"]) == ([-8.0], [-10.0])


def test_a_bound_is_never_among_the_points(tmp_path: Path) -> None:
    drawn = figures(Page(written(censored_only(), tmp_path)))
    for name in ("progress", "parity"):
        assert trace(drawn[name], "measured")["y"] == []
        assert len(trace(drawn[name], "upper bound (σ is lower)")["y"]) == 5
        assert len(trace(drawn[name], "lower bound (σ is higher)")["y"]) == 1
    assert trace(drawn["progress"], "best so far")["y"] == []


def test_recall_is_drawn_beside_chance_only_when_the_truth_is_given(
    story: Story, tmp_path: Path
) -> None:
    assert "recall" not in figures(Page(written(story, tmp_path)))
    truth = {candidate(0, structure=True).id: Estimate(-3.5), candidate(9).id: Estimate(-3.0)}
    page = Page(written(story, tmp_path, truth=truth, hit_fraction=1.0))
    figure = figures(page)["recall"]
    assert trace(figure, "this campaign")["y"] == [0.0, 0.5, 0.5]
    assert trace(figure, "this campaign")["x"] == pytest.approx([0.0, 2.6, 4.6])
    assert trace(figure, "random, expected")["y"][10] == pytest.approx(0.5)  # 10 of 20 measured
    assert "1 of 2 hits" in page.text


def test_the_page_tells_what_was_chosen_what_failed_and_the_settings(
    story: Story, tmp_path: Path
) -> None:
    text = Page(written(story, tmp_path)).text
    for expected in (
        "Next batch", "It looks good.", "no bond", "the sample broke", "fast one", "3.2 × 10−4",
        "< −10.00", "−3.50 ± 0.10", "[−3.66, −3.34]", "Fm-3m (225)",
        "cheap: 0.25\N{NO-BREAK SPACE}v.u.", "refused: cheap", "abc123", "seed 7",
        "data set reference", "ion-discovery 0.1.0", "2026-01-01 00:00", "Not stopped yet.",
    ):  # fmt: skip
        assert expected in text, expected


def test_without_open_queries_the_last_batch_is_shown(tmp_path: Path) -> None:
    text = Page(written(single(), tmp_path)).text
    assert "Last batch" in text
    assert "Next batch" not in text


def test_links_to_cifs_are_relative_and_only_to_files_that_exist(
    story: Story, tmp_path: Path
) -> None:
    crystals = tmp_path / "my candidates"
    export_top(story.record, crystals, 1)
    page = Page(written(story, tmp_path, candidates_dir=crystals))
    (link,) = (attrs["href"] for tag, attrs in page.tags if tag == "a")
    assert link is not None
    assert link.startswith("my%20candidates/LiCl_")
    assert (tmp_path / link.replace("%20", " ")).is_file()


def test_names_and_reasons_cannot_inject_markup(tmp_path: Path) -> None:
    story = Story(name=EVIL, config={"note": EVIL, "dataset": {"name": EVIL}})
    who = Candidate((("Li", 1.0), (EVIL, 2.0)), name=EVIL)
    other = Candidate((("Li", 3.0),), name=EVIL)
    story.ask((query(who), forecast(-4.0, 1.0, EVIL)), (query(other), forecast(-4.0, 1.0, EVIL)))
    story.tell(query(who), value=-4.0)
    story.tell(query(other), "failed", reason=EVIL)
    story.add("stopped", reason=EVIL)
    html = written(story, tmp_path)
    page = Page(html)
    clean = Page(written(single(), tmp_path))
    assert page.mismatches == []
    assert page.open == []
    assert [t for t, _ in page.tags].count("script") == [t for t, _ in clean.tags].count("script")
    assert "img" not in {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert EVIL in page.text
    assert json.loads(page.scripts["summary"])["name"] == EVIL
    (label,) = trace(figures(page)["progress"], "measured")["text"]
    assert "<script" not in label
    assert "<img" not in label


def test_a_folder_that_cannot_be_made_is_named(story: Story, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"cannot write the report to .*choose another"):
        write_report(story.record, tmp_path / "file" / "report.html")


def test_unknown_numbers_do_not_sort_as_zero(tmp_path: Path) -> None:
    html = written(censored_only(), tmp_path)
    assert 'data-sort=""' in html
    assert re.search(r'data-sort="">&lt; −10.00', html)
