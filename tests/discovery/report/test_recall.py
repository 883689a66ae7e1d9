import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from report_story import Story, candidate

from discovery.errors import InvalidInputError
from discovery.report.chance import random_recall
from discovery.report.recall import find_hits, recall_steps
from discovery.types import Bound, Estimate


def test_the_best_tenth_of_thirty_are_three() -> None:
    truth = {str(i): Estimate(float(i)) for i in range(30)}
    assert find_hits(truth, 0.1) == {"27", "28", "29"}


def test_what_is_known_only_to_lie_below_a_bound_is_no_hit() -> None:
    truth = {"a": Bound("left", -1.0), "b": Estimate(-5.0), "c": Bound("right", -4.0)}
    assert find_hits(truth, 0.3) == {"c"}
    assert find_hits(truth, 1.0) == {"b", "c"}
    assert find_hits({"a": Bound("left", -1.0)}, 0.5) == frozenset()


def test_ties_at_the_threshold_are_all_hits() -> None:
    truth = {"a": Estimate(1.0), "b": Estimate(1.0), "c": Estimate(0.0)}
    assert find_hits(truth, 0.1) == {"a", "b"}


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_outside_zero_to_one_is_refused(fraction: float) -> None:
    with pytest.raises(InvalidInputError, match=r"share of hits lies in \(0, 1\]"):
        find_hits({"a": Estimate(1.0)}, fraction)


@given(st.dictionaries(st.text(max_size=3), st.floats(-20, 0), max_size=40), st.floats(0.01, 1))
def test_no_candidate_outside_the_hits_is_better_than_a_hit(
    values: dict[str, float], fraction: float
) -> None:
    hits = find_hits({name: Estimate(value) for name, value in values.items()}, fraction)
    worst = min((values[name] for name in hits), default=float("inf"))
    assert all(value < worst for name, value in values.items() if name not in hits)
    assert len(hits) >= fraction * len(values) - 1e-6


def test_recall_rises_where_a_hit_was_measured_and_costs_include_cheap_queries(
    story: Story,
) -> None:
    hits = [candidate(0, structure=True).id, candidate(2).id, candidate(9).id]
    steps = recall_steps(story.record, hits)
    # cheap 0.1, b 1.0, a 1.5 (hit), c 1.0 (hit, a bound)
    assert [found for _, found in steps] == [0, 1, 2]
    assert [cost for cost, _ in steps] == pytest.approx([0.0, 2.6, 3.6])


def test_random_measuring_finds_the_share_it_measures_and_all_in_the_end() -> None:
    chance = random_recall(pool=50, hits=5, price=2.0, budget=100.0)
    assert chance.mean == pytest.approx(chance.cost / 100)
    assert chance.mean[-1] == chance.low[-1] == chance.high[-1] == 1.0
    assert (chance.low <= chance.high).all()


def test_the_band_holds_at_least_nine_tenths_of_simulated_campaigns() -> None:
    chance = random_recall(pool=60, hits=6, price=1.0, budget=20.0)
    rng = np.random.default_rng(0)
    found = np.array([(rng.permutation(60)[:20] < 6).sum() / 6 for _ in range(2000)])
    inside = (found >= chance.low[-1]) & (found <= chance.high[-1])
    assert inside.mean() >= 0.9
    assert found.mean() == pytest.approx(chance.mean[-1], abs=0.02)


def test_a_budget_below_one_measurement_gives_the_origin_only() -> None:
    assert random_recall(pool=5, hits=1, price=2.0, budget=1.0).cost.tolist() == [0.0]
