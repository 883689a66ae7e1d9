"""Many candidates and oracles at once: in order, side by side, remembered, whatever happens."""

import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import real_data
from physics_cases import antifluorite, rock_salt, supercell

from discovery.errors import ConfigError, InvalidInputError, UnknownNameError
from discovery.labelling import Labeller, remembering
from discovery.registry import build
from discovery.types import Candidate, Estimate
from oracles.sendek import SendekOracle

CRYSTALS = [
    rock_salt("Li", "Cl", 5.14),
    rock_salt("Na", "Cl", 5.64),
    antifluorite("O", 4.62),
    rock_salt("Li", "F", 4.03),
    antifluorite("S", 5.71),
    supercell(rock_salt("Li", "Br", 5.5), (2, 1, 1)),
]
POOL = [Candidate(tuple(c.composition.items()), structure=c) for c in CRYSTALS]


class Crashing:
    """Answers with the number of sites and cannot stand oxygen."""

    version, property, unit = "1", "sites", "1"

    def cost(self, candidate: Candidate) -> float:
        return 0.5

    def label(self, candidates, seed):
        if any("O" in candidate.fractions for candidate in candidates):
            raise ZeroDivisionError("oxygen")
        return [Estimate(float(len(c.structure.sites))) for c in candidates]


@pytest.fixture(autouse=True)
def own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path / "cache"))


def remembered(name: str = "sendek", seed: int = 0):
    kind, options = remembering(name, {}, seed=seed)
    return {name: (name, build("oracle", kind, options))}


@pytest.mark.parametrize(
    ("name", "options", "mistake"),
    [
        ("ewald", {"max_site": 3}, "max_site: unknown field; did you mean 'max_sites'"),
        ("site_energy", {"resolution": 0}, "resolution: .*not 0"),
        ("noisy", {"oracle": {"name": "ewald"}}, "standard_deviation: required"),
        (
            "noisy",
            {"oracle": {"name": "ewald", "max_sites": 0}, "standard_deviation": 1},
            "oracle.ewald.max_sites|oracle.max_sites",
        ),
    ],
)
def test_mistakes_in_options_are_those_of_the_oracle_that_was_named(name, options, mistake):
    with pytest.raises(ConfigError, match=f"options of oracle '{name}'(.|\n)*{mistake}"):
        remembering(name, options)


def test_answers_come_candidate_by_candidate_and_oracle_by_oracle() -> None:
    oracles = {"p": ("sendek", SendekOracle()), "size": ("crashing", Crashing())}
    with Labeller(oracles) as labeller:
        answers = list(labeller.label(POOL))
    asked = [(observation.query.candidate, observation.query.fidelity) for observation in answers]
    assert asked == [(candidate, fidelity) for candidate in POOL for fidelity in oracles]
    assert {observation.oracle for observation in answers} == {"sendek", "crashing"}


def test_one_bad_candidate_leaves_the_others_alone() -> None:
    with Labeller({"size": ("crashing", Crashing()), "p": ("sendek", SendekOracle())}) as labeller:
        answers = list(labeller.label(POOL))
    assert [a.status for a in answers[::2]] == ["ok", "ok", "failed", "ok", "ok", "ok"]
    assert [a.status for a in answers[1::2]] == ["ok", "refused", "ok", "ok", "ok", "ok"]
    assert "oxygen" in answers[4].reason


def test_worker_processes_give_the_same_answers_in_the_same_order() -> None:
    with Labeller(remembered(), workers=2) as labeller:
        together = list(labeller.label(POOL[:3])) + list(labeller.label(POOL[3:]))
    with Labeller({"sendek": ("sendek", SendekOracle())}) as labeller:
        alone = list(labeller.label(POOL))
    assert [(a.query, a.status, a.value, a.reason) for a in together] == [
        (a.query, a.status, a.value, a.reason) for a in alone
    ]


def test_an_answer_is_not_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with Labeller(remembered()) as labeller:
        first = list(labeller.label(POOL))

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(SendekOracle, "evaluate", never)
    with Labeller(remembered(), workers=2) as labeller:
        again = list(labeller.label(POOL))
    assert not multiprocessing.active_children(), "for what is known no process is started"
    assert [(a.status, a.value, a.details) for a in again] == [
        (a.status, a.value, a.details) for a in first
    ]
    with Labeller(remembered(seed=1)) as labeller:
        assert [a.status for a in labeller.label(POOL[:1])] == ["failed"], (
            "another seed, asked anew"
        )


def test_what_was_answered_before_a_kill_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL leaves no time to tidy up."""
    program = (
        "import time, sys\n"
        "from test_labelling import POOL, Labeller, SendekOracle, remembered\n"
        "evaluate = SendekOracle.evaluate\n"
        "def slow(self, crystal, seed):\n"
        "    time.sleep(0.3)\n"
        "    return evaluate(self, crystal, seed)\n"
        "SendekOracle.evaluate = slow\n"
        "for observation in Labeller(remembered()).label(POOL):\n"
        "    print(observation.status, flush=True)\n"
    )
    path = [str(Path(__file__).parent), *sys.path]
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=real_data.ROOT,
    ) as labelling:
        assert labelling.stdout is not None
        before = [labelling.stdout.readline().strip() for _ in range(3)]
        labelling.send_signal(signal.SIGKILL)
    asked = []
    monkeypatch.setattr(SendekOracle, "evaluate", lambda _, crystal, __: asked.append(crystal))
    with Labeller(remembered()) as labeller:
        answers = list(labeller.label(POOL))
    assert before == [answer.status for answer in answers[:3]] == ["ok", "refused", "ok"]
    assert len(asked) <= 3


def test_what_depends_on_data_at_hand_is_not_remembered() -> None:
    assert remembering("table", {"price": 2}) == ("table", {"price": 2})
    assert remembering("sendek", {"price": 2}, seed=4) == (
        "cached",
        {"oracle": {"name": "sendek", "price": 2}, "seed": 4},
    )


def test_mistakes_are_told_before_anything_starts() -> None:
    with pytest.raises(InvalidInputError, match="at least one oracle"):
        Labeller({})
    with pytest.raises(UnknownNameError, match="did you mean 'sendek'"):
        remembering("sendeck", {})
    with pytest.raises(InvalidInputError, match="cannot be sent to worker processes"):
        Labeller({"x": ("local", type("Local", (Crashing,), {})())}, workers=2)


def test_nothing_is_asked_about_nobody() -> None:
    with Labeller(remembered()) as labeller:
        assert list(labeller.label([])) == []
