import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import candidates as any_candidates
from strategies import pools

from discovery.assessment.diversity import diversity, prototype, top
from discovery.assessment.novelty import Tolerances, novelty
from discovery.chemistry.axes import hexagonal_axes
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.types import Candidate

CUBE = Lattice(10, 10, 10, 90, 90, 90)


def material(*composition, group=216, lattice=CUBE):
    return Candidate(composition, 4.0, group, lattice)


CHLORIDE = material(("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0))
BROMIDE = material(("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Br", 1.0))


@given(pool=pools(max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_is_known_is_not_new(pool):
    found = novelty(pool, pool)
    assert found.known.all()
    assert np.all(found.distance == 0)
    assert found.share == 0


def test_the_distance_is_the_share_of_atoms_that_must_be_of_another_element():
    found = novelty([BROMIDE], [CHLORIDE, material(("Na", 1.0), ("F", 1.0))])
    assert found.distance == pytest.approx([1 / 13])
    assert found.nearest.tolist() == [0]
    assert not found.known[0]
    assert novelty([BROMIDE], [CHLORIDE], Tolerances(composition=0.08)).known[0]


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"space_group": 225}, False),
        ({"lattice": Lattice(10.2, 10.2, 10.2, 90, 90, 90)}, True),
        ({"lattice": Lattice(10.6, 10.6, 10.6, 90, 90, 90)}, False),
        ({"lattice": Lattice(10, 10, 10, 90, 91, 90)}, True),
        ({"lattice": Lattice(10, 10, 10, 90, 95, 90)}, False),
        ({"lattice": None}, True),
        ({"space_group": None}, True),
        ({"z": None}, True),
    ],
)
def test_group_and_cell_make_a_known_composition_new(change, known):
    assert novelty([replace(CHLORIDE, **change)], [CHLORIDE]).known.tolist() == [known]


def test_axes_with_other_names_are_the_same_cell():
    one, other = (Lattice(*edges, 90, 90, 90) for edges in ((5, 7, 9), (9, 5, 7)))
    assert novelty(
        [replace(CHLORIDE, space_group=62, lattice=one)],
        [replace(CHLORIDE, space_group=62, lattice=other)],
    ).known.all()


@given(edge=st.floats(3, 20), angle=st.floats(40, 115))
@settings(max_examples=40)
def test_hexagonal_axes_have_three_times_the_volume(edge, angle):
    small = Lattice(edge, edge, edge, angle, angle, angle)
    large = hexagonal_axes(small)
    assert large.volume == pytest.approx(3 * small.volume)
    assert hexagonal_axes(large) is large
    crystal = replace(CHLORIDE, space_group=167)
    both = [replace(crystal, lattice=lattice) for lattice in (small, large)]
    assert novelty(both[:1], both[1:]).known.all()


def test_where_nothing_is_known_all_is_new():
    found = novelty([CHLORIDE], [])
    assert (found.distance[0], found.nearest[0], found.share) == (math.inf, -1, 1.0)
    assert math.isnan(novelty([], [CHLORIDE]).share)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_a_tolerance_that_is_none_is_refused(value):
    with pytest.raises(InvalidInputError, match="the tolerance of edge is 0 or more, not"):
        Tolerances(edge=value)


@given(pool=st.lists(any_candidates(structures=False), max_size=12), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_the_top_is_what_sorting_by_hand_gives(pool, seed):
    rng = np.random.default_rng(seed)
    rewards = rng.choice([0.0, 1.0, 2.0, np.nan, -np.inf], size=len(pool))
    k = int(rng.integers(0, 8))
    chosen = top(pool, rewards, k)
    ids = [pool[place].id for place in chosen]
    assert len(set(ids)) == len(ids) <= k
    best = {}
    for candidate, reward in zip(pool, rewards, strict=True):
        if not np.isnan(reward):
            best[candidate.id] = max(reward, best.get(candidate.id, -np.inf))
    assert len(ids) == min(k, len(best))
    assert rewards[chosen].tolist() == sorted(best.values(), reverse=True)[:k]


def test_rewards_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match="1 candidates have one reward each"):
        top([CHLORIDE], np.zeros(2), 1)
    with pytest.raises(InvalidInputError, match="0 or more, not -1"):
        top([CHLORIDE], np.zeros(1), -1)


def test_diversity_counts_what_is_different():
    sulphide = material(("Li", 3.0), ("P", 1.0), ("S", 4.0), group=62)
    found = diversity([CHLORIDE, BROMIDE, sulphide, CHLORIDE])
    assert (found.count, found.systems, found.elements, found.groups) == (3, 3, 5, 2)
    assert (found.prototypes, found.compositions) == (2, 3)
    assert prototype(CHLORIDE) == prototype(BROMIDE)
    one = {
        e: CHLORIDE.fractions.get(e, 0) - sulphide.fractions.get(e, 0)
        for e in ("Li", "P", "S", "Cl")
    }
    apart = sum(map(abs, one.values())) / 2
    assert found.distance == pytest.approx((1 / 13 + 2 * apart) / 3)


def test_one_candidate_has_no_distance():
    assert math.isnan(diversity([CHLORIDE]).distance)
    assert diversity([]).count == 0
