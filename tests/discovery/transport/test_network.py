import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize

from discovery.errors import InvalidInputError
from discovery.transport.landscape import Landscape
from discovery.transport.network import hop_network
from discovery.transport.percolation import network_levels, percolation


def waves(function, points, a=5.0):
    """A landscape on a cubic cell from a function of three phases."""
    phase = 2 * np.pi * np.arange(points) / points
    return Landscape(a * np.eye(3), function(*np.meshgrid(phase, phase, phase, indexing="ij")))


def rough(seed, smooth=0.8):
    """A random landscape on a random cell."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=rng.integers(4, 12, 3))
    return Landscape(
        4 * np.eye(3) + rng.normal(size=(3, 3)), gaussian_filter(noise, smooth, mode="wrap")
    )


def coordination(network):
    ends = np.concatenate([network.i, network.j])
    return np.bincount(ends, minlength=len(network.energy))


WAVES = {
    "sc": (lambda x, y, z: -np.cos(x) - np.cos(y) - np.cos(z), 1, 6, 5.0, -3.0, -1.0),
    "bcc": (
        lambda x, y, z: -np.cos(x) * np.cos(y) - np.cos(y) * np.cos(z) - np.cos(z) * np.cos(x),
        2, 8, 5.0 * math.sqrt(3) / 2, -3.0, 0.0,
    ),
    "fcc": (
        lambda x, y, z: -np.cos(x) * np.cos(y) * np.cos(z), 4, 12, 5.0 / math.sqrt(2), -1.0, 0.0
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WAVES)
@pytest.mark.parametrize("points", [18, 50])
def test_sums_of_cosines_have_the_sites_and_hops_of_their_lattice(kind, points):
    function, sites, neighbours, distance, lowest, top = WAVES[kind]
    network = hop_network(waves(function, points))
    assert network.energy == pytest.approx([lowest] * sites)
    assert coordination(network).tolist() == [neighbours] * sites
    assert np.linalg.norm(network.displacement, axis=1) == pytest.approx(distance)
    # a grid misses a pass between its points by its curvature; passes are maxima along the hop
    assert network.saddle == pytest.approx(top, abs=(2 * np.pi / points) ** 2)


@given(seed=st.integers(0, 10**6), shallow=st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=60, deadline=None)
def test_the_network_percolates_where_its_landscape_does(seed, shallow):
    landscape = rough(seed)
    network = hop_network(landscape, shallow=shallow * landscape.energy.std(), near=3.0)
    levels = network_levels(
        len(network.energy), network.i, network.j, network.shift, network.saddle
    )
    found = percolation(landscape)
    assert np.array(levels) == pytest.approx(found.minimum + np.array(found.levels), abs=1e-12)


@given(seed=st.integers(0, 10**6), roll=st.tuples(*[st.integers(0, 20)] * 3))
@settings(max_examples=30, deadline=None)
def test_the_origin_of_the_cell_does_not_matter(seed, roll):
    landscape = rough(seed)
    moved = Landscape(landscape.cell, np.roll(landscape.energy, roll, axis=(0, 1, 2)))
    one, other = hop_network(landscape), hop_network(moved)
    assert np.sort(other.energy) == pytest.approx(np.sort(one.energy))
    rows = [
        sorted(zip(n.saddle.round(9), np.linalg.norm(n.displacement, axis=1).round(6), strict=True))
        for n in (one, other)
    ]
    assert rows[0] == rows[1]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_hops_are_listed_once_and_passes_are_not_below_their_ends(seed):
    network = hop_network(rough(seed), shallow=0.1)
    there = {(*row,) for row in np.column_stack([network.i, network.j, network.shift]).tolist()}
    back = {(*row,) for row in np.column_stack([network.j, network.i, -network.shift]).tolist()}
    assert len(there) == len(network.i)
    assert not there & back
    assert (network.saddle >= network.energy[network.i]).all()
    assert (network.saddle >= network.energy[network.j]).all()


def test_sites_lie_between_the_points_of_the_grid():
    def energy(x, y, z):
        return -np.cos(x - 0.1) - np.cos(y + 2) * np.cos(z - 3.3) - np.cos(z + y)

    network = hop_network(waves(energy, 25))
    site = int(np.argmin(network.energy))
    phase = 2 * np.pi * network.position[site]
    exact = minimize(lambda p: energy(*p), phase)
    assert phase == pytest.approx(exact.x, abs=0.1 * 2 * np.pi / 25)
    assert network.energy[site] == pytest.approx(exact.fun, abs=2e-4)


def double_well(depth, apart):
    """Two minima ``apart`` in x, a pass of ``depth`` between them; their images are far away."""
    x = np.arange(40) * 0.25 - 5
    line = np.minimum(depth * ((2 * x / apart) ** 2 - 1) ** 2, 3.0)
    wall = 1 - np.cos(2 * np.pi * np.arange(8) / 8)
    return Landscape(
        np.diag([10.0, 4.0, 4.0]), line[:, None, None] + wall[:, None] + wall[None, None]
    )


@pytest.mark.parametrize(
    ("depth", "apart", "sites"), [(0.04, 1.5, 1), (0.06, 1.5, 2), (0.04, 2.0, 2)]
)
def test_only_shallow_basins_near_another_are_joined(depth, apart, sites):
    network = hop_network(double_well(depth, apart), window=1.5, shallow=0.05, near=1.7)
    assert len(network.energy) == sites


def test_what_lies_above_the_window_is_left_out():
    landscape = waves(lambda x, y, z: -np.cos(x) - 0.5 * np.cos(2 * y) - 0.1 * np.cos(z), 20)
    everything = hop_network(landscape)
    low = hop_network(landscape, window=0.9)
    assert len(everything.i) > len(low.i) > 0
    assert low.saddle.max() <= landscape.energy.min() + 0.9
    assert np.abs(low.shift).tolist() == [[0, 0, 1]] * len(low.energy)


def test_a_coarse_grid_and_negative_parameters_are_refused():
    with pytest.raises(InvalidInputError, match=r"a grid of \(3, 9, 9\) points is too coarse"):
        hop_network(Landscape(np.eye(3), np.zeros((3, 9, 9))))
    with pytest.raises(InvalidInputError, match=r"are 0 or more, not inf, -0.1 and 1.7"):
        hop_network(rough(0), shallow=-0.1)
