import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.formula import parse_formula
from discovery.types import Candidate
from proxies.folds import chemistry_folds, composition_folds

FORMULAS = (
    "Li7La3Zr2O12", "Li6La3ZrTaO12", "Li6PS5Cl", "Li5PS4Cl2", "Li3PS4", "Li3YCl6", "Li3InCl6",
    "LiTi2P3O12", "Li3N", "Li2O", "LiCl", "Li4SiO4", "Li4GeO4", "Li3PO4", "LiBH4", "Li4SnS4",
)  # fmt: skip


def of(formulas):
    return [Candidate(tuple(parse_formula(formula).items())) for formula in formulas]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(FORMULAS), min_size=6, max_size=40), st.integers(2, 4))
def test_every_row_is_held_out_once_and_its_elements_with_it(formulas, count):
    candidates = of(formulas)
    folds = chemistry_folds(candidates, count, 3)
    assert (np.sum(folds, axis=0) == 1).all()
    if len({frozenset(c.fractions) for c in candidates}) >= count:
        assert len(folds) == count
        for held_out in folds:
            outside = {frozenset(candidates[i].fractions) for i in np.flatnonzero(held_out)}
            inside = {frozenset(candidates[i].fractions) for i in np.flatnonzero(~held_out)}
            assert not outside & inside


def test_folds_of_chemistries_hold_about_equally_many_rows():
    candidates = of(["Li6PS5Cl", "Li5PS4Cl2"] * 2 + list(FORMULAS))
    sizes = [held_out.sum() for held_out in chemistry_folds(candidates, 3, 0)]
    assert max(sizes) - min(sizes) <= 2


def test_folds_do_not_depend_on_the_order_of_the_rows():
    candidates = of(FORMULAS)
    for folds in (chemistry_folds, composition_folds):
        forward, backward = folds(candidates, 3, 5), folds(candidates[::-1], 3, 5)
        for first, second in zip(forward, backward, strict=True):
            np.testing.assert_array_equal(first, second[::-1])


def test_with_fewer_chemistries_than_folds_compositions_are_held_out():
    candidates = of(["Li2O", "LiO", "Li3O", "LiO2"])
    folds = chemistry_folds(candidates, 3, 0)
    assert len(folds) == 3
    assert (np.sum(folds, axis=0) == 1).all()
