"""Screenings that fail in part, are interrupted, and come to the same table."""

import json

import numpy as np
import pandas as pd
import pytest
from screening_cases import classes, table, values

from discovery.errors import DiscoveryError
from discovery.screening import models as catalogue
from discovery.screening import plan as plan_module
from discovery.screening import screen as module
from discovery.screening.plan import Plan, key
from discovery.screening.prepare import prepare
from discovery.screening.ranking import best, ranking
from discovery.screening.screen import screen

SOME = ("guessing", "ridge", "decision tree", "nearest neighbours")
BLOCK = 3
PLAN = Plan(SOME, 2 * BLOCK + 1, 0.2, 7)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "BLOCK", BLOCK)


class Broken:
    def fit(self, *_: object) -> None:
        raise MemoryError("no\nmemory")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**catalogue.CLASSIFIERS, "broken": lambda _: Broken()}
    monkeypatch.setattr(catalogue, "CLASSIFIERS", known)


def same(one: pd.DataFrame, two: pd.DataFrame) -> bool:
    return one.to_csv() == two.to_csv()


@pytest.mark.usefixtures("broken")
def test_a_model_that_fails_is_recorded_and_the_others_go_on(tmp_path) -> None:
    found = screen(classes(), Plan(("ridge", "broken"), 3, 0.2, 0), tmp_path)
    told = ranking(found, "accuracy").set_index(["variant", "model"])
    assert told.loc[("full", "broken"), "failed"] == 3
    assert told.loc[("full", "broken"), "error"] == "MemoryError: no"
    assert told.loc[("full", "broken"), "mean rank"] == 2
    assert told.loc[("full", "ridge"), "fits"] == 3
    assert best(ranking(found, "accuracy"), "full") == ["ridge"]


@pytest.mark.usefixtures("broken")
def test_a_table_without_any_score_is_still_a_table(tmp_path) -> None:
    found = screen(classes(), Plan(("broken",), 2, 0.2, 0), tmp_path)
    told = ranking(found, "accuracy")
    assert told["fits"].tolist() == [0, 0]
    assert best(told, "full") == []


def test_both_variants_are_screened_and_ranked(tmp_path) -> None:
    found = screen(values(60), PLAN, tmp_path)
    assert set(found.scores["variant"]) == {"full", "cut"}
    assert len(found.scores) == 2 * len(SOME) * PLAN.replications
    told = ranking(found, "R2")
    assert best(told, "full", 1) == ["ridge"]
    for _, rows in told.groupby("variant"):
        assert rows["mean"].is_monotonic_decreasing
        assert rows["mean rank"].sum() == pytest.approx(10)  # 1 + 2 + 3 + 4
        assert (rows["low"] <= rows["median"]).all()
        assert (rows["median"] <= rows["high"]).all()


def test_too_few_complete_rows_are_a_remark_and_no_variant(tmp_path) -> None:
    frame = table(40)
    frame.loc[5:, "density"] = np.nan
    found = screen(prepare(frame, "sigma", exclude=["doi"]), Plan(SOME, 2, 0.2, 0), tmp_path)
    assert list(found.variants) == ["full"]
    assert "no variant of complete rows: " in found.problem.remarks[-1]


def test_an_interrupted_screening_goes_on_to_the_same_table(tmp_path, monkeypatch) -> None:
    problem = classes()
    whole = screen(problem, PLAN, tmp_path / "whole").scores
    done = []

    def advance() -> None:
        done.append(1)
        if len(done) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        screen(problem, PLAN, tmp_path / "part", watch=lambda _: advance)
    run = module.run_blocks
    asked = []

    def counted(blocks, *rest):
        asked.extend(blocks)
        yield from run(blocks, *rest)

    monkeypatch.setattr(module, "run_blocks", counted)
    assert same(screen(problem, PLAN, tmp_path / "part").scores, whole)
    assert len(asked) == 2 * 3 * len(SOME) - 5
    asked.clear()
    assert same(screen(problem, PLAN, tmp_path / "part").scores, whole)
    assert not asked


def test_the_order_of_work_and_worker_processes_change_nothing(tmp_path, monkeypatch) -> None:
    problem = values()
    plan = Plan(("ridge", "extra tree", "LightGBM"), 2, 0.2, 3)
    here = screen(problem, plan, tmp_path / "here").scores
    there = screen(problem, plan, tmp_path / "there", workers=2).scores
    assert same(here, there)
    blocks = Plan.blocks
    monkeypatch.setattr(Plan, "blocks", lambda *a: blocks(*a)[::-1])
    assert same(screen(problem, plan, tmp_path / "back").scores, here)


def test_more_replications_use_those_that_were_done(tmp_path, monkeypatch) -> None:
    problem = classes()
    few = screen(problem, Plan(SOME, BLOCK, 0.2, 0), tmp_path).scores
    seen = []
    run = module.run_blocks
    monkeypatch.setattr(module, "run_blocks", lambda b, *rest: (seen.extend(b), run(b, *rest))[1])
    many = screen(problem, Plan(SOME, 2 * BLOCK, 0.2, 0), tmp_path).scores
    assert {block.start for block in seen} == {BLOCK}
    first = many[many["replication"] < BLOCK].reset_index(drop=True)
    assert same(first, few)


def test_results_of_another_table_seed_or_share_are_not_taken() -> None:
    plan, problem = Plan(SOME, 5, 0.2, 0), classes()
    keys = {
        key(problem, plan),
        key(classes(41), plan),
        key(values(), plan),
        key(classes(groups="doi"), plan),
        key(problem, Plan(SOME, 5, 0.2, 1)),
        key(problem, Plan(SOME, 5, 0.3, 0)),
    }
    assert len(keys) == 6
    assert key(problem, Plan(SOME[:1], 9, 0.2, 0)) == key(problem, plan)


def test_a_result_that_cannot_be_read_is_made_again(tmp_path) -> None:
    problem, plan = classes(), Plan(("ridge",), 2, 0.2, 0)
    whole = screen(problem, plan, tmp_path).scores
    for file in tmp_path.rglob("*.json"):
        json.loads(file.read_text())
        file.write_text('{"scores"')
    assert same(screen(problem, plan, tmp_path).scores, whole)


def test_a_folder_that_cannot_be_written_is_an_error_with_advice(tmp_path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(DiscoveryError, match="choose another folder with --out"):
        screen(classes(), Plan(("ridge",), 1, 0.2, 0), tmp_path)
    with pytest.raises(DiscoveryError, match="a model and a replication"):
        Plan((), 1, 0.2, 0)
    with pytest.raises(DiscoveryError, match=r"within 0 ... 1: 1.5"):
        Plan(SOME, 1, 1.5, 0)
