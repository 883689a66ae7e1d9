import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from physics_cases import antifluorite, crystal, cubic

from discovery.chemistry.supercells import supercell
from discovery.errors import InvalidInputError
from discovery.transport.landscape import bond_valence_landscape
from discovery.transport.path import MigrationPath, percolating_path
from oracles.force_field.cells import primitive
from oracles.force_field.hops import critical_hop
from oracles.force_field.migration import supercell_indices

# two sites of Li on a line through the cell, a wide gap (0.2 to 0.8) and a narrow one
CHAIN = crystal(
    cubic(8.0), ("Li", (0.2, 0.0, 0.0)), ("O", (0.5, 0.5, 0.5)), ("Li", (0.8, 0.02, 0.0))
)


def straight(start, highest, points=40):
    """A path along x whose energy peaks at the fractional coordinate ``highest``."""
    x = start + np.arange(points + 1) / points
    positions = np.stack([x, np.zeros_like(x), np.zeros_like(x)], axis=1)
    energies = 1 - np.abs((x - highest + 0.5) % 1 - 0.5)
    return MigrationPath(positions, energies, np.array([1, 0, 0]), 8.0)


@given(start=st.floats(-2, 2))
def test_the_hop_leads_over_the_highest_point_wherever_the_path_begins(start):
    across = critical_hop(CHAIN, straight(start, 0.5))
    assert (across.start, across.end, across.shift) == (0, 2, (0, 0, 0))
    around = critical_hop(CHAIN, straight(start, 0.98))
    assert (around.start, around.end, around.shift) == (2, 0, (1, 0, 0))


def test_the_route_leads_from_site_to_site_by_the_points_of_the_path():
    hop = critical_hop(CHAIN, straight(0.0, 0.5))
    assert hop.route[0] == pytest.approx([0.2, 0, 0])
    assert hop.route[-1] == pytest.approx([0.8, 0.02, 0])
    assert np.all(np.diff(hop.route[:, 0]) >= 0)
    assert hop.route[1:-1, 1:] == pytest.approx(0)
    assert len(hop.route) > 15


def test_an_ion_may_hop_to_its_own_image():
    lonely = crystal(cubic(4.0), ("Li", (0.1, 0, 0)), ("O", (0.5, 0.5, 0.5)))
    hop = critical_hop(lonely, straight(0.3, 0.6))
    assert (hop.start, hop.end, hop.shift) == (0, 0, (1, 0, 0))
    with pytest.raises(InvalidInputError, match="to its own image; take a larger min_length"):
        supercell_indices(hop, (1, 2, 2))


def test_indices_are_those_of_the_atoms_at_both_ends():
    times = (2, 3, 2)
    large = supercell(CHAIN, times)
    hop = critical_hop(CHAIN, straight(0.0, 0.98))
    moving, vacant = supercell_indices(hop, times)
    for index, end in ((moving, hop.route[0]), (vacant, hop.route[-1])):
        site = large.sites[index]
        assert site.species == (("Li", 1.0),)
        assert np.mod(site.position, 1) == pytest.approx(np.mod(end / times, 1))


def test_in_lithium_oxide_the_ion_goes_to_the_nearest_lithium():
    """The path leads through the empty octahedron, at the same height to any of its corners."""
    prim = primitive(antifluorite("O", 4.62))
    hop = critical_hop(prim, percolating_path(bond_valence_landscape(prim)))
    step = (hop.route[-1] - hop.route[0]) @ np.array(prim.matrix)
    assert np.linalg.norm(step) == pytest.approx(4.62 / 2)
    sites = [np.array(prim.sites[k].position) for k in (hop.start, hop.end)]
    assert hop.route[0] == pytest.approx(sites[0])
    assert hop.route[-1] == pytest.approx(sites[1] + hop.shift)


def test_a_path_far_from_any_lithium_has_no_hop():
    far = crystal(cubic(24.0), ("Li", (0.2, 0, 0)), ("O", (0.5, 0.5, 0.5)))
    with pytest.raises(InvalidInputError, match="fewer than two sites of Li lie around"):
        critical_hop(far, straight(0.0, 0.5))
