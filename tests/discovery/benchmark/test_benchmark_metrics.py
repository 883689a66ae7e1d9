"""Discovery metrics against the published curves, closed forms and hand counts."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
import real_data
from hypothesis import given
from hypothesis import strategies as st

from discovery.agreement.rank_statistics import Values, exact_values
from discovery.benchmark import metrics
from discovery.benchmark.metrics_trace import Curve, Trace, by_count, mean_curve, on_grid
from discovery.datasets.fetch import RemoteFile, verify
from discovery.errors import InvalidInputError

LIANG = RemoteFile(
    "https://raw.githubusercontent.com/PV-Lab/Benchmarking/7585c517ad88e676c42c6bf24a8ad278e01ddb21/"
    "TopCount_collection_GP_Matern52_LCB2.npy",
    "d2dc27e8d786bc5d051486d12a92d9e5bcfbec5cc6597f91436c06f4e96fe543",
    "TopCount_collection_GP_Matern52_LCB2.npy",
    "liang2021",
)
POOLS = st.integers(1, 12).flatmap(
    lambda pool: st.tuples(st.just(pool), st.integers(1, pool), st.integers(0, 2**32 - 1))
)


def curve(*steps):
    spent, value = zip(*steps, strict=True)
    return Curve(np.array(spent, dtype=float), np.array(value, dtype=float))


def picked(*rows, pool):
    wanted = np.zeros(pool, dtype=bool)
    wanted[list(rows)] = True
    return wanted


@pytest.fixture
def published():
    """Recall of 50 runs on the 600 crossed barrels; the k-th count is after k+1 experiments."""
    path = verify(real_data.folder("liang2021") / LIANG.name, LIANG)
    counts = np.load(path, allow_pickle=True)  # what it holds is known by its checksum
    assert len(counts) == 50
    assert {run[-1] for run in counts} == {30}
    return mean_curve(
        [curve((0, 0), *((n, c / 30) for n, c in enumerate(run, 1))) for run in counts]
    )


def test_the_released_curves_of_liang_2021_give_the_published_factors(published):
    factor, at = metrics.best_enhancement(published, 600)
    assert (factor, at) == (pytest.approx(3.90, abs=0.01), 46)
    assert metrics.acceleration(published, 0.5, 600) == pytest.approx(3.61, abs=0.01)
    assert metrics.acceleration(published, 0.8, 600) == pytest.approx(2.84, abs=0.01)
    assert metrics.acceleration(published, 1.0, 600) == pytest.approx(1.72, abs=0.01)


def test_chance_has_no_acceleration_and_no_enhancement():
    draws = np.arange(101)
    chance = Curve(draws.astype(float), metrics.chance_of_recall(draws, 100))
    assert [metrics.acceleration(chance, t, 100) for t in (0.05, 0.5, 1.0)] == [1, 1, 1]
    assert metrics.enhancement(chance, 100).value == pytest.approx(1, abs=1e-12)
    assert metrics.discovery_area(chance, 100) == pytest.approx(0.495)  # steps lie below the line


@pytest.mark.parametrize(("pool", "wanted"), [(600, 30), (94, 5), (7, 7), (599, 1)])
def test_chance_is_the_hypergeometric_formula_to_twelve_digits(pool, wanted):
    draws = np.arange(pool + 1)
    exact = [
        1 - Fraction(comb(pool - wanted, n), comb(pool, n)) if n <= pool - wanted else Fraction(1)
        for n in range(pool + 1)
    ]
    assert np.abs(metrics.chance_of_any(draws, pool, wanted) - np.array(exact, float)).max() < 1e-12
    share = [float(Fraction(n, pool)) for n in range(pool + 1)]
    assert np.abs(metrics.chance_of_recall(draws, pool) - share).max() < 1e-12


def test_random_runs_find_what_chance_says():
    rng = np.random.default_rng(5)
    pool, runs, best = 40, 3000, picked(3, 5, 8, pool=40)
    traces = [by_count(rng.permutation(pool)) for _ in range(runs)]
    grid = np.arange(pool + 1)
    found = on_grid([metrics.recall(trace, best) for trace in traces], grid.astype(float))
    any_found = on_grid([metrics.any_found(trace, best) for trace in traces], grid.astype(float))
    assert np.abs(found.mean(0) - metrics.chance_of_recall(grid, pool)).max() < 0.02
    assert np.abs(any_found.mean(0) - metrics.chance_of_any(grid, pool, 3)).max() < 0.03


@given(POOLS)
def test_recall_grows_from_nothing_to_everything(case):
    pool, count, seed = case
    rng = np.random.default_rng(seed)
    wanted = picked(*rng.permutation(pool)[:count], pool=pool)
    found = metrics.recall(by_count(rng.permutation(pool)), wanted)
    assert found.value[0] == 0
    assert found.value[-1] == 1
    assert (np.diff(found.value) >= 0).all()
    assert 0 <= metrics.discovery_area(found, pool) < 1


def test_only_measurements_at_the_target_find_and_each_candidate_counts_once():
    trace = Trace(
        row=np.array([0, 0, 1, 0, 2]),
        column=np.array([0, 1, 1, 1, 0]),
        cost=np.array([0.1, 1.0, 1.0, 1.0, 0.1]),
    )
    found = metrics.recall(trace, picked(0, 2, pool=3), target=1)
    assert found.value.tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert found.spent == pytest.approx([0, 0.1, 1.1, 2.1, 3.1, 3.2])
    assert metrics.any_found(trace, picked(0, 2, pool=3), target=1).reaches(1) == 1.1


def test_acceleration_against_cost_charges_the_cheap_queries():
    trace = Trace(np.array([1, 0]), np.array([0, 1]), np.array([0.5, 1.0]))
    found = metrics.recall(trace, picked(0, pool=10), target=1)
    assert metrics.acceleration(found, 1.0, whole=10) == pytest.approx(10 / 1.5)


def test_a_level_that_is_never_reached_has_acceleration_zero():
    assert metrics.acceleration(curve((0, 0), (5, 0.4)), 0.5, 100) == 0


def test_a_run_that_asked_nothing_has_found_nothing():
    found = metrics.recall(by_count([]), picked(1, pool=3))
    assert (found.spent.tolist(), found.value.tolist()) == ([0], [0])
    assert metrics.decision_efficiency(by_count([]), np.arange(3.0)).tolist() == []


def test_the_best_share_takes_ties_and_no_bound_from_above():
    values = Values(np.array([3.0, 1.0, 3.0, 9.0]), np.array([0, 0, 0, -1], dtype=np.int8))
    assert metrics.top(values, 0.25).tolist() == [True, False, True, False]
    assert metrics.top(exact_values(np.arange(164.0)), 0.05).sum() == 9  # rounded up


def test_the_area_is_that_of_the_steps_up_to_the_budget():
    found = curve((0, 0), (2, 0.5), (6, 1))
    assert metrics.discovery_area(found, 4) == pytest.approx(0.25)
    assert metrics.discovery_area(found, 8) == pytest.approx((4 * 0.5 + 2) / 8)


def test_decision_efficiency_is_one_for_the_best_left_and_minus_one_for_the_worst():
    value = np.array([0.0, 1.0, 2.0, 3.0])
    assert metrics.decision_efficiency(by_count([3, 0, 2]), value).tolist() == [1, -1, 1]
    assert np.isnan(metrics.decision_efficiency(by_count([3, 2, 1, 0]), value)[-1])


def test_the_order_within_a_batch_is_no_decision():
    value = np.arange(6.0)
    one_batch = np.array([1, 1])
    for rows in ([4, 5], [5, 4]):
        trace = Trace(np.array(rows), np.zeros(2, dtype=int), np.ones(2), one_batch)
        assert metrics.decision_efficiency(trace, value).tolist() == [1, 1]


@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_measuring_everything_decides_neither_well_nor_ill_on_average(pool, seed):
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 5, pool).astype(float)
    rows = rng.permutation(pool)
    forward = metrics.decision_efficiency(by_count(rows), value)
    mirrored = metrics.decision_efficiency(by_count(rows), -value)
    assert forward[:-1] == pytest.approx(-mirrored[:-1])


def test_curves_are_averaged_at_every_cost_and_hold_their_last_value():
    mean = mean_curve([curve((0, 0), (1, 1)), curve((0, 0), (3, 0.5))])
    assert mean.spent.tolist() == [0, 1, 3]
    assert mean.value.tolist() == [0, 0.5, 0.75]
    assert mean.at(np.array([0.5, 1.0, 100.0])).tolist() == [0, 0.5, 0.75]


def test_rounding_of_summed_costs_does_not_delay_a_step():
    trace = Trace(np.arange(10), np.zeros(10, dtype=int), np.full(10, 0.1))
    found = metrics.recall(trace, picked(2, pool=10))
    assert found.spent[3] > 0.3  # 0.1 + 0.1 + 0.1 in binary
    assert found.at(np.array([0.3])).tolist() == [1]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: curve((1, 0), (0, 1)), "cannot fall"),
        (lambda: Curve(np.zeros(2), np.zeros(3)), "one value per cost"),
        (lambda: mean_curve([]), "no curve"),
        (lambda: metrics.discovery_area(curve((1, 0)), 2), "begins at cost 1"),
        (lambda: metrics.discovery_area(curve((0, 0)), 0), "positive number, not 0"),
        (lambda: metrics.recall(by_count([0]), np.zeros(2, dtype=bool)), "at least one top"),
        (lambda: metrics.acceleration(curve((0, 0)), 0, 10), r"\(0, 1\], not 0"),
        (lambda: metrics.top(exact_values(np.zeros(2)), 0.0), r"\(0, 1\], not 0"),
        (lambda: Trace(np.zeros(2, int), np.zeros(1, int), np.zeros(2)), "one row, column"),
        (lambda: Trace(np.zeros(1, int), np.zeros(1, int), np.array([-1.0])), "0 or more"),
        (
            lambda: Trace(np.zeros(2, int), np.zeros(2, int), np.ones(2), np.array([2, 1])),
            "batch cannot fall",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(mistake, message):
    with pytest.raises(InvalidInputError, match=message):
        mistake()
