"""What refusals tell of queries that were not asked yet."""

import numpy as np
from loop_cases import CHEAP, TARGET, Answers, Campaign, Linear, Richer, oracles

from discovery.crystal import Crystal, Site
from discovery.types import Candidate, Estimate, Refusal
from loops.executors.inline import InlineExecutor
from loops.generative import GenerativeLoop
from loops.refusals import Refusals
from loops.stopping.budget import BudgetSpent
from loops.stopping.progress import MaxRounds
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.greedy import GreedySampler

CUBE = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))


def solid(**amounts):
    """A candidate with a structure, of whatever composition."""
    crystal = Crystal(CUBE, (Site((("Li", 1.0),), (0.0, 0.0, 0.0)),))
    return Candidate(tuple(amounts.items()), structure=crystal)


SULPHIDE, NEAR, FAR = (
    solid(Li=3.0, P=1.0, S=4.0),
    solid(Li=3.1, P=1.0, S=4.0),
    solid(Li=1.0, Cl=1.0),
)


def test_what_is_near_the_refused_is_likely_refused_and_what_is_far_is_not():
    refusals = Refusals([SULPHIDE], np.array([[0.0, 1.0]]))
    assert refusals.likely([NEAR, FAR]).tolist() == [[False, True], [False, False]]


def test_answers_near_by_outweigh_a_refusal():
    answered = solid(Li=3.05, P=1.0, S=4.0)
    refusals = Refusals([SULPHIDE, answered], np.array([[1.0], [-1.0]]))
    assert not refusals.likely([NEAR]).any()


def test_without_refusals_nothing_is_likely_refused():
    assert not Refusals([SULPHIDE], np.array([[-1.0, -1.0]])).likely([NEAR, FAR]).any()
    assert Refusals([], np.zeros((0, 2))).likely([]).shape == (0, 2)


def test_an_oracle_that_refused_what_has_no_structure_needs_one_and_says_nothing_of_solids():
    bare = Candidate((("Li", 3.0), ("P", 1.0), ("S", 4.0)))
    refusals = Refusals([bare, FAR], np.array([[1.0, -1.0], [-1.0, -1.0]]))
    assert refusals.bare([bare, SULPHIDE]).tolist() == [[True, False], [False, False]]
    assert not refusals.likely([SULPHIDE]).any()


def test_an_oracle_that_answered_without_a_structure_needs_none():
    one, other = Candidate((("Li", 3.0), ("S", 4.0))), Candidate((("Li", 1.0), ("S", 2.0)))
    assert not Refusals([one, other], np.array([[1.0], [-1.0]])).bare([one]).any()


class Solid(Richer):
    """Its mixtures are solids, half of them with as much chlorine as lithium."""

    def __init__(self):
        super().__init__()
        self.worthless = []

    def generate(self, count, score, seed, memory=None):
        turn = memory["turn"] if memory else 0
        made = [
            solid(Li=20.0 + turn, P=1.0, S=1.0 + i, Cl=1.0 if i % 2 else 20.0 + turn)
            for i in range(count)
        ]
        self.worthless.append(np.isneginf(score(made)[:, 1]).tolist())
        found = super().generate(count, score, seed, memory)
        drafts = tuple(type(found.drafts[0])(candidate) for candidate in made)
        return type(found)(drafts, found.notes, {"turn": turn + 1})


class Chlorides(Answers):
    def one(self, candidate):
        if candidate.structure and candidate.fractions["Cl"] < 0.3:
            return Refusal("no parameters for so little chlorine")
        return Estimate(10 * candidate.fractions["Li"] + self.offset)


def test_what_is_like_the_refused_becomes_worthless_and_is_asked_no_more():
    generator, campaign = Solid(), Campaign(28, budget=12.0)
    executor = InlineExecutor(oracles=oracles((CHEAP, TARGET), Chlorides), seed=0)
    GenerativeLoop(
        proxy=Linear(),
        acquisition=MultiFidelity(),
        sampler=GreedySampler(),
        stopping=BudgetSpent() | MaxRounds(rounds=5),
        generator=generator,
        batch_size=4,
        initial={"target": 3},
        crystals=6,
    ).run(campaign, executor)
    refused = [o for o in campaign.observations if o.status == "refused"]
    assert refused
    assert not any(generator.worthless[0])
    assert any(any(row) for row in generator.worthless[1:])
    for o in refused:  # once is enough for all that is like it
        assert campaign.batches.index(next(b for b in campaign.batches if o.query in b)) <= 2
