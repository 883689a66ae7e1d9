"""Tables become problems: published ones, and a user's own with all their mistakes."""

import numpy as np
import pandas as pd
import pytest
import real_data
from hypothesis import given
from hypothesis import strategies as st

from discovery.benchmark.problems.cofs import CofsProblem
from discovery.benchmark.problems.liang import TABLES, TOP_SHARE, LiangProblem
from discovery.benchmark.problems.rows import Rows, merged
from discovery.benchmark.problems.table import TableProblem
from discovery.errors import (
    BudgetError,
    ChecksumError,
    DatasetError,
    InvalidInputError,
    UnknownNameError,
)
from discovery.types import Bound, Estimate

SIZES = {  # candidates, features, top 5 %
    "crossed_barrel": (600, 4, 30),
    "p3ht": (178, 5, 9),
    "agnp": (164, 5, 9),
    "autoam": (100, 4, 5),
    "perovskite": (94, 3, 5),
}


@pytest.fixture
def load(tmp_path):
    def write(text, **options):
        path = tmp_path / "mine.csv"
        path.write_text(text, encoding="utf-8")
        return TableProblem(str(path), **{"objective": "y", "sense": "maximise", **options}).load()

    return write


@pytest.fixture
def liang():
    folder = real_data.folder("liang2021")
    return lambda table: LiangProblem(table, data_dir=str(folder)).load()


@pytest.fixture
def cofs():
    folder = real_data.folder("cofs_xekr")
    return lambda **options: CofsProblem(data_dir=str(folder), **options).load()


def agreement(problem):
    """Squared correlation of two fidelities."""
    return np.corrcoef(problem.values, rowvar=False)[0, 1] ** 2


@pytest.mark.parametrize("table", SIZES)
def test_the_tables_of_liang_2021_have_the_published_sizes(liang, table):
    problem = liang(table)
    assert (len(problem), len(problem.names), problem.top(TOP_SHARE).sum()) == SIZES[table]
    assert problem.whole == len(problem)
    assert problem.citation


@pytest.mark.parametrize("table", SIZES)
def test_repeats_are_averaged_and_what_is_minimised_is_negated(liang, table):
    problem, published = liang(table), TABLES[table]
    path = real_data.folder("liang2021") / published.file.name
    raw = pd.read_csv(path, encoding="utf-8-sig")
    grouped = raw.groupby(list(raw.columns[:-1]), sort=False)[published.objective].mean()
    expected = -grouped if published.sense == "minimise" else grouped
    assert np.array(grouped.index.to_list()) == pytest.approx(problem.features)
    assert problem.target == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert problem.negated == (published.sense == "minimise")
    repeats = len(raw) > len(problem)
    assert any("the mean of different ones" in note for note in problem.notes) == repeats


def test_the_senses_are_those_of_the_paper():
    minimised = {name for name, table in TABLES.items() if table.sense == "minimise"}
    assert minimised == {"agnp", "perovskite"}


def test_the_frameworks_have_two_fidelities_that_agree(cofs):
    problem = cofs()
    assert problem.features.shape == (608, 14)
    assert problem.names[0] == "pore_diameter_Å"
    assert [(f.name, f.cost, f.target) for f in problem.fidelities] == [
        ("LF", 0.065, False),
        ("HF", 1.0, True),
    ]
    assert agreement(problem) == pytest.approx(0.958, abs=1e-3)
    assert problem.target.max() == pytest.approx(18.534, abs=1e-3)


def test_a_worse_cheap_fidelity_has_the_correlation_asked_for_and_leaves_the_target(cofs):
    worse, again = cofs(r_squared=0.1, cost=0.5), cofs(r_squared=0.1, cost=0.5)
    assert agreement(worse) == pytest.approx(0.1, abs=1e-9)
    assert worse.target.tolist() == cofs().target.tolist()
    assert worse.costs.tolist() == [0.5, 1.0]
    assert worse.name == "COF Xe/Kr (cost 0.5, r² 0.1)"
    assert worse.digest == again.digest != cofs(r_squared=0.1, cost=0.5, seed=1).digest
    with pytest.raises(InvalidInputError, match=r"can lower the squared correlation 0\.958"):
        cofs(r_squared=0.99)


def test_a_table_that_was_changed_is_refused(tmp_path):
    (tmp_path / "AutoAM_dataset.csv").write_text("x,Score\n1,2\n")
    with pytest.raises(ChecksumError, match="truncated or another version"):
        LiangProblem("autoam", data_dir=str(tmp_path)).load()


def test_a_table_of_ones_own_has_features_answers_and_costs(load):
    problem = load(
        "a,b,cheap,y\n1,2,0.5,10\n1,3,,11\n2,2,0.7,<12\n3,3,0.1,\n",
        fidelities={"cheap": 0.1},
        cost=2,
    )
    assert problem.names == ("a", "b")
    assert [(f.name, f.cost) for f in problem.fidelities] == [("cheap", 0.1), ("y", 2.0)]
    assert problem.answer(2, 1) == Bound("left", 12.0)
    assert problem.askable.tolist() == [[True, True], [False, True], [True, True], [True, False]]
    assert problem.notes == ("1 candidates have no answer at the target",)


def test_minimising_negates_values_and_turns_bounds_around(load):
    problem = load("a,y\n1,2\n2,3\n3,<1\n", sense="minimise")
    assert problem.target.tolist()[:2] == [-2, -3]
    assert problem.answer(2, 0) == Bound("right", -1.0)
    assert problem.published(problem.target)[:2].tolist() == [2, 3]
    assert "'y' is to be minimised: all answers are negated" in problem.notes
    assert problem.top(1 / 3).tolist() == [False, False, True]  # better than all, wherever it is


def test_parquet_and_chosen_features_are_read(tmp_path):
    path = tmp_path / "mine.parquet"
    pd.DataFrame({"a": [1, 2], "kind": ["x", "y"], "y": [0.5, None]}).to_parquet(path)
    with pytest.raises(DatasetError, match="feature 'kind' is 'x', no finite number"):
        TableProblem(str(path), objective="y", sense="maximise").load()
    with pytest.raises(DatasetError, match="nothing to find"):
        TableProblem(str(path), objective="y", sense="maximise", features=("a",)).load()


TWICE = "a,b,y\n1,1,2\n2,2,5\n1,1,4\n1.0,1,9\n-0,3,1\n0,3,1\n"


def test_rows_that_contradict_each_other_are_told_or_averaged_and_counted(load):
    with pytest.raises(
        DatasetError, match=r"rows 2, 4, 5 have the same features and different answers \(2, 4, 9\)"
    ):
        load(TWICE)
    with pytest.raises(DatasetError, match="a bound has no place in a mean"):
        load("a,y\n1,2\n1,<1\n2,3\n", duplicates="mean")


@pytest.mark.parametrize(("how", "expected"), [("mean", 5.0), ("median", 4.0)])
def test_an_average_stands_where_the_candidate_first_was(load, how, expected):
    problem = load(TWICE, duplicates=how)
    assert problem.features.tolist() == [[1, 1], [2, 2], [0, 3]]
    assert problem.target.tolist() == [expected, 5, 1]
    (note,) = problem.notes
    assert "6 rows are 3 candidates: 2 stand 2 to 3 times" in note
    assert f"1 answers are the {how} of different ones" in note


def test_rows_may_stay_candidates_of_their_own(load):
    problem = load(TWICE, duplicates="keep")
    assert len(problem) == 6
    assert problem.target.tolist() == [2, 5, 4, 9, 1, 1]


def test_repeated_rows_that_agree_need_no_decision(load):
    problem = load("a,y\n1,2\n1,2\n2,3\n")
    assert problem.target.tolist() == [2, 3]
    (note,) = problem.notes
    assert note == ("3 rows are 2 candidates: 1 stand 2 times in the table with the same features")


def test_an_answer_in_one_of_several_rows_is_the_answer(load):
    problem = load("a,low,y\n1,,2\n1,7,\n2,8,3\n", fidelities={"low": 0.1})
    assert problem.target.tolist() == [2, 3]
    assert [problem.answer(row, 0) for row in range(2)] == [Estimate(7.0), Estimate(8.0)]


def test_tiny_answers_are_counted_in_a_unit_of_their_own(load):
    usual = load("a,low,y\n1,5,2\n2,6,<4\n3,7,7\n", fidelities={"low": 0.1})
    tiny = load("a,low,y\n1,5,2e-9\n2,6,<4e-9\n3,7,7e-9\n", fidelities={"low": 0.1})
    np.testing.assert_allclose(tiny.values, usual.values, rtol=1e-15)
    np.testing.assert_allclose(tiny.limits, usual.limits, rtol=1e-15)
    assert (usual.unit, tiny.unit) == ("", "1e-9")
    assert "answers of 'y' are counted in units of 1e-9" in tiny.notes
    assert not any("counted in units" in note for note in usual.notes)


def test_a_fidelity_without_any_answer_has_no_size(load):
    problem = load("a,low,y\n1,,2\n2,,3\n", fidelities={"low": 0.1})
    assert problem.askable.tolist() == [[False, True]] * 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=30))
def test_merging_is_grouping_by_features(pairs):
    features = np.array([[float(x)] for x, _ in pairs])
    value = np.array([[float(y)] for _, y in pairs])
    rows = Rows(features, value, np.zeros(value.shape, dtype=np.int8))
    found = merged(rows, "mean", source="")
    frame = pd.DataFrame(pairs).groupby(0, sort=False)[1].mean()
    assert found.features[:, 0].tolist() == frame.index.to_list()
    assert found.value[:, 0] == pytest.approx(frame.to_numpy())


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("a,yy\n1,2\n", {}, DatasetError, r"no column 'y' \(objective\); did you mean 'yy'"),
        ("a,y\n1,2\n2,2\n", {}, DatasetError, "nothing to find.*all are 2"),
        ("a,y\n1,2\n", {"fidelities": {"low": 0.1}}, DatasetError, r"'low' \(fidelities\)"),
        ("a,low,y\n1,2,3\n", {"fidelities": {"low": None}}, BudgetError, "'low' has no cost"),
        ("a,low,y\n1,2,3\n2,3,4\n", {"fidelities": {"low": -1}}, BudgetError, "costs -1"),
        ("a,y\n1,2\n", {"fidelities": {"y": 1}}, DatasetError, "'y' is the objective"),
        ("a,y\n1,2\n2,x\n", {}, DatasetError, "row 3, y: 'x' is not a number"),
        ("a,y\n1,2\n,3\n", {}, DatasetError, "row 3: feature 'a' is '', no finite number"),
        ("a,y\n1,2\n", {"features": ("y",)}, DatasetError, "'y' is an answer and cannot"),
        ("a,y\n1,2\n", {"features": ("b",)}, DatasetError, r"no column 'b' \(features\)"),
        ("a,y\n1,2\n", {"features": ("a", "a")}, DatasetError, "features names 'a' twice"),
        ("y\n1\n2\n", {}, DatasetError, "no column of features"),
        ("a,y\n", {}, DatasetError, "no row below its header"),
        ("a,y\n1,2\n", {"sense": "max"}, UnknownNameError, "maximise"),
        ("a,y\n1,2\n", {"duplicates": "first"}, UnknownNameError, "keep"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(load, text, options, error, message):
    with pytest.raises(error, match=message):
        load(text, **options)


def test_a_missing_file_and_an_unknown_table_are_told(tmp_path):
    with pytest.raises(DatasetError, match=r"no\.csv cannot be read as a table"):
        TableProblem(str(tmp_path / "no.csv"), objective="y", sense="maximise").load()
    with pytest.raises(UnknownNameError, match="did you mean 'agnp'"):
        LiangProblem("agnps")
