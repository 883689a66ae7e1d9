import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import (
    antifluorite,
    crystal,
    cubic,
    lithium_phosphate,
    lithium_phosphide,
    rock_salt,
    skewed,
    split_conductor,
    supercell,
    turned,
)
from pymatgen.analysis.bond_valence import (
    BV_PARAMS,
    calculate_bv_sum,
    calculate_bv_sum_unordered,
)
from pymatgen.core.periodic_table import Element

from discovery.chemistry import softbv
from discovery.chemistry.bond_parameters import SOFTNESS
from discovery.chemistry.bond_valence import bond_valence_sums, valence_mismatch
from discovery.chemistry.structures import to_pymatgen
from discovery.errors import InvalidInputError


@pytest.mark.parametrize(
    "one",
    [
        antifluorite("O", 4.619),
        rock_salt("Li", "F", 4.026),
        lithium_phosphide(),
        lithium_phosphate(),
    ],
    ids=["Li2O", "LiF", "Li3P", "Li3PO4"],
)
def test_sums_are_those_of_pymatgen(one):
    elements, sums = bond_valence_sums(one, 5.0)
    structure = to_pymatgen(one)
    for k, site in enumerate(structure):
        expected = calculate_bv_sum(site, structure.get_neighbors(site, 5.0))
        assert sums[k, elements.index(site.specie.symbol)] == pytest.approx(expected, abs=1e-6)


def test_expectations_are_those_of_pymatgen_where_no_sites_are_alternatives():
    one = crystal(
        [[5.1, 0, 0], [0.4, 5.3, 0], [0, 0.3, 5.6]],
        ({"Li": 0.5, "Mg": 0.25}, (0.0, 0.1, 0.0)),
        ({"Cl": 0.7, "Br": 0.3}, (0.5, 0.5, 0.45)),
        ({"Li": 0.4}, (0.5, 0.0, 0.5)),
    )
    elements, sums = bond_valence_sums(one, 5.0)
    structure = to_pymatgen(one)
    for k, site in enumerate(structure):
        ours = sum(n * sums[k, elements.index(e)] for e, n in one.sites[k].species)
        expected = calculate_bv_sum_unordered(site, structure.get_neighbors(site, 5.0))
        assert ours == pytest.approx(expected, abs=1e-6)


def test_a_structure_built_from_the_parameters_is_stable():
    r, c = (np.array([BV_PARAMS[Element(e)][key] for e in ("Li", "F")]) for key in ("r", "c"))
    unit = r.sum() - r.prod() * (math.sqrt(c[0]) - math.sqrt(c[1])) ** 2 / (c @ r)
    six_bonds_of_one_sixth = unit + SOFTNESS * math.log(6)
    one = rock_salt("Li", "F", 2 * six_bonds_of_one_sixth)
    mismatch = valence_mismatch(one, cutoff=2.5)
    assert mismatch.mean == pytest.approx(0, abs=1e-9)
    assert mismatch.instability == pytest.approx(0, abs=1e-9)
    assert valence_mismatch(rock_salt("Li", "F", 4.6)).instability > 0.5


def test_only_bonds_between_ions_of_opposite_sign_count_in_the_mismatch():
    one = lithium_phosphate()
    states = {"Li": 1.0, "P": 5.0, "O": -2.0}
    elements, sums = bond_valence_sums(one, 6.0, states)
    without = crystal(
        one.matrix, *((dict(s.species), s.position) for s in one.sites if s.species[0][0] != "P")
    )
    _, bare = bond_valence_sums(without, 6.0, states)
    lithium = elements.index("Li")
    np.testing.assert_allclose(sums[2:8, lithium], bare[:6, 0], atol=1e-12)


def test_the_mismatch_averages_over_lithium():
    one = lithium_phosphide()
    elements, sums = bond_valence_sums(one, 6.0, {"Li": 1.0, "P": -3.0})
    own = np.abs(sums[2:, elements.index("Li")] - 1)
    phosphorus = np.abs(sums[:2, elements.index("P")] - 3)
    mismatch = valence_mismatch(one)
    assert mismatch.mean == pytest.approx(own.mean())
    assert mismatch.std == pytest.approx(own.std())
    everything = np.concatenate([own, phosphorus])
    assert mismatch.instability == pytest.approx(math.sqrt((everything**2).mean()))


def test_alternatives_do_not_bond():
    def cell(*lithium):
        return crystal(cubic(5.0), ({"O": 0.5}, (0.5, 0.5, 0.5)), *lithium)

    together = cell(({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (0.1, 0, 0)))
    states = {"Li": 1.0, "O": -2.0}
    elements, sums = bond_valence_sums(together, 6.0, states)
    _, alone = bond_valence_sums(cell(({"Li": 0.5}, (0, 0, 0))), 6.0, states)
    lithium = elements.index("Li")
    assert sums[1, lithium] == pytest.approx(alone[1, lithium])


@given(st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_the_mismatch_survives_any_way_of_writing_the_crystal(seed):
    for one in (lithium_phosphate(), split_conductor()):
        reference = valence_mismatch(one)
        for other in (turned(one, seed), skewed(one), supercell(one, (1, 1, 2))):
            mismatch = valence_mismatch(other)
            assert mismatch.mean == pytest.approx(reference.mean, abs=1e-9)
            assert mismatch.std == pytest.approx(reference.std, abs=1e-9)
            assert mismatch.instability == pytest.approx(reference.instability, abs=1e-9)


def test_softbv_sums_are_the_formula_bond_by_bond():
    one = rock_salt("Li", "Cl", 5.129)
    states = {"Li": 1.0, "Cl": -1.0}
    elements, sums = bond_valence_sums(one, 5.0, states, "softbv")
    bond = softbv.bond_valence("Li", 1, "Cl", -1)
    shells = {1: 6, 3: 8}  # squared distances in half cells, up to 5 Angstrom
    distances = np.sqrt(np.repeat(list(shells), list(shells.values()))) * 5.129 / 2
    expected = np.exp((bond.r0 - distances) / bond.b).sum()
    assert sums[0, elements.index("Li")] == pytest.approx(expected)
    assert sums[4, elements.index("Cl")] == pytest.approx(expected)
    assert valence_mismatch(one, cutoff=5.0, parameters="softbv").mean == pytest.approx(
        abs(expected - 1)
    )


def test_bonds_of_one_ion_may_differ_in_softness():
    one = crystal(
        [[4.9, 0, 0], [0.3, 5.3, 0], [0, 0.2, 5.6]],
        ("Li", (0, 0, 0)),
        ("Mg", (0.5, 0.5, 0)),
        ("F", (0.5, 0, 0)),
        ({"Cl": 0.6, "Br": 0.4}, (0, 0.5, 0.45)),
        ("F", (0.2, 0.45, 0.9)),
    )
    states = {"Li": 1.0, "Mg": 2.0, "F": -1.0, "Cl": -1.0, "Br": -1.0}
    elements, sums = bond_valence_sums(one, 6.0, states, "softbv")
    structure = to_pymatgen(one)
    expected = 0.0
    for neighbour in structure.get_neighbors(structure[0], 6.0):
        for species, share in neighbour.species.items():
            if states[species.symbol] < 0:
                bond = softbv.bond_valence("Li", 1, species.symbol, -1)
                expected += share * math.exp((bond.r0 - neighbour.nn_distance) / bond.b)
    assert sums[0, elements.index("Li")] == pytest.approx(expected)


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_softbv_mismatch_survives_any_way_of_writing_the_crystal(seed):
    for one in (lithium_phosphate(), split_conductor()):
        reference = valence_mismatch(one, parameters="softbv")
        for other in (turned(one, seed), skewed(one), supercell(one, (1, 1, 2))):
            mismatch = valence_mismatch(other, parameters="softbv")
            assert mismatch.mean == pytest.approx(reference.mean, abs=1e-9)
            assert mismatch.std == pytest.approx(reference.std, abs=1e-9)


def test_softbv_has_no_phosphides_and_no_index_where_a_pair_is_missing():
    with pytest.raises(InvalidInputError, match=r"no parameters for Li\+ with P3-; it lists Li\+"):
        valence_mismatch(lithium_phosphide(), parameters="softbv")
    one = crystal(
        cubic(6.0),
        ("Li", (0.5, 0.5, 0)),
        ("Si", (0, 0, 0)),
        *(("Br", place) for place in ((0.4, 0, 0), (0, 0.4, 0), (0, 0, 0.4), (0.6, 0, 0))),
        ("Br", (0, 0.6, 0)),
    )
    mismatch = valence_mismatch(one, parameters="softbv")
    assert 0 < mismatch.mean < 1
    assert mismatch.instability is None
    charges = {"Li": 1.0, "Si": 4.0, "O": -2.0, "Br": -1.0}
    elements, sums = bond_valence_sums(one, 6.0, charges, "softbv", element="Li")
    known = [symbol in ("Li", "O") for symbol in elements]
    assert (np.isfinite(sums).all(axis=0) == known).all()
    with pytest.raises(InvalidInputError, match=r"no parameters for Si4\+ with Br-"):
        bond_valence_sums(one, charges={"Li": 1.0, "Si": 4.0, "Br": -1.0}, parameters="softbv")


def test_a_set_of_parameters_has_one_of_two_names():
    one = rock_salt("Li", "Cl", 5.1)
    with pytest.raises(InvalidInputError, match="okeeffe_brese or softbv, not 'brown'"):
        valence_mismatch(one, parameters="brown")
    with pytest.raises(InvalidInputError, match="depend on the oxidation states: give charges"):
        bond_valence_sums(one, parameters="softbv")


def test_what_has_no_valence_says_why():
    with pytest.raises(InvalidInputError, match="has no Li, only Na, Cl"):
        valence_mismatch(rock_salt("Na", "Cl", 5.6))
    with pytest.raises(InvalidInputError, match="no bond valence parameters for He"):
        bond_valence_sums(rock_salt("He", "Cl", 5.6))
    with pytest.raises(InvalidInputError, match="no charge is given for Cl"):
        bond_valence_sums(rock_salt("Li", "Cl", 5.1), charges={"Li": 1.0})
