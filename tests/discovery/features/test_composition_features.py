import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import candidates

from discovery.chemistry.formula import parse_formula
from discovery.errors import InvalidInputError
from discovery.features import composition
from discovery.features.composition import composition_features
from discovery.features.elements import SYMBOLS, column, table
from discovery.features.ions import oxidation_states
from discovery.types import Candidate


def of(*formulas):
    rows = [Candidate(tuple(parse_formula(formula).items())) for formula in formulas]
    return composition_features(rows)


def test_amounts_count_per_anion():
    columns = of("Li6PS5Cl", "Li3N", "Li7La3Zr2O12")
    assert columns["P/anion"] == pytest.approx([1 / 6, 0, 0])
    assert columns["S/anion"] == pytest.approx([5 / 6, 0, 0])
    assert columns["Zr/anion"] == pytest.approx([0, 0, 1 / 6])
    assert columns["Li fraction"] == pytest.approx([6 / 13, 3 / 4, 7 / 24])


def test_framework_charge_and_lithium_charge_balance_the_anions():
    columns = of("Li7La3Zr2O12", "Li10GeP2S12", "Li1.3Al0.3Ti1.7P3O12", "Li3YCl6")
    lithium = columns["Li fraction"] / columns["anion fraction"]
    total = columns["framework charge/anion"] + lithium + columns["anion charge"]
    assert total == pytest.approx(0, abs=1e-9)
    assert columns["cation charge max"] == pytest.approx([4, 5, 5, 3])


def test_a_sulfate_is_an_oxide_and_a_thiophosphate_a_sulfide():
    columns = of("Li2SO4", "Li3PS4")
    assert columns["anion electronegativity mean"] == pytest.approx([3.44, 2.58])
    assert columns["cation electronegativity mean"] == pytest.approx([2.58, 2.19])
    assert columns["anion radius mean"] == pytest.approx([1.26, 1.70])
    assert columns["anion polarisability mean"][1] > 2 * columns["anion polarisability mean"][0]


def test_anions_beyond_the_tetrahedra_are_free():
    columns = of("Li6PS5Cl", "Li3PS4", "Li3YCl6")
    assert columns["network formers/anion"] == pytest.approx([1 / 6, 1 / 4, 0])
    assert columns["free anions"] == pytest.approx([2 / 6, 0, 1])


def test_cations_are_told_apart_by_size():
    columns = of("Li7La3Zr2O12", "LiTi2P3O12")
    assert columns["large cations/anion"] == pytest.approx([5 / 12, 0])
    assert columns["medium cations/anion"] == pytest.approx([0, 2 / 12])
    assert columns["network formers/anion"] == pytest.approx([0, 3 / 12])


def test_anions_are_counted_by_kind_and_framework_and_lithium_share_their_charge():
    columns = of("Li6PS5Cl", "Li2O", "Li3OCl")
    assert columns["halide share"] == pytest.approx([1 / 6, 0, 1 / 2])
    assert columns["chalcogenide share"] == pytest.approx([5 / 6, 0, 0])
    assert columns["soft anion share"] == pytest.approx([1, 0, 1 / 2])
    assert columns["main anion share"] == pytest.approx([5 / 6, 1, 1 / 2])
    assert columns["framework share of anion charge"] == pytest.approx([5 / 11, 0, 0])


def test_non_integer_contents_tell_a_solid_solution_from_a_compound():
    columns = of("Li7La3Zr2O12", "Li6.4La3Zr1.4Ta0.6O12", "Li5.43PS4.43Cl1.57")
    assert columns["non-integer content"][0] == pytest.approx(0, abs=1e-9)
    assert columns["log formula multiple"][0] < columns["log formula multiple"][1]
    assert columns["non-integer content"][2] > 0.02


def test_mixing_entropy_of_equal_parts_is_the_logarithm_of_their_number():
    columns = of("LiCl", "Li2ClBr")
    assert columns["mixing entropy"][0] == pytest.approx(np.log(2))
    assert columns["anion mixing entropy"] == pytest.approx([0, np.log(2)])


def test_what_does_not_exist_is_nan():
    columns = of("LiCl")
    assert np.isnan(columns["cation charge mean"]).all()
    assert columns["framework charge/anion"] == pytest.approx([0])


def test_a_metal_gets_features_although_no_charges_balance_it():
    columns = of("Li")
    assert columns["Li fraction"] == pytest.approx([1])
    assert columns["charge imbalance/anion"][0] > 0


def test_an_unbalanced_formula_gets_common_states():
    assert oxidation_states(Candidate((("Li", 5.0), ("F", 1.0)))) == {"F": -1.0, "Li": 1.0}


def test_an_unknown_element_is_named():
    with pytest.raises(InvalidInputError, match="'Xx' is no element with known features"):
        column("Xx")


def test_deuterium_counts_as_hydrogen():
    assert column("D") == column("H") == 0


def test_tables_agree_with_the_periodic_table():
    elements = table()
    assert len(SYMBOLS) == 94
    assert elements.mass[column("Zr")] == pytest.approx(91.22, abs=0.01)
    assert elements.electronegativity[column("F")] == pytest.approx(3.98)
    assert elements.ionic_radius(column("O"), -2.0) == pytest.approx(1.26)
    assert elements.ionic_radius(column("Ti"), 3.9) == elements.ionic_radius(column("Ti"), 4.0)


@settings(max_examples=25, deadline=None)
@given(candidates(structures=False), st.integers(2, 5), st.randoms())
def test_the_way_a_formula_is_written_changes_nothing(candidate, factor, random):
    amounts = [(symbol, amount * factor) for symbol, amount in candidate.composition]
    random.shuffle(amounts)
    first = composition_features([candidate])
    second = composition_features([Candidate(tuple(amounts))])
    for name, values in first.items():
        assert second[name] == pytest.approx(values, abs=1e-6, nan_ok=True), name


def test_rows_do_not_depend_on_their_company():
    formulas = ("Li6PS5Cl", "Li", "Li3YCl6", "Li7La3Zr2O12")
    together = of(*formulas)
    for row, formula in enumerate(formulas):
        for name, alone in of(formula).items():
            assert together[name][row] == pytest.approx(alone[0], nan_ok=True)


def test_rows_do_not_depend_on_the_size_of_a_chunk(monkeypatch):
    formulas = ("Li6PS5Cl", "Li", "Li3YCl6", "Li7La3Zr2O12", "LiCl")
    whole = of(*formulas)
    monkeypatch.setattr(composition, "_CHUNK", 2)
    for name, values in of(*formulas).items():
        np.testing.assert_array_equal(values, whole[name])


def test_a_large_pool_needs_little_more_memory_than_its_features():
    amounts = np.random.default_rng(0).integers(1, 20, size=(3000, 2))
    pool = [Candidate((("Li", float(a)), ("O", float(b)))) for a, b in amounts]
    composition_features(pool[:1])
    tracemalloc.start()
    columns = composition_features(pool)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80e6 + 3 * sum(values.nbytes for values in columns.values())
