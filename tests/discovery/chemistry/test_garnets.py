"""Which ion of a doped garnet sits where."""

import csv

import pytest
import real_data
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.formula import parse_formula
from discovery.chemistry.garnets import DESCRIPTORS, descriptors, garnet_sites, shannon_radius
from discovery.errors import InvalidInputError


@pytest.mark.parametrize(
    ("formula", "lithium", "lanthanum", "zirconium"),
    [
        ("Li7La3Zr2O12", {}, {}, {}),
        ("Li6.4La3Zr1.4Ta0.6O12", {}, {}, {"Ta": 0.6}),
        ("Li6.25Al0.25La3Zr2O12", {"Al": 0.25}, {}, {}),
        ("Li6.25La3Zr2Ga0.25O12", {"Ga": 0.25}, {}, {}),
        ("Fe0.16La2.95Li5.68Zr2O12", {"Fe": 0.16}, {}, {}),
        ("Li6.15La3Zr1.75Ta0.25Al0.2O12", {"Al": 0.2}, {}, {"Ta": 0.25}),
        ("Li6.5La2.9Ba0.1Zr1.4Ta0.6O12", {}, {"Ba": 0.1}, {"Ta": 0.6}),
        ("Li6.5La3Zr1.75Te0.25O12", {}, {}, {"Te": 0.25}),
        ("Li6.8La3Zr1.9Mo0.1O12", {}, {}, {"Mo": 0.1}),
        ("Li5.72Al0.26La3Zr1.5W0.25O12", {"Al": 0.26}, {}, {"W": 0.25}),
        ("Li6.05Ga0.25La3Zr2O11.8F0.2", {"Ga": 0.25}, {}, {}),
        ("Li3Nd3Te2O12", {}, {"Nd": 3.0}, {"Te": 2.0}),
    ],
)
def test_dopants_sit_where_authors_write_them(formula, lithium, lanthanum, zirconium) -> None:
    sites = garnet_sites(formula)
    assert sites.dopants("Li") == lithium
    assert sites.dopants("La") == lanthanum
    assert sites.dopants("Zr") == zirconium


def test_an_ion_near_a_border_sits_where_the_formula_leaves_room() -> None:
    assert garnet_sites("Li7.06La3Y0.06Zr1.94O12").dopants("Zr") == {"Y": 0.06}
    assert garnet_sites("Li6.6La2.75Y0.25Zr1.6Ta0.4O12").dopants("La") == {"Y": 0.25}


def test_six_stoichiometries_three_radii_and_three_electronegativities() -> None:
    found = descriptors("Li6.4La3Zr1.4Ta0.6O12")
    assert tuple(found) == tuple(DESCRIPTORS)
    assert found == {
        "Li": 6.4,
        "Li-site dopant": 0.0,
        "La": 3.0,
        "La-site dopant": 0.0,
        "Zr": 1.4,
        "Zr-site dopant": 0.6,
        "Li-site dopant radius": 0.59,  # of Li+ with four neighbours: no dopant
        "La-site dopant radius": 1.16,
        "Zr-site dopant radius": 0.64,  # Ta5+ with six neighbours
        "Li-site dopant electronegativity": 0.98,
        "La-site dopant electronegativity": 1.1,
        "Zr-site dopant electronegativity": 1.5,
    }


def test_two_dopants_of_a_site_count_by_amount() -> None:
    found = descriptors("Li6Ba0.5Sr0.5La2Ta2O12")
    assert found["La-site dopant"] == pytest.approx(1.0)
    assert found["La-site dopant radius"] == pytest.approx((1.42 + 1.26) / 2)


def test_a_whole_cell_is_the_same_garnet_as_its_formula_unit() -> None:
    cell = descriptors("Li49.6Al1.6La24Zr14.4Ta1.6O96")
    assert cell == pytest.approx(descriptors("Li6.2Al0.2La3Zr1.8Ta0.2O12"))


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.sampled_from(["Ta", "Nb", "Sb"]))
def test_what_is_written_is_what_is_found(amount, dopant) -> None:
    amounts = {"Li": 7 - amount, "La": 3.0, "Zr": 2 - amount, dopant: amount, "O": 12.0}
    found = descriptors(amounts)
    assert found["Zr-site dopant"] == pytest.approx(amount)
    assert found["Zr"] + found["Zr-site dopant"] == pytest.approx(2.0)
    assert found["Li-site dopant"] == found["La-site dopant"] == 0


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("La2Zr2O7", "no lithium"),
        ("Li10GeP2S12", "no oxygen"),
        ("Li0.33La0.55TiO3", r"2.2 ions per 12 anions suit the La site \(La\), not 3"),
        ("LiZr2P3O12", r"0 ions per 12 anions suit the La site \(none\), not 3"),
        ("LiLa3Zr2O12", "1 lithium per 12 anions, not 3 to 9"),
        ("Li7La3Zr2O12Xx", "no element"),
    ],
)
def test_what_is_no_garnet_is_refused_with_the_reason(formula, reason) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        garnet_sites(formula)


def test_radii_are_those_of_the_nearest_coordination_and_high_spin() -> None:
    assert shannon_radius("Al", 3, 4) == 0.39
    assert shannon_radius("Al", 3, 8) == 0.535  # six is the largest that is listed
    assert shannon_radius("Fe", 3, 6) == 0.645
    with pytest.raises(InvalidInputError, match="no ionic radius for Li at -1"):
        shannon_radius("Li", -1, 6)


def test_all_58_of_obelix_and_every_row_it_calls_a_garnet_are_described() -> None:
    with (real_data.folder("obelix") / "all.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    formulas = [row["Reduced Composition"] for row in rows]
    quaternary = [f for f in formulas if {"Li", "La", "Zr", "O"} <= set(parse_formula(f))]
    assert len(quaternary) == 58
    named = [row["Reduced Composition"] for row in rows if row["Family"] == "garnet"]
    assert len([descriptors(formula) for formula in {*quaternary, *named}]) > 58


def test_nothing_that_obelix_calls_otherwise_is_taken_for_a_garnet() -> None:
    with (real_data.folder("obelix") / "all.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if "garnet" not in (row["Family"] or "garnet")]
    taken = []
    for row in rows:
        try:
            taken.append(garnet_sites(row["Reduced Composition"]))
        except InvalidInputError:
            continue
    assert len(rows) > 300
    assert not taken
