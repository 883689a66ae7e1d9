from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from discovery import registry
from discovery.errors import InvalidInputError
from discovery.store.states import pack, unpack
from discovery.testing.generator import check_generator
from samplers.generators.gflownet import GFlowNetGenerator
from samplers.generators.options import GFlowNetOptions
from samplers.gflownet import scoring
from samplers.limits import Limits

LIMITS = Limits(
    elements=("Li", "Na", "P", "S", "O", "Cl"),
    distinct=(2, 4),
    atoms=(2, 40),
    most=24,
    space_groups=(1, 2, 62, 167, 216, 221, 225),
)
QUICK = {"calls": 300, "limits": LIMITS, "batch": 30, "replayed": 0.2, "hidden": 32, "warm": 10}


def score(candidates):
    """Sulphur is good, and so are roomy cells."""
    rows = []
    for candidate in candidates:
        atoms = candidate.z * sum(amount for _, amount in candidate.composition)
        room = candidate.lattice.volume / atoms
        rows.append([3 * candidate.fractions.get("S", 0.0) - abs(room - 25) / 10])
    return np.array(rows).reshape(-1, 1)


def counted(function):
    calls = []

    def wrapped(candidates):
        calls.append(len(candidates))
        return function(candidates)

    return wrapped, calls


@pytest.mark.parametrize("changes", [{}, {"fidelities": 2}, {"rounds": 1, "betas": (4.0, 4.0)}])
def test_it_keeps_the_contract_of_generators(changes):
    check_generator(GFlowNetGenerator(**QUICK | {"calls": 90} | changes))


def test_it_makes_better_crystals_than_chance_and_goes_on_from_its_memory():
    generator = GFlowNetGenerator(**QUICK | {"calls": 1000, "rate": 2e-2})
    judged, calls = counted(score)
    made = generator.generate(50, judged, seed=0)
    assert sum(calls) == 1000 == made.notes["scored"]
    values = score([draft.candidate for draft in made.drafts])[:, 0]
    assert len(values) == 50
    assert (np.diff(values) <= 1e-6).all()
    assert np.median(values) > made.notes["random median"] + 1.5 * made.notes["random spread"]
    memory = unpack(pack(made.memory))
    again = generator.generate(50, score, seed=1, memory=memory)
    assert np.median(score([d.candidate for d in again.drafts])) > np.median(values)
    assert again.notes["scored"] <= 1000


def test_what_is_returned_does_not_depend_on_how_often_the_rest_is_forgotten(monkeypatch):
    plain = GFlowNetGenerator(**QUICK).generate(25, score, seed=0)
    monkeypatch.setattr(scoring, "_AT_ONCE", 40)
    frugal = GFlowNetGenerator(**QUICK).generate(25, score, seed=0)
    assert plain.drafts == frugal.drafts
    assert plain.notes == frugal.notes


def test_every_crystal_keeps_to_the_limits_once():
    made = GFlowNetGenerator(**QUICK).generate(40, score, seed=0)
    seen = set()
    for draft in made.drafts:
        candidate = draft.candidate
        assert draft.column is None
        assert set(candidate.fractions) <= set(LIMITS.elements)
        assert "Li" in candidate.fractions
        assert candidate.space_group in LIMITS.space_groups
        seen.add((candidate.formula, candidate.z, candidate.space_group))
    assert len(seen) == len(made.drafts) == 40


def test_a_chosen_fidelity_is_judged_by_its_own_score():
    def dear_is_better(candidates):
        value = score(candidates)
        return np.concatenate([value - 5, value], axis=1)

    generator = GFlowNetGenerator(**QUICK | {"calls": 600, "fidelities": 2, "rate": 2e-2})
    made = generator.generate(30, dear_is_better, seed=0)
    assert {draft.column for draft in made.drafts} == {1}
    with pytest.raises(InvalidInputError, match=r"shape \(60, 1\); wanted are .* 2 columns"):
        generator.generate(30, score, seed=0)


def test_known_crystals_are_where_it_begins_and_what_it_is_told_of():
    seed = GFlowNetGenerator(**QUICK).generate(30, score, seed=5)
    known = [draft.candidate for draft in seed.drafts]
    known.append(replace(known[0], z=None))
    told = GFlowNetGenerator(**QUICK, known=known)
    judged, calls = counted(score)
    made = told.generate(30, judged, seed=0)
    assert (made.notes["known"], made.notes["known, not representable"]) == (30, 1)
    assert made.notes["scored"] + 30 == sum(calls) <= 300
    alone = GFlowNetGenerator(**QUICK).generate(30, score, seed=0)
    medians = [np.median(score([d.candidate for d in m.drafts])) for m in (made, alone)]
    assert medians[0] > medians[1]


def test_what_cannot_be_judged_is_passed_over_and_what_must_not_be_asked_comes_never():
    def holes(candidates):
        values = score(candidates)
        groups = np.array([candidate.space_group for candidate in candidates])
        values[groups == 1], values[groups == 2] = np.nan, -np.inf
        return values

    made = GFlowNetGenerator(**QUICK).generate(60, holes, seed=0)
    assert made.notes["not judged"] > 0
    assert not {draft.candidate.space_group for draft in made.drafts} & {1, 2}
    with pytest.raises(InvalidInputError, match="NaN for all of the first"):
        GFlowNetGenerator(**QUICK).generate(
            9, lambda candidates: np.full((len(candidates), 1), np.nan), seed=0
        )


@pytest.mark.parametrize("calls", [1, 3, 30])
def test_few_calls_are_enough_for_some_crystals(calls):
    judged, counts = counted(score)
    made = GFlowNetGenerator(**QUICK | {"calls": calls}).generate(50, judged, seed=0)
    assert 1 <= len(made.drafts) <= sum(counts) == calls


def test_a_policy_of_other_limits_is_refused():
    memory = GFlowNetGenerator(**QUICK).generate(5, score, seed=0).memory
    other = GFlowNetGenerator(**QUICK | {"limits": replace(LIMITS, pauling=False)})
    with pytest.raises(InvalidInputError, match="use the limits that it was trained with"):
        other.generate(5, score, seed=0, memory=memory)
    with pytest.raises(InvalidInputError, match="policy within no limits"):
        other.generate(5, score, seed=0, memory={})
    wider = GFlowNetGenerator(**QUICK | {"hidden": 40})
    with pytest.raises(InvalidInputError, match="differs from this one in"):
        wider.generate(5, score, seed=0, memory=memory)


def test_options_are_those_of_the_constructor():
    made = registry.build(
        "generator", "gflownet", {"calls": 7, "limits": {"atoms": [2, 20]}}, known=()
    )
    assert made.calls == 7
    with pytest.raises(ValidationError, match="the lowest stands before the highest"):
        GFlowNetOptions(betas=(3.0, 1.0))
    defaults = GFlowNetGenerator(limits=LIMITS)
    assert GFlowNetGenerator(**GFlowNetOptions(limits=LIMITS).model_dump())._settings == (
        defaults._settings
    )


@pytest.mark.parametrize(
    ("changes", "message"), [({"calls": 0}, "calls is 1 or more"), ({"final": 1.5}, "final is")]
)
def test_numbers_out_of_range_are_refused(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        GFlowNetGenerator(**QUICK | changes)
