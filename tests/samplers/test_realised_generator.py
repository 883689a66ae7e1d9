from dataclasses import replace

import pytest

from discovery.chemistry.formula import candidate_from_formula
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.generation import Generation
from discovery.types import Draft
from samplers import relaxers
from samplers.generators.realised import RealisedGenerator

CUBIC = Lattice(5.13, 5.13, 5.13, 90, 90, 90)
SALT = candidate_from_formula("LiCl", z=4, space_group=225, lattice=CUBIC)
OXIDE = candidate_from_formula(
    "Li2O", z=4, space_group=225, lattice=Lattice(4.61, 4.61, 4.61, 90, 90, 90)
)
SULPHIDE = candidate_from_formula(
    "Li2S", z=4, space_group=225, lattice=Lattice(5.71, 5.71, 5.71, 90, 90, 90)
)
CROWDED = candidate_from_formula(
    "Li2S", z=4, space_group=225, lattice=Lattice(3.1, 3.1, 3.1, 90, 90, 90)
)


class Listed:
    """Makes what it is told to."""

    calls = 7

    def __init__(self, *candidates, column=None):
        self.drafts = tuple(Draft(candidate, column) for candidate in candidates)
        self.asked = []

    def generate(self, count, score, seed, memory=None):
        self.asked.append((count, memory))
        return Generation(self.drafts[:count], {"scored": 7.0}, {"turn": 1})


def made(inner, count=3, known=(), **options):
    generator = RealisedGenerator(generator=inner, known=known, **options)
    return generator.generate(count, lambda _: 1 / 0, seed=0, memory={"turn": 0})


def test_crystals_get_their_atoms_in_place():
    found = made(Listed(SALT, OXIDE, column=1))
    assert [draft.candidate.formula for draft in found.drafts] == ["LiCl", "Li2O"]
    assert all(draft.candidate.structure is not None for draft in found.drafts)
    assert all(draft.candidate.space_group == 225 for draft in found.drafts)
    assert {draft.column for draft in found.drafts} == {1}


def test_what_is_known_and_what_cannot_be_is_passed_over_and_counted():
    found = made(Listed(SALT, CROWDED, OXIDE), known=[SALT])
    assert [draft.candidate.formula for draft in found.drafts] == ["Li2O"]
    assert found.notes["known already"] == 1
    assert found.notes["tried to realise"] == 2
    rejected = {key: n for key, n in found.notes.items() if key.startswith("rejected: ")}
    assert sum(rejected.values()) == 1
    assert found.notes["scored"] == 7


def test_known_materials_are_made_where_that_is_wanted():
    assert len(made(Listed(SALT), known=[SALT], novel=False).drafts) == 1


def test_more_are_made_than_wanted_and_no_more_are_realised():
    inner = Listed(SALT, OXIDE, SULPHIDE)
    found = made(inner, count=1, surplus=3.0)
    assert inner.asked == [(3, {"turn": 0})]
    assert found.notes["tried to realise"] == 1
    assert len(found.drafts) == 1


def test_each_composition_has_its_turn_before_any_has_a_second():
    wider = replace(SALT, lattice=Lattice(5.4, 5.4, 5.4, 90, 90, 90))
    found = made(Listed(SALT, wider, OXIDE, SULPHIDE), count=3, surplus=2.0)
    assert [draft.candidate.formula for draft in found.drafts] == ["LiCl", "Li2O", "Li2S"]


def test_what_the_inner_generator_remembers_is_passed_on():
    assert made(Listed(SALT)).memory == {"turn": 1}
    assert RealisedGenerator(generator=Listed(), known=()).calls == 7


def test_a_surplus_below_one_is_refused():
    with pytest.raises(InvalidInputError, match=r"a surplus is 1 or more, not 0\.5"):
        RealisedGenerator(generator=Listed(), known=(), surplus=0.5)


def test_a_relaxer_that_is_not_installed_is_named_at_the_start(monkeypatch):
    monkeypatch.setattr(relaxers, "find_spec", lambda name: None if name == "chgnet" else object())
    with pytest.raises(InvalidInputError, match=r"needs chgnet, which is not installed; pip"):
        RealisedGenerator(generator=Listed(), known=(), relaxer="chgnet")


@pytest.mark.parametrize("options", [{"steps": 0}, {"fmax": float("nan")}])
def test_numbers_of_a_relaxer_out_of_range_are_refused(options):
    with pytest.raises(InvalidInputError, match=r"steps of relaxation|fmax is a positive"):
        relaxers.ChgnetRelaxer(**options)


@pytest.mark.slow
def test_chgnet_relaxes_what_was_put_in_place_and_keeps_its_symmetry():
    pytest.importorskip("chgnet")
    wide = replace(SALT, lattice=Lattice(5.45, 5.45, 5.45, 90, 90, 90))
    (plain,) = made(Listed(wide), count=1).drafts
    (relaxed,) = made(Listed(wide), count=1, relaxer="chgnet").drafts
    assert relaxed.candidate.space_group == 225
    assert relaxed.candidate.formula == "LiCl"
    measured = 5.13**3 / 8
    volumes = [d.candidate.lattice.volume / d.candidate.z / 2 for d in (plain, relaxed)]
    assert volumes[0] == pytest.approx(5.45**3 / 8, rel=1e-3)
    assert volumes[1] == pytest.approx(measured, rel=0.05)
