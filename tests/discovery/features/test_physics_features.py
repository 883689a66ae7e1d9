import numpy as np
import pytest

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.crystal import Crystal, Site
from discovery.features.physics import has_physics, physics_features
from discovery.testing.probes import antifluorite, lithium_metal, rock_salt
from discovery.types import Candidate


def one(candidate):
    return {name: float(values[0]) for name, values in physics_features([candidate]).items()}


def test_rock_salt_has_the_distances_of_rock_salt():
    values = one(rock_salt("Li", "Cl", 5.129))
    assert values["Li-anion distance"] == pytest.approx(5.129 / 2)
    assert values["Li-Li distance"] == pytest.approx(5.129 / np.sqrt(2))
    assert values["Li coordination"] == pytest.approx(6)
    assert values["Li within 4 A"] == pytest.approx(12)
    assert values["Li occupancy"] == pytest.approx(1)
    assert values["disordered sites"] == 0
    assert np.isnan(values["Li-cation distance"])


def test_antifluorite_lithium_is_tetrahedral():
    assert one(antifluorite())["Li coordination"] == pytest.approx(4)


def test_energies_and_valences_are_those_of_the_kernels():
    crystal = antifluorite().structure
    values = one(antifluorite())
    assert values["Li site energy mean"] == mean_field_site_energies(crystal).mean
    assert values["global instability"] == valence_mismatch(crystal).instability


def test_positions_that_exclude_each_other_are_no_neighbours():
    split = 0.05
    positions = [(0.5 - split, 0.5, 0.5), (0.5 + split, 0.5, 0.5)]
    halves = tuple(Site((("Li", 0.5),), position) for position in positions)
    cell = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))
    crystal = Crystal(cell, (Site((("Cl", 1.0),), (0.0, 0.0, 0.0)), *halves))
    values = one(Candidate((("Li", 1.0), ("Cl", 1.0)), structure=crystal))
    assert values["Li-Li distance"] == pytest.approx(4 * (1 - 2 * split))
    assert values["Li occupancy"] == pytest.approx(0.5)
    assert values["Li sites/Li"] == pytest.approx(2)
    assert values["disordered sites"] == pytest.approx(2 / 3)


def test_a_kernel_that_does_not_apply_leaves_nan_and_the_rest_stays():
    values = one(lithium_metal())
    assert np.isnan(values["Li site energy mean"])
    assert values["Li-Li distance"] > 2


def test_no_lithium_means_no_physics():
    salt = rock_salt("Na", "Cl", 5.64)
    assert not has_physics(salt)
    assert np.isnan(list(one(salt).values())).all()
