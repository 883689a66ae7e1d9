import json
from dataclasses import replace

import numpy as np
import pytest
from loop_cases import CHEAP, TARGET, Linear, Richer, candidates, oracles
from physics_cases import rock_salt
from report_story import Page

from discovery.campaign import Campaign
from discovery.crystal import Crystal, Site
from discovery.generation import Generation
from discovery.report import generated
from discovery.report.crystal_picture import crystal_picture
from discovery.report.generated import generated_figures, generated_section
from discovery.report.generated_rounds import answered
from discovery.report.page import write_report
from discovery.store import Journal
from discovery.types import Bound, Candidate, Draft
from loops.executors.inline import InlineExecutor
from loops.generative import GenerativeLoop
from loops.stopping.budget import BudgetSpent
from loops.stopping.progress import MaxRounds
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.greedy import GreedySampler


class Solid(Richer):
    """Makes cubes with atoms in them."""

    def generate(self, count, score, seed, memory=None):
        made = super().generate(count, score, seed, memory)
        solid = [
            Draft(self._filled(draft.candidate, 4.0 + 0.1 * place))
            for place, draft in enumerate(made.drafts)
        ]
        return Generation(tuple(solid), {**made.notes, "rejected: too dense": 3}, made.memory)

    @staticmethod
    def _filled(candidate, edge):
        sites = (
            Site((("Li", 1.0),), (0.0, 0.0, 0.0)),
            Site((("S", 0.9), ("Cl", 0.1)), (0.5, 0.5, 0.5)),
        )
        cube = ((edge, 0.0, 0.0), (0.0, edge, 0.0), (0.0, 0.0, edge))
        return Candidate(candidate.composition, space_group=221, structure=Crystal(cube, sites))


@pytest.fixture
def record(tmp_path):
    loop = GenerativeLoop(
        proxy=Linear(),
        acquisition=MultiFidelity(),
        sampler=GreedySampler(),
        stopping=BudgetSpent() | MaxRounds(rounds=8),
        generator=Solid(),
        batch_size=3,
        initial={"target": 3, "sieve": 6},
        crystals=5,
    )
    with Journal.open(tmp_path / "one.journal", "solid") as journal:
        campaign = Campaign.open(
            journal,
            name="solid",
            seed=0,
            budget=12.0,
            fidelities=(CHEAP, TARGET),
            pool=candidates(28),
            config={},
        )
        loop.run(campaign, InlineExecutor(oracles=oracles((CHEAP, TARGET)), seed=0))
        return campaign.record


def test_a_page_tells_of_generated_crystals_by_round(record, tmp_path):
    html = write_report(record, tmp_path / "report.html").read_text("utf-8")
    page = Page(html)
    assert "Generated crystals by round" in html
    rounds = sum("generated.count" in notes for notes in record.outlooks)
    counts = html[html.index("<td>rejected: too dense</td>") :].split("</tr>")[0]
    assert counts.count(">3</td>") == rounds > 1
    drawn = json.loads(page.scripts["figures"])
    assert {"answers", "rewards", "coverage", "novelty", "crystal0"} <= drawn.keys()
    median = next(one for one in drawn["rewards"]["data"] if one["name"] == "median")
    assert median["x"] == sorted(median["x"])
    assert len(median["x"]) == rounds
    assert [one["name"] for one in drawn["novelty"]["data"]] == [
        "distance from the pool",
        "difference of the best",
    ]


def test_answers_are_told_apart_by_where_their_candidates_come_from(record):
    drawn = {one["name"]: one for one in generated_figures(record)["answers"]["data"]}
    made = [a for a in answered(record) if a.origin == "generated"]
    assert len(drawn["initial design"]["x"]) == 3
    assert len(drawn["generated"]["x"]) == len(made) > 1
    middle = drawn["median of the generated"]
    first = [a.value for a in made if a.round == middle["x"][0]]
    assert middle["y"][0] == pytest.approx(np.median(first))


def test_the_best_crystals_are_drawn_with_their_atoms_and_those_refused_are_not(record):
    drawn = generated_figures(record)
    names = [one["name"] for one in drawn["crystal0"]["data"]]
    assert names == ["cell", "Li", "S"]
    section = generated_section(record)
    assert "space group 221; 2 atoms, 64 Å<sup>3</sup> per cell" in section
    best = generated._best(record)[0]
    asked = record._entries[f"{best.candidate.id}@lab"]
    told = replace(asked.observation, status="refused", value=None, reason="no way through")
    record._entries[f"{best.candidate.id}@lab"] = replace(asked, observation=told)
    assert best.candidate not in [top.candidate for top in generated._best(record)]


def test_the_summary_counts_what_was_asked_and_how_different_the_best_are(record):
    section = generated_section(record)
    assert f"{len(record.generated)} generated crystals were asked about" in section
    assert "chemical systems in 1 space groups" in section


def test_atoms_on_the_faces_of_a_cell_are_drawn_on_all_of_them_and_bonds_join_the_framework():
    def traces(crystal):
        return {one["name"]: one for one in crystal_picture(crystal)["data"]}

    salt = traces(rock_salt("Na", "Cl", 5.64))
    assert len(salt["Na"]["x"]) == 14
    assert len(salt["Cl"]["x"]) == 13
    assert salt["Cl"]["marker"]["size"] > salt["Na"]["marker"]["size"]
    ends = np.array([salt["bonds"][axis] for axis in "xyz"]).T.reshape(-1, 3, 3)[:, :2]
    lengths = np.linalg.norm(np.diff(ends.astype(float), axis=1), axis=-1)
    assert lengths == pytest.approx(np.full((54, 1), 2.82))
    assert "bonds" not in traces(rock_salt("Li", "Cl", 5.13))


def test_the_ground_covered_never_shrinks_and_ends_with_what_was_asked(record):
    for one in generated_figures(record)["coverage"]["data"]:
        assert one["y"] == sorted(one["y"])
    elements = generated_figures(record)["coverage"]["data"][0]["y"]
    assert elements[-1] == len({e for c in record.generated for e in c.fractions})


def test_a_campaign_in_which_nothing_was_generated_has_no_such_section(record):
    record.outlooks = [{"best": 1.0} for _ in record.outlooks]
    assert generated_section(record) == ""
    assert generated_figures(record) == {}


@pytest.mark.parametrize(
    ("values", "bounds", "shown"),
    [((-15.0, -6.0), (True, False), "−6.00"), ((-15.0, -16.0), (True, False), "&lt; −15.00")],
)
def test_the_best_of_bounds_is_shown_as_a_bound(record, values, bounds, shown):
    known = answered(record)[0]
    told = []
    for number, is_bound in zip(values, bounds, strict=True):
        observation = replace(
            known.answer.observation,
            value=None if is_bound else number,
            bound=Bound("left", number) if is_bound else None,
        )
        told.append(
            replace(known, value=number, answer=replace(known.answer, observation=observation))
        )
    assert generated._answer(told, max(values)).html == shown
