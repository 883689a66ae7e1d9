import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import cubic, lithium_phosphate, lithium_phosphide, rock_salt, skewed
from pymatgen.analysis.ewald import EwaldSummation

from discovery.chemistry.electrostatics import COULOMB, ewald_potentials
from discovery.chemistry.ewald_matrix import ewald_matrix, swap, swap_change
from discovery.chemistry.neighbours import cell_matrix, fractional
from discovery.chemistry.structures import to_pymatgen
from discovery.chemistry.supercells import supercell
from discovery.errors import InvalidStructureError

STATES = {"Li": 1, "P": 5, "O": -2, "Na": 1, "Cl": -1}


def matrix_of(one):
    return ewald_matrix(cell_matrix(one), fractional(one))


def charges_of(one, states):
    return np.array([states[site.species[0][0]] for site in one.sites], dtype=float)


@pytest.mark.parametrize(
    ("one", "states"),
    [
        (rock_salt("Na", "Cl", 5.64), STATES),
        (lithium_phosphate(), STATES),
        (lithium_phosphide(), STATES | {"P": -3}),
        (skewed(lithium_phosphate()), STATES),
    ],
    ids=["NaCl", "Li3PO4", "Li3P", "Li3PO4 in a skewed cell"],
)
def test_totals_and_site_energies_are_those_of_pymatgen(one, states):
    charge = charges_of(one, states)
    matrix = matrix_of(one)
    structure = to_pymatgen(one).add_oxidation_state_by_site(charge.tolist())
    reference = EwaldSummation(structure, acc_factor=14)
    assert 0.5 * charge @ matrix @ charge == pytest.approx(reference.total_energy, abs=1e-6)
    sites = [reference.get_site_energy(k) for k in range(len(charge))]
    assert 0.5 * charge * (matrix @ charge) == pytest.approx(sites, abs=1e-6)


def test_the_madelung_constant_of_rock_salt_is_found():
    a = 5.0
    charge = np.repeat([1.0, -1.0], 4)
    energy = 0.5 * charge @ matrix_of(rock_salt("Na", "Cl", a)) @ charge
    assert energy == pytest.approx(-4 * COULOMB * 1.747564594633 / (a / 2), abs=1e-9)


cells = st.lists(st.floats(-0.6, 0.6), min_size=9, max_size=9).map(
    lambda tilt: 6 * (np.eye(3) + 0.5 * np.reshape(tilt, (3, 3)))
)


@settings(max_examples=25, deadline=None)
@given(cell=cells, seed=st.integers(0, 2**31))
def test_any_cell_with_any_net_charge_has_the_potentials_of_the_plain_sum(cell, seed):
    rng = np.random.default_rng(seed)
    positions, charge = rng.uniform(-2, 2, (7, 3)), rng.normal(size=7)
    matrix = ewald_matrix(cell, positions)
    expected = ewald_potentials(cell, positions, charge)
    assert matrix == pytest.approx(matrix.T, abs=1e-9)
    assert matrix @ charge == pytest.approx(expected, abs=1e-8, rel=1e-9)


@pytest.mark.parametrize("times", [(2, 1, 1), (1, 3, 2), (2, 2, 2)])
def test_the_matrix_of_a_supercell_follows_from_the_rows_of_one_cell(times):
    one = lithium_phosphide()
    unfolded = ewald_matrix(cell_matrix(one), fractional(one), times=times)
    assert unfolded == pytest.approx(matrix_of(supercell(one, times)), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), moves=st.integers(1, 300))
def test_energies_followed_through_moves_are_those_computed_afresh(seed, moves):
    rng = np.random.default_rng(seed)
    matrix = matrix_of(lithium_phosphate())
    charge = rng.integers(-2, 6, len(matrix)).astype(float)
    potential = matrix @ charge
    energy = 0.5 * charge @ potential
    for _ in range(moves):
        a, b = rng.choice(len(charge), 2, replace=False)
        energy += swap_change(matrix, potential, charge, a, b)
        swap(matrix, potential, charge, a, b)
    assert energy == pytest.approx(0.5 * charge @ matrix @ charge, abs=1e-9)
    assert potential == pytest.approx(matrix @ charge, abs=1e-9)


def test_coinciding_positions_need_a_shortest_distance():
    cell = np.array(cubic(6.0))
    positions = np.array([[0.0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5], [0.01, 0, 0]])
    with pytest.raises(InvalidStructureError, match="two positions coincide"):
        ewald_matrix(cell, positions)
    matrix = ewald_matrix(cell, positions, shortest=0.5)
    assert np.isfinite(matrix).all()
    same, near, apart = matrix[0, 1], matrix[0, 3], ewald_matrix(cell, positions[1:])[0, 1]
    assert same == pytest.approx(matrix[0, 0] + COULOMB / 0.5)
    assert near == pytest.approx(same, abs=1e-2)
    assert matrix[0, 2] == pytest.approx(apart, abs=1e-10)
