"""Limits are checked where they are written."""

import pytest

from discovery.errors import InvalidInputError
from samplers.limits import Limits


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"elements": ()}, "elements is empty"),
        ({"elements": ("Li", "O", "Li")}, "names Li more than once"),
        ({"required": ("Pu",)}, "'Pu' is not among the elements"),
        ({"distinct": (4, 2)}, r"distinct = \(4, 2\)"),
        ({"distinct": (0, 2)}, r"distinct = \(0, 2\)"),
        ({"atoms": (50, 20)}, r"atoms = \(50, 20\)"),
        ({"atoms": (2, 100_000)}, "at most 1000"),
        ({"volume": (60.0, 5.0)}, "volume"),
        ({"volume": (float("nan"), 5.0)}, "volume"),
        ({"most": 0}, "most = 0"),
        ({"rarest": 1.5}, "rarest = 1.5"),
        ({"space_groups": ()}, "space_groups is empty"),
        ({"space_groups": (0, 1)}, "space group 0 is outside 1-230"),
        ({"space_groups": (231,)}, "space group 231 is outside 1-230"),
        ({"order": "lattice_first"}, "choose 'group_first' or 'composition_first'"),
        ({"required": ("Li", "O", "P"), "distinct": (2, 2)}, "3 elements are required"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(changes, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Limits(**changes)


def test_wide_limits_hold_more_of_everything() -> None:
    narrow, wide = Limits(), Limits.wide(space_groups=(225,))
    assert set(narrow.elements) < set(wide.elements)
    assert wide.atoms[1] > narrow.atoms[1]
    assert wide.space_groups == (225,)
