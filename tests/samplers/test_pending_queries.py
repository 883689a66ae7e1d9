from dataclasses import replace

import numpy as np
import pytest
from belief_cases import joint, random_belief, random_context, seeds, single
from hypothesis import given, settings
from hypothesis import strategies as st

from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.acquisition.pending import believed, conditioned, expected


def told(covariance, place, noise):
    """The joint covariance once one noisy value is known: the Schur complement."""
    column = covariance[:, place]
    return covariance - np.outer(column, column) / (covariance[place, place] + noise)


@given(seeds, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=5))
@settings(max_examples=60)
def test_a_believed_answer_is_the_schur_complement_of_the_joint_covariance(seed, asked):
    belief = random_belief(seed, n=6, m=3)
    truth = joint(belief)
    after = belief
    for row, column in asked:
        truth = told(truth, 3 * row + column, belief.noise[column])
        after = believed(after, row, column)
    blocks = truth.reshape(6, 3, 6, 3)
    np.testing.assert_allclose(after.covariance, np.einsum("iaib->iab", blocks), atol=1e-9)
    across, expected_across = after.factor @ after.factor.T, blocks[:, 2, :, 2]
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(across[off], expected_across[off], atol=1e-9)
    assert (np.diag(across) <= np.diag(expected_across) + 1e-9).all()
    np.testing.assert_array_equal(after.mean, belief.mean)


@given(
    seeds,
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=8),
    st.sampled_from([0.1, 1e-3, 0.0]),
    st.booleans(),
    st.none() | st.floats(-3, 3),
)
@settings(max_examples=80)
def test_answers_believed_at_once_are_answers_believed_one_by_one(seed, asked, noise, alone, lie):
    belief = random_belief(seed, n=6, m=3, noise=noise)
    belief = replace(belief, factor=None) if alone else belief
    after = belief
    for row, column in asked:
        after = believed(after, row, column, lie if column == 2 else None)
    at_once = conditioned(belief, asked, lie)
    np.testing.assert_allclose(at_once.covariance, after.covariance, atol=1e-9)
    np.testing.assert_allclose(at_once.mean, after.mean, atol=1e-7)
    if lie is None:
        np.testing.assert_array_equal(at_once.mean, belief.mean)
    if not alone:
        across, one_by_one = (b.factor @ b.factor.T for b in (at_once, after))
        np.testing.assert_allclose(across, one_by_one, atol=1e-9)


@given(seeds, st.integers(0, 5), st.integers(0, 2), st.floats(-3, 3))
@settings(max_examples=40)
def test_an_answer_moves_the_means_as_the_joint_covariance_says(seed, row, column, answer):
    belief = random_belief(seed, n=6, m=3)
    across = joint(belief)[:, 3 * row + column]
    surprise = answer - belief.mean[row, column]
    gain = across / (across[3 * row + column] + belief.noise[column])
    after = believed(belief, row, column, answer)
    moved = belief.mean + (gain * surprise).reshape(6, 3)
    np.testing.assert_allclose(after.mean, moved, atol=1e-9)


def test_a_lie_about_a_pending_target_counts_as_the_best_so_far():
    belief = single([0.0, 3.0], [1.0, 1.0])
    context = random_context(belief, best=1.0, pending=((1, 0),))
    for lie, best in ((2.0, 2.0), (-1.0, 1.0)):
        after, told = expected(belief, replace(context, lie=lie))
        assert told.best == best
        assert after.target_mean[1] == pytest.approx(3 + (lie - 3) / 1.1)
        assert after.target_mean[0] == 0.0


def test_nothing_is_learnt_at_once_from_what_is_certain():
    belief = single([1.0, 2.0], [0.0, 1.0], noise=0.0, factor=np.array([[0.0], [0.5]]))
    after = conditioned(belief, ((0, 0), (0, 0)))
    np.testing.assert_array_equal(after.covariance, belief.covariance)
    np.testing.assert_array_equal(after.factor, belief.factor)


def test_without_a_factor_an_answer_tells_of_its_own_candidate_alone():
    belief = replace(random_belief(1), factor=None)
    after = believed(belief, 3, 0)
    rest = np.arange(len(belief.mean)) != 3
    np.testing.assert_array_equal(after.covariance[rest], belief.covariance[rest])
    assert after.target_std[3] < belief.target_std[3]


def test_a_certain_candidate_is_not_learnt_about():
    belief = single([1.0, 2.0], [0.0, 1.0], noise=0.0, factor=np.array([[0.0], [0.5]]))
    assert believed(belief, 0, 0) is belief


def test_an_exact_answer_leaves_nothing_and_twins_know_it_too():
    belief = single([0.0, 0.0], [1.0, 1.0], noise=0.0, factor=np.array([[1.0], [1.0]]))
    after = believed(belief, 0, 0)
    np.testing.assert_allclose(after.target_std, 0.0, atol=1e-7)
    assert np.isfinite(after.factor).all()


def test_a_pending_target_counts_as_the_best_so_far():
    belief = single([0.0, 3.0], [1.0, 1.0])
    context = random_context(belief, best=1.0)
    assert expected(belief, context) == (belief, context)
    _, after = expected(belief, replace(context, pending=((1, 0),)))
    assert after.best == 3.0
    hint = random_belief(0)
    _, after = expected(hint, random_context(hint, best=-9.0, pending=((2, 0),)))
    assert after.best == -9.0


@pytest.mark.parametrize("acquisition", [UpperConfidenceBound(), LogExpectedImprovement()])
def test_the_neighbour_of_a_pending_query_loses_and_a_stranger_does_not(acquisition):
    factor = np.array([[0.95, 0.0], [0.95, 0.0], [0.0, 0.95]])
    belief = single([1.0, 1.0, 0.99], [1.0, 1.0, 1.0], factor=factor)
    context = random_context(belief, best=2.0)
    before = acquisition.score(belief, context)[:, 0]
    after = acquisition.score(belief, replace(context, pending=((0, 0),)))[:, 0]
    assert before[1] > before[2]
    assert after[1] < after[2] == pytest.approx(before[2])


def test_no_hint_is_asked_about_a_candidate_whose_target_was_asked():
    belief = random_belief(3, m=2)
    available = np.ones((12, 2), dtype=bool)
    available[4, 1] = False
    scores = MultiFidelity().score(belief, random_context(belief, hint=0.01, available=available))
    assert np.isneginf(scores[4]).all()
    assert np.isfinite(np.delete(scores, 4, axis=0)[:, 1]).all()
