from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.wyckoff import positions
from samplers.assignments import Assigner, attainable

GROUPS = (1, 2, 12, 62, 75, 148, 166, 186, 194, 216, 221, 225, 227, 230)


def brute_force(space_group, counts):
    """Whether the counts can be reached, by trying all subsets of positions without freedom."""
    fixed = [p.multiplicity for p in positions(space_group) if not p.freedom]
    free = {p.multiplicity for p in positions(space_group) if p.freedom}

    def reachable(count):
        sums = {0}
        for _ in range(count):
            sums |= {s + m for s in sums for m in free if s + m <= count}
        return count in sums

    def serve(wanted, left):
        if not wanted:
            return True
        for chosen in range(2 ** len(left)):
            taken = [m for bit, m in enumerate(left) if chosen >> bit & 1]
            rest = [m for bit, m in enumerate(left) if not chosen >> bit & 1]
            fits = sum(taken) <= wanted[0] and reachable(wanted[0] - sum(taken))
            if fits and serve(wanted[1:], rest):
                return True
        return False

    return serve(list(counts.values()), fixed)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from((2, 10, 75, 148, 194, 216, 221, 225)),
    st.lists(st.integers(1, 16), min_size=1, max_size=2),
)
def test_what_is_attainable_is_what_trying_all_subsets_finds(space_group, numbers):
    counts = dict(zip("ABC", numbers, strict=False))
    assert attainable(space_group, counts) == brute_force(space_group, counts)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(GROUPS),
    st.lists(st.integers(1, 24), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_a_drawn_assignment_holds_the_counts_and_no_fixed_position_twice(group, numbers, seed):
    counts = dict(zip("ABCD", numbers, strict=False))
    assigner = Assigner(group, counts)
    if not assigner.possible:
        return
    orbits = assigner.draw(np.random.default_rng(seed))
    held = Counter()
    for element, position in orbits:
        held[element] += position.multiplicity
    assert dict(held) == counts
    fixed = [position for _, position in orbits if not position.freedom]
    assert len(set(fixed)) == len(fixed)


def test_rock_salt_has_two_assignments():
    assigner = Assigner(225, {"Na": 4, "Cl": 4})
    rng = np.random.default_rng(0)
    drawn = {assigner.draw(rng) for _ in range(40)}
    letters = {frozenset((element, position.letter) for element, position in d) for d in drawn}
    assert letters == {
        frozenset({("Na", "a"), ("Cl", "b")}),
        frozenset({("Na", "b"), ("Cl", "a")}),
    }


@pytest.mark.parametrize(
    ("space_group", "counts"),
    [(225, {"Li": 1, "F": 1}), (2, {"A": 9, "B": 1}), (227, {"Li": 8, "F": 4}), (221, {"A": 2})],
)
def test_odd_counts_agree_with_trying_all_subsets(space_group, counts):
    assert attainable(space_group, counts) == brute_force(space_group, counts)


def test_three_atoms_of_three_elements_need_three_fixed_positions():
    assert attainable(225, {"A": 4, "B": 4})
    assert not attainable(225, {"A": 4, "B": 4, "C": 4})
    assert not attainable(225, {"A": 3})
