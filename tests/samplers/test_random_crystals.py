"""The generator that draws at random, and the lists that masks are made of."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from crystal_cases import SMALL, contents, finished
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import InvalidInputError
from discovery.testing.generator import check_generator
from samplers.generators.random_crystals import RandomCrystals
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.ragged import draw, expand, members, sets


def test_it_keeps_the_contract_of_generators() -> None:
    check_generator(RandomCrystals(calls=60, limits=SMALL))


def test_it_returns_the_best_of_as_many_crystals_as_it_may_score() -> None:
    seen = []

    def score(candidates):
        seen.extend(candidates)
        return np.array([[c.fractions["Li"]] for c in candidates])

    made = RandomCrystals(calls=300, limits=SMALL).generate(10, score, seed=1)
    assert len(seen) == 300
    best = sorted((c.fractions["Li"] for c in seen), reverse=True)[:10]
    assert [draft.candidate.fractions["Li"] for draft in made.drafts] == best
    assert made.notes["scored"] == 300


def test_crystals_are_of_all_groups_that_have_any() -> None:
    made = RandomCrystals(calls=200, limits=SMALL).generate(
        200, lambda candidates: np.zeros((len(candidates), 1)), seed=1
    )
    space = CrystalEnvironment(SMALL)
    groups = {group for group, _ in contents(space, finished(space))}
    assert {draft.candidate.space_group for draft in made.drafts} == groups


def test_it_says_at_once_when_it_may_score_nothing() -> None:
    with pytest.raises(InvalidInputError, match="calls is 1 or more, not 0"):
        RandomCrystals(calls=0)


def test_limits_without_a_crystal_are_told() -> None:
    limits = replace(SMALL, elements=("Li", "Na"))
    with pytest.raises(InvalidInputError, match="no neutral crystal"):
        RandomCrystals(limits=limits).generate(1, lambda c: np.zeros((len(c), 1)), seed=0)


def test_the_order_of_the_limits_makes_no_difference_to_what_is_drawn() -> None:
    def ids(limits):
        made = RandomCrystals(calls=20, limits=limits).generate(
            20, lambda candidates: np.zeros((len(candidates), 1)), seed=2
        )
        return [draft.candidate.id for draft in made.drafts]

    assert ids(SMALL) == ids(replace(SMALL, order="composition_first"))


@given(st.lists(st.integers(0, 4), max_size=8))
def test_lists_of_different_lengths_are_expanded(lengths) -> None:
    owner, place = expand(torch.tensor(lengths, dtype=torch.int64))
    expected = [(i, j) for i, n in enumerate(lengths) for j in range(n)]
    assert list(zip(owner.tolist(), place.tolist(), strict=True)) == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 125)), max_size=40))
def test_sets_hold_their_members_once(pairs) -> None:
    row, number = (torch.tensor([p[i] for p in pairs], dtype=torch.int64) for i in (0, 1))
    words = sets(row, number, 4, 2)
    assert words.shape == (4, 2)
    found = members(words)
    assert list(zip(*(t.tolist() for t in found), strict=True)) == sorted(set(pairs))


def test_allowed_choices_are_drawn_evenly() -> None:
    allowed = torch.tensor([[True, False, True, True]]).expand(30_000, -1)
    drawn = draw(allowed, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=4) / len(drawn)
    assert shares.tolist() == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3], abs=0.01)
