import numpy as np
import pytest

from discovery.protocols import Context
from discovery.testing import check_acquisition
from discovery.types import Belief, Fidelity
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity

BASES = ("logei", "pi", "ucb", "thompson", "max_variance", "greedy", "random")


def belief(correlations, *, mean=None, noise=0.01, std=1.0):
    """Candidates with a target and one hint of the given latent correlation each."""
    n = len(correlations)
    covariance = np.ones((n, 2, 2))
    covariance[:, 0, 1] = covariance[:, 1, 0] = correlations
    means = np.zeros(n) if mean is None else np.asarray(mean, dtype=float)
    return Belief(
        fidelities=("hint", "lab"),
        target="lab",
        mean=np.stack([means, means], axis=1),
        covariance=covariance * std**2,
        noise=np.full(2, noise),
    )


def context(n, hint, *, best=1.0, target=1.0):
    fidelities = (Fidelity("hint", hint), Fidelity("lab", target, target=True))
    return Context(fidelities, np.tile([hint, target], (n, 1)), best=best, round=2, seed=5)


def first(acquisition, given, known):
    """(row, column) of the best score."""
    scores = acquisition.score(given, known)
    return np.unravel_index(np.argmax(scores), scores.shape)


@pytest.mark.parametrize("base", BASES)
def test_a_cheap_useless_fidelity_is_never_asked(base):
    for hint in (0.1, 0.01, 1e-4, 0.0):
        scores = MultiFidelity(base=base).score(belief([0.0, 0.02, 0.03]), context(3, hint))
        assert np.isneginf(scores[:, 0]).all()
        assert np.isfinite(scores[:, 1]).all()


@pytest.mark.parametrize("base", BASES)
def test_a_cheap_good_hint_is_asked_before_the_target(base):
    assert first(MultiFidelity(base=base), belief([0.8]), context(1, 0.05)) == (0, 0)


@pytest.mark.parametrize("base", BASES)
def test_the_target_is_bought_once_the_hint_is_known(base):
    # an answered hint has little variance left and what is left hardly moves the target
    known = Belief(
        fidelities=("hint", "lab"),
        target="lab",
        mean=np.zeros((1, 2)),
        covariance=np.array([[[0.0099, 0.008], [0.008, 0.366]]]),
        noise=np.full(2, 0.01),
    )
    assert first(MultiFidelity(base=base), known, context(1, 0.05)) == (0, 1)


@pytest.mark.parametrize("base", BASES)
def test_a_hint_as_dear_as_the_target_is_not_asked(base):
    assert first(MultiFidelity(base=base), belief([0.95]), context(1, 1.0)) == (0, 1)


def test_the_break_even_price_of_a_hint_is_its_share_of_the_information():
    given = belief([0.5], noise=0.0)
    assert first(MultiFidelity(), given, context(1, 0.24))[1] == 0
    assert first(MultiFidelity(), given, context(1, 0.26))[1] == 1


def test_the_target_has_the_score_of_the_base():
    given, known = belief([0.6, 0.9], mean=[0.5, -1.0], noise=0.2), context(2, 0.1)
    scores = MultiFidelity(base="logei").score(given, known)
    expected = LogExpectedImprovement().score(given, known)[:, 1]
    np.testing.assert_allclose(scores[:, 1], expected)


def test_no_price_reorders_the_candidates():
    given = belief([0.9, 0.1, 0.5], mean=[0.0, 2.0, 1.0])
    for hint in (1e-6, 1e-2, 0.3, 1.0):
        scores = MultiFidelity().score(given, context(3, hint)).max(axis=1)
        np.testing.assert_array_equal(np.argsort(scores), [0, 2, 1])


def test_candidates_at_one_fidelity_are_ordered_by_the_base():
    given, known = belief([0.7] * 4, mean=[-3.0, 2.0, 0.5, -40.0]), context(4, 0.1)
    for base in ("logei", "pi", "ucb", "greedy"):
        order = np.argsort(MultiFidelity(base=base).score(given, known)[:, 1])
        np.testing.assert_array_equal(order, [3, 0, 2, 1])


def test_negative_scores_of_the_base_do_not_turn_costs_upside_down():
    given = belief([0.9, 0.9], mean=[-50.0, -60.0])
    scores = MultiFidelity(base="ucb").score(given, context(2, 0.1))
    assert (scores[:, 0] > scores[:, 1]).all()
    assert scores[0].min() > scores[1].max()


def test_costs_are_forgotten_with_exponent_zero():
    given = belief([0.9])
    assert first(MultiFidelity(cost_exponent=0.0), given, context(1, 1e-3)) == (0, 1)


def test_the_unit_of_cost_does_not_matter():
    given = belief([0.8, 0.1, 0.4], mean=[0.0, 1.0, 2.0])
    in_euros = MultiFidelity().score(given, context(3, 0.1))
    in_cents = MultiFidelity().score(given, context(3, 10.0, target=100.0))
    np.testing.assert_allclose(in_euros, in_cents)


@pytest.mark.parametrize("base", BASES)
def test_each_base_keeps_the_contract(base):
    check_acquisition(MultiFidelity(base=base))
