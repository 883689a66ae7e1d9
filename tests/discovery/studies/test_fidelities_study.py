"""The study of cheap labels, on a small world where one of them tells a lot."""

import numpy as np
import pytest

from discovery.errors import ConfigError
from discovery.report.study_fidelities import facts, markdown, verdict
from discovery.studies.contenders import Contender
from discovery.studies.fidelities import MODELS, Told, cheap_labels, run
from discovery.studies.memory import Memory
from discovery.studies.obelix import arranged
from discovery.testing.probes import oracle_probes
from discovery.types import Bound, Candidate, Dataset, Estimate, Fidelity, Observation, Query

METALS = {"Mg": 2, "Al": 3, "Si": 4, "P": 5, "Y": 3, "Zr": 4, "Nb": 5, "In": 3, "Ge": 4}
POOL = tuple(
    Candidate((("Li", float(lithium)), (metal, 1.0), (anion, (lithium + charge) / valence)))
    for metal, charge in METALS.items()
    for anion, valence in (("O", 2), ("S", 2), ("Cl", 1), ("Br", 1))
    for lithium in (1, 2, 3)
)
HIDDEN = np.random.default_rng(5).normal(size=len(POOL))
MODEL = Contender("process", "multitask", {"mean": "constant", "stage": "composition", "inputs": 4})


def world():
    labels = {c.id: Estimate(x - 7) for c, x in zip(POOL, HIDDEN, strict=True)}
    labels[POOL[3].id] = Bound("left", -9.0)
    split = {c.id: "test" if i % 5 == 0 else "train" for i, c in enumerate(POOL)}
    return arranged(Dataset("toy", POOL, labels, groups={"split": split}))


def hints():
    """Values for all but ten candidates; those ten are refused."""
    told = [
        Observation(Query(c, "hint"), "ok", "hint", "1", value=10 * float(x))
        for c, x in zip(POOL[:-10], HIDDEN, strict=False)
    ]
    told += [Observation(Query(c, "hint"), "refused", "hint", "1", reason="x") for c in POOL[-10:]]
    return Told((Fidelity("hint", 0.1),), tuple(told))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    memory = Memory(tmp_path_factory.mktemp("memory"))
    counted = []
    arguments = {"models": [MODEL], "seeds": 2, "seed": 0, "memory": memory}
    found = run(world(), hints(), **arguments, done=lambda: counted.append(1))
    assert len(counted) == 4
    again = run(world(), hints(), **arguments)
    assert facts(again) == facts(found)
    return found


def test_a_tenth_is_told_and_a_good_hint_wins(study):
    assert study.labels == {"hint": len(POOL) - 10}
    assert all(0.08 * len(POOL) < count < 0.12 * len(POOL) for count in study.told)
    assert study.wins("process") == 2
    assert study.gains("process").min() > 0.2
    for found in study.together["process"]:
        assert 0.3 < found.together <= 1
        assert found.labelled > 0.6
    assert study.without["process"][0].alone == {}


def test_the_page_says_whether_the_claim_holds(study):
    page = markdown(study, "discovery study fidelities")
    assert "```text\ndiscovery study fidelities\n```" in page
    assert "ranks better for 2 of 2 seeds" in page
    assert "which is what was asked of it" in page
    assert "| hint | 98 |" in page
    assert "Of all models the best without cheap labels is: process" in page
    assert "2 of 2" in verdict(study)


def test_a_claim_that_fails_is_said_to_fail(study):
    lost = type(study)(**{**vars(study), "together": study.without, "without": study.together})
    assert "fewer than 8 of ten: on these data the claim does not hold" in verdict(lost)


def test_cheap_labels_are_the_answers_of_oracles_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path))
    probes = tuple({c.id: c for c in oracle_probes()}.values())
    told = cheap_labels(Dataset("probes", probes, {}), ["bond_valence"])
    assert [f.name for f in told.fidelities] == ["bond_valence"]
    assert len(told.observations) == len(probes)
    assert {o.status for o in told.observations} == {"ok", "refused"}
    with pytest.raises(ConfigError, match=r"unknown name 'bond_vallence'; did you mean"):
        cheap_labels(Dataset("probes", probes, {}), ["bond_vallence"])


def test_the_models_of_the_study_can_be_built():
    titles = [model.title for model in MODELS]
    assert len(set(titles)) == len(titles)
    for model in MODELS:
        model.build()
