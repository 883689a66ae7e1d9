"""Windows that can be computed by hand, and by linear programming."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from discovery.chemistry.formula import parse_formula
from discovery.chemistry.stability import FORM_LITHIUM_BINARIES, Phase, stability_window
from discovery.errors import InvalidInputError

LIPS = ("Li3P", "LiP", "LiP7", "Li2S", "LiS4", "P2S5", "P4S3", "Li3PS4", "Li7PS6", "LiPS3")


def phases(energies, source=""):
    """Phases by formula: energies in eV of the formula as written."""
    return [
        Phase(tuple(parse_formula(formula).items()), float(energy), source=source)
        for formula, energy in energies.items()
    ]


def window(formula, energies):
    return stability_window(parse_formula(formula), phases(energies))


def hull_energy(amounts, energies):
    """Lowest energy of a mixture of phases with these amounts, by linear programming."""
    elements = sorted(amounts)
    known = {f: parse_formula(f) for f in energies}
    known = {f: content for f, content in known.items() if content.keys() <= amounts.keys()}
    matrix = [[content.get(element, 0) for content in known.values()] for element in elements]
    found = linprog([energies[f] for f in known], A_eq=matrix, b_eq=[amounts[e] for e in elements])
    assert found.success
    return found.fun


def limits_by_programming(formula, energies, step=0.01):
    """Potentials from the slopes of the hull on either side of a composition."""
    amounts = parse_formula(formula)
    here = hull_energy(amounts, energies)
    more = hull_energy(amounts | {"Li": amounts["Li"] + step}, energies)
    less = hull_energy(amounts | {"Li": amounts["Li"] - step}, energies)
    return energies["Li"] - (more - here) / step, energies["Li"] - (here - less) / step


# energies of a made-up Li-S-P system, elements at zero
MADE_UP = {
    "Li": 0.0,
    "P": 0.0,
    "S": 0.0,
    "Li2S": -4.0,
    "Li3P": -3.0,
    "P2S5": -2.0,
    "Li3PS4": -10.0,
}


def test_a_binary_compound_is_stable_up_to_its_energy_of_formation_per_lithium():
    found = window("Li2S", MADE_UP)
    assert found.reduction == pytest.approx(0)
    assert found.oxidation == pytest.approx(4.0 / 2)
    assert found.width == pytest.approx(2.0)
    assert found.oxidised == ("S",)
    assert found.reduced == ()
    assert found.energy_above_hull == 0


def test_the_window_of_a_ternary_compound_follows_from_two_reactions():
    """Li3PS4 + 5 Li -> 4 Li2S + P, and 2 Li3PS4 -> P2S5 + 3 S + 6 Li."""
    found = window("Li3PS4", MADE_UP)
    assert found.reduction == pytest.approx((4 * 4.0 - 10.0) / 5)
    assert found.oxidation == pytest.approx((2 * 10.0 - 2.0) / 6)
    assert found.reduced == ("Li2S", "P")
    assert found.oxidised == ("P2S5", "S")
    assert found.phases == ("Li3PS4",)


def test_two_voltage_steps_are_told_apart():
    """X + Li -> LiX at 3 V, LiX + Li -> Li2X at 1 V."""
    energies = {"Li": 0.0, "S": 0.0, "LiS": -3.0, "Li2S": -4.0}
    lower, upper = window("LiS", energies), window("Li2S", energies)
    assert (lower.reduction, lower.oxidation) == pytest.approx((1.0, 3.0))
    assert (upper.reduction, upper.oxidation) == pytest.approx((0.0, 1.0))


def test_a_metastable_compound_has_the_window_of_what_it_decomposes_into():
    """3 LiPS3 -> Li3PS4 + P2S5."""
    energies = MADE_UP | {"LiPS3": -3.0}
    found = window("LiPS3", energies)
    assert found.energy_above_hull == pytest.approx((-3.0 + (10.0 + 2.0) / 3) / 5)
    assert found.phases == ("Li3PS4", "P2S5")
    assert (found.reduction, found.oxidation) == pytest.approx(
        limits_by_programming("LiPS3", energies), abs=1e-6
    )


def test_a_compound_inside_a_triangle_of_phases_has_no_window():
    """Li2PS3.2 decomposes into three phases, which fix the potential."""
    energies = MADE_UP | {"Li20P10S32": -1.0}
    found = window("Li20P10S32", energies)
    assert found.width == 0
    assert len(found.phases) == 3
    assert (found.reduction, found.oxidation) == pytest.approx(
        limits_by_programming("Li20P10S32", energies), abs=1e-6
    )


def test_of_two_energies_of_one_composition_the_lower_counts():
    compound, metastable = phases({"Li2S": -4.0, "Li4S2": -7.0})
    known = [*phases({"Li": 0.0, "S": 0.0}), metastable, compound]
    assert stability_window({"Li": 2, "S": 1}, known).energy_above_hull == 0
    found = stability_window({"Li": 2, "S": 1}, known, own=metastable)
    assert found.energy_above_hull == pytest.approx(1.0 / 6)
    assert found.oxidation == pytest.approx(2.0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-2.0, -0.05), min_size=len(LIPS), max_size=len(LIPS)),
    st.sampled_from([f for f in LIPS if "Li" in f]),
)
def test_potentials_are_the_slopes_of_the_hull(per_atom, formula):
    energies = {"Li": 0.0, "P": 0.0, "S": 0.0}
    for compound, energy in zip(LIPS, per_atom, strict=True):
        energies[compound] = energy * sum(parse_formula(compound).values())
    found = window(formula, energies)
    assert (found.reduction, found.oxidation) == pytest.approx(
        limits_by_programming(formula, energies), abs=1e-4
    )
    amounts = parse_formula(formula)
    above = (energies[formula] - hull_energy(amounts, energies)) / sum(amounts.values())
    assert found.energy_above_hull == pytest.approx(above, abs=1e-6)
    assert found.reduction + 1e-9 >= 0
    assert found.width >= -1e-9


@settings(max_examples=15, deadline=None)
@given(st.tuples(*[st.floats(-10, 10)] * 3), st.integers(1, 5))
def test_neither_the_zero_of_energy_nor_the_formula_unit_matters(zeros, units):
    shift = dict(zip(("Li", "P", "S"), zeros, strict=True))
    moved = []
    for formula, energy in MADE_UP.items():
        amounts = parse_formula(formula)
        total = energy + sum(shift[element] * n for element, n in amounts.items())
        moved.append(Phase(tuple((e, n * units) for e, n in amounts.items()), total * units))
    here = stability_window({"Li": 0.375, "P": 0.125, "S": 0.5}, moved)
    there = window("Li3PS4", MADE_UP)
    assert here.reduction == pytest.approx(there.reduction, abs=1e-6)
    assert here.oxidation == pytest.approx(there.oxidation, abs=1e-6)


def test_phases_of_other_elements_change_nothing():
    more = MADE_UP | {"Cl": 0.0, "LiCl": -4.0, "Li6PS5Cl": -100.0}
    assert window("Li3PS4", more) == window("Li3PS4", MADE_UP)


def test_pairs_of_elements_without_a_compound_are_named():
    assert window("Li3PS4", MADE_UP).uncovered == ()
    without = {f: e for f, e in MADE_UP.items() if f != "P2S5"}
    assert window("Li3PS4", without).uncovered == ("P-S",)


def test_everything_that_is_missing_is_listed():
    known = {"Li": 0.0, "S": 0.0, "Li2S": -4.0}
    with pytest.raises(
        InvalidInputError,
        match=r"no window of Li6PS5Cl: 3 phases .* not the element P; the element Cl; Li6PS5Cl "
        r"itself; a compound of Li and P; a compound of Li and Cl",
    ):
        window("Li6PS5Cl", known)


def test_elements_alone_are_no_competition():
    with pytest.raises(InvalidInputError, match="any competing compound in Li-Mg-Al"):
        window("LiAlMg", {"Li": 0.0, "Mg": 0.0, "Al": 0.0, "LiAlMg": -1.0})


def test_no_phase_at_all_is_refused():
    with pytest.raises(InvalidInputError, match="0 phases of its elements"):
        stability_window({"Li": 2, "S": 1}, [])


@pytest.mark.parametrize("element", sorted(FORM_LITHIUM_BINARIES))
def test_what_forms_a_lithium_binary_needs_one(element):
    energies = {"Li": 0.0, "Mg": 0.0, element: 0.0, f"LiMg{element}": -1.0, f"Mg{element}": -0.5}
    with pytest.raises(InvalidInputError, match=f"not a compound of Li and {element}$"):
        window(f"LiMg{element}", energies)
    assert window(f"LiMg{element}", energies | {f"Li{element}": -0.1}).width > 0


def test_energies_of_two_sources_are_not_mixed():
    known = phases(MADE_UP, "r2SCAN")
    known[3] = phases({"Li2S": -4.0}, "PBE")[0]
    with pytest.raises(InvalidInputError, match=r"from 2 sources \(PBE, r2SCAN\).*keep one"):
        stability_window(parse_formula("Li3PS4"), known)
    assert stability_window(parse_formula("Li3P"), known).source == "r2SCAN"


@pytest.mark.parametrize("formula", ["Li", "P2S5"])
def test_only_compounds_of_lithium_have_a_window(formula):
    with pytest.raises(InvalidInputError, match=f"{formula} has no window against lithium"):
        window(formula, MADE_UP)


def test_a_phase_has_a_finite_energy_and_positive_amounts():
    with pytest.raises(InvalidInputError, match=r"'mp-1' \(Li2S\) has energy nan"):
        Phase((("Li", 2.0), ("S", 1.0)), np.nan, "mp-1")
    with pytest.raises(InvalidInputError, match="amounts must be positive"):
        Phase((("Li", 0.0),), 1.0)


def test_a_trace_of_lithium_is_enough():
    energies = {"Li": 0.0, "S": 0.0, "LiS5000": -1.0, "Li2S": -1.0}
    assert window("LiS5000", energies).oxidation == pytest.approx(1.0)
