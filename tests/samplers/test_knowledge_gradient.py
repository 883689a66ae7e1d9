import numpy as np
import pytest
from belief_cases import joint, random_belief, random_context, seeds, single
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from samplers.acquisition.knowledge import KnowledgeGradient, MultiFidelityKnowledgeGradient
from samplers.acquisition.lines import log_gain


def integrated(intercepts, slopes):
    """E max (a + b Z) - max a from the exact breakpoints of every pair of lines."""
    rise = slopes[:, None] - slopes
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.unique((intercepts[:, None] - intercepts) / -rise)
    at = np.concatenate([[-np.inf], at[np.isfinite(at)], [np.inf]])
    inner = np.clip(at, -1e12, 1e12)
    middle = np.where(
        np.isinf(at[:-1]),
        inner[1:] - 1,
        np.where(np.isinf(at[1:]), inner[:-1] + 1, (inner[1:] + inner[:-1]) / 2),
    )
    top = np.argmax(intercepts + np.outer(middle, slopes), axis=1)
    mass, first = np.diff(stats.norm.cdf(at)), -np.diff(stats.norm.pdf(at))
    return np.sum(intercepts[top] * mass + slopes[top] * first) - intercepts.max()


numbers = st.floats(-3, 3).map(lambda x: round(x, 2))


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=9), st.floats(0.1, 3))
@settings(max_examples=200)
def test_the_gain_of_lines_is_its_integral(lines, scale):
    intercepts, slopes = np.array(lines).T
    expected = integrated(intercepts, scale * slopes)
    gain = np.exp(log_gain(intercepts, slopes[None], np.array([[scale]])))[0, 0]
    assert gain == pytest.approx(expected, rel=1e-7, abs=1e-10)


def test_sets_of_lines_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    intercepts, slopes = rng.normal(size=30), rng.normal(size=(25, 30))
    scales = rng.uniform(0, 2, (25, 3))
    together = log_gain(intercepts, slopes, scales)
    alone = [log_gain(intercepts, slopes[i : i + 1], scales[i : i + 1])[0] for i in range(25)]
    np.testing.assert_allclose(together, alone)


def test_lines_that_never_cross_gain_nothing():
    assert np.isneginf(log_gain(np.array([1.0, 2.0]), np.ones((1, 2)), np.ones((1, 1)))).all()
    assert np.isneginf(log_gain(np.array([1.0]), np.ones((1, 1)), np.ones((1, 1)))).all()
    assert np.isneginf(log_gain(np.arange(2.0), np.array([[0.0, 1.0]]), np.zeros((1, 1)))).all()


@given(seeds)
@settings(max_examples=25)
def test_the_gradient_is_the_expected_rise_of_the_largest_mean(seed):
    belief = random_belief(seed, n=8, m=3)
    full, mean = joint(belief), belief.target_mean
    costs = random_context(belief, hint=1.0)
    scores = MultiFidelityKnowledgeGradient().score(belief, costs)
    target = KnowledgeGradient().score(belief, costs)
    for row in range(8):
        for column in range(3):
            place = 3 * row + column
            spread = np.sqrt(full[place, place] + belief.noise[column])
            expected = integrated(mean, full[2::3, place] / spread)
            assert np.exp(scores[row, column]) == pytest.approx(expected, rel=1e-6, abs=1e-10)
    np.testing.assert_allclose(target[:, 2], scores[:, 2])


def test_a_short_list_is_exact_where_it_matters_and_never_above_the_truth():
    belief = random_belief(1, n=300)
    context = random_context(belief)
    exact = KnowledgeGradient(shortlist=300).score(belief, context)[:, 1]
    short = KnowledgeGradient(shortlist=60).score(belief, context)[:, 1]
    assert (short <= exact + 1e-9).all()
    assert np.argmax(short) == np.argmax(exact)
    best = np.argsort(-exact)[:5]
    np.testing.assert_allclose(short[best], exact[best], rtol=1e-6)


def test_what_moves_all_alike_changes_no_choice():
    strangers = single([0.0, 0.0], [1.0, 1.0])
    twins = single([0.0, 0.0], [1.0, 1.0], factor=np.full((2, 1), 0.95))
    context = random_context(twins)
    apart, alike = (KnowledgeGradient().score(b, context)[:, 0] for b in (strangers, twins))
    assert (np.exp(alike) < 0.1 * np.exp(apart)).all()


def test_what_tells_of_another_against_the_best_is_worth_more():
    belief = single([0.5, 0.0, 0.0], np.ones(3), factor=np.array([[0.9, 0], [0, 0], [-0.9, 0]]))
    scores = KnowledgeGradient().score(belief, random_context(belief))[:, 0]
    assert scores[2] > scores[1]


def test_noise_and_price_lower_the_gradient():
    quiet, loud = (single([0.0, 0.1], [1.0, 1.0], noise=v) for v in (0.01, 4.0))
    context = random_context(quiet)
    scores = [KnowledgeGradient().score(b, context)[:, 0] for b in (quiet, loud)]
    assert (scores[0] > scores[1]).all()
    belief = random_belief(2)
    dear = MultiFidelityKnowledgeGradient().score(belief, random_context(belief, hint=1.0))
    cheap = MultiFidelityKnowledgeGradient().score(belief, random_context(belief, hint=0.01))
    np.testing.assert_allclose(cheap[:, 0] - dear[:, 0], np.log(100))
