import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import (
    antifluorite,
    crystal,
    cubic,
    lithium_phosphate,
    lithium_phosphide,
    rock_salt,
    skewed,
    split_conductor,
    supercell,
    turned,
)
from pymatgen.analysis.local_env import VoronoiNN

from discovery.chemistry.structures import to_pymatgen
from discovery.chemistry.voronoi import SMALLEST_FACE, solid_angles, voronoi_coordination
from discovery.errors import InvalidInputError


@pytest.mark.parametrize(
    "one",
    [lithium_phosphide(), lithium_phosphate(), antifluorite("O", 4.619)],
    ids=["Li3P", "Li3PO4", "Li2O"],
)
def test_ordered_crystals_have_the_numbers_of_pymatgen(one):
    structure = to_pymatgen(one)
    reference = VoronoiNN(cutoff=5.0, tol=SMALLEST_FACE)
    expected = [
        reference.get_cn(structure, k)
        for k, site in enumerate(structure)
        if site.specie.symbol == "Li"
    ]
    numbers, weights = voronoi_coordination(one)
    np.testing.assert_array_equal(numbers, expected)
    np.testing.assert_array_equal(weights, 1)


def test_six_equal_neighbours_make_a_cube():
    vectors = np.vstack([2.0 * np.eye(3), -2.0 * np.eye(3), [[3.0, 3.0, 3.0]]])
    angles = solid_angles(vectors)
    np.testing.assert_allclose(angles, [4 * math.pi / 6] * 6 + [0])
    assert voronoi_coordination(rock_salt("Li", "Cl", 5.129))[0].tolist() == [6.0] * 4


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_faces_cover_the_sphere(seed):
    vectors = np.random.default_rng(seed).normal(size=(40, 3)) * 3
    angles = solid_angles(vectors)
    if angles is not None:
        assert angles.sum() == pytest.approx(4 * math.pi)
        nearest = np.linalg.norm(vectors, axis=1).argmin()
        assert angles[nearest] > 0


def test_neighbours_on_one_side_enclose_nothing():
    assert solid_angles(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])) is None
    assert solid_angles(np.array([[1.0, 0, 0], [-1, 0, 0]])) is None


def test_a_face_counts_by_the_occupancy_behind_it():
    def cell(*chlorine):
        return crystal(cubic(2.6), ("Li", (0, 0, 0)), *chlorine)

    simple = [("Cl", (0.5, 0, 0)), ("Cl", (0, 0.5, 0)), ("Cl", (0, 0, 0.5))]
    half = [({"Cl": 0.5}, place) for _, place in simple]
    assert voronoi_coordination(cell(*simple))[0] == pytest.approx([6])
    assert voronoi_coordination(cell(*half))[0] == pytest.approx([3])


def test_two_elements_listed_apart_in_one_place_are_one_neighbour():
    shared = crystal(cubic(5.0), ("Li", (0, 0, 0)), ({"S": 0.6, "Se": 0.4}, (0.5, 0.5, 0.5)))
    listed = crystal(
        cubic(5.0),
        ("Li", (0, 0, 0)),
        ({"S": 0.6}, (0.5, 0.5, 0.5)),
        ({"Se": 0.4}, (0.5, 0.5, 0.5)),
    )
    np.testing.assert_allclose(voronoi_coordination(listed)[0], voronoi_coordination(shared)[0])


def test_alternatives_to_a_site_have_no_face_and_those_around_it_share_one():
    frame = [("S", place) for place in ((0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5))]
    whole = crystal(cubic(5.0), ("Li", (0, 0, 0)), *frame)
    split = crystal(cubic(5.0), ({"Li": 0.5}, (0.1, 0, 0)), ({"Li": 0.5}, (-0.1, 0, 0)), *frame)
    numbers, weights = voronoi_coordination(split)
    assert weights.tolist() == [0.5, 0.5]
    assert numbers[0] == pytest.approx(numbers[1])
    assert voronoi_coordination(whole)[0] == pytest.approx([6])
    assert 5 <= numbers[0] <= 6


@given(st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_numbers_survive_any_way_of_writing_the_crystal(seed):
    for one in (lithium_phosphate(), split_conductor()):
        numbers, weights = voronoi_coordination(one)
        reference = np.average(numbers, weights=weights)
        for other in (turned(one, seed), skewed(one), supercell(one, (1, 2, 1))):
            again, shares = voronoi_coordination(other)
            assert np.average(again, weights=shares) == pytest.approx(reference, abs=1e-6)


def test_other_elements_and_none():
    assert voronoi_coordination(lithium_phosphide(), "P")[0].shape == (2,)
    with pytest.raises(InvalidInputError, match="has no Li, only Cl, Na"):
        voronoi_coordination(rock_salt("Na", "Cl", 5.64))
