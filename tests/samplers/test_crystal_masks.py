"""Masks are exact: what is allowed leads to a crystal, and every crystal can be reached."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from crystal_cases import LARGE, SMALL, compositions, contents, finished, holds, neutral, walked

from discovery.chemistry.symmetry import lattice_mismatch
from discovery.errors import InvalidInputError
from samplers.gflownet.columns import Stage
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.limits import Limits

VARIANTS = {
    "group first": SMALL,
    "composition first": replace(SMALL, order="composition_first"),
    "composition first, no group that holds all": replace(
        SMALL, order="composition_first", space_groups=(2, 166, 187, 216, 227, 230)
    ),
    "group at once": replace(SMALL, staged=False),
    "without Pauling's test": replace(SMALL, pauling=False),
    "mixed valence": replace(
        SMALL, elements=("Li", "S", "Ti", "O"), one_state=False, rarest=0.02, atoms=(2, 16)
    ),
    "mixed valence, composition first": replace(
        SMALL,
        elements=("Li", "Ti", "O"),
        one_state=False,
        pauling=False,
        rarest=0.02,
        order="composition_first",
    ),
    "a least number of atoms": replace(SMALL, atoms=(15, 24)),
    "two required elements": replace(SMALL, required=("Li", "S")),
    "nothing required": replace(SMALL, required=(), atoms=(2, 16)),
    "at least three elements": replace(SMALL, distinct=(3, 3)),
}


@pytest.fixture(scope="module")
def default() -> CrystalEnvironment:
    return CrystalEnvironment(Limits())


@pytest.mark.parametrize("limits", VARIANTS.values(), ids=VARIANTS)
def test_exactly_the_crystals_within_the_limits_are_reached_and_each_in_one_way(limits) -> None:
    space = CrystalEnvironment(limits)
    found = contents(space, finished(space))
    expected = {
        (group, counts)
        for counts in compositions(space)
        for group in limits.space_groups
        if holds(group, counts)
    }
    assert max(Counter(found).values()) == 1
    assert set(found) == expected


def test_the_small_space_has_hundreds_of_crystals() -> None:
    assert len(finished(CrystalEnvironment(SMALL))) >= 600


@pytest.mark.slow
def test_exactly_the_crystals_of_all_groups_are_reached() -> None:
    space = CrystalEnvironment(LARGE)
    found = contents(space, finished(space))
    assert len(found) >= 20_000
    expected = {
        (group, counts)
        for counts in compositions(space)
        for group in LARGE.space_groups
        if holds(group, counts)
    }
    assert set(found) == expected


@pytest.mark.parametrize("order", ["group_first", "composition_first"])
@pytest.mark.parametrize("staged", [True, False])
def test_random_steps_end_in_crystals_and_can_be_undone(order, staged) -> None:
    limits = replace(LARGE, order=order, staged=staged, atoms=(4, 60), most=40)
    space = CrystalEnvironment(limits, fidelities=3)
    states = walked(space, 300, seed=1)
    assert set(space.column(states).tolist()) == {0, 1, 2}
    check(space, states)


def test_default_limits_leave_no_dead_end(default) -> None:
    states = walked(default, 2000, seed=0)
    assert len({group for group, _ in contents(default, states)}) > 200
    check(default, states)


@pytest.mark.slow
def test_a_million_random_crystals_of_all_groups_keep_the_limits(default) -> None:
    groups = Counter()
    for seed in range(100):
        states = walked(default, 10_000, seed)
        groups += check(default, states)
    assert set(groups) == set(range(1, 231))


def check(space, states) -> Counter:
    """Hold finished states against the limits, with other means than the masks."""
    limits, symbols = space.limits, space.ions.symbols
    known = dict(zip(symbols, space.ions.states, strict=True))
    lots = torch.rand(
        (len(states), space.dims), generator=torch.Generator().manual_seed(5), dtype=torch.float64
    )
    groups: Counter[int] = Counter()
    crystals = space.candidates(states, torch.where(space.free(states), lots, 0.5))
    for crystal, counts in zip(crystals, space.counts(states).tolist(), strict=True):
        groups[crystal.space_group] += 1
        present = [n for n in counts if n]
        assert limits.distinct[0] <= len(present) <= limits.distinct[1]
        assert limits.atoms[0] <= sum(counts) <= limits.atoms[1]
        assert max(counts) <= limits.most
        assert set(limits.required) <= set(crystal.fractions)
        assert holds(crystal.space_group, counts)
        assert neutral(symbols, counts, known, pauling=limits.pauling)
        assert sum(n for _, n in crystal.composition) * crystal.z == sum(counts)
        low, high = limits.volume
        assert low * (1 - 1e-9) <= crystal.lattice.volume / sum(counts) <= high * (1 + 1e-9)
        assert (
            lattice_mismatch(
                crystal.lattice, crystal.space_group, length_tolerance=1e-9, angle_tolerance=1e-6
            )
            is None
        )
    return groups


def test_a_state_that_is_handed_on_is_not_changed(default) -> None:
    states = walked(default, 50, seed=3)
    kept = states.clone()
    default.undo(states)
    default.encode(states)
    default.allowed(states)
    assert torch.equal(states, kept)


def test_the_initial_state_has_no_parent(default) -> None:
    start = default.initial(2)
    parents, actions = default.undo(start)
    assert torch.equal(parents, start)
    assert actions.tolist() == [-1, -1]


def test_encodings_are_finite_and_tell_states_apart(default) -> None:
    states = walked(default, 500, seed=2)
    encoded = default.encode(states)
    assert encoded.numbers.shape == (500, default.numbers)
    assert encoded.numbers.dtype == torch.float32
    assert torch.isfinite(encoded.numbers).all()
    assert encoded.places.min() >= 0
    assert encoded.places.max() < default.places
    assert default.places + default.numbers <= 360
    whole = torch.cat([encoded.places, encoded.numbers], 1)
    assert len(np.unique(whole.numpy(), axis=0)) == len(np.unique(states.numpy(), axis=0))


def test_elements_that_wait_for_their_count_are_seen(default) -> None:
    states = default.initial(1)
    while int(default.stage(states)[0]) != Stage.COUNT:
        states = default.step(states, default.allowed(states).int().argmax(1))
    before = default.encode(default.undo(states)[0])
    assert not torch.equal(default.encode(states).places, before.places)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(elements=("Li", "Na"), required=("Li",)), "no neutral crystal"),
        (Limits(elements=("Li", "Na", "K"), distinct=(3, 3)), "no neutral crystal"),
        (Limits(elements=("Li", "O"), atoms=(2, 2)), "no neutral crystal"),
        (Limits(elements=("Li", "O"), space_groups=(230,), atoms=(2, 20)), "no neutral crystal"),
        (Limits(elements=("Li", "Ar")), "Ar"),
        (Limits(atoms=(100, 120)), "would take"),
    ],
)
def test_impossible_limits_are_refused_at_the_start(limits, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        CrystalEnvironment(limits)


def test_a_negative_number_of_fidelities_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="fidelities = -1"):
        CrystalEnvironment(SMALL, fidelities=-1)
