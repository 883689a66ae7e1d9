import math

import numpy as np
import pytest
from physics_cases import antifluorite, crystal, cubic, lithium_phosphate, rock_salt, skewed

from discovery.chemistry.softbv import ionic_radius
from discovery.errors import InvalidInputError
from discovery.transport.landscape import compact
from discovery.transport.voids import free_distance, void_radii

CHLORIDE = ionic_radius("Cl", -1)


def test_the_largest_sphere_in_rock_salt_is_where_lithium_was():
    a = 5.2  # 26 points: the middle of the octahedron is one of them
    found = void_radii(rock_salt("Li", "Cl", a))
    assert found.largest == pytest.approx(a / 2 - CHLORIDE, abs=1e-9)


def test_the_largest_sphere_that_travels_passes_a_triangle_of_anions():
    a, resolution = 5.2, 0.1
    found = void_radii(rock_salt("Li", "Cl", a), resolution=resolution)
    window = a / math.sqrt(6) - CHLORIDE
    assert len({round(radius, 9) for radius in found.passing}) == 1
    assert found.passing[0] == pytest.approx(window, abs=math.sqrt(3) / 2 * resolution)


def test_distances_are_those_to_the_nearest_surface():
    one = skewed(lithium_phosphate())
    room = free_distance(one, resolution=0.6)
    straight = compact(one)
    cell, shifts = np.array(straight.matrix), np.indices((7, 7, 7)).reshape(3, -1).T - 3
    radius = {"P": ionic_radius("P", 5), "O": ionic_radius("O", -2)}
    rng = np.random.default_rng(0)
    for _ in range(40):
        point = rng.integers(0, room.shape)
        here = point / room.shape @ np.array(one.matrix) @ np.linalg.inv(cell)
        gaps = [
            np.linalg.norm(((np.array(site.position) - here) % 1 + shifts) @ cell, axis=1).min()
            - radius[site.species[0][0]]
            for site in straight.sites
            if site.species[0][0] in radius
        ]
        assert room[tuple(point)] == pytest.approx(min(gaps), abs=1e-9)


def test_points_inside_of_ions_are_negative():
    room = free_distance(antifluorite("O", 4.6), resolution=0.2)
    assert room[0, 0, 0] == pytest.approx(-ionic_radius("O", -2))
    assert np.isfinite(room).all()


def test_wide_pores_are_measured_to_the_end():
    one = crystal(cubic(14.0), ("Li", (0.5, 0.5, 0.5)), ("F", (0, 0, 0)))
    found = void_radii(one, resolution=0.5)
    assert found.largest == pytest.approx(7 * math.sqrt(3) - ionic_radius("F", -1))


def test_radii_hardly_depend_on_the_cell():
    one, other = void_radii(lithium_phosphate()), void_radii(compact(skewed(lithium_phosphate())))
    assert other.largest == pytest.approx(one.largest, abs=0.2)
    assert other.passing == pytest.approx(one.passing, abs=0.2)
    assert one.largest > one.passing[0] >= one.passing[1] >= one.passing[2]


def test_partly_filled_sites_count_as_filled():
    def room(share):
        sites = [("Li", (0.2, 0.3, 0.4)), ("F", (0, 0, 0)), ({"F": share}, (0.5, 0.5, 0.5))]
        return free_distance(crystal(cubic(5.0), *sites), charges={"Li": 1, "F": -1})

    assert np.array_equal(room(1.0), room(0.1))


@pytest.mark.parametrize(
    ("one", "charges", "message"),
    [
        (crystal(cubic(3.5), ("Li", (0, 0, 0))), None, "nothing but Li in the structure"),
        (rock_salt("Li", "P", 5.0), {"Li": 3, "P": -3}, "Shannon lists no ionic radius for P3-"),
        (rock_salt("Li", "F", 4.0), {"Li": 1}, "no charge is given for F"),
    ],
)
def test_what_cannot_be_measured_is_said(one, charges, message):
    with pytest.raises(InvalidInputError, match=message):
        void_radii(one, charges=charges)
