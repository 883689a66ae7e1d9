import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.chemistry.formula import (
    candidate_from_formula,
    format_formula,
    parse_formula,
    reduce_amounts,
)
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError

ELEMENTS = ["Li", "Na", "P", "S", "Cl", "O", "N", "C", "I", "In", "Zr", "La", "H", "B", "Co"]

compositions = st.dictionaries(
    st.sampled_from(ELEMENTS),
    st.one_of(
        st.integers(1, 99).map(float), st.integers(1, 9999).map(lambda n: round(n / 1000, 3))
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Li7P3S11", {"Li": 7, "P": 3, "S": 11}),
        ("Li(PO4)2.5", {"Li": 1, "P": 2.5, "O": 10}),
        ("Li0.6[Li0.2Sn0.8S2]", {"Li": 0.8, "Sn": 0.8, "S": 2}),
        ("Li2[PO4]{F}", {"Li": 2, "P": 1, "O": 4, "F": 1}),
        (" Li1.4Al0.4Ti1.6 (PO4)3\n", {"Li": 1.4, "Al": 0.4, "Ti": 1.6, "P": 3, "O": 12}),
        ("Li₇P₃S₁₁", {"Li": 7, "P": 3, "S": 11}),
        ("CuSO4·5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4*5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4*(H2O)5", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4·0.5H2O", {"Cu": 1, "S": 1, "O": 4.5, "H": 1}),
        (
            "Li3(Mo8S8O8(OH)8(HWO5(H2O)))*(H2O)18",
            {"Li": 3, "Mo": 8, "S": 8, "O": 40, "H": 47, "W": 1},
        ),
        ("LiOD", {"Li": 1, "O": 1, "H": 1}),
        ("LiNaN", {"Li": 1, "Na": 1, "N": 1}),
    ],
)
def test_formulas_as_papers_write_them_are_understood(text, expected):
    assert parse_formula(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is empty"),
        ("  ", "'  ' is empty"),
        ("Xx2O", "'Xx2O' contains 'Xx', which is no element"),
        ("LiX", "'LiX' contains 'X', which is no element; did you mean 'Xe'"),
        ("LI2O", "'LI2O' contains 'L', which is no element"),
        ("Vac0.5Li", "'Vac0.5Li' contains 'Vac'"),
        ("Li-1O", "'Li-1O' is no chemical formula.*negative"),
        ("Li0O", "'Li0O' has 0 of Li"),
        ("Li(PO4)0", "'Li.PO4.0' has 0 of P"),
        ("Li1e999O", "'Li1e999O' has inf of Li"),
        ("Li2(", "'Li2.' is no chemical formula"),
        ("Li2O)", "'Li2O.' is no chemical formula"),
        ("Li1.2.3", "'Li1.2.3' is no chemical formula"),
        ("Li2O.3H2O", "'Li2O.3H2O' has a '.' without a digit before it; write '0.3'"),
        ("Li+", "'Li.' is no chemical formula"),
        ("nan", "'nan' is no chemical formula"),
        ("42", "'42' is no chemical formula"),
        ("*(H2O)18", "is no chemical formula"),
    ],
)
def test_what_is_no_formula_is_refused_by_name(text, reason):
    with pytest.raises(InvalidInputError, match=reason):
        parse_formula(text)


@pytest.mark.parametrize("value", [float("nan"), None, 7])
def test_what_is_no_text_is_refused_by_value(value):
    with pytest.raises(InvalidInputError, match=f"not {value!r}"):
        parse_formula(value)


@given(compositions)
def test_a_formatted_composition_parses_to_itself_in_the_same_order(composition):
    parsed = parse_formula(format_formula(composition))
    assert list(parsed) == list(composition)
    assert parsed == pytest.approx(composition, rel=1e-6)


def test_the_caller_cannot_change_what_the_next_caller_gets():
    parse_formula("Li2O")["Li"] = 99.0
    assert parse_formula("Li2O") == {"Li": 2.0, "O": 1.0}


@given(
    st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 20), min_size=1), st.integers(1, 9)
)
def test_reduction_undoes_multiplication(composition, factor):
    reduced, divisor = reduce_amounts({e: float(n * factor) for e, n in composition.items()})
    assert divisor % factor == 0
    assert {e: n * divisor for e, n in reduced.items()} == pytest.approx(
        {e: n * factor for e, n in composition.items()}
    )


def test_a_disordered_cell_is_reduced_by_its_whole_amounts():
    reduced, divisor = reduce_amounts({"Li": 5.46, "Hf": 12.12, "P": 18.0, "O": 72.0})
    assert divisor == 18
    assert reduced["O"] == 4.0


def test_amounts_without_a_whole_number_are_left_alone():
    assert reduce_amounts({"Li": 0.5, "O": 0.25}) == ({"Li": 0.5, "O": 0.25}, 1)


def test_a_candidate_keeps_the_order_in_which_its_elements_are_written():
    lattice = Lattice(9.8, 9.8, 9.8, 90, 90, 90)
    candidate = candidate_from_formula("S5ClLi6P", z=4, space_group=216, lattice=lattice, name="a")
    assert candidate.formula == "S5ClLi6P"
    assert (candidate.z, candidate.space_group, candidate.lattice) == (4, 216, lattice)
    assert (
        candidate.id == candidate_from_formula("Li6PS5Cl", z=4, space_group=216, lattice=lattice).id
    )
