"""Limits are checked where they are written."""

from dataclasses import replace

import pytest
import torch

from discovery.errors import InvalidInputError
from samplers.generators.random_crystals import random_crystals
from samplers.gflownet.balance import ions
from samplers.gflownet.crystals import CrystalEnvironment
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
        ({"elements": ("Li", "Qq")}, "elements: 'Qq' is none"),
        ({"elements": ("Li", "Cll")}, "'Cll' is none; did you mean 'Cl'"),
        ({"elements": ("Li", "O"), "distinct": (3, 5)}, "there are only 2 elements"),
        ({"anions": ()}, "anions is empty"),
        ({"anions": ("O", "O")}, "anions names O more than once"),
        ({"anions": ("O", "Te")}, "anion 'Te' is not among the elements"),
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


def test_only_those_named_are_anions_and_cations_stay_as_they_are():
    limits = Limits(anions=("O", "S"), elements=("Li", "P", "Sb", "O", "S"))
    found = ions(limits)
    states = dict(zip(found.symbols, found.states, strict=True))
    assert states["P"] == (5,)
    assert states["Sb"] == (3, 5)
    assert -2 in states["O"]
    assert 6 in states["S"]
    with pytest.raises(InvalidInputError, match="Cl is an anion only, and not among the anions O"):
        ions(Limits(anions=("O",), elements=("Li", "Cl", "O")))


def test_no_crystal_holds_an_anion_that_is_not_named():
    elements = ("Li", "P", "Sb", "O", "S")
    named = Limits(anions=("O", "S"), elements=elements, atoms=(2, 12), space_groups=(1, 225))
    generator = torch.Generator().manual_seed(0)
    for limits, mixed in ((named, False), (replace(named, anions=None), True)):
        made = random_crystals(CrystalEnvironment(limits), 100, generator)
        without = [c for c in made if not {"O", "S"} & set(c.fractions)]
        assert bool(without) == mixed  # Li3P, LiSb and their like


def test_limits_are_told_by_what_differs_from_the_defaults():
    assert str(Limits()) == "the default limits"
    told = str(Limits(elements=("Li", "O"), atoms=(2, 20)))
    assert told == "elements Li, O; atoms (2, 20)"
    with pytest.raises(InvalidInputError, match=r"within the limits: elements Li, Na; allow more"):
        CrystalEnvironment(Limits(elements=("Li", "Na"), space_groups=Limits().space_groups))
