"""The shared strategies make what they say, and the nouns keep their promises on it."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import (
    beliefs,
    candidates,
    crystals,
    fidelity_sets,
    lattices,
    matrix_of,
    observations,
    outcomes,
    pools,
)

from discovery.testing.faults import snapshot


@given(lattices())
def test_cell_vectors_have_the_lengths_angles_and_volume_of_the_lattice(lattice):
    cell = np.array(matrix_of(lattice))
    lengths = np.linalg.norm(cell, axis=1)
    cosines = [cell[i] @ cell[j] / lengths[i] / lengths[j] for i, j in ((1, 2), (0, 2), (0, 1))]
    np.testing.assert_allclose(lengths, lattice.parameters[:3])
    np.testing.assert_allclose(cosines, np.cos(np.radians(lattice.parameters[3:])), atol=1e-9)
    assert np.linalg.det(cell) == pytest.approx(lattice.volume)


@given(crystals(ordered=True), crystals(ordered=False))
def test_crystals_are_ordered_or_not_as_asked(ordered, disordered):
    assert ordered.is_ordered
    assert not disordered.is_ordered


@given(candidates())
@settings(max_examples=40)
def test_a_pickled_candidate_is_the_same_candidate(candidate):
    again = pickle.loads(pickle.dumps(candidate))
    assert again == candidate
    assert snapshot(again) == snapshot(candidate)


@given(pools(min_size=2), fidelity_sets())
@settings(max_examples=30)
def test_pools_differ_by_content_and_fidelities_have_one_target(pool, fidelities):
    assert len({candidate.id for candidate in pool}) == len(pool)
    assert sum(fidelity.target for fidelity in fidelities) == 1


@given(observations(), outcomes())
def test_snapshots_of_equal_things_are_equal(observation, outcome):
    for thing in (observation, outcome):
        assert snapshot(pickle.loads(pickle.dumps(thing))) == snapshot(thing)


@given(beliefs())
def test_beliefs_have_semi_definite_blocks_and_a_factor_within_the_variance(belief):
    trace = np.einsum("nii->n", belief.covariance)
    assert (np.linalg.eigvalsh(belief.covariance)[:, 0] >= -1e-9 * (1 + trace)).all()
    if belief.factor is not None:
        assert (np.sum(belief.factor**2, axis=1) <= belief.target_std**2 + 1e-9).all()
