import itertools
import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from discovery.transport.landscape import CEILING, Landscape
from discovery.transport.percolation import network_levels, percolation

STEPS = [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)]
CELL = np.diag([3.0, 4.0, 5.0])


def levels_by_scan(energy):
    """Try every energy as a level: walk through each piece, collect the windings of its loops."""
    found = [math.inf] * 3
    for level in sorted(set(energy[energy < CEILING].tolist()), reverse=True):
        rank = dimension_at(energy, level)
        for k in range(rank):
            found[k] = level - energy.min()
        if not rank:
            break
    return tuple(found)


def dimension_at(energy, level):
    shape, best = energy.shape, 0
    home = {}
    for start in map(tuple, np.argwhere(energy <= level)):
        if start in home:
            continue
        home[start], queue, windings = np.zeros(3, int), deque([start]), [np.zeros(3, int)]
        while queue:
            here = queue.popleft()
            for step in STEPS:
                there = np.add(here, step)
                cell, there = there // shape, tuple(there % shape)
                if energy[there] > level:
                    continue
                if there not in home:
                    home[there] = home[here] + cell
                    queue.append(there)
                windings.append(home[here] + cell - home[there])
        best = max(best, np.linalg.matrix_rank(np.unique(windings, axis=0)))
    return best


grids = st.tuples(*[st.integers(1, 4)] * 3).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 12).map(float))
)


@given(grids)
@settings(max_examples=60, deadline=None)
def test_levels_are_those_of_a_scan_of_all_levels(energy):
    found = percolation(Landscape(CELL, energy))
    assert found.minimum == energy.min()
    assert found.levels == pytest.approx(levels_by_scan(energy))


@given(grids, st.tuples(*[st.integers(1, 2)] * 3))
@settings(max_examples=50, deadline=None)
def test_levels_are_the_same_in_a_supercell(energy, times):
    one = percolation(Landscape(CELL, energy))
    many = percolation(Landscape(CELL * times, np.tile(energy, times)))
    assert many.levels == one.levels


@given(grids, st.tuples(*[st.integers(-3, 3)] * 3), st.permutations(range(3)))
@settings(max_examples=50, deadline=None)
def test_levels_do_not_depend_on_origin_and_axes(energy, shift, axes):
    moved = np.roll(energy, shift, axis=(0, 1, 2)).transpose(axes)
    assert percolation(Landscape(CELL, moved)).levels == percolation(Landscape(CELL, energy)).levels


@given(grids)
@settings(max_examples=50, deadline=None)
def test_the_critical_point_has_the_critical_energy(energy):
    found = percolation(Landscape(CELL, energy))
    assert list(found.levels) == sorted(found.levels)
    for dimension, (level, point, windings) in enumerate(
        zip(found.levels, found.points, found.windings, strict=True)
    ):
        assert point is not None
        assert energy[point] - energy.min() == level
        assert len(windings) == np.linalg.matrix_rank(np.vstack([windings, np.zeros(3)]))
        assert len(windings) <= dimension


def lines(n, *directions):
    """A grid that is open along lines through the origin only."""
    energy = np.full((n, n, n), 9.0)
    for direction, t in itertools.product(directions, range(n)):
        energy[tuple(np.multiply(direction, t) % n)] = 1.0
    return energy


def test_diagonal_windings_percolate_in_three_dimensions_at_once():
    """Seen through the faces of a doubled cell, none of these three leads to the next cell."""
    energy = lines(8, (1, 1, 0), (1, 0, 1), (0, 1, 1))
    energy[0, 0, 0] = 0.0
    assert percolation(Landscape(np.eye(3), energy)).levels == (1.0, 1.0, 1.0)


def test_three_windings_in_a_plane_percolate_in_two_dimensions():
    energy = lines(9, (1, 1, 0), (1, -1, 0), (1, 0, 0))
    assert percolation(Landscape(np.eye(3), energy)).levels == (0.0, 0.0, 8.0)


def test_parallel_windings_percolate_in_one_dimension():
    energy = np.full((8, 8, 8), 3.0)
    energy[:, ::4, ::4] = 0.0
    assert percolation(Landscape(np.eye(3), energy)).levels == (0.0, 3.0, 3.0)


def test_a_spiral_percolates_though_it_never_closes_in_one_cell():
    n = 12
    energy = np.full((n, n, n), CEILING)
    for t in range(2 * n):  # winds (2, 1, 0): closes after two cells
        energy[t % n, t // 2 % n, 0] = 0.0
    found = percolation(Landscape(np.eye(3), energy))
    assert found.levels == (0.0, math.inf, math.inf)
    assert found.points[1:] == (None, None)


def test_pockets_never_percolate():
    energy = np.full((6, 6, 6), CEILING)
    energy[2:4, 2:4, 2:4] = 0.0
    found = percolation(Landscape(np.eye(3), energy))
    assert found.levels == (math.inf,) * 3
    assert percolation(Landscape(np.eye(3), np.full((3, 3, 3), CEILING))).levels == (math.inf,) * 3


def test_a_network_percolates_as_its_windings_say():
    shift = np.array([(1, 1, 0), (1, 0, 1), (0, 1, 1)])
    ends = np.zeros(3, dtype=np.int64)
    energy = np.array([0.3, 0.1, 0.2])
    assert network_levels(1, ends, ends, shift, energy) == (0.1, 0.2, 0.3)
    assert network_levels(1, ends, ends, shift * 0, energy) == (math.inf,) * 3
    assert network_levels(2, ends, ends + 1, shift, energy) == (0.2, 0.3, math.inf)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_a_network_percolates_at_the_level_of_its_edges_in_any_order(seed):
    rng = np.random.default_rng(seed)
    nodes, edges = int(rng.integers(1, 6)), int(rng.integers(0, 14))
    i, j = rng.integers(0, nodes, (2, edges))
    shift, energy = rng.integers(-2, 3, (edges, 3)), rng.random(edges)
    levels = network_levels(nodes, i, j, shift, energy)
    # moving a node to another cell, or turning an edge around, changes no winding
    home = rng.integers(-3, 4, (nodes, 3))
    order = rng.permutation(edges)
    again = network_levels(
        nodes, j[order], i[order], (home[j] - shift - home[i])[order], energy[order]
    )
    assert again == levels
