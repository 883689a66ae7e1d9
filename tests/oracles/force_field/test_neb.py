import numpy as np
import pytest
from ase import Atoms
from force_field_cases import Field

from discovery.errors import InvalidInputError
from oracles.force_field.neb import vacancy_hop

PERIOD = 2.5


def lattice():
    """Li on a simple cubic lattice, others at (1/8, 1/8, 1/8) and the like; a cell of 10 A."""
    sites = np.array(list(np.ndindex(4, 4, 1))) * PERIOD
    return Atoms(
        f"Li{len(sites)}O2",
        positions=[*sites, (1.25, 1.25, 1.25), (6.25, 6.25, 6.25)],
        cell=[10.0] * 3,
        pbc=True,
    )


def hop(host, height=0.4, moving=0, vacant=4, **others):
    route = np.array([host.positions[moving], host.positions[vacant]])
    said = {"images": 5, "fmax": 0.01, "max_steps": 300, "route": route} | others

    def field():
        return Field(height=height, period=PERIOD)

    return vacancy_hop(host, field, moving=moving, vacant=vacant, **said)


@pytest.mark.parametrize("height", [0.05, 0.4, 1.2])
@pytest.mark.parametrize("images", [3, 4])
def test_the_barrier_of_a_known_field_is_found_within_a_millielectronvolt(height, images):
    found = hop(lattice(), height=height, images=images)
    assert found.height == pytest.approx(height, abs=1e-3)
    assert found.forward == pytest.approx(found.backward, abs=1e-3)
    assert found.distance == pytest.approx(PERIOD, abs=1e-3)
    assert len(found.energies) == images + 2


@pytest.mark.parametrize("initial", ["landscape", "idpp"])
def test_a_detour_is_straightened(initial):
    host = lattice()
    detour = np.array([host.positions[0], [0.3, 0.4, -0.5], [1.9, 0.5, -0.4], host.positions[4]])
    found = hop(host, route=detour, initial=initial)
    assert found.height == pytest.approx(0.4, abs=1e-3)


def test_a_hop_may_cross_the_edge_of_the_cell():
    host = lattice()
    route = np.array([[0.0, 0, 0], [-1.25, 0, 0], [-PERIOD, 0, 0]])
    found = hop(host, vacant=12, route=route)
    assert found.height == pytest.approx(0.4, abs=1e-3)


def test_the_saddle_is_found_between_images():
    """An even number of images has none at the saddle until one climbs."""
    steep = hop(lattice(), images=2)
    assert steep.height == pytest.approx(0.4, abs=1e-3)


def moved(place):
    """The lattice with its fifth ion elsewhere, near the first one."""
    host = lattice()
    host.positions[4] = place
    return host


def test_an_ion_that_falls_back_leaves_no_hop():
    with pytest.raises(InvalidInputError, match="collapse: 1\\.00 A apart before, 0\\.00 A once"):
        hop(moved((1.0, 0, 0)))


def test_an_ion_that_goes_elsewhere_makes_another_state():
    with pytest.raises(InvalidInputError, match=r"last end .* sites \[0, 4\] of Li are empty"):
        hop(moved((-1.9, 0, 0)), vacant=4)


def test_an_ion_that_meets_itself_half_way_has_no_barrier():
    host = moved((1.0, 0, 0))
    host.positions[0] = (-1.0, 0, 0)
    with pytest.raises(InvalidInputError, match=r"collapse: 2.00 A apart before, 0.0\d A"):
        hop(host)


def test_a_way_that_only_descends_has_no_barrier():
    host = moved((1.0, 0, 0))
    with pytest.raises(InvalidInputError, match=r"no barrier on the hop: .* one end is no minimum"):
        hop(host, fmax=2.0)


def test_too_few_steps_are_told():
    with pytest.raises(InvalidInputError, match=r"band is not done after 3 steps: .* max_steps"):
        hop(lattice(), images=4, max_steps=3)
