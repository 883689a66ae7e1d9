import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice as PymatgenLattice
from scipy.special import erfc

from discovery.chemistry.electrostatics import COULOMB, ewald_site_energies
from discovery.chemistry.neighbours import periodic_pairs
from samplers.assignments import Assigner
from samplers.realise_cells import closest, crystal_of
from samplers.realise_frame import place
from samplers.realise_ions import BINS, FIRST, REACH, ions
from samplers.realise_relaxing import forces, neighbours
from samplers.realise_search import Box, Cell

CASES = {
    1: ({"Li": 3, "P": 1, "S": 4}, (6.0, 6.5, 7.0, 80, 95, 100)),
    12: ({"Li": 8, "Zr": 4, "O": 12}, (5.4, 9.0, 5.4, 90, 112, 90)),
    62: ({"Li": 12, "P": 4, "S": 16}, (13.0, 8.1, 6.1, 90, 90, 90)),
    148: ({"Li": 6, "Sn": 3, "O": 9}, (5.3, 5.3, 14.0, 90, 90, 120)),
    216: ({"Li": 24, "P": 4, "S": 20, "Cl": 4}, (9.85, 9.85, 9.85, 90, 90, 90)),
}
groups = st.sampled_from(sorted(CASES))


def begun(space_group, seed):
    """A random structure: its box, cell and v."""
    counts, parameters = CASES[space_group]
    matrix = np.array(PymatgenLattice.from_parameters(*parameters).matrix)
    rng = np.random.default_rng(seed)
    box = Box(matrix, ions(counts))
    cell = Cell(box, Assigner(space_group, counts).draw(rng))
    v, _ = cell.scattered(rng, 10, stubborn=True)
    return matrix, box, cell, v


def energy_and_forces(cell, v):
    frame = cell.frame
    points, out = np.empty((len(frame.kind), 3)), np.empty((len(v), 3))
    place(frame, v, points, 0, len(points))
    return forces(frame, points, neighbours(frame, points), out), out


@settings(max_examples=20, deadline=None)
@given(groups, st.integers(0, 1000))
def test_forces_are_the_slope_of_the_energy(space_group, seed):
    _, _, cell, v = begun(space_group, seed)
    v, _ = cell.relaxed(v, 60)
    _, force = energy_and_forces(cell, v)
    assume(cell.trial(v, 0.0).closest > 0.6)  # where forces do not change within the step
    sizes = np.diff(cell.frame.first)
    step = 0.01
    for k, axis in np.argwhere(np.abs(cell.inner(np.ones((len(v), 3)))) > 0)[:6]:
        shift = np.zeros_like(v)
        shift[k, axis] = step
        slope = (energy_and_forces(cell, v + shift)[0] - energy_and_forces(cell, v - shift)[0]) / (
            2 * step
        )
        scale = max(1.0, float(np.abs(force).max()))
        assert -slope / sizes[k] == pytest.approx(force[k, axis], abs=0.1 * scale)


@settings(max_examples=20, deadline=None)
@given(groups, st.integers(0, 1000))
def test_the_energy_is_the_sum_over_all_pairs_of_the_whole_cell(space_group, seed):
    matrix, box, cell, v = begun(space_group, seed)
    v, relaxed = cell.relaxed(v, 30)
    elements, points = cell.trial(v, relaxed).positions()
    kind = np.array([box.ions.elements.index(element) for element in elements])
    i, j, distance = periodic_pairs(matrix, points, REACH)
    grid = np.linspace(FIRST, REACH, BINS)
    total = 0.0
    for one in range(len(box.ions.elements)):
        for other in range(len(box.ions.elements)):
            chosen = distance[(kind[i] == one) & (kind[j] == other)]
            total += 0.5 * np.interp(chosen, grid, box.ions.energy[one, other]).sum()
    assert relaxed == pytest.approx(total + box.ions.own[kind].sum(), rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(groups, st.integers(0, 1000))
def test_the_nearest_contact_is_that_of_a_search_among_all_neighbours(space_group, seed):
    matrix, box, cell, v = begun(space_group, seed)
    trial = cell.trial(v, 0.0)
    elements, points = trial.positions()
    ratio, (_, _, distance) = closest(crystal_of(elements, points + 1e-9, matrix), box.ions)
    if trial.closest > 0.3:
        assert trial.closest == pytest.approx(ratio, rel=1e-6)
        assert trial.contact[2] == pytest.approx(distance, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(groups, st.integers(0, 1000))
def test_relaxing_lowers_the_energy_and_inner_coordinates_can_be_undone(space_group, seed):
    _, _, cell, v = begun(space_group, seed)
    _, before = cell.relaxed(v, 0)
    moved, after = cell.relaxed(v, 40)
    assert after <= before
    assert np.allclose(cell.inner(cell.outer(moved)), moved, atol=1e-9)


def test_screened_charges_have_nearly_the_energy_of_ewalds_sum():
    matrix = 4.03 * np.eye(3)
    half = [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5, 0.5, 0.5]]
    faces = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    points, charge = np.array(faces + half), np.array([1.0] * 4 + [-1.0] * 4)
    exact = ewald_site_energies(matrix, points, charge).sum()
    present = ions({"Li": 1, "F": 1})
    kind = np.array([0] * 4 + [1] * 4)
    i, j, distance = periodic_pairs(matrix, points, REACH)
    damped = erfc(0.2 * distance) / distance - erfc(0.2 * REACH) / REACH
    # without the shift of forces, which changes the energy, but hardly its minima
    pairs = 0.5 * COULOMB * np.sum(charge[i] * charge[j] * damped)
    assert pairs + present.own[kind].sum() == pytest.approx(exact, rel=0.02)


def test_distances_between_ions_are_those_of_crystals():
    present = ions({"Li": 3, "P": 1, "S": 4})
    li, p, s = range(3)
    assert 1.8 < present.nearest[li, s] < 2.3 < present.farthest[li, s] < 4.0
    assert 1.4 < present.nearest[p, s] < 2.0
    assert 2.5 < present.nearest[s, s] < 3.0
    assert present.farthest[s, s] == 0
    assert np.allclose(present.nearest, present.nearest.T)
