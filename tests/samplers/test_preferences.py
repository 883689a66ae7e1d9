"""What a policy is told to prefer is what its crystals have more of."""

import numpy as np
import pytest
from pydantic import ValidationError

from discovery.assessment.novelty import novelty
from discovery.chemistry.formula import candidate_from_formula
from discovery.crystal import Lattice
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import InvalidInputError
from discovery.store.states import pack, unpack
from discovery.testing.generator import check_generator
from discovery.types import Candidate
from samplers.generators.gflownet import GFlowNetGenerator
from samplers.generators.options import GFlowNetOptions
from samplers.generators.preferences import weights_of
from samplers.generators.random_crystals import RandomCrystals
from samplers.limits import Limits
from samplers.stability import stability

LIMITS = Limits(
    elements=("Li", "Na", "P", "S", "O", "Cl"),
    distinct=(2, 4),
    atoms=(2, 40),
    most=24,
    space_groups=(1, 2, 62, 167, 216, 221, 225),
)
KNOWN = [
    candidate_from_formula(formula, z=4, space_group=62, lattice=Lattice(6, 8, 9, 90, 90, 90))
    for formula in ("Li3PO4", "Li2S", "LiCl", "Na3PO4", "Li2O")
]
QUICK = {
    "calls": 1000,
    "limits": LIMITS,
    "batch": 50,
    "hidden": 32,
    "warm": 0,
    "known_share": 0.0,
    "rate": 2e-2,
    "known": KNOWN,
}
SCORE, STABILITY, NOVELTY = ({name: 1.0} for name in ("score", "stability", "novelty"))


def score(candidates):
    """Sulphur is good."""
    return np.array([[candidate.fractions.get("S", 0.0)] for candidate in candidates])


def medians(drafts):
    """Score, stability and novelty of the median crystal."""
    made = [draft.candidate for draft in drafts]
    columns = score(made)[:, 0], stability(made), novelty(made, KNOWN).distance
    return np.array([np.median(column) for column in columns])


@pytest.fixture(scope="module")
def trained():
    return {
        name: GFlowNetGenerator(**QUICK, preferences={name: 1.0}).generate(40, score, seed=0)
        for name in ("score", "stability", "novelty")
    }


def test_each_preference_brings_more_of_what_is_preferred(trained):
    found = np.array([medians(made.drafts) for made in trained.values()])
    assert found.argmax(axis=0).tolist() == [0, 1, 2]


def test_one_policy_serves_all_preferences(trained):
    """What it learned with one preference is where another begins: the policy knows them all."""
    memory = unpack(pack(trained["score"].memory))
    few = QUICK | {"calls": 300, "final": 0.8}
    found = []
    for preferences in (SCORE, STABILITY, NOVELTY):
        generator = GFlowNetGenerator(**few, preferences=preferences)
        found.append(medians(generator.generate(20, score, seed=1, memory=memory).drafts))
    assert np.array(found).argmax(axis=0).tolist() == [0, 1, 2]


def test_what_must_not_be_asked_comes_whatever_is_preferred_never():
    def barred(candidates):
        values = score(candidates)
        values[[candidate.space_group == 225 for candidate in candidates]] = -np.inf
        values[[candidate.space_group == 62 for candidate in candidates]] = np.nan
        return values

    generator = GFlowNetGenerator(**QUICK | {"calls": 400}, preferences=NOVELTY)
    made = generator.generate(40, barred, seed=0)
    assert made.notes["not judged"] > 0
    assert made.drafts
    assert not {draft.candidate.space_group for draft in made.drafts} & {62, 225}


@pytest.mark.parametrize("changes", [{}, {"fidelities": 2}])
def test_it_keeps_the_contract_of_generators(changes):
    preferences = {"score": 2.0, "stability": 1.0, "novelty": 1.0}
    check_generator(
        GFlowNetGenerator(**QUICK | {"calls": 90, "batch": 30} | changes, preferences=preferences)
    )


def test_the_notes_tell_the_scale_of_each_wish(trained):
    notes = trained["score"].notes
    assert notes["scored"] == 1000
    assert notes["random spread, stability"] > 0
    assert 0 < notes["random median, novelty"] < 1


def test_weights_are_shares():
    assert weights_of({"score": 3.0, "novelty": 1.0}) == (0.75, 0.0, 0.25)


@pytest.mark.parametrize(
    ("preferences", "message"),
    [
        ({"beauty": 1.0}, "preferences name beauty; choose among score, stability, novelty"),
        ({"score": 0.0}, "not all of them zero"),
        ({"score": -1.0, "novelty": 2.0}, "numbers of 0 or more"),
        ({"score": float("nan")}, "numbers of 0 or more"),
    ],
)
def test_preferences_that_make_no_sense_are_refused(preferences, message):
    with pytest.raises(InvalidInputError, match=message):
        GFlowNetGenerator(**QUICK, preferences=preferences)


def test_options_check_preferences_too():
    with pytest.raises(ValidationError, match="not all of them may be zero"):
        GFlowNetOptions(preferences={"score": 0.0})
    with pytest.raises(ValidationError, match="'score', 'stability' or 'novelty'"):
        GFlowNetOptions(preferences={"sigma": 1.0})
    assert GFlowNetOptions(preferences={"score": 1}).preferences == {"score": 1.0}


def test_real_crystals_look_more_stable_than_random_ones():
    """The area under the curve against random valid crystals, as samplers.stability tells it."""
    known = stability([c for c in ReferenceDataset().load().candidates if c.lattice and c.z])
    made = RandomCrystals(calls=200, limits=LIMITS).generate(200, score, seed=0).drafts
    chance = stability([draft.candidate for draft in made])
    known = known[np.isfinite(known)]
    assert len(known) > 100
    assert np.mean(known[:, None] > chance) > 0.85
    assert np.median(known) == pytest.approx(-0.1, abs=0.05)


def test_what_has_no_cell_or_no_charges_has_no_stability():
    bare = Candidate((("Li", 2.0), ("O", 1.0)))
    metal = candidate_from_formula(
        "LiNa", z=4, space_group=225, lattice=Lattice(7, 7, 7, 90, 90, 90)
    )
    assert np.isnan(stability([bare, metal])).all()
    assert stability([]).shape == (0,)
