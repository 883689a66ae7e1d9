"""Scores that make no sense are told, whichever generator asked for them."""

import numpy as np
import pytest

from discovery.errors import InvalidInputError
from samplers.generators.evolved import EvolutionGenerator
from samplers.generators.gflownet import GFlowNetGenerator
from samplers.generators.random_crystals import RandomCrystals
from samplers.generators.realised import RealisedGenerator
from samplers.limits import Limits

SMALL = Limits(elements=("Li", "O", "S"), distinct=(2, 3), atoms=(2, 20), space_groups=(1, 225))


@pytest.mark.parametrize("generator", [RandomCrystals, EvolutionGenerator])
@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (lambda n: np.full((n, 1), np.nan), "of all 20 crystals is not a number"),
        (lambda n: np.full((n, 1), np.inf), "is infinite"),
        (lambda n: np.zeros((n + 1, 1)), r"of 20 candidates have shape \(21, 1\)"),
        (np.zeros, r"have shape \(20,\); wanted are as many rows"),
    ],
)
def test_scores_that_make_no_sense_are_told(generator, scores, message):
    with pytest.raises(InvalidInputError, match=message):
        generator(calls=20, limits=SMALL).generate(5, lambda made: scores(len(made)), seed=0)


def test_what_must_not_be_asked_is_no_mistake():
    made = RandomCrystals(calls=20, limits=SMALL).generate(
        5, lambda asked: np.full((len(asked), 1), -np.inf), seed=0
    )
    assert made.drafts == ()
    assert made.notes["not judged"] == 20


@pytest.mark.parametrize("generator", [RandomCrystals, EvolutionGenerator, GFlowNetGenerator])
def test_limits_without_a_crystal_are_told_before_anything_is_scored(generator):
    barren = Limits(elements=("Li", "Na"))
    with pytest.raises(InvalidInputError, match="no neutral crystal"):
        RealisedGenerator(generator=generator(limits=barren), known=()).prepare(1)


def test_a_policy_over_other_fidelities_than_there_are_is_told_beforehand():
    with pytest.raises(InvalidInputError, match=r"fidelities = 3, and there are 2"):
        GFlowNetGenerator(limits=SMALL, fidelities=3).prepare(2)
