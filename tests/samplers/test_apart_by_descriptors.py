"""Samplers of different candidates where candidates are points: no composition, only numbers."""

import numpy as np
import pytest

from discovery.crystal import Lattice
from discovery.protocols import Request
from discovery.types import Candidate, Fidelity
from samplers.diverse import DiverseSampler
from samplers.greedy import GreedySampler
from samplers.local_penalisation import LocalPenalisationSampler
from samplers.similarity import positions


def point(**descriptors):
    return Candidate((), descriptors=tuple(descriptors.items()))


def propose(sampler, pool, scores):
    request = Request(
        pool=pool,
        fidelities=(Fidelity("lab", 1.0, target=True),),
        costs=np.ones((len(pool), 1)),
        available=np.ones((len(pool), 1), dtype=bool),
        allowance=100.0,
        size=2,
    )
    table = {c.id: [s] for c, s in zip(pool, scores, strict=True)}
    batch = sampler.propose(request, lambda cs: np.array([table[c.id] for c in cs]), 0)
    return [pool.index(query.candidate) for query in batch.queries]


@pytest.mark.parametrize("sampler", [DiverseSampler(), LocalPenalisationSampler()])
def test_a_neighbour_of_the_best_point_gives_way_to_another_one(sampler):
    pool = [point(x=0.2, y=0.2), point(x=0.2, y=0.201), point(x=0.8, y=0.7), point(x=0.5, y=0.1)]
    scores = [1.0, 0.98, 0.9, 0.1]
    assert propose(sampler, pool, scores) == [0, 2]
    assert propose(GreedySampler(), pool, scores) == [0, 1]


def test_points_are_apart_by_their_descriptors_in_units_of_the_length_scale():
    x = positions([point(a=0.1, b=0.3), point(a=0.4, b=0.7)], 0.1)
    assert np.linalg.norm(x[0] - x[1]) == pytest.approx(5.0)
    assert positions([point(a=1.0)], 0.1).tolist() == [[0.0] * 5]


def test_the_unit_of_a_descriptor_does_not_matter_unless_it_is_a_share():
    kelvin = [point(t=1000.0), point(t=1100.0), point(t=1300.0)]
    celsius = [point(t=726.85), point(t=826.85), point(t=1026.85)]
    np.testing.assert_allclose(positions(kelvin, 0.2), positions(celsius, 0.2), atol=1e-9)
    shares = positions([point(t=0.1), point(t=0.2)], 0.2)
    assert np.ptp(shares[:, -1]) == pytest.approx(0.5)


def test_a_descriptor_that_a_candidate_lacks_adds_the_least():
    one, other, bare = positions([point(x=0.2, y=0.1), point(x=0.2, y=0.9), point(x=0.2)], 0.1)
    apart = np.linalg.norm(one - other)
    assert np.linalg.norm(one - bare) == pytest.approx(apart / 2)
    assert np.linalg.norm(other - bare) == pytest.approx(apart / 2)


def test_materials_differ_by_how_they_are_made():
    composition = (("Li", 3.0), ("P", 1.0), ("S", 4.0))
    made = [
        Candidate(composition, descriptors=(("sintered at", t),)) for t in (700.0, 700.0, 900.0)
    ]
    same, again, other = positions(made, 0.15)
    assert np.linalg.norm(same - again) == 0
    assert np.linalg.norm(same - other) > 1


def test_a_cell_without_a_composition_is_no_trouble():
    cell = Lattice(5.0, 5.0, 5.0, 90.0, 90.0, 90.0)
    bare = Candidate((), z=2.0, lattice=cell, descriptors=(("x", 0.5),))
    assert np.isfinite(positions([bare, point(x=0.7)], 0.15)).all()
