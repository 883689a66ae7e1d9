import numpy as np
import pytest
from agreement_cases import COUNT, POOL, column_of, columns, study
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from discovery.agreement.columns import column
from discovery.agreement.comparison import Judge, compare
from discovery.agreement.study import table
from discovery.types import Bound, Estimate, Observation, Query


@pytest.fixture(scope="module")
def found():
    return study().comparison


def power_of(powers, name):
    return next(power for power in powers if power.agreement.first == name)


def test_answers_become_a_column() -> None:
    query = Query(POOL[0], "x")
    answers = [
        Estimate(1.5),
        Bound("left", -10.0),
        Bound("right", 3.0),
        None,
        Observation(query, "ok", "p", "1", value=2.0),
        Observation(query, "ok", "p", "1", bound=Bound("left", -9.0)),
        Observation(query, "refused", "p", "1", reason="no Li"),
    ]
    made = column("x", "p", "1", answers)
    assert made.value.tolist()[:3] == [1.5, -10.0, 3.0]
    assert made.side.tolist() == [0, -1, 1, 0, 0, -1, 0]
    assert made.known.tolist() == [True, True, True, False, True, True, False]


def test_spearman_leaves_bounds_out_and_ties_them_at_the_end_when_it_says_so(found) -> None:
    truth, good = columns()[:2]
    exact = truth.exact
    agreement = power_of(found.powers, "good").agreement
    assert (agreement.answered, agreement.spearman.count) == (COUNT, int(exact.sum()))
    expected = spearmanr(good.value[exact], truth.value[exact]).statistic
    assert agreement.spearman.value == pytest.approx(expected)
    tied = np.where(exact, truth.value, -99)
    assert agreement.spearman_ties.value == pytest.approx(spearmanr(good.value, tied).statistic)


def test_concordance_counts_the_pairs_whose_order_is_known(found) -> None:
    bounds = int((~columns()[0].exact).sum())
    pairs = COUNT * (COUNT - 1) // 2 - bounds * (bounds - 1) // 2
    assert power_of(found.powers, "good").agreement.concordance.count == pairs


def test_area_is_that_of_the_threshold(found) -> None:
    truth, good = columns()[:2]
    fast = truth.value >= -4
    power = power_of(found.powers, "good")
    assert power.area.value == pytest.approx(roc_auc_score(fast, good.value))
    assert (power.positives, power.area.count) == (int(fast.sum()), COUNT)


def test_a_bound_across_the_threshold_is_not_judged() -> None:
    powers = study(threshold=-11.5).comparison.powers
    bounds = int((~columns()[0].exact).sum())
    assert power_of(powers, "good").area.count == COUNT - bounds


def test_without_a_threshold_there_is_no_area() -> None:
    assert all(power.area is None for power in study(threshold=None).comparison.powers)


def test_shared_candidates_are_those_that_all_have_answered(found) -> None:
    assert {power.agreement.answered for power in found.shared} == {COUNT - COUNT // 4}
    counts = [power.agreement.answered for power in found.powers]
    assert counts == [COUNT, COUNT - COUNT // 4, COUNT]


def test_listed_candidates_are_left_out() -> None:
    listed = np.arange(COUNT) < 10
    without = study(listed=listed).comparison.without
    assert [power.agreement.answered for power in without] == [50, 50 - 12, 50]


def test_the_better_score_comes_first_whatever_its_direction(found) -> None:
    pairs = {(d.first, d.second): d for d in found.differences}
    assert set(pairs) == {("good", "reverse"), ("good", "noise"), ("reverse", "noise")}
    decided = pairs["reverse", "noise"].concordance
    assert decided.count == COUNT - COUNT // 4
    assert decided.interval[0] > 0
    assert decided.clustered[0] > 0


def test_a_score_is_as_good_as_itself() -> None:
    truth, good = columns()[:2]
    twin = column_of("twin", good.value)
    (difference,) = study(found=[truth, good, twin]).comparison.differences
    assert difference.concordance.value == 0
    assert difference.concordance.interval == (0, 0)


def test_every_pair_is_compared_and_the_truth_stands_second(found) -> None:
    names = [(pair.first, pair.second) for pair in found.pairs]
    assert len({frozenset(pair) for pair in names}) == len(names) == 6
    assert all(first != "experiment" for first, _ in names)


def test_without_a_truth_the_columns_are_compared_alone() -> None:
    found = study(truth=None).comparison
    assert (found.truth, found.powers, found.differences) == (None, (), ())
    assert len(found.pairs) == 6


def test_columns_that_share_nothing_say_nothing() -> None:
    halves = [
        column_of("a", [1.0, 2.0, np.nan, np.nan]),
        column_of("b", [np.nan, np.nan, 1.0, 2.0]),
        column_of("t", [1.0, 2.0, 3.0, 4.0]),
    ]
    found = compare(halves, Judge(0, np.arange(4)), truth="t", threshold=2.0)
    between = next(pair for pair in found.pairs if "t" not in (pair.first, pair.second))
    assert between.answered == 0
    assert between.spearman.value is between.concordance.value is None
    assert all(power.agreement.answered == 0 for power in found.shared)
    assert found.differences[0].concordance.value is None


def test_why_there_is_no_answer_is_counted_without_the_numbers() -> None:
    reverse = study().coverage[2]
    assert (reverse.values, reverse.refused, reverse.failed) == (COUNT - COUNT // 4, COUNT // 4, 0)
    assert reverse.reasons == (("no … Li", COUNT // 4),)


def test_values_are_written_exactly_and_bounds_with_their_sign() -> None:
    rows = table(study())
    assert len(rows) == COUNT
    assert rows[0]["experiment"] == "<-11.2"
    assert rows[0]["reverse"] == ""
    assert float(rows[7]["good"]) == columns()[1].value[7]
