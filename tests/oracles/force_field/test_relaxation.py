import warnings

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from force_field_cases import Field
from physics_cases import antifluorite, lithium_phosphide, rock_salt, skewed, supercell
from scipy.linalg import logm

from discovery.chemistry.structures import to_pymatgen
from discovery.errors import InvalidInputError
from oracles.force_field.cells import primitive, wide_repeats
from oracles.force_field.relaxation import relax


def test_a_metal_relaxes_to_the_minimum_of_its_energy_over_the_volume():
    start = bulk("Cu", "fcc", a=3.75)
    lengths = np.linspace(3.55, 3.65, 21)
    energies = []
    for a in lengths:
        strained = bulk("Cu", "fcc", a=a)
        strained.calc = EMT()
        energies.append(strained.get_potential_energy())
    parabola = np.polyfit(lengths, energies, 2)
    best = -parabola[1] / 2 / parabola[0]
    found = relax(start, EMT(), fmax=1e-3, max_steps=100)
    assert (4 * found.atoms.get_volume()) ** (1 / 3) == pytest.approx(best, abs=2e-3)
    assert found.energy == pytest.approx(np.polyval(parabola, best), abs=1e-4)
    assert found.volume_change == pytest.approx((best / 3.75) ** 3 - 1, abs=2e-3)
    assert found.gained > 0.05
    assert start.cell.cellpar()[0] == pytest.approx(3.75 / 2**0.5)
    assert start.calc is None


class Cautious:
    """SciPy's logarithm of a matrix, which warns of an error."""

    def __init__(self, error):
        self.message = f"logm result may be inaccurate, approximate err = {error}"

    def __call__(self, matrix):
        warnings.warn(self.message, RuntimeWarning, stacklevel=2)
        return logm(matrix)


def test_the_logarithm_of_a_strain_is_not_called_inaccurate_for_its_rounding(monkeypatch):
    start = bulk("Cu", "fcc", a=3.7)
    for rounding in (2.3e-13, 1e-9):
        monkeypatch.setattr("scipy.linalg.logm", Cautious(rounding))
        assert relax(start, EMT(), fmax=0.01, max_steps=100).steps > 0
    monkeypatch.setattr("scipy.linalg.logm", Cautious(1e-7))
    with pytest.raises(RuntimeWarning, match="inaccurate, approximate err = 1e-07"):
        relax(start, EMT(), fmax=0.01, max_steps=100)


def test_displaced_atoms_go_back_and_the_cell_stays_where_it_is_held():
    start = bulk("Cu", "fcc", a=3.6, cubic=True)
    shaken = start.copy()
    shaken.rattle(0.1, seed=3)
    found = relax(shaken, EMT(), fmax=1e-3, max_steps=100, cell=False)
    away = found.atoms.get_all_distances(mic=True) - start.get_all_distances(mic=True)
    assert np.abs(away).max() < 1e-3
    assert np.array_equal(found.atoms.cell, start.cell)
    assert found.max_force < 1e-3
    assert found.volume_change == 0
    assert 0 < found.steps < 50


def test_a_relaxation_that_is_not_done_says_how_far_it_came():
    shaken = bulk("Cu", "fcc", a=3.6, cubic=True)
    shaken.rattle(0.2, seed=3)
    with pytest.raises(InvalidInputError, match=r"Cu4 is not done after 2 steps: .* wanted 0.001"):
        relax(shaken, EMT(), fmax=1e-3, max_steps=2)


def test_an_energy_minimum_needs_no_step():
    found = relax(bulk("O", "sc", a=3.0), Field(), fmax=0.01, max_steps=5)
    assert (found.steps, found.gained, found.volume_change) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("structure", "atoms"),
    [
        (rock_salt("Li", "Cl", 5.13), 2),
        (antifluorite("O", 4.62), 3),
        (supercell(lithium_phosphide(), (2, 1, 2)), 8),
        (skewed(lithium_phosphide()), 8),
    ],
)
def test_the_primitive_cell_is_small_and_the_same_crystal(structure, atoms):
    small = primitive(structure)
    assert len(small.sites) == atoms
    share = len(structure.sites) / atoms
    assert small.volume * share == pytest.approx(structure.volume)
    same = to_pymatgen(small).get_sorted_structure()
    for cut in (2.7, 4.0):
        neighbours = [
            sorted(len(found) for found in one.get_all_neighbors(cut))
            for one in (same, to_pymatgen(structure))
        ]
        assert neighbours[1] == sorted(neighbours[0] * round(share))


def test_a_supercell_is_nowhere_narrower_than_wanted():
    prim = primitive(rock_salt("Li", "Cl", 5.13))
    times = wide_repeats(prim, min_length=8.0, max_atoms=200)
    widths = 1 / np.linalg.norm(np.linalg.inv(np.array(prim.matrix)), axis=0)
    assert np.all(widths * times >= 8.0)
    assert np.all(widths * (np.array(times) - 1) < 8.0)
    assert wide_repeats(rock_salt("Li", "Cl", 5.0), min_length=10.0, max_atoms=64) == (2, 2, 2)
    with pytest.raises(InvalidInputError, match="has 54 atoms, more than max_atoms = 53"):
        wide_repeats(prim, min_length=8.0, max_atoms=53)
