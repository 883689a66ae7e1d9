import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from physics_cases import antifluorite, lithium_phosphate, rock_salt

from discovery.errors import InvalidInputError
from discovery.transport.landscape import CEILING, Landscape, bond_valence_landscape
from discovery.transport.migration import migration
from discovery.transport.path import percolating_path
from discovery.transport.percolation import percolation

grids = st.tuples(*[st.integers(2, 6)] * 3).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 20).map(float))
)


@given(grids, st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_a_path_is_a_walk_on_the_grid_to_a_new_image_that_reaches_the_level(energy, dimension):
    landscape = Landscape(np.diag([3.0, 4.0, 5.0]), energy)
    found, path = percolation(landscape), percolating_path(landscape, dimension)
    assert path.energies.max() == found.levels[dimension - 1]
    grid = path.positions * energy.shape
    steps = np.diff(np.rint(grid), axis=0)
    assert grid == pytest.approx(np.rint(grid), abs=1e-9)
    assert (np.abs(steps).max(axis=1) == 1).all()
    indices = tuple((np.rint(grid).astype(int) % energy.shape).T)
    assert np.array_equal(energy[indices] - energy.min(), path.energies)
    assert path.positions[-1] - path.positions[0] == pytest.approx(path.winding)
    assert path.energies[0] == path.energies[-1] == path.energies.min()
    windings = found.windings[dimension - 1]
    assert np.linalg.matrix_rank(np.vstack([windings, path.winding])) == len(windings) + 1


def test_a_straight_channel_is_followed_straight():
    energy = np.full((10, 6, 6), 5.0)
    energy[:, 2, 3] = 1.0
    path = percolating_path(Landscape(np.diag([2.0, 3.0, 3.0]), energy), dimension=1)
    assert abs(path.winding).tolist() == [1, 0, 0]
    assert path.length == pytest.approx(2.0)
    assert len(path.positions) == 11
    assert set(path.energies) == {0.0}


def test_a_path_follows_a_winding_valley():
    x, y, _ = np.meshgrid(*[np.linspace(0, 1, 12, endpoint=False)] * 3, indexing="ij")
    valley = 4 * (1 - np.cos(2 * np.pi * (y - 0.25 * np.sin(2 * np.pi * x))))
    valley[:, :, 0] = CEILING
    path = percolating_path(Landscape(np.eye(3) * 6, valley), dimension=1)
    assert abs(path.winding).tolist() == [1, 0, 0]
    assert np.ptp(path.positions[:, 1]) > 0.3
    assert path.energies.max() < 1


def test_the_path_through_a_crystal_leads_from_site_to_site():
    found = migration(rock_salt("Li", "Cl", 5.2))
    path = found.path
    assert path is not None
    assert 0 <= path.energies[0] < 0.05
    assert found.percolation.levels[2] == pytest.approx(path.energies.max(), abs=0.05)
    assert path.length >= np.linalg.norm(path.winding @ found.landscape.cell) - 1e-9


def test_a_path_in_each_dimension_costs_more():
    landscape = bond_valence_landscape(lithium_phosphate())
    tops = [percolating_path(landscape, dimension).energies.max() for dimension in (1, 2, 3)]
    assert tops == pytest.approx(list(percolation(landscape).levels))
    assert tops == sorted(tops)


def test_where_there_is_no_way_there_is_no_path():
    energy = np.full((6, 6, 6), CEILING)
    energy[:, 2, 3] = 0.0
    landscape = Landscape(np.eye(3), energy)
    assert percolating_path(landscape, 1).energies.max() == 0
    with pytest.raises(InvalidInputError, match="does not percolate in 2 dimensions"):
        percolating_path(landscape, 2)
    with pytest.raises(InvalidInputError, match="1, 2 or 3 dimensions, not 4"):
        percolating_path(landscape, 4)


def test_migration_says_what_its_parts_say():
    found = migration(antifluorite("S", 5.71), resolution=0.3)
    assert found.landscape.shape == (20, 20, 20)
    assert found.voids is not None
    assert found.percolation.levels[0] == pytest.approx(found.percolation.levels[2], abs=1e-6)
    with pytest.raises(InvalidInputError, match="no Na in the structure"):
        migration(antifluorite("S", 5.71), "Na")
