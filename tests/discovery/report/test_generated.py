import json

import pytest
from loop_cases import CHEAP, TARGET, Linear, Richer, candidates, oracles
from report_story import Page

from discovery.campaign import Campaign
from discovery.crystal import Crystal, Site
from discovery.protocols import Generation
from discovery.report.generated import generated_figures, generated_section
from discovery.report.page import write_report
from discovery.store import Journal
from discovery.types import Candidate, Draft
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
    assert "rejected: too dense 3" in html
    drawn = json.loads(page.scripts["figures"])
    assert {"rewards", "coverage", "crystal0"} <= drawn.keys()
    median = next(one for one in drawn["rewards"]["data"] if one["name"] == "median")
    assert median["x"] == sorted(median["x"])
    assert len(median["x"]) == sum("generated.count" in notes for notes in record.outlooks)


def test_the_best_crystals_are_drawn_with_their_atoms(record):
    drawn = generated_figures(record)
    names = [one["name"] for one in drawn["crystal0"]["data"]]
    assert names == ["cell", "Li", "S"]
    assert "space group 221" in generated_section(record)


def test_the_ground_covered_never_shrinks_and_ends_with_what_was_asked(record):
    for one in generated_figures(record)["coverage"]["data"]:
        assert one["y"] == sorted(one["y"])
    elements = generated_figures(record)["coverage"]["data"][0]["y"]
    assert elements[-1] == len({e for c in record.generated for e in c.fractions})


def test_a_campaign_in_which_nothing_was_generated_has_no_such_section(record):
    record.outlooks = [{"best": 1.0} for _ in record.outlooks]
    assert generated_section(record) == ""
    assert generated_figures(record) == {}
