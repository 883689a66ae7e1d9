import numpy as np
import pytest

from discovery import registry
from discovery.prediction import train
from discovery.report.study_generators import document, facts
from discovery.studies.generators import ORACLES, compare

LIMITS = {
    "elements": ("Li", "O", "S", "Cl"),
    "distinct": (2, 3),
    "atoms": (2, 24),
    "space_groups": (1, 62, 166, 225),
}
GENERATORS = {
    "random": {"limits": LIMITS},
    "evolve": {"limits": LIMITS, "population": 20},
}


@pytest.fixture(scope="module")
def study():
    data = registry.build("dataset", "reference", {}).load()
    trained = train(data, "staged", {"trees": 10}, seed=0)
    steps = []
    found = compare(
        trained,
        data.candidates,
        calls=120,
        count=40,
        atoms=4,
        generators=GENERATORS,
        done=lambda: steps.append(1),
    )
    assert len(steps) == 2 * len(GENERATORS)
    return found


def test_every_generator_has_the_same_number_of_calls(study):
    assert [made.name for made in study.made] == list(GENERATORS)
    for made in study.made:
        assert made.calls <= 120
        assert made.covered.count == len(made.rewards) <= 40
        assert (np.diff(made.rewards) <= 0).all()
        assert made.median == np.median(made.rewards)


def test_what_is_given_atoms_is_counted_and_labelled(study):
    for one in study.labelled:
        assert one.tried == 4
        assert one.counts["tried to realise"] == 4
        for oracle in ORACLES:
            assert sum(one.answers[oracle].values()) == one.realised
            assert set(one.answers[oracle]) <= {"ok", "refused"}  # no failure


def test_the_page_ranks_by_the_median(study):
    page = document(study, "discovery study generators")
    ranked = sorted(study.made, key=lambda made: -made.median)
    assert page.findings[0].startswith(f"Highest median reward: {ranked[0].name}, ")
    assert page.markdown.count("\n| random |") == 3
    assert facts(study)["made"][0]["rewards"]["0.5"] == study.made[0].median
