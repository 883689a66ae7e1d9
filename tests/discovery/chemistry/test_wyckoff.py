import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.symmetry import SPACE_GROUPS
from discovery.chemistry.wyckoff import operations, positions
from discovery.errors import InvalidInputError

# multiplicity.freedom of all positions, International Tables for Crystallography, Volume A
TABULATED = {
    2: "1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 2.3",
    14: "2.0 2.0 2.0 2.0 4.3",
    62: "4.0 4.0 4.2 8.3",
    148: "3.0 3.0 6.1 9.0 9.0 18.3",
    166: "3.0 3.0 6.1 9.0 9.0 18.1 18.1 18.2 36.3",
    167: "6.0 6.0 12.1 18.0 18.1 36.3",
    194: "2.0 2.0 2.0 2.0 4.1 4.1 6.0 6.1 12.1 12.2 12.2 24.3",
    216: "4.0 4.0 4.0 4.0 16.1 24.1 24.1 48.2 96.3",
    221: "1.0 1.0 3.0 3.0 6.1 6.1 8.1 12.1 12.1 12.1 24.2 24.2 24.2 48.3",
    225: "4.0 4.0 8.0 24.0 24.1 32.1 48.1 48.1 48.1 96.2 96.2 192.3",
    227: "8.0 8.0 16.0 16.0 32.1 48.1 96.1 96.2 192.3",
    230: "16.0 16.0 24.0 24.0 32.1 48.1 48.1 96.3",
}

groups = st.sampled_from(SPACE_GROUPS)
parameters = st.lists(st.floats(0, 1), min_size=3, max_size=3)


def kinds(space_group):
    return sorted((p.multiplicity, p.freedom) for p in positions(space_group))


@pytest.mark.parametrize("space_group", TABULATED)
def test_multiplicities_and_freedoms_are_those_of_international_tables(space_group):
    table = [tuple(map(int, entry.split("."))) for entry in TABULATED[space_group].split()]
    assert kinds(space_group) == sorted(table)


def test_the_230_groups_have_1731_positions_and_one_general_position_each():
    assert sum(len(positions(group)) for group in SPACE_GROUPS) == 1731
    for group in SPACE_GROUPS:
        general = [p for p in positions(group) if p.freedom == 3]
        assert general == [positions(group)[-1]]
        assert general[0].multiplicity == len(operations(group)[0])


def test_multiplicities_and_freedoms_are_those_of_pyxtal():
    symmetry = pytest.importorskip("pyxtal.symmetry")
    for group in SPACE_GROUPS:
        theirs = symmetry.Group(group).Wyckoff_positions
        assert kinds(group) == sorted((p.multiplicity, p.get_dof()) for p in theirs)


def test_letters_run_from_a_with_ascending_multiplicity():
    for group in SPACE_GROUPS:
        found = positions(group)
        assert found[0].letter == "a"
        assert len({p.letter for p in found}) == len(found)
        assert [p.multiplicity for p in found] == sorted(p.multiplicity for p in found)
    assert positions(47)[-1].letter == "A"


@settings(max_examples=150, deadline=None)
@given(groups, st.data(), parameters)
def test_an_orbit_is_closed_under_its_group(space_group, data, free):
    position = data.draw(st.sampled_from(positions(space_group)))
    points = position.orbit(np.array(free))
    assert points.shape == (position.multiplicity, 3)
    assert ((points >= 0) & (points < 1)).all()
    rotations, shifts = operations(space_group)
    moved = np.einsum("oxy,py->opx", rotations, points) + shifts[:, None] / 24
    gap = moved[:, :, None] - points
    gap = np.abs(gap - np.round(gap)).max(axis=-1)
    assert (gap.min(axis=2) < 1e-9).all()
    assert (gap.min(axis=1) < 1e-9).all()


@pytest.mark.parametrize("space_group", [1, 15, 70, 122, 148, 167, 194, 214, 220, 227, 230])
def test_points_of_an_orbit_are_different_and_hold_no_more_symmetry_than_their_own(space_group):
    free = np.random.default_rng(1).random(3)
    rotations, shifts = operations(space_group)
    for position in positions(space_group):
        points = position.orbit(free)
        gap = points[:, None] - points
        gap = np.abs(gap - np.round(gap)).max(axis=-1) + np.eye(len(points))
        assert gap.min() > 1e-6
        moved = rotations @ points[0] + shifts / 24 - points[0]
        stabiliser = (np.abs(moved - np.round(moved)) < 1e-9).all(axis=1).sum()
        assert stabiliser * position.multiplicity == len(shifts)


def test_the_first_point_is_the_representative_and_batches_are_evaluated_at_once():
    position = next(p for p in positions(166) if p.freedom == 2)
    free = np.random.default_rng(2).random((5, 4, 3))
    matrix, offset = position.representative
    first = free @ matrix.T + offset
    gap = position.orbit(free) - first[..., None, :]
    assert position.orbit(free).shape == (5, 4, 18, 3)
    assert (np.abs(gap - np.round(gap)).max(axis=-1).min(axis=-1) < 1e-9).all()


@pytest.mark.parametrize("space_group", [0, 231, -1])
def test_a_group_that_does_not_exist_is_told(space_group):
    with pytest.raises(InvalidInputError, match=f"space group {space_group} is outside 1-230"):
        positions(space_group)
