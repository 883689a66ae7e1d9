"""Groups and splits keep apart what knows of each other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.assessment.groups import same_composition, same_entry, same_source
from discovery.assessment.splits import (
    Split,
    group_splits,
    grouped_folds,
    k_folds,
    leave_one_out,
    within,
)
from discovery.assessment.training import labelled, observations, truths
from discovery.errors import InvalidInputError
from discovery.types import Bound, Candidate, Dataset, Estimate

GROUPS = st.lists(st.integers(0, 8), min_size=2, max_size=60).filter(lambda g: len(set(g)) > 1)


def candidate(lithium: float, space_group: int) -> Candidate:
    return Candidate((("Li", lithium), ("O", 1.0)), space_group=space_group)


@pytest.fixture
def dataset() -> Dataset:
    rows = (candidate(1, 1), candidate(1, 2), candidate(2, 1), candidate(3, 1), candidate(4, 1))
    doi = {rows[1].id: "a", rows[2].id: "a", rows[3].id: "b"}
    labels = {
        rows[0].id: Estimate(-3.0, 0.2),
        rows[1].id: Bound("left", -10.0),
        rows[2].id: Bound("right", -2.0),
        rows[3].id: Estimate(-5.0),
    }
    return Dataset("five", rows, labels, groups={"doi": doi})


def test_one_source_is_one_composition_or_one_paper_or_a_chain_of_them(dataset):
    assert same_source(dataset).tolist() == [0, 0, 0, 1, 2]
    assert same_composition(dataset).tolist() == [0, 0, 1, 2, 3]
    assert same_entry(dataset, "doi").tolist() == [0, 1, 1, 2, 3]


def test_a_paper_is_one_however_its_doi_is_written(dataset):
    doi = {
        c.id: name for c, name in zip(dataset.candidates[2:4], ("10.1/S", "10.1/s"), strict=True)
    }
    written = replace(dataset, groups={"doi": doi})
    assert same_source(written).tolist() == [0, 0, 1, 1, 2]
    assert same_entry(written, "doi").tolist() == [0, 1, 2, 2, 3]


@given(groups=GROUPS, seed=st.integers(0, 100), data=st.data())
def test_folds_never_share_a_group_and_hold_every_row_once(groups, seed, data):
    rows = np.array(groups)
    folds = data.draw(st.integers(2, len(set(groups))))
    splits = grouped_folds(rows, folds, seed)
    assert len(splits) == folds
    assert sorted(np.concatenate([s.test for s in splits]).tolist()) == list(range(len(rows)))
    for split in splits:
        assert len(split.test) > 0
        assert not set(rows[split.train]) & set(rows[split.test])
        assert sorted([*split.train, *split.test]) == list(range(len(rows)))


@given(count=st.integers(2, 50), seed=st.integers(0, 100), data=st.data())
def test_plain_folds_differ_by_at_most_one_row(count, seed, data):
    folds = data.draw(st.integers(2, count))
    sizes = [len(split.test) for split in k_folds(count, folds, seed)]
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_decides_the_folds():
    same, other = (k_folds(40, 4, seed)[0].test.tolist() for seed in (1, 2))
    assert same == k_folds(40, 4, 1)[0].test.tolist() != other


def test_leaving_one_out_leaves_out_each_row_once():
    splits = leave_one_out(7)
    assert sorted(int(split.test[0]) for split in splits) == list(range(7))
    assert all(len(split.train) == 6 for split in splits)


@given(sizes=st.lists(st.integers(1, 6), min_size=20, max_size=30), seed=st.integers(0, 100))
def test_group_splits_keep_groups_whole_and_the_share_in_range(sizes, seed):
    rows = np.repeat(np.arange(len(sizes)), sizes)
    for split in group_splits(rows, splits=3, share=(0.15, 0.3), seed=seed):
        assert 0.15 <= len(split.test) / len(rows) <= 0.3
        assert not set(rows[split.train]) & set(rows[split.test])


def test_a_group_split_does_not_depend_on_how_many_are_drawn():
    rows = np.arange(50)
    few, many = (group_splits(rows, splits=n, seed=3) for n in (2, 5))
    assert few[1].test.tolist() == many[1].test.tolist() != many[0].test.tolist()


def test_a_split_of_places_becomes_a_split_of_rows():
    inner = within(Split(np.array([0, 2]), np.array([1])), np.array([7, 8, 9]))
    assert (inner.train.tolist(), inner.test.tolist()) == ([7, 9], [8])


def test_impossible_divisions_say_what_is_possible():
    with pytest.raises(InvalidInputError, match=r"5 folds of 2 groups \(3 rows\)"):
        grouped_folds(np.array([0, 0, 1]), 5, 0)
    with pytest.raises(InvalidInputError, match="the largest group 9"):
        group_splits(np.array([0] * 9 + [1]), share=(0.4, 0.5), seed=0)
    with pytest.raises(InvalidInputError, match=r"within 0 \.\.\. 1, not 0\.5 \.\.\. 0\.2"):
        group_splits(np.arange(9), share=(0.5, 0.2), seed=0)


def test_observations_are_the_labels_at_one_target_fidelity(dataset):
    told, fidelities = observations(dataset, labelled(dataset))
    assert [(f.name, f.target) for f in fidelities] == [("experiment", True)]
    assert [(o.value, o.standard_error) for o in told if o.bound is None] == [
        (-3.0, 0.2),
        (-5.0, None),
    ]
    assert [o.bound for o in told if o.bound is not None] == [
        Bound("left", -10.0),
        Bound("right", -2.0),
    ]
    truth = truths(dataset, [1, 2, 3])
    assert truth.value.tolist() == [-10, -2, -5]
    assert truth.side.tolist() == [-1, 1, 0]


def test_a_row_without_label_can_neither_teach_nor_judge(dataset):
    for read in (observations, truths):
        with pytest.raises(InvalidInputError, match=r"row 4 of 'five' \(Li4O\) has no label"):
            read(dataset, [4])
