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
    zinc_blende,
)
from pymatgen.analysis.ewald import EwaldSummation

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.electrostatics import (
    COULOMB,
    ewald_energy,
    ewald_potentials,
    ewald_site_energies,
    mean_field_site_energies,
)
from discovery.chemistry.structures import to_pymatgen
from discovery.errors import InvalidInputError, InvalidStructureError


def charges_of(one, states):
    return np.array([states[site.species[0][0]] for site in one.sites], dtype=float)


def arrays(one):
    return np.array(one.matrix), np.array([site.position for site in one.sites])


@pytest.mark.parametrize(
    ("one", "nearest", "madelung"),
    [
        (rock_salt("Na", "Cl", 5.64), 2.82, 1.747564594633),
        (
            crystal(cubic(4.12), ("Cs", (0, 0, 0)), ("Cl", (0.5, 0.5, 0.5))),
            4.12 * 0.75**0.5,
            1.762674773,
        ),
        (zinc_blende("Zn", "S", 5.41), 5.41 * 3**0.5 / 4, 1.638055053),
    ],
    ids=["NaCl", "CsCl", "ZnS"],
)
def test_madelung_constants_are_reproduced(one, nearest, madelung):
    cation = one.sites[0].species
    charges = np.array([1.0 if site.species == cation else -1.0 for site in one.sites])
    per_pair = 2 * ewald_energy(one, charges) / len(one.sites)
    assert -per_pair * nearest / COULOMB == pytest.approx(madelung, abs=2e-9)


@pytest.mark.parametrize(
    "one",
    [
        antifluorite("O", 4.619),
        lithium_phosphide(),
        lithium_phosphate(),
        skewed(antifluorite("S", 5.7)),
    ],
    ids=["Li2O", "Li3P", "Li3PO4", "Li2S sheared"],
)
def test_energies_are_those_of_pymatgen(one):
    states = oxidation_states(one.composition)
    structure = to_pymatgen(one)
    structure.add_oxidation_state_by_element({k: round(q) for k, q in states.items()})
    reference = EwaldSummation(structure, acc_factor=16)
    charges = charges_of(one, states)
    sites = ewald_site_energies(*arrays(one), charges)
    expected = [reference.get_site_energy(k) for k in range(len(sites))]
    np.testing.assert_allclose(sites, expected, atol=1e-6)
    assert ewald_energy(one, charges) == pytest.approx(reference.total_energy, abs=1e-6)


def test_a_charged_cell_gets_a_background_as_in_pymatgen():
    one = lithium_phosphide()
    structure = to_pymatgen(one)
    structure.add_site_property("charge", [1.0] * len(one.sites))
    total = EwaldSummation(structure, acc_factor=16).total_energy
    assert ewald_energy(one, np.ones(len(one.sites))) == pytest.approx(total, abs=1e-6)


@given(st.integers(0, 1000), st.sampled_from([(2, 1, 1), (1, 2, 1), (1, 1, 3), (2, 2, 1)]))
@settings(max_examples=8, deadline=None)
def test_energy_per_formula_unit_survives_any_way_of_writing_the_crystal(seed, times):
    one = lithium_phosphate()
    states = oxidation_states(one.composition)
    reference = ewald_energy(one, charges_of(one, states))
    for other in (turned(one, seed), skewed(one)):
        assert ewald_energy(other, charges_of(other, states)) == pytest.approx(reference, abs=1e-8)
    larger = supercell(one, times)
    energy = ewald_energy(larger, charges_of(larger, states)) / np.prod(times)
    assert energy == pytest.approx(reference, abs=1e-8)


@given(st.floats(0.5, 3.0), st.floats(0.1, 2.0))
@settings(max_examples=10, deadline=None)
def test_energy_falls_with_length_and_grows_with_the_square_of_charge(scale, charge):
    states = {"Li": 1.0, "F": -1.0}
    one, other = rock_salt("Li", "F", 4.0), rock_salt("Li", "F", 4.0 * scale)
    reference = ewald_energy(one, charges_of(one, states))
    scaled = ewald_energy(other, charge * charges_of(other, states))
    assert scaled == pytest.approx(reference * charge**2 / scale, rel=1e-9)


def test_the_potential_is_that_of_pairs_summed_over_ever_larger_neutral_cubes():
    cell, positions = arrays(rock_salt("Li", "F", 4.0))
    charges = np.array([1.0] * 4 + [-1.0] * 4)
    k = np.arange(-24, 25)
    x, y, z = np.meshgrid(k, k, k, indexing="ij")
    distance = 2.0 * np.sqrt(x**2 + y**2 + z**2)
    share = np.prod([np.where(abs(axis) == 24, 0.5, 1.0) for axis in (x, y, z)], axis=0)
    distance[24, 24, 24] = np.inf
    direct = COULOMB * float((share * (-1.0) ** (x + y + z) / distance).sum())
    assert ewald_potentials(cell, positions, charges)[0] == pytest.approx(direct, abs=1e-3)


def test_mean_field_is_exact_in_an_ordered_crystal():
    one = lithium_phosphide()
    charges = charges_of(one, {"Li": 1.0, "P": -3.0})
    exact = ewald_site_energies(*arrays(one), charges)[2:]
    energies = mean_field_site_energies(one)
    np.testing.assert_allclose(energies.energy, exact, atol=1e-9)
    assert energies.mean == pytest.approx(exact.mean())
    assert energies.std == pytest.approx(exact.std())


def test_the_halves_of_a_split_site_do_not_repel_each_other():
    def cell(*lithium):
        return crystal(cubic(6.0), ("F", (0.5, 0.5, 0.5)), *lithium)

    whole = mean_field_site_energies(cell(("Li", (0, 0, 0))))
    split = cell(({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (1e-4, 0, 0)))
    assert mean_field_site_energies(split).mean == pytest.approx(whole.mean, abs=1e-4)


def test_coinciding_alternatives_have_finite_energy():
    one = crystal(
        cubic(6.0), ("F", (0.5, 0.5, 0.5)), ({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (0, 0, 0))
    )
    near = crystal(
        cubic(6.0), ("F", (0.5, 0.5, 0.5)), ({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (1e-5, 0, 0))
    )
    expected = mean_field_site_energies(near).mean
    assert mean_field_site_energies(one).mean == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_mean_field_survives_any_way_of_writing_the_crystal(seed):
    reference = mean_field_site_energies(split_conductor())
    for other in (
        turned(split_conductor(), seed),
        skewed(split_conductor()),
        supercell(split_conductor(), (1, 2, 1)),
    ):
        energies = mean_field_site_energies(other)
        assert energies.mean == pytest.approx(reference.mean, abs=1e-8)
        assert energies.std == pytest.approx(reference.std, abs=1e-8)


def test_what_has_no_energy_says_why():
    twice = crystal(cubic(5.0), ("Li", (0, 0, 0)), ("Li", (1, 0, 0)), ("O", (0.5, 0.5, 0.5)))
    with pytest.raises(InvalidStructureError, match="sites 0 and 1 coincide and both are filled"):
        mean_field_site_energies(twice)
    with pytest.raises(InvalidInputError, match="has no Li, only Cl, Na"):
        mean_field_site_energies(rock_salt("Na", "Cl", 5.6))
    with pytest.raises(InvalidInputError, match=r"each of 8 sites, not \(2,\)"):
        ewald_energy(rock_salt("Na", "Cl", 5.6), np.ones(2))
