import pickle

import numpy as np
import pytest
from generator_cases import SMALL, SmallEvolution, SmallWorld
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.symmetry import lattice_mismatch
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.testing.generator import check_generator
from samplers.generators.evolved import EvolutionGenerator, Population
from samplers.generators.evolved_genome import Genome, recalled, remembered, tied
from samplers.generators.evolved_moves import Moves
from samplers.generators.evolved_source import crystals
from samplers.limits import Limits

WORLD, MOVES = SmallWorld(), Moves(SMALL)


class Score:
    """Wants lithium, many elements and 20 cubic Angstrom per atom."""

    def __init__(self):
        self.seen = []

    def __call__(self, candidates):
        self.seen += candidates
        return np.array([[_good(c), _good(c) - 1] for c in candidates])


def _good(candidate):
    atoms = candidate.z * sum(amount for _, amount in candidate.composition)
    size = candidate.lattice.volume / atoms
    return 3 * candidate.fractions["Li"] + len(candidate.composition) - abs(size - 20) / 5


def test_evolution_keeps_the_contract_of_a_generator():
    check_generator(SmallEvolution(calls=60, population=15))
    check_generator(SmallEvolution(calls=7, population=15))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_crystal_is_scored_twice_and_exactly_as_many_as_allowed(seed):
    score = Score()
    made = SmallEvolution(calls=250).generate(20, score, seed)
    assert len(score.seen) == len(set(score.seen)) == made.notes["scored"] == 250


def test_every_crystal_that_is_scored_is_valid():
    score = Score()
    SmallEvolution().generate(20, score, 3)
    assert set(WORLD.reasons(score.seen)) == {None}


def test_the_best_are_returned_one_for_each_content_of_a_cell():
    score = Score()
    made = SmallEvolution().generate(15, score, 4)
    rewards = [_good(draft.candidate) for draft in made.drafts]
    assert rewards == sorted(rewards, reverse=True)
    assert rewards[0] == max(map(_good, score.seen))
    contents = {Genome.of(draft.candidate).content for draft in made.drafts}
    assert len(contents) == len(made.drafts) == 15


def test_evolution_finds_better_crystals_than_chance():
    rng = np.random.default_rng(0)
    by_chance = sorted(map(_good, WORLD.random(1000, rng)))[-20:]
    made = SmallEvolution(calls=1000, population=50).generate(20, Score(), 0)
    assert min(_good(draft.candidate) for draft in made.drafts) > max(by_chance)


def test_what_is_remembered_goes_on_evolving():
    first = SmallEvolution(calls=90).generate(10, Score(), 0)
    score = Score()
    again = SmallEvolution(calls=90).generate(10, score, 1, memory=first.memory)
    assert {d.candidate for d in first.drafts} <= set(score.seen)
    assert _good(again.drafts[0].candidate) >= _good(first.drafts[0].candidate)


def test_known_crystals_that_keep_to_the_limits_may_come_first():
    rng = np.random.default_rng(5)
    known = WORLD.random(40, rng)
    score = Score()
    SmallEvolution(calls=30, known_first=True, known=known).generate(5, score, 0)
    assert len(set(score.seen) & set(known)) == 30


def test_crystals_that_cannot_be_judged_are_passed_over_and_counted():
    def score(candidates):
        return np.array([[np.nan if c.space_group == 1 else _good(c)] for c in candidates])

    made = SmallEvolution().generate(20, score, 0)
    assert made.notes["not judged"] > 0
    assert all(draft.candidate.space_group != 1 for draft in made.drafts)
    with pytest.raises(InvalidInputError, match="of all 90 crystals is not a number"):
        SmallEvolution(calls=90).generate(20, lambda cs: np.full((len(cs), 2), np.nan), 0)


def test_where_there_are_few_crystals_evolution_ends():
    class Tiny(SmallWorld):
        only = SmallWorld().random(3, np.random.default_rng(0))

        def random(self, count, rng):
            return self.only[:count]

        def reasons(self, candidates):
            return [None if candidate in self.only else "another" for candidate in candidates]

    few = SmallEvolution()
    few.world = Tiny()
    made = few.generate(20, Score(), 0)
    assert {draft.candidate for draft in made.drafts} == set(Tiny.only)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_mutations_keep_the_charge_the_places_and_the_ties_of_the_cell(seed):
    rng = np.random.default_rng(seed)
    one, other = (Genome.of(candidate) for candidate in WORLD.random(2, rng))
    for child in (MOVES.mutated(one, rng), MOVES.crossed(one, other, rng)):
        if child is not None:
            assert MOVES._balance(child.counts) is not None
            assert child.space_group in MOVES.homes(dict(child.counts))
            assert lattice_mismatch(child.lattice, child.space_group) is None
            assert all(n > 0 for _, n in child.counts)
            assert Genome.of(child.candidate) == child


@pytest.mark.parametrize("move", ["strained", "substituted", "exchanged", "regrouped"])
def test_each_mutation_changes_what_it_is_for(move):
    rng = np.random.default_rng(0)
    parent = Genome.made({"Li": 6, "Al": 2, "O": 6}, 1, Lattice(5, 6, 7, 80, 95, 100))
    children = [getattr(MOVES, move)(parent, rng) for _ in range(40)]
    children = [child for child in children if child is not None]
    assert children
    changed = {
        "lattice": any(child.lattice != parent.lattice for child in children),
        "counts": any(child.counts != parent.counts for child in children),
        "elements": any(dict(c.counts).keys() != dict(parent.counts).keys() for c in children),
        "group": any(child.space_group != parent.space_group for child in children),
    }
    assert changed[{"strained": "lattice", "regrouped": "group"}.get(move, "counts")]
    assert changed["group"] is (move == "regrouped")
    assert changed["elements"] is (move in ("substituted", "exchanged"))


@given(
    group=st.integers(1, 230),
    edges=st.tuples(*[st.floats(3, 20)] * 3),
    angles=st.tuples(*[st.floats(70, 110)] * 3),
    volume=st.floats(50, 5000),
)
@settings(max_examples=80)
def test_a_tied_cell_suits_its_group_at_the_volume_asked_for(group, edges, angles, volume):
    cell = tied(Lattice(*edges, *angles), group, volume)
    assert lattice_mismatch(cell, group, length_tolerance=1e-9, angle_tolerance=1e-6) is None
    assert cell.volume == pytest.approx(volume, rel=1e-3)


def test_the_fittest_survive_one_of_each_kind():
    rng = np.random.default_rng(0)
    genomes = [Genome.of(candidate) for candidate in WORLD.random(30, rng)]
    rewards = rng.normal(size=30)
    rewards[::7] = np.nan
    kept = Population((), np.zeros(0)).joined(genomes, rewards, 10)
    assert len({genome.content for genome in kept.genomes}) == len(kept.genomes)
    assert kept.rewards.tolist() == sorted(kept.rewards, reverse=True)
    assert kept.rewards[0] == np.nanmax(rewards)
    greedy, lax = (
        np.mean([kept.genomes.index(g) for g in kept.parents(500, rivals, rng)])
        for rivals in (5, 1)
    )
    assert greedy < lax


def test_genomes_come_back_from_memory():
    genomes = [Genome.of(candidate) for candidate in WORLD.random(5, np.random.default_rng(1))]
    state = pickle.loads(pickle.dumps(remembered(genomes)))
    assert recalled(state) == genomes
    assert recalled(remembered([])) == []
    with pytest.raises(InvalidInputError, match="not the memory of an evolution"):
        recalled({"policy": [1.0]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calls": 0}, "calls is 1 or more, not 0"),
        ({"population": 0}, "population is 1 or more, not 0"),
        ({"rivals": -1}, "rivals is 1 or more, not -1"),
        ({"crossover": 1.5}, "a share between 0 and 1, not 1.5"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        SmallEvolution(**options)


def test_the_crystals_of_the_limits_are_a_source():
    limits = Limits(elements=("Li", "Al", "O", "Cl"), atoms=(2, 24), most=16, distinct=(2, 3))
    source = crystals(limits)
    known = source.random(50, np.random.default_rng(0))
    assert set(source.reasons(known)) == {None}
    score = Score()
    made = EvolutionGenerator(calls=150, population=40, limits=limits).generate(10, score, 0)
    assert set(source.reasons(score.seen)) == {None}
    assert len(made.drafts) == 10
    assert source.reasons([Genome.made({"Li": 1, "Na": 1}, 225, known[0].lattice).candidate])[0]
