from dataclasses import replace

import numpy as np
import pytest
from belief_cases import random_belief, random_context, seeds
from hypothesis import given

from discovery.errors import UnknownNameError
from discovery.protocols import Context
from discovery.types import Belief, Fidelity
from samplers.acquisition.bound import UpperConfidenceBound
from samplers.acquisition.cost_weighted import CostWeightedImprovement
from samplers.acquisition.guard import Guarded
from samplers.acquisition.improvement import LogExpectedImprovement
from samplers.acquisition.multifidelity import MultiFidelity
from samplers.acquisition.pending import believed
from samplers.acquisition.ratio import Ratio
from samplers.acquisition.variance_reduction import TargetedVarianceReduction

GUARDED = Guarded(acquisition=MultiFidelity(), fallback=UpperConfidenceBound())


def told(shares, cost, *, noise=1e-6, available=None):
    """Candidates whose hints have these squared correlations with the target, and their prices."""
    shares = np.atleast_2d(shares)
    n, m = len(shares), shares.shape[1] + 1
    covariance = np.tile(np.eye(m), (n, 1, 1))
    covariance[:, :-1, -1] = covariance[:, -1, :-1] = np.sqrt(shares)
    names = tuple([f"hint{i}" for i in range(m - 1)] + ["lab"])
    prices = [*np.broadcast_to(cost, m - 1), 1.0]
    belief = Belief(names, "lab", np.zeros((n, m)), covariance, np.full(m, noise))
    fidelities = tuple(
        Fidelity(name, price, target=name == "lab")
        for name, price in zip(names, prices, strict=True)
    )
    costs = np.tile(prices, (n, 1))
    return belief, Context(fidelities, costs, best=0.5, round=4, seed=0, available=available)


@pytest.mark.parametrize(
    ("share", "cost", "pays"),
    [(0.96, 0.065, True), (0.96, 0.5, False), (0.1, 0.5, False), (0.1, 0.065, False)],
)
def test_a_hint_is_used_where_it_is_good_and_cheap_and_not_otherwise(share, cost, pays):
    belief, context = told(np.full((5, 1), share), cost)
    (verdict,) = GUARDED.verdicts(belief, context)
    assert verdict.pays == pays
    assert verdict.advantage == pytest.approx(share / cost, rel=1e-4)
    scores = GUARDED.score(belief, context)
    assert np.isfinite(scores[:, 0]).any() == pays
    if not pays:
        expected = UpperConfidenceBound().score(belief, context)
        np.testing.assert_array_equal(scores, expected)


def test_the_reason_is_told_in_words_and_in_numbers():
    belief, context = told(np.full((5, 1), 0.96), 0.5)
    assert GUARDED.reason(belief, context) == (
        "'hint0' does not pay: it tells 96 % of the target's variance for 0.5 of its price, "
        "1.9 times the target's information per cost, 4 needed"
    )
    notes = GUARDED.notes(belief, context)
    assert notes["guard.hint0.pays"] == 0.0
    assert notes["guard.hint0.share"] == pytest.approx(0.96, rel=1e-4)
    assert notes["guard.hint0.cost"] == 0.5
    assert all(isinstance(value, float) for value in notes.values())


def test_each_fidelity_is_judged_for_itself():
    belief, context = told(np.tile([0.9, 0.2], (4, 1)), [0.1, 0.1])
    scores = GUARDED.score(belief, context)
    assert np.isfinite(scores[:, 0]).all()
    assert np.isneginf(scores[:, 1]).all()
    assert np.isfinite(scores[:, 2]).all()


def test_the_interval_is_told_with_the_pairs_behind_it():
    belief, context = told(np.full((20, 1), 0.5), 0.1, available=known(20, 10, 7))
    assert GUARDED.reason(belief, context) == (
        "'hint0' might pay: it tells 50 % of the target's variance (13 to 78 % by 7 pairs) for 0.1 "
        "of its price, 5.0 (1.3 to 7.8) times the target's information per cost, 4 needed"
    )
    assert GUARDED.notes(belief, context)["guard.hint0.pairs"] == 7.0


def test_a_good_hint_is_believed_as_soon_as_the_pairs_leave_no_doubt():
    for pairs, pays in ((3, False), (4, True), (9, True)):
        belief, context = told(np.full((20, 1), 0.95), 0.065, available=known(20, 9, pairs))
        assert GUARDED.verdicts(belief, context)[0].pays == pays
    # the same estimate of a weaker hint needs more of them
    for pairs, pays in ((5, False), (12, False), (40, True)):
        belief, context = told(np.full((60, 1), 0.4), 0.065, available=known(60, 45, pairs))
        assert GUARDED.verdicts(belief, context)[0].pays == pays


def test_pairs_that_are_still_awaited_are_none():
    belief, context = told(np.full((20, 1), 0.95), 0.065, available=known(20, 9, 4))
    waiting = replace(context, pending=((0, 0),))
    assert GUARDED.verdicts(belief, waiting)[0].pairs == 3.0


def test_with_margin_zero_everything_pays_that_was_tested():
    guard = Guarded(acquisition=MultiFidelity(), fallback=UpperConfidenceBound(), margin=0.0)
    for pairs, pays in ((3, False), (4, True)):
        belief, context = told(np.full((9, 1), 0.01), 0.5, available=known(9, 5, pairs))
        assert guard.verdicts(belief, context)[0].pays == pays


def test_answered_hints_do_not_count_against_the_rest():
    shares = np.array([[0.9], [0.9], [0.0], [0.0]])
    available = np.array([[True, True], [True, True], [False, True], [False, True]])
    blind, seen = told(shares, 0.15), told(shares, 0.15, available=available)
    assert GUARDED.verdicts(*blind)[0].advantage == pytest.approx(0.45 / 0.15, rel=1e-4)
    assert GUARDED.verdicts(*seen)[0].advantage == pytest.approx(0.9 / 0.15, rel=1e-4)


def test_the_guard_says_something_when_nothing_can_be_asked():
    belief, context = told([[0.9], [0.9]], 0.1, available=np.zeros((2, 2), dtype=bool))
    assert GUARDED.verdicts(belief, context)[0].share == pytest.approx(0.9, rel=1e-4)


def test_a_noisy_target_makes_a_hint_worth_more():
    quiet, loud = told([[0.7]], 0.15), told([[0.7]], 0.15, noise=1.0)
    quiet_hint, loud_hint = (GUARDED.verdicts(*case)[0] for case in (quiet, loud))
    assert loud_hint.advantage == pytest.approx(quiet_hint.advantage)  # both are as noisy
    assert loud_hint.share == pytest.approx(0.35)


def test_the_unit_of_cost_and_free_hints_are_no_trouble_for_the_guard():
    belief, context = told(np.full((3, 1), 0.9), 0.0)
    assert GUARDED.verdicts(belief, context)[0].pays
    useless, context = told(np.full((3, 1), 0.0), 0.0)
    assert not GUARDED.verdicts(useless, context)[0].pays


def known(n, targets, hints):
    """Availability once the first candidates were asked at the target, some of them at both."""
    available = np.ones((n, 2), dtype=bool)
    available[:targets, 1] = False
    available[:hints, 0] = False
    return available


def test_a_fidelity_is_tested_where_the_target_is_known():
    belief, context = told(np.full((9, 1), 0.05), 0.1, available=known(9, 5, 2))
    belief.covariance[:, 0, 0] += np.arange(9)
    plain = UpperConfidenceBound().score(belief, context)
    for pairs, tested in ((0, []), (2, []), (4, [4, 3]), (15, [4, 3, 2])):
        guard = Guarded(acquisition=MultiFidelity(), fallback=UpperConfidenceBound(), pairs=pairs)
        scores = guard.score(belief, context)
        found = np.flatnonzero(np.isfinite(scores[:, 0]))
        assert found[np.argsort(-scores[found, 0])].tolist() == tested
        assert (scores[tested, 0] > plain[:, 1].max()).all()
        np.testing.assert_array_equal(scores[:, 1], plain[:, 1])


def test_tests_end_when_no_more_of_them_can_make_it_pay():
    for pairs, tested in ((0, 10), (5, 5), (6, 0)):
        asked = known(40, 20, pairs)
        belief, context = told(np.full((40, 1), 0.01), 0.1, available=asked)
        scores = GUARDED.score(belief, context)
        assert np.isfinite(scores[:, 0]).sum() == tested


def test_no_test_is_paid_for_where_no_answer_could_pay():
    belief, context = told(np.full((9, 1), 0.05), 0.5, available=known(9, 5, 2))
    assert np.isneginf(GUARDED.score(belief, context)[:, 0]).all()


def test_a_fidelity_that_is_too_dear_whatever_it_tells_is_known_before_it_is_asked():
    costs = np.tile([0.065, 0.25, 0.5, 1.0], (3, 1))
    np.testing.assert_array_equal(GUARDED.worth_trying(costs, 3), [True, True, False, True])


def rounds(acquisition, belief, count=12, **known):
    """Fidelity column asked in each of the first rounds."""
    columns = []
    for turn in range(count):
        scores = acquisition.score(belief, random_context(belief, turn=turn, **known))
        columns.append(int(np.argmax(scores.max(axis=0))))
        assert np.isfinite(scores).any(axis=0).sum() == 1
    return columns


def test_five_rounds_are_cheap_and_then_one_is_dear():
    acquisition = Ratio(acquisition=UpperConfidenceBound())
    assert rounds(acquisition, random_belief(0)) == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    short = Ratio(acquisition=UpperConfidenceBound(), cheap=1, dear=2, fidelity="hint1")
    assert rounds(short, random_belief(0, m=3), 6) == [1, 2, 2, 1, 2, 2]


def test_the_cheap_fidelity_is_never_the_target_however_dear():
    belief = random_belief(0)
    scores = Ratio(acquisition=UpperConfidenceBound()).score(
        belief, random_context(belief, hint=2.0)
    )
    assert np.isfinite(scores[:, 0]).all()


def test_the_ratio_keeps_the_order_of_its_candidates():
    belief = random_belief(0)
    base = UpperConfidenceBound().score(belief, random_context(belief))
    scores = Ratio(acquisition=UpperConfidenceBound()).score(belief, random_context(belief))
    np.testing.assert_array_equal(scores[:, 0], base[:, 1])


def test_an_exhausted_fidelity_passes_its_round_on():
    available = np.ones((12, 2), dtype=bool)
    available[:, 0] = False
    acquisition = Ratio(acquisition=UpperConfidenceBound())
    assert rounds(acquisition, random_belief(0), available=available) == [1] * 12
    available[:] = True
    available[3, 1] = False
    known = random_context(random_belief(0), available=available)
    assert np.isneginf(acquisition.score(random_belief(0), known)[3]).all()


def test_the_ratio_names_the_fidelity_it_does_not_know():
    belief = random_belief(0)
    with pytest.raises(UnknownNameError, match="unknown fidelity 'hint'; did you mean 'hint0'"):
        Ratio(acquisition=UpperConfidenceBound(), fidelity="hint").score(
            belief, random_context(belief)
        )


@given(seeds)
def test_cost_weighted_improvement_is_its_formula(seed):
    belief = random_belief(seed, m=3)
    context = random_context(belief, hint=0.2)
    acquisition = CostWeightedImprovement(correlation_exponent=2.0, cost_exponent=0.5)
    gain = LogExpectedImprovement().score(belief, context)[:, [2]]
    expected = np.exp(gain) * belief.correlation**2 / context.costs**0.5
    np.testing.assert_allclose(np.exp(acquisition.score(belief, context)), expected)


@given(seeds)
def test_variance_reduction_is_what_the_answer_would_remove(seed):
    belief = random_belief(seed, n=6, m=2)
    context = random_context(belief, hint=0.3)
    scores = TargetedVarianceReduction().score(belief, context)
    best = int(np.argmax(LogExpectedImprovement().score(belief, context)[:, 1]))
    before = belief.target_std[best] ** 2
    for row in range(6):
        for column in range(2):
            left = believed(belief, row, column).target_std[best] ** 2
            expected = (1 - left / before) / context.costs[row, column]
            assert np.exp(scores[row, column]) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_variance_is_reduced_at_a_candidate_that_can_still_be_asked():
    belief = random_belief(2)
    context = random_context(belief)
    worth = LogExpectedImprovement().score(belief, context)[:, 1]
    first, second = np.argsort(-worth)[:2]
    available = np.ones((12, 2), dtype=bool)
    available[first, 1] = False
    scores = TargetedVarianceReduction().score(belief, random_context(belief, available=available))
    assert np.isneginf(scores[first]).all()
    assert np.argmax(scores[:, 1]) == second


def test_targets_that_tell_nothing_come_last_in_the_order_of_the_base():
    belief, context = told(np.full((4, 1), 0.5), 0.1)
    belief.mean[:, 1] = [0.0, 3.0, 1.0, 2.0]
    scores = TargetedVarianceReduction().score(belief, context)
    assert np.unravel_index(np.argmax(scores), scores.shape) == (1, 0)
    np.testing.assert_array_equal(np.argsort(scores[:, 1]), [0, 2, 3, 1])
    assert np.isneginf(scores[[0, 2, 3], 0]).all()
