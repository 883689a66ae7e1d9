"""Rank statistics against scipy, scikit-learn, and brute force over pairs."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, somersd, spearmanr
from sklearn.metrics import roc_auc_score

from discovery.agreement import rank_statistics as rank
from discovery.agreement.bootstrap import interval, point
from discovery.agreement.rank_statistics import Values, exact_values
from discovery.errors import InvalidInputError

few = st.integers(-4, 4).map(float)


@st.composite
def two_rows(draw, min_size=2, max_size=14, sides=(-1, 0, 1)):
    """Two rows of small whole numbers with many ties, some of them bounds."""
    count = draw(st.integers(min_size, max_size))
    rows = []
    for _ in range(2):
        value = draw(st.lists(few, min_size=count, max_size=count))
        side = draw(st.lists(st.sampled_from(sides), min_size=count, max_size=count))
        rows.append(Values(np.array(value), np.array(side, dtype=np.int8)))
    return rows


def order(values: Values, i: int, j: int) -> int | None:
    """Sign of truth i minus truth j, ``None`` where nobody knows."""
    (a, b), (p, q) = values.value[[i, j]], values.side[[i, j]]
    if p == q == 0:
        return int(np.sign(a - b))
    if a <= b and p <= 0 and q >= 0:
        return -1
    if a >= b and p >= 0 and q <= 0:
        return 1
    return None


def brute_concordance(score: Values, truth: Values, times: list[int]) -> tuple[int, int]:
    """(concordant - discordant, comparable) pairs, thing by thing as often as it counts."""
    things = [i for i, often in enumerate(times) for _ in range(often)]
    agreeing = comparable = 0
    for i, j in itertools.combinations(things, 2):
        by_score, by_truth = order(score, i, j), order(truth, i, j)
        if by_truth and by_score is not None:
            comparable += 1
            agreeing += by_score * by_truth
    return agreeing, comparable


@given(two_rows(), st.data())
def test_concordance_equals_counting_pairs_one_by_one(rows, data) -> None:
    score, truth = rows
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(score), max_size=len(score)))
    agreeing, comparable = brute_concordance(score, truth, times)
    (found,) = rank.concordance(score, truth)(np.array([times], dtype=float))
    if comparable:
        assert found == pytest.approx(agreeing / comparable)
    else:
        assert math.isnan(found)


@given(two_rows())
def test_comparable_pairs_are_counted_once(rows) -> None:
    score, truth = rows
    assert (
        rank.comparable_pairs(score, truth) == brute_concordance(score, truth, [1] * len(score))[1]
    )


@given(two_rows(sides=(0,), min_size=3))
def test_concordance_of_values_is_somers_d_of_scipy(rows) -> None:
    score, truth = rows
    found = point(rank.concordance(score, truth), len(score))
    if len(set(truth.value)) == 1:
        assert found is None
    elif len(set(score.value)) == 1:
        assert found == 0
    else:
        assert found == pytest.approx(somersd(truth.value, score.value).statistic)


@given(two_rows(), st.sampled_from([-1.0, 1.0]))
def test_turning_a_score_around_turns_the_sign_around(rows, sign) -> None:
    score, truth = rows
    turned = Values(sign * score.value, (sign * score.side).astype(np.int8))
    same = point(rank.concordance(score, truth), len(score))
    other = point(rank.concordance(turned, truth), len(score))
    assert other == (None if same is None else pytest.approx(sign * same))


@given(two_rows(sides=(0,)), st.data())
def test_spearman_of_multiplicities_is_that_of_repeated_rows(rows, data) -> None:
    x, y = (row.value for row in rows)
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(x), max_size=len(x)))
    many_x, many_y = np.repeat(x, times), np.repeat(y, times)
    (found,) = rank.spearman(x, y)(np.array([times], dtype=float))
    if len(set(many_x)) < 2 or len(set(many_y)) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(many_x, many_y).statistic)


@given(two_rows(sides=(0,)))
def test_spearman_ranks_ties_and_infinities_as_scipy_does(rows) -> None:
    x = np.where(rows[0].value == -4, -np.inf, rows[0].value)
    y = rows[1].value
    found = point(rank.spearman(x, y), len(x))
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert found == pytest.approx(spearmanr(x, y).statistic)
    else:
        assert found is None


@given(st.lists(st.tuples(few, st.booleans()), min_size=2, max_size=30))
def test_area_under_the_curve_is_that_of_scikit_learn(pairs) -> None:
    score = np.array([value for value, _ in pairs])
    positive = np.array([label for _, label in pairs])
    found = point(rank.area_under_curve(exact_values(score), positive), len(score))
    if positive.all() or not positive.any():
        assert found is None
    else:
        assert found == pytest.approx(roc_auc_score(positive, score))


def test_a_bound_counts_for_the_pairs_that_it_decides() -> None:
    truth = Values(np.array([-10.0, -9.0, -11.0, -10.0]), np.array([-1, 0, 0, -1], dtype=np.int8))
    score = exact_values(np.array([1.0, 2.0, 3.0, 4.0]))
    # known: each bound below -9; -11 below -9. Unknown: bound against -11, bound against bound.
    assert rank.comparable_pairs(score, truth) == 3
    assert point(rank.concordance(score, truth), 4) == pytest.approx((1 - 1 - 1) / 3)


def test_what_touches_a_bound_is_in_order() -> None:
    truth = Values(np.array([-10.0, -10.0, -10.0]), np.array([-1, 0, 1], dtype=np.int8))
    score = exact_values(np.array([1.0, 2.0, 3.0]))
    assert rank.comparable_pairs(score, truth) == 3
    assert point(rank.concordance(score, truth), 3) == 1.0


def test_bounds_are_tied_at_the_ends_when_asked_to() -> None:
    values = Values(np.array([-8.0, -10.0, -12.0, -3.0]), np.array([-1, -1, 0, 1], dtype=np.int8))
    assert values.tied_at_ends.tolist() == [-np.inf, -np.inf, -12.0, np.inf]


def test_a_bound_tells_the_class_only_on_the_right_side_of_the_threshold() -> None:
    value = np.array([-4.0, -4.1, -10.0, -4.0, -3.0, -4.0, -5.0])
    side = np.array([0, 0, -1, -1, -1, 1, 1], dtype=np.int8)
    positive, known = rank.reaches(Values(value, side), -4.0)
    assert positive.tolist() == [True, False, False, False, False, True, False]
    assert known.tolist() == [True, True, True, True, False, True, False]


@pytest.mark.parametrize(
    ("value", "side", "message"),
    [
        ([1.0, np.nan], [0, 0], "must be finite"),
        ([1.0, 2.0], [0], "one row each"),
        ([[1.0, 2.0]], [[0, 0]], "one row each"),
    ],
)
def test_values_that_do_not_fit_are_refused(value, side, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Values(np.array(value), np.array(side, dtype=np.int8))


def test_many_pairs_are_counted_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    score, truth = (exact_values(rng.normal(size=50).round(1)) for _ in range(2))
    weights = rng.integers(0, 3, size=(7, 50)).astype(float)
    whole = rank.concordance(score, truth)(weights)
    monkeypatch.setattr(rank, "_PAIRS_AT_ONCE", 160)
    assert rank.concordance(score, truth)(weights) == pytest.approx(whole)


@pytest.mark.parametrize("strength", [0.0, 0.5, 3.0])
def test_the_interval_is_that_of_scipy_within_the_noise_of_resampling(strength) -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=40)
    y = strength * x + rng.normal(size=40)
    found = interval(rank.spearman(x, y), 40, seed=1, purpose="test", resamples=8000)
    expected = bootstrap(
        (x, y),
        lambda a, b: spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=3000,
        method="BCa",
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert found == pytest.approx(tuple(expected), abs=0.03)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Spearman of a bivariate normal is 6/pi asin(rho/2)."""
    correlation, inside, repeats = 0.5, 0, 300
    truth = 6 / np.pi * np.arcsin(correlation / 2)
    rng = np.random.default_rng(3)
    for repeat in range(repeats):
        x, noise = rng.normal(size=(2, 60))
        y = correlation * x + np.sqrt(1 - correlation**2) * noise
        ends = interval(rank.spearman(x, y), 60, seed=repeat, purpose="test", resamples=400)
        assert ends is not None
        inside += ends[0] <= truth <= ends[1]
    assert inside / repeats == pytest.approx(0.95, abs=0.04)


def test_copies_in_one_cluster_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 30))
    alone = interval(rank.spearman(x, y), 30, seed=1, purpose="test")
    statistic = rank.spearman(np.repeat(x, 4), np.repeat(y, 4))
    together = interval(
        statistic, 120, seed=1, purpose="test", clusters=np.repeat(np.arange(30), 4)
    )
    naive = interval(statistic, 120, seed=1, purpose="test")
    assert alone is not None
    assert naive is not None
    assert together == pytest.approx(alone, abs=1e-9)
    assert naive[1] - naive[0] < 0.6 * (alone[1] - alone[0])


def test_the_interval_follows_the_seed_and_the_purpose() -> None:
    x, y = np.random.default_rng(6).normal(size=(2, 20))
    statistic = rank.spearman(x, y)
    one = interval(statistic, 20, seed=1, purpose="a")
    assert one == interval(statistic, 20, seed=1, purpose="a")
    assert one != interval(statistic, 20, seed=2, purpose="a")
    assert one != interval(statistic, 20, seed=1, purpose="b")


def test_perfect_agreement_has_an_interval_without_width() -> None:
    x = np.arange(12.0)
    assert interval(rank.spearman(x, x), 12, seed=1, purpose="test") == pytest.approx((1, 1))


def test_what_cannot_be_said_is_not_said() -> None:
    x = np.arange(4.0)
    assert interval(rank.spearman(x, x), 4, seed=1, purpose="test") is None, "too few"
    flat = rank.spearman(np.arange(9.0), np.zeros(9))
    assert point(flat, 9) is None
    assert interval(flat, 9, seed=1, purpose="test") is None
    assert point(flat, 0) is None
    two = interval(
        rank.spearman(np.arange(9.0), np.arange(9.0)),
        9,
        seed=1,
        purpose="test",
        clusters=np.arange(9) % 2,
    )
    assert two is None, "two papers are two units, however many rows they have"


@settings(max_examples=20)
@given(two_rows(min_size=5, max_size=10))
def test_the_interval_of_any_sample_is_ordered(rows) -> None:
    score, truth = rows
    ends = interval(rank.concordance(score, truth), len(score), seed=1, purpose="t", resamples=60)
    assert ends is None or -1 <= ends[0] <= ends[1] <= 1


def test_large_samples_are_worked_on_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.random.default_rng(9).normal(size=(2, 30))
    whole = interval(rank.spearman(x, y), 30, seed=1, purpose="test", resamples=200)
    monkeypatch.setattr("discovery.agreement.bootstrap._NUMBERS_AT_ONCE", 300)
    assert interval(rank.spearman(x, y), 30, seed=1, purpose="test", resamples=200) == whole
