import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import crystal, cubic, rock_salt, skewed, split_conductor, supercell, turned

from discovery.cells import compact_cell
from discovery.chemistry.neighbours import (
    closest_contact,
    compatible_pairs,
    neighbour_pairs,
    occupancies,
    periodic_pairs,
)
from discovery.chemistry.structures import to_pymatgen


def brute_force(cell: np.ndarray, positions: np.ndarray, cutoff: float) -> list[float]:
    reach = [math.ceil(cutoff / h) + 2 for h in 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)]
    found = []
    for shift in np.ndindex(*(2 * k + 1 for k in reach)):
        image = np.array(shift) - reach
        for i, p in enumerate(positions):
            for j, q in enumerate(positions):
                if i != j or image.any():
                    found.append((i, j, float(np.linalg.norm((q + image - p) @ cell))))
    return sorted(round(d, 6) + 1000 * (10 * i + j) for i, j, d in found if d <= cutoff)


@given(
    st.lists(st.floats(-2, 2), min_size=9, max_size=9),
    st.lists(st.floats(-1.5, 1.5), min_size=9, max_size=9),
)
@settings(max_examples=15, deadline=None)
def test_pairs_are_those_of_brute_force_in_any_cell(shear, coordinates):
    cell = 3.5 * np.eye(3) + np.array(shear).reshape(3, 3)
    if abs(np.linalg.det(cell)) < 10:
        cell = 3.5 * np.eye(3)
    positions = np.array(coordinates).reshape(3, 3)
    i, j, distance = periodic_pairs(cell, positions, 4.2)
    found = np.sort(np.round(distance, 6) + 1000 * (10 * i + j))
    expected = np.array(brute_force(cell, positions, 4.2 + 1e-6))
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_pairs_are_those_of_pymatgen():
    one = split_conductor()
    i, j, distance = periodic_pairs(
        np.array(one.matrix), np.array([s.position for s in one.sites]), 6.0
    )
    centre, neighbour, _, reference = to_pymatgen(one).get_neighbor_list(6.0)
    assert len(i) == len(centre)
    ours, theirs = np.lexsort((distance, j, i)), np.lexsort((reference, neighbour, centre))
    np.testing.assert_array_equal(i[ours], centre[theirs])
    np.testing.assert_array_equal(j[ours], neighbour[theirs])
    np.testing.assert_allclose(distance[ours], reference[theirs], atol=1e-9)


def test_every_pair_is_found_from_both_ends():
    pairs = neighbour_pairs(split_conductor(), 5.0)
    forth = sorted(zip(pairs.i, pairs.j, np.round(pairs.distance, 9), strict=True))
    back = sorted(zip(pairs.j, pairs.i, np.round(pairs.distance, 9), strict=True))
    assert forth == back


@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_distances_survive_rotation_translation_and_another_cell(seed):
    one = split_conductor()
    reference = np.sort(compatible_pairs(one, 5.0).distance)
    for other in (turned(one, seed), skewed(one)):
        np.testing.assert_allclose(np.sort(compatible_pairs(other, 5.0).distance), reference)
    assert len(compatible_pairs(supercell(one, (2, 1, 2)), 5.0)) == 4 * len(reference)


def test_a_neighbour_at_the_cutoff_counts():
    pairs = neighbour_pairs(crystal(cubic(4.0), ("Li", (0.3, 0.3, 0.3))), 4.0)
    assert len(pairs) == 6
    assert set(pairs.i) == set(pairs.j) == {0}


def test_a_very_skewed_cell_is_made_compact():
    one = rock_salt("Li", "F", 4.0)
    compact = compact_cell(np.array(skewed(skewed(one)).matrix))
    assert abs(np.linalg.det(compact)) == pytest.approx(64)
    assert np.linalg.norm(compact, axis=1).max() == pytest.approx(4.0)


def test_split_positions_are_alternatives_and_bonds_are_not():
    split = crystal(cubic(8.0), ({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (0.1, 0, 0)))
    hydroxide = crystal(cubic(8.0), ("O", (0, 0, 0)), ({"H": 0.1}, (0.12, 0, 0)))
    crowded = crystal(cubic(8.0), ({"Li": 0.7}, (0, 0, 0)), ({"Li": 0.7}, (0.1, 0, 0)))
    apart = crystal(cubic(8.0), ({"Li": 0.5}, (0, 0, 0)), ({"Li": 0.5}, (0.25, 0, 0)))
    assert neighbour_pairs(split, 2.0).exclusive.all()
    assert len(compatible_pairs(split, 2.0)) == 0
    for bonded in (hydroxide, crowded, apart):
        assert len(compatible_pairs(bonded, 2.0)) == 2


def test_a_split_position_on_one_point_is_no_overlap():
    shared = crystal(cubic(5.0), ({"Li": 0.5}, (0, 0, 0)), ({"Al": 0.5}, (0, 0, 0)))
    overlapping = crystal(cubic(5.0), ("Li", (0, 0, 0)), ("Al", (0.02, 0, 0)))
    assert closest_contact(shared) == math.inf
    assert closest_contact(overlapping) == pytest.approx(0.1)


def test_occupancies_are_a_table_of_sites_and_elements():
    elements, table = occupancies(split_conductor())
    assert elements == ("Li", "Mg", "P", "S", "Se", "Si")
    assert table.shape == (8, 6)
    np.testing.assert_allclose(table[2], [0.8, 0.1, 0, 0, 0, 0])
