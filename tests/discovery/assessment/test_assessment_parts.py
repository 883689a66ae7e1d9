"""Learning curves, parts by fraction, what a data set holds twice, and looks at the test part."""

import json

import numpy as np
import pytest
from assessment_cases import NearestProxy, material, world
from hypothesis import given
from hypothesis import strategies as st

from discovery.assessment.assess import assess
from discovery.assessment.audit import collisions, repeated_compositions
from discovery.assessment.curves import fraction_parts, with_fewer, within_parts
from discovery.assessment.groups import same_source
from discovery.assessment.official import FILE, read_looks, record_look
from discovery.assessment.protocols import protocol
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.types import Bound, Candidate, Dataset, Estimate


def test_a_learning_curve_has_the_same_test_parts_and_nested_training_parts():
    data = world()
    whole, groups = protocol("source", data, repeats=1), same_source(data)
    shares = [with_fewer(whole, share, groups, seed=3) for share in (0.2, 0.5, 1.0)]
    for small, large, full in zip(*(made.repeats[0] for made in shares), strict=True):
        assert small.test.tolist() == large.test.tolist() == full.test.tolist()
        assert set(small.train) < set(large.train) < set(full.train)
        for part in (small, large):
            left = np.setdiff1d(full.train, part.train)
            assert not set(groups[part.train]) & set(groups[left]), "groups are taken whole"
    assert [s.train.tolist() for s in shares[2].repeats[0]] == [
        s.train.tolist() for s in whole.repeats[0]
    ]


def test_a_share_of_nothing_is_refused():
    data = world()
    with pytest.raises(InvalidInputError, match=r"above 0 and at most 1: 0\.0"):
        with_fewer(protocol("plain", data), 0.0, same_source(data), 0)


@given(sizes=st.lists(st.integers(1, 5), min_size=9, max_size=20), seed=st.integers(0, 50))
def test_parts_by_fraction_are_disjoint_in_groups_and_hold_every_row(sizes, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.arange(len(groups))
    made = fraction_parts(rows, groups, (0.6, 0.2, 0.2), repeats=2, seed=seed)
    for (split,), validation, test in zip(
        made.protocol.repeats, made.validation, made.test, strict=True
    ):
        parts = [split.train, validation, test]
        assert sorted(np.concatenate(parts).tolist()) == rows.tolist()
        assert sorted([*validation, *test]) == split.test.tolist()
        kinds = [set(groups[part]) for part in parts]
        assert not kinds[0] & kinds[1] | kinds[0] & kinds[2] | kinds[1] & kinds[2]


def test_parts_that_cannot_be_filled_are_refused():
    rows = np.arange(6)
    with pytest.raises(InvalidInputError, match="three positive fractions that sum to 1"):
        fraction_parts(rows, rows, (0.5, 0.5), repeats=1, seed=0)
    with pytest.raises(InvalidInputError, match=r"2 groups \(6 rows\) do not fill three parts"):
        fraction_parts(rows, rows // 3, (0.6, 0.2, 0.2), repeats=1, seed=0)


def test_a_part_of_an_assessment_has_only_its_rows():
    data = world()
    made = fraction_parts(np.arange(40), same_source(data), (0.6, 0.2, 0.2), repeats=2, seed=0)
    found = assess(NearestProxy, data, made.protocol, 0)
    test = within_parts(found, made.test)
    for repeat, rows in enumerate(made.test):
        assert test.rows[np.isfinite(test.mean[repeat])].tolist() == rows.tolist()
    assert len(test.truth) == len(test.rows) == len(test.related)


def two(value: float, a: float, name: str, group: int = 225) -> tuple[Candidate, Estimate]:
    cell = Lattice(a, a, a, 90, 90, 90)
    made = Candidate((("Li", 1.0), ("F", 1.0)), space_group=group, lattice=cell, name=name)
    return made, Estimate(value)


def test_rows_of_one_key_are_found_and_the_worst_stand_first():
    pairs = [
        two(-5.0, 4.02, "one"), two(-7.0, 4.03, "two"), two(-6.0, 4.3, "far"),
        two(-6.5, 4.31, "farther"), two(-9.0, 4.02, "group", 216),
    ]  # fmt: skip
    data = Dataset("d", tuple(c for c, _ in pairs), {c.id: e for c, e in pairs})
    first, second = collisions(data, np.arange(5))
    assert first.names == ("one", "two")
    assert first.values == ("-5.00", "-7.00")
    assert first.spread == pytest.approx(2.0)
    assert second.names == ("far", "farther")


def test_the_pooled_deviation_of_repeats_is_that_of_an_analysis_of_variance():
    rows = [material(place, group) for place in (0, 1) for group in (1, 2, 3)] + [material(5)]
    values = [-5.0, -6.0, -7.0, -3.0, -3.0, -9.0, -1.0]
    labels = {c.id: Estimate(value) for c, value in zip(rows, values, strict=True)}
    labels[rows[5].id] = Bound("left", -9.0)
    found = repeated_compositions(Dataset("d", tuple(rows), labels), np.arange(7))
    assert (found.compositions, found.rows, found.largest) == (2, 5, 2.0)
    assert found.pooled == pytest.approx(np.sqrt((1 + 0 + 1 + 0) / 3))


def test_without_repeats_there_is_no_pooled_deviation():
    found = repeated_compositions(world(), np.arange(40))
    assert (found.compositions, found.pooled, found.largest) == (0, None, 0.0)


def test_every_look_at_the_test_part_is_recorded_with_its_time(tmp_path):
    assert read_looks(tmp_path) == []
    assert record_look(tmp_path / "new", {"proxy": "a"}) == 1
    assert record_look(tmp_path / "new", {"proxy": "b"}) == 2
    looks = json.loads((tmp_path / "new" / FILE).read_text())
    assert [look["proxy"] for look in looks] == ["a", "b"]
    assert all(look["time"].endswith("+00:00") for look in looks)


@pytest.mark.parametrize("text", ["not json", '{"a": 1}'])
def test_a_record_that_is_none_is_not_overwritten(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InvalidInputError, match="no record of looks"):
        record_look(tmp_path, {})
    assert (tmp_path / FILE).read_text() == text
