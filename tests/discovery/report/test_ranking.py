import csv
from pathlib import Path

import pytest
from report_story import Story, candidate, forecast, query

from discovery.chemistry.structures import read_cif
from discovery.errors import InvalidInputError
from discovery.report.export import COLUMNS, export_top
from discovery.report.ranking import top_candidates
from discovery.types import Bound, Candidate


def test_measured_come_before_forecast_and_upper_bounds_last(story: Story) -> None:
    tops = top_candidates(story.record, 10)
    assert [top.candidate.id for top in tops] == [
        candidate(0, structure=True).id,  # -3.5
        candidate(1, structure=True).id,  # -5.0
        candidate(3).id,  # failed, forecast -6.0
        candidate(4).id,  # open, forecast -6.5
        candidate(2).id,  # < -10
    ]
    assert [top.rank for top in tops] == [1, 2, 3, 4, 5]
    assert len(top_candidates(story.record, 2)) == 2


def test_a_candidate_carries_all_that_was_bought(story: Story) -> None:
    best = top_candidates(story.record, 1)[0]
    assert best.measured is not None
    assert (best.measured.value, best.measured.standard_error) == (-3.5, 0.1)
    assert (best.forecast.mean, best.forecast.std) == (-4.0, 1.0)
    assert [(o.query.fidelity, o.value) for o in best.others] == [("cheap", 0.25)]
    assert best.cost == pytest.approx(1.6)


def test_a_bound_from_below_ranks_by_its_value() -> None:
    story = Story()
    story.ask(*((query(candidate(i)), forecast(-5.0)) for i in range(3)))
    story.tell(query(candidate(0)), value=-4.0)
    story.tell(query(candidate(1)), bound=Bound("right", -2.0))
    story.tell(query(candidate(2)), bound=Bound("left", -1.0))
    ids = [top.candidate.id for top in top_candidates(story.record, 3)]
    assert ids == [candidate(1).id, candidate(0).id, candidate(2).id]


def test_cheap_answers_without_any_forecast_rank_nobody() -> None:
    story = Story()
    story.ask((query(candidate(0), "cheap"), forecast(None, None)))
    story.tell(query(candidate(0), "cheap"), value=0.1)
    assert top_candidates(story.record, 5) == []


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_reads_back_what_was_measured(story: Story, tmp_path: Path) -> None:
    table = export_top(story.record, tmp_path / "new" / "top", 10)
    found = rows(table)
    assert [row["rank"] for row in found] == ["1", "2", "3", "4", "5"]
    best, bounded = found[0], found[-1]
    assert float(best["measured_log10_sigma"]) == -3.5
    assert float(best["measured_low90"]) == pytest.approx(-3.5 - 0.1645, abs=1e-4)
    assert float(best["predicted_high90"]) == pytest.approx(-4.0 + 1.645, abs=1e-3)
    assert float(best["cheap [v.u.]"]) == 0.25
    assert (best["oracle"], best["version"], best["name"]) == ("table", "2", "fast one")
    assert bounded["measured_log10_sigma"] == ""
    assert float(bounded["measured_below"]) == -10.0
    assert bounded["measured_above"] == ""


def test_every_cif_reads_back_as_the_candidates_crystal(story: Story, tmp_path: Path) -> None:
    found = rows(export_top(story.record, tmp_path, 10))
    written = {row["id"]: row["cif"] for row in found if row["cif"]}
    assert set(written) == {candidate(i, structure=True).id for i in (0, 1)}
    assert sorted(p.name for p in tmp_path.glob("*.cif")) == sorted(written.values())
    for index in (0, 1):
        who = candidate(index, structure=True)
        assert who.structure is not None
        crystal = read_cif(tmp_path / written[who.id])
        assert crystal.volume == pytest.approx(who.structure.volume)
        assert crystal.composition == who.structure.composition


def test_an_empty_campaign_exports_a_table_with_its_heading_only(tmp_path: Path) -> None:
    table = export_top(Story().record, tmp_path, 5)
    assert table.read_text(encoding="utf-8").strip() == ",".join(COLUMNS)


def test_a_file_in_the_way_is_named(story: Story, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InvalidInputError, match=r"cannot write to .*file.*choose another folder"):
        export_top(story.record, blocked, 5)


def test_a_cif_name_holds_no_path(story: Story) -> None:
    odd = Candidate((("Li/../x", 1.0),), structure=candidate(0, structure=True).structure)
    story.ask((query(odd), forecast(0.0)))
    story.tell(query(odd), value=0.0)
    best = top_candidates(story.record, 1)[0]
    assert best.cif == f"Li_.._x_{odd.id}.cif"
