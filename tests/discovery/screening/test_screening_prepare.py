"""What is predicted, from what, and what never gets there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screening_cases import classes, table, values

from discovery.errors import DatasetError, InvalidInputError
from discovery.screening.copies import follows, renames
from discovery.screening.prepare import prepare
from discovery.screening.table import read_table

COPIES = {
    "itself": lambda y: y,
    "its power of ten": lambda y: 10.0**y,
    "its rank": lambda y: pd.Series(y).rank().to_numpy(),
    "its negative in another unit": lambda y: 3.0 - 250 * y,
    "a class of it": lambda y: (y > 0.3).astype(int),
    "a class of it as text": lambda y: np.where(y >= 0, "good", "bad"),
    "three classes of it": lambda y: np.digitize(y, [-1, 1]),
}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(COPIES)), unique=True, max_size=4),
    st.lists(st.sampled_from(["a", "b", "noise", "density", "route"]), unique=True, max_size=4),
    st.booleans(),
    st.integers(0, 3),
)
def test_neither_the_target_nor_what_is_made_of_it_nor_what_is_excluded_reaches_the_features(
    copies, exclude, two_classes, seed
) -> None:
    frame = table(seed=seed)
    for name in copies:
        frame[name] = COPIES[name](frame["sigma"].to_numpy())
    problem = prepare(
        frame,
        "sigma",
        threshold=0.0 if two_classes else None,
        exclude=exclude,
        groups="doi",
    )
    sources = {name.partition("=")[0] for name in problem.names}
    hidden = {"sigma", "doi", *exclude}
    assert sources == {"a", "b", "noise", "density", "route"} - hidden
    for column in problem.features.T:
        known = np.isfinite(column)
        assert abs(pd.Series(column[known]).corr(pd.Series(problem.target[known]))) < 0.999


def test_a_class_made_of_values_is_found_when_the_values_are_the_target() -> None:
    frame = table()
    frame["good"] = (frame["sigma"] > 0).map({True: "yes", False: "no"})
    problem = prepare(frame, "sigma", exclude=["doi"])
    assert "good=yes" not in problem.names
    assert "good" in problem.remarks[0]


def test_what_tells_the_target_is_reported_and_may_be_kept() -> None:
    frame = table()
    frame["log sigma"] = np.exp(frame["sigma"])
    problem = prepare(frame, "sigma", exclude=["doi"])
    assert "left out, made from the target or the target from them: log sigma" in problem.remarks[0]
    assert "log sigma" in prepare(frame, "sigma", exclude=["doi"], keep=["log sigma"]).names


def test_what_is_nearly_the_target_stays_with_a_remark() -> None:
    frame = table()
    frame["bulk"] = frame["sigma"] + np.random.default_rng(0).normal(0, 0.05, 40)
    problem = prepare(frame, "sigma", exclude=["doi"])
    assert "bulk" in problem.names
    (told,) = problem.remarks
    assert told.startswith("ranks the rows nearly as the target does (|ρ| at least 0.97): bulk;")


def test_values_tell_a_class_that_was_made_of_them() -> None:
    frame = table()
    frame["good"] = np.where(frame["sigma"] >= 0, "good", "bad")
    problem = prepare(frame, "good", exclude=["doi"])
    assert "sigma" not in problem.names
    assert problem.classes == ("bad", "good")


def test_an_order_that_chance_may_bring_about_is_no_copy() -> None:
    rare = np.r_[1.0, np.zeros(30)]
    assert not follows(np.arange(31.0)[::-1], rare)
    assert not renames(rare, rare)
    even = np.repeat([0.0, 1.0], 16)
    assert follows(np.arange(32.0), even)
    assert renames(even.astype(str), even)


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_only_monotone_columns_follow(order) -> None:
    column = np.array(order, dtype=float)
    steps = np.diff(column)
    assert follows(column, np.arange(12.0)) == bool((steps > 0).all() or (steps < 0).all())


def test_bounds_are_in_the_class_that_they_decide() -> None:
    frame = table(20)
    frame["sigma"] = [*["<-10", "<2", "-1", "3"] * 5]
    problem = prepare(frame, "sigma", threshold=0, exclude=["doi"])
    assert problem.target.tolist() == [0.0, 0.0, 1.0] * 5
    assert problem.remarks[0] == "5 of 20 rows left out: sigma not known or not decided"
    with pytest.raises(InvalidInputError, match=r"'<-10', which is no number: a bound is not"):
        prepare(frame, "sigma", task="regression")


def test_texts_become_columns_and_a_missing_text_a_gap() -> None:
    frame = table()
    frame.loc[3, "route"] = None
    problem = prepare(frame, "sigma", exclude=["doi"])
    assert problem.names[-2:] == ("route=pressed", "route=sintered")
    assert np.isnan(problem.features[3, -2:]).all()
    assert set(problem.features[4, -2:]) == {0.0, 1.0}


def test_columns_of_many_texts_are_refused_all_at_once_with_what_to_type() -> None:
    frame = table(30)
    frame["formula"] = [f"Li{n}La3Zr2O12" for n in range(30)]
    frame["size"] = [*map(str, range(29)), "n/a?"]
    with pytest.raises(InvalidInputError, match="2 columns are neither") as error:
        prepare(frame, "sigma", exclude=["doi"])
    assert "'formula': 30 different texts, such as 'Li0La3Zr2O12'" in str(error.value)
    assert "numbers but for 1 cells such as 'n/a?'" in str(error.value)
    assert "--exclude formula --exclude size" in str(error.value)


def test_columns_without_information_are_left_out_and_named() -> None:
    frame = table()
    frame["constant"], frame["empty"], frame["no text"] = 1.0, np.nan, None
    frame["infinite"] = np.inf
    problem = prepare(frame, "sigma", exclude=["doi"])
    assert "left out, constant or empty: constant, empty, no text, infinite" in problem.remarks
    assert set(problem.names) == {
        "a", "b", "noise", "density", "route=pressed", "route=sintered",
    }  # fmt: skip


def test_the_variant_cut_has_the_rows_that_are_known_in_the_named_columns() -> None:
    problem = values()
    cut = problem.variants()["cut"]
    assert 10 < len(cut) < len(problem)
    assert np.isfinite(cut.features).all()
    assert list(values(complete=["a"]).variants()) == ["full"]
    with pytest.raises(InvalidInputError, match="'doi' is to be complete, but it is no feature"):
        values(complete=["doi"])


def test_rows_without_a_group_are_alone() -> None:
    frame = table(12)
    frame["doi"] = ["one", "one", None, None, *["two"] * 8]
    groups = prepare(frame, "sigma", groups="doi").groups
    assert groups is not None
    assert len(set(groups)) == 4


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        (["good"] * 39 + ["bad"], {}, r"needs two rows or more.*'bad' \(1 rows\)"),
        (["good"] * 40, {}, "is 'good' in all rows"),
        ([1.5] * 40, {"task": "regression"}, "is 1.5 in all rows"),
        ([np.nan] * 40, {}, "target column 'y' is empty"),
        ([*range(5)] + [np.nan] * 35, {"task": "regression"}, "5 rows have a target 'y'"),
        ([f"class {n}" for n in range(40)], {}, "40 different values, too many for classes"),
        ([*range(40)], {"threshold": 100.0}, r"'100 or more' \(0 rows\)"),
        ([*range(40)], {"threshold": 1.0, "task": "regression"}, "leave out --task regression"),
        (["high"] * 40, {"threshold": 1.0}, "target 'y': 'high' is not a number"),
    ],
)
def test_targets_that_nothing_can_be_learned_from_are_refused(column, options, message) -> None:
    frame = table().assign(y=column)
    with pytest.raises(InvalidInputError, match=message):
        prepare(frame, "y", exclude=["doi", "sigma"], **options)


def test_a_missing_column_is_told_with_the_nearest_one() -> None:
    with pytest.raises(InvalidInputError, match="no column 'sigm'; did you mean 'sigma'"):
        prepare(table(), "sigm")
    with pytest.raises(InvalidInputError, match="is the target and no feature"):
        prepare(table(), "sigma", keep=["sigma"])
    with pytest.raises(InvalidInputError, match="no column is left"):
        prepare(table()[["sigma", "doi"]], "sigma", groups="doi")


def test_files_that_are_no_tables_are_refused(tmp_path) -> None:
    with pytest.raises(DatasetError, match="there is no file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DatasetError, match="is no table that can be read"):
        read_table(tmp_path / "empty.csv")
    (tmp_path / "twice.csv").write_text("a, a\n1,2\n")
    with pytest.raises(DatasetError, match="two columns 'a'"):
        read_table(tmp_path / "twice.csv")
    table().to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet"), table())


def test_few_different_numbers_and_texts_are_classes() -> None:
    assert classes().classes == ("below 0", "0 or more")
    frame = table().assign(y=np.arange(40) % 3)
    assert prepare(frame, "y", exclude=["doi"]).classes == ("0", "1", "2")
    assert values().task == "regression"
