"""Intervals over seeds, paired tests, ranks over problems."""

import numpy as np
import pytest
from scipy.stats import binomtest, wilcoxon

from discovery.benchmark.intervals import over_seeds, paired_difference, paired_ratio
from discovery.benchmark.intervals_ranks import critical_difference, holm, paired_test, ranking
from discovery.benchmark.metrics import acceleration
from discovery.benchmark.metrics_trace import Curve
from discovery.errors import InvalidInputError

# J. Demsar, J. Mach. Learn. Res. 7, 1 (2006), table 6: AUC of C4.5, +m, +cf, +m+cf on 14 data sets
DEMSAR = {
    "C4.5": [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.94, 0.619, 0.972,
             0.957],
    "C4.5+m": [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666,
               0.981, 0.978],
    "C4.5+cf": [0.771, 0.59, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.0, 0.965, 0.614,
                0.9751, 0.946],
    "C4.5+m+cf": [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.0, 0.962, 0.669,
                  0.975, 0.97],
}  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says(rng):
    inside = 0
    for trial in range(200):
        drawn = rng.exponential(size=20)
        found = over_seeds(lambda m: float(m[0]), drawn, seed=1, purpose=f"{trial}", resamples=400)
        inside += found.interval[0] <= 1 <= found.interval[1]
    assert 0.86 <= inside / 200 <= 0.98


def test_pairs_take_out_what_a_lucky_seed_does_to_both(rng):
    luck = rng.normal(scale=5, size=20)
    first, second = luck + 1 + 0.1 * rng.normal(size=20), luck
    paired = paired_difference(first, second, seed=0, purpose="gain")
    assert paired.interval[0] > 0.9
    mixed = paired_difference(first, rng.permutation(second), seed=0, purpose="gain")
    assert mixed.interval[0] < 0 < mixed.interval[1]


def test_a_ratio_is_that_of_the_means(rng):
    first = rng.uniform(1, 3, 20)
    found = paired_ratio(first, 2 * first, seed=0, purpose="ratio")
    assert found.value == pytest.approx(0.5)
    assert found.interval == pytest.approx((0.5, 0.5))


def test_the_acceleration_of_a_mean_curve_has_an_interval(rng):
    grid = np.arange(101.0)
    curves = np.array([np.minimum(grid * speed / 100, 1) for speed in rng.uniform(2, 4, 20)])
    found = over_seeds(
        lambda mean: acceleration(Curve(grid, mean), 0.5, 100), curves, seed=0, purpose="AF"
    )
    assert found.interval[0] < found.value < found.interval[1]
    assert found.seeds == 20
    assert found.interval[0] > 2
    assert found.interval[1] < 4


def test_the_same_seed_gives_the_same_interval_and_few_seeds_none(rng):
    drawn = rng.normal(size=8)
    first, second = (paired_difference(drawn, -drawn, seed=4, purpose="x") for _ in range(2))
    assert first == second
    assert paired_difference(drawn[:4], -drawn[:4], seed=4, purpose="x").interval is None


def test_paired_tests_are_those_of_scipy(rng):
    first, second = rng.normal(0.5, 1, 20), rng.normal(size=20)
    found = paired_test(first, second)
    wins = int((first > second).sum())
    assert (found.wins, found.ties, found.losses) == (wins, 0, 20 - wins)
    assert found.signed_rank == wilcoxon(first - second).pvalue
    assert found.sign == binomtest(wins, 20).pvalue


def test_equal_strategies_do_not_differ():
    assert paired_test(np.ones(6), np.ones(6)).signed_rank == 1
    tied = paired_test(np.array([1.0, 1, 1, 2]), np.array([1.0, 1, 1, 1]))
    assert (tied.wins, tied.ties, tied.losses, tied.sign) == (1, 3, 0, 1)


def test_the_critical_difference_is_that_of_the_published_table():
    quantiles = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]
    for strategies, quantile in zip(range(2, 11), quantiles, strict=True):
        unit = np.sqrt(strategies * (strategies + 1) / (6 * 14))
        assert critical_difference(strategies, 14) / unit == pytest.approx(quantile, abs=2e-3)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.01)
    assert critical_difference(4, 14, alpha=0.1) == pytest.approx(1.12, abs=0.01)


def test_the_ranking_of_the_published_example_is_reproduced():
    found = ranking(DEMSAR, alpha=0.1)
    assert found.names == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert found.ranks == pytest.approx([1.964, 2.0, 2.893, 3.143], abs=6e-4)
    assert found.friedman < 0.05
    assert found.alike == ((0, 2), (2, 3))
    assert found.ranks[3] - found.ranks[0] > found.critical


def test_strategies_that_never_differ_share_one_rank():
    found = ranking({"a": [1, 2], "b": [1, 2], "c": [1, 2]})
    assert found.ranks.tolist() == [2, 2, 2]
    assert found.friedman == 1
    assert found.alike == ((0, 2),)


def test_holms_correction_is_stepwise_and_keeps_the_order():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: paired_test(np.zeros(2), np.zeros(3)), "two equal rows"),
        (lambda: paired_test(np.array([np.nan]), np.zeros(1)), "finite numbers"),
        (lambda: ranking({"a": [1, 2]}), "two strategies"),
        (lambda: ranking({"a": [1], "b": [1]}), "two problems"),
        (lambda: ranking({"a": [1, 2], "b": [1, np.nan]}), "missing of b"),
        (
            lambda: over_seeds(max, np.ones(3), np.ones(2), seed=0, purpose=""),
            r"one row per seed each, not \[3, 2\]",
        ),
    ],
)
def test_what_is_no_pair_is_refused(mistake, message):
    with pytest.raises(InvalidInputError, match=message):
        mistake()
