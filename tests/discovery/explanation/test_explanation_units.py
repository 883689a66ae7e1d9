"""Every column that the features of this package have has a unit."""

import pytest

from discovery.explanation.subjects import OTHER, subject, subjects
from discovery.explanation.units import DIMENSIONLESS, units, with_unit
from discovery.features.stages import featurise
from discovery.types import Candidate


def test_every_feature_has_a_unit_and_a_subject() -> None:
    names = featurise([Candidate((("Li", 2.0), ("O", 1.0)))], "physics").names
    assert [name for name in names if not units(name)] == []
    assert [name for name in names if subject(name) == OTHER] == []
    columns = [column for those in subjects(names).values() for column in those]
    assert sorted(columns) == list(range(len(names)))


def test_a_column_of_someone_else_has_a_subject_of_its_own() -> None:
    assert subjects(["a", "mine", "b", "my mean"]) == {"cell and density": (0, 2), OTHER: (1, 3)}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Li/anion", DIMENSIONLESS),
        ("cation potential max", "e/Å"),
        ("anion polarisability min", "a.u."),
        ("mass deviation", "u"),
        ("Li valence mismatch std", "v.u."),
        ("density", "g/cm³"),
        ("someone's own column", ""),
        ("someone's mean", ""),
    ],
)
def test_units_follow_from_names(name, unit) -> None:
    assert units(name) == unit


def test_a_pure_number_is_shown_without_a_unit() -> None:
    assert with_unit("volume/Li") == "volume/Li [Å³]"
    assert with_unit("Li/anion") == "Li/anion"
    assert with_unit("unheard of") == "unheard of"
