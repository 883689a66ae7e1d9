"""Which counts the positions of a space group hold."""

import random

import numpy as np
import pytest
from crystal_cases import holds
from hypothesis import given, settings
from hypothesis import strategies as st

from samplers.gflownet.attainable import DEAD, attainable, spread, widest

LARGEST = 48
GROUPS = tuple(range(1, 231))
COUNTS = st.lists(st.integers(1, LARGEST), min_size=1, max_size=5)


@given(st.sampled_from(GROUPS), COUNTS)
@settings(max_examples=300, deadline=None)
def test_automata_agree_with_sharing_out_positions_by_hand(group, counts) -> None:
    automata, members = attainable(GROUPS, LARGEST)
    assert (automata[members[group - 1]].follow(counts) != DEAD) == holds(group, counts)


@given(st.sampled_from(GROUPS), COUNTS)
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_elements_makes_no_difference(group, counts) -> None:
    automata, members = attainable(GROUPS, LARGEST)
    automaton = automata[members[group - 1]]
    assert (automaton.follow(counts) == DEAD) == (automaton.follow(counts[::-1]) == DEAD)


def test_groups_share_a_few_dozen_automata() -> None:
    automata, members = attainable(GROUPS, 96)
    assert len(automata) < 60
    assert len(members) == 230
    assert automata[members[0]].unit == 1  # P1 holds everything
    assert (automata[members[0]].step == 0).all()


def test_known_crystals_fit_their_groups() -> None:
    automata, members = attainable((62, 225, 227, 230), 96)
    lithium_chloride, spinel, garnet = ((4, 4), (8, 16, 32), (56, 24, 16, 96))
    assert automata[members[1]].follow(lithium_chloride) != DEAD
    assert automata[members[2]].follow(spinel) != DEAD
    assert automata[members[3]].follow(garnet) != DEAD
    assert automata[members[3]].follow((16, 16, 16)) == DEAD
    assert automata[members[0]].follow((5,)) == DEAD


def test_counts_beyond_the_largest_are_not_held() -> None:
    automata, _ = attainable((1,), 10)
    assert automata[0].follow((11,)) == DEAD


def test_of_all_groups_p1_holds_what_any_holds() -> None:
    automata, _ = attainable(GROUPS, LARGEST)
    assert [automaton.unit for automaton in widest(automata, LARGEST)] == [1]


@given(st.sets(st.sampled_from(GROUPS[1:]), min_size=1, max_size=6), COUNTS)
@settings(max_examples=60, deadline=None)
def test_the_widest_automata_hold_exactly_what_any_of_them_holds(groups, counts) -> None:
    automata, _ = attainable(tuple(sorted(groups)), LARGEST)
    together = widest(automata, LARGEST)
    assert len(together) <= len(automata)
    assert any(a.follow(counts) != DEAD for a in together) == any(
        a.follow(counts) != DEAD for a in automata
    )


def test_an_automaton_in_a_smaller_unit_holds_the_same() -> None:
    automata, _ = attainable((225,), LARGEST)
    finer = spread(automata[0], 2, LARGEST)
    assert automata[0].unit == 4
    for count in range(1, LARGEST + 1):
        same = automata[0].follow((count, 8)) == DEAD
        assert (finer.follow((count, 8)) == DEAD) == same


@pytest.mark.filterwarnings("ignore")  # of another package
def test_attainability_agrees_with_pyxtal() -> None:
    symmetry = pytest.importorskip("pyxtal.symmetry")
    rng = random.Random(7)
    automata, members = attainable(GROUPS, LARGEST)
    compared, held = 0, 0
    for number in GROUPS:
        group = symmetry.Group(number)
        automaton = automata[members[number - 1]]
        for _ in range(45):
            largest = min(LARGEST // automaton.unit, 6)  # pyxtal's search takes minutes for more
            counts = [automaton.unit * rng.randint(1, largest) for _ in range(rng.randint(1, 3))]
            if rng.random() < 0.2:
                counts[0] = rng.randint(1, LARGEST)
            fits = automaton.follow(counts) != DEAD
            assert fits == bool(group.check_compatible(counts)[0]), (number, counts)
            compared, held = compared + 1, held + fits
    assert compared >= 10_000
    assert 0.1 < held / compared < 0.9


def test_states_that_no_future_tells_apart_are_one() -> None:
    automata, _ = attainable(GROUPS, LARGEST)
    for automaton in automata:
        label = np.zeros(automaton.states, dtype=int)
        for _ in range(automaton.states):
            after = np.where(automaton.step == DEAD, -1, label[automaton.step])
            label = np.unique(np.column_stack([label, after]), axis=0, return_inverse=True)[1]
            label = label.reshape(-1)
        assert len(set(label.tolist())) == automaton.states
