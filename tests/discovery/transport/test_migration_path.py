import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from physics_cases import antifluorite, lithium_phosphate, rock_salt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

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


def price(landscape, path):
    lengths = np.linalg.norm(np.diff(path.positions, axis=0) @ landscape.cell, axis=1)
    return float(lengths @ (0.1 + 0.5 * (path.energies[1:] + path.energies[:-1])))


def cheapest(landscape, dimension, around):
    """Cheapest way to a goal in a block of cells, all of it laid out."""
    found = percolation(landscape)
    critical, windings = found.points[dimension - 1], found.windings[dimension - 1]
    block = np.tile(landscape.energy, [2 * around + 1] * 3)
    energy, number = block - found.minimum, np.arange(block.size).reshape(block.shape)
    edges = []
    for step in itertools.product((-1, 0, 1), repeat=3):
        if step <= (0, 0, 0):
            continue
        here = tuple(
            slice(max(-s, 0), n - max(s, 0)) for s, n in zip(step, block.shape, strict=True)
        )
        there = tuple(
            slice(max(s, 0), n - max(-s, 0)) for s, n in zip(step, block.shape, strict=True)
        )
        open_ = (block[here] <= landscape.energy[critical]) & (
            block[there] <= landscape.energy[critical]
        )
        length = np.linalg.norm(step @ landscape.steps)
        weight = length * (0.1 + 0.5 * (energy[here] + energy[there]))
        edges.append((number[here][open_], number[there][open_], weight[open_]))
    i, j, weight = map(np.concatenate, zip(*edges, strict=True))
    graph = coo_array((weight, (i, j)), shape=(block.size,) * 2)
    shifts = np.array(list(itertools.product(range(-around, around + 1), repeat=3)))
    images = (shifts + around) * landscape.shape + critical
    images = np.ravel_multi_index(tuple(images.T), block.shape)
    far = dijkstra(graph, directed=False, indices=images[len(images) // 2])[images]
    new = [np.linalg.matrix_rank(np.vstack([windings, s])) > len(windings) for s in shifts]
    return far[new].min()


@given(
    st.tuples(*[st.integers(2, 4)] * 3).flatmap(
        lambda shape: arrays(float, shape, elements=st.integers(0, 20).map(float))
    ),
    st.sampled_from([1, 2, 3]),
)
@settings(max_examples=40, deadline=None)
def test_no_other_path_is_cheaper(energy, dimension):
    landscape = Landscape(np.array([[3.0, 0, 0], [1, 4, 0], [0, -1, 5]]), energy)
    path = percolating_path(landscape, dimension)
    around = max(1, *np.abs(path.winding))
    assert price(landscape, path) <= cheapest(landscape, dimension, around) + 1e-9


def test_in_an_open_crystal_the_search_takes_no_longer_than_four_times_the_levels():
    """All but a wall with one hole is open: everything is searched, but in one cell."""
    energy = np.random.default_rng(0).random((60, 60, 60)) * 1e-3
    energy[0], energy[0, 0, 0] = 0.3, 0.25
    landscape = Landscape(np.eye(3) * 12, energy)
    percolating_path(landscape)
    times = []
    for _ in range(3):
        begun = time.process_time()
        found = percolation(landscape)
        middle = time.process_time()
        percolating_path(landscape, found=found)
        times.append((time.process_time() - middle) / (middle - begun))
    assert (energy <= 0.25).mean() > 0.98
    assert min(times) < 4


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
