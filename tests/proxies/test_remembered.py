from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from discovery.errors import InvalidInputError
from discovery.types import FloatArray
from proxies.remembered import recalled, told


@dataclass(frozen=True)
class Leaf:
    values: FloatArray
    kind: Literal["round", "square"] = "round"


@dataclass(frozen=True)
class Tree:
    leaves: dict[int, Leaf]
    crown: Leaf | None
    bare: Leaf | None
    rings: tuple[float, ...]
    name: str


def tree():
    leaves = {3: Leaf(np.arange(3.0)), 5: Leaf(np.zeros((2, 0)), "square")}
    return Tree(leaves, Leaf(np.array([np.nan])), None, (1.5, np.float64(2.5)), "oak")


def test_what_is_recalled_is_what_was_told():
    again = recalled(Tree, told(tree()))
    assert again.leaves.keys() == {3, 5}
    assert (again.leaves[3].values == np.arange(3.0)).all()
    assert (again.leaves[5].kind, again.leaves[5].values.shape) == ("square", (2, 0))
    assert np.isnan(again.crown.values).all()
    assert (again.bare, again.rings, again.name) == (None, (1.5, 2.5), "oak")


def test_only_plain_values_are_told():
    state = told(tree())
    assert list(state["leaves"]) == ["3", "5"]
    assert [type(ring) for ring in state["rings"]] == [float, float]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, r"state\.name holds 3, not a str"),
        ({"rings": 1.0}, r"state\.rings holds 1\.0, not a list"),
        ({"rings": ["a"]}, r"state\.rings\[0\] holds 'a', not a number"),
        ({"leaves": []}, r"state\.leaves holds \[\], not a mapping"),
        ({"leaves": {"3": 0}}, r"state\.leaves\.3 holds 0, not a Leaf"),
        ({"crown": {"values": 1}}, r"state\.crown and a Leaf differ in kind"),
        ({"crown": {"values": 1, "kind": "round"}}, r"crown\.values holds 1, not a ndarray"),
        ({"bare": {"values": np.zeros(1), "kind": "oval"}}, r"holds 'oval', not one of \('round'"),
        ({"roots": 1}, "state and a Tree differ in roots"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_name(change, message):
    with pytest.raises(InvalidInputError, match=message):
        recalled(Tree, {**told(tree()), **change})
