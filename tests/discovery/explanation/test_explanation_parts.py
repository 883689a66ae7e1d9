"""Permutation, partial dependence, families and maps, on numbers whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.agreement.rank_statistics import Values, exact_values
from discovery.errors import ContractError
from discovery.explanation.attribution import attribution
from discovery.explanation.dependence import dependence
from discovery.explanation.families import differences, differing, families_of
from discovery.explanation.permutation import HeldOut, losses
from discovery.explanation.plane import plane
from discovery.explanation.together import correlated_columns
from discovery.features.stages import FeatureTable


class Formula:
    """A model that is a formula; not fitted to anything."""

    def __init__(self, formula) -> None:
        self._formula = formula

    def inputs(self, candidates) -> FeatureTable:
        raise NotImplementedError

    def respond(self, values):
        return self._formula(values)

    def trees(self, values):
        return []


def world(count: int = 200) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, 4))


def halves(model, rows) -> list[HeldOut]:
    even, odd = np.arange(0, len(rows), 2), np.arange(1, len(rows), 2)
    return [HeldOut(model, part, rows[part]) for part in (even, odd)]


def test_a_column_that_is_not_used_costs_nothing_and_the_one_that_is_costs_all() -> None:
    rows = world()
    model = Formula(lambda x: x[:, 0])
    full, lost = losses(
        halves(model, rows), exact_values(rows[:, 0]), [[0], [1]], repeats=4, seed=0
    )
    assert full == pytest.approx(1)
    assert lost.shape == (4, 2)
    assert (lost[:, 1] == 0).all()
    assert np.abs(lost[:, 0] - 1).max() < 0.3


def test_a_copy_hides_a_column_until_both_are_shuffled_together() -> None:
    rows = world()
    rows[:, 1] = rows[:, 0]
    model = Formula(lambda x: np.maximum(x[:, 0], x[:, 1]) + np.minimum(x[:, 0], x[:, 1]))
    truth = exact_values(rows[:, 0])
    _, lost = losses(halves(model, rows), truth, [[0], [1], [0, 1]], repeats=5, seed=0)
    single, both = lost[:, :2].max(), lost[:, 2].min()
    assert single < 0.5 < both


def test_shuffles_depend_on_the_seed_alone_and_constant_columns_are_never_missed() -> None:
    rows = world(40)
    rows[:, 2] = np.nan
    model = Formula(lambda x: x[:, 0] + np.isnan(x[:, 2]))
    told = [
        losses(halves(model, rows), exact_values(rows[:, 0]), [[0], [2]], repeats=3, seed=seed)[1]
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(told[0], told[1])
    assert not np.array_equal(told[0], told[2])
    assert (told[0][:, 1] == 0).all()


def test_columns_that_say_the_same_are_found_and_constant_ones_left_alone() -> None:
    rows = world()
    twins = np.column_stack([rows, -(rows[:, 0] ** 3), rows[:, 1] * 2, np.ones(len(rows))])
    twins[::3, 4] = np.nan
    assert correlated_columns(twins) == [[0, 4], [1, 5]]
    assert correlated_columns(np.ones((5, 3))) == []
    assert correlated_columns(rows) == []


def test_every_pair_of_a_cluster_correlates() -> None:
    rng = np.random.default_rng(0)
    chain = np.cumsum(rng.normal(size=(300, 12)), axis=1)
    for cluster in correlated_columns(chain, 0.9):
        for one in cluster:
            ranks = [np.argsort(np.argsort(chain[:, c])) for c in (one, cluster[0])]
            assert abs(np.corrcoef(ranks)[0, 1]) > 0.89


def test_partial_dependence_of_a_sum_is_the_summand() -> None:
    rows = world()
    found = dependence(Formula(lambda x: 2 * x[:, 0] + x[:, 1] ** 2), rows, tuple("abcd"), 0)
    assert found.name == "a"
    assert np.diff(found.mean) == pytest.approx(2 * np.diff(found.grid))
    assert found.mean - 2 * found.grid == pytest.approx(np.mean(rows[:, 1] ** 2))
    assert np.ptp(found.quantiles, axis=0) == pytest.approx(0, abs=1e-12)


def test_single_rows_differ_where_columns_act_together_and_unknown_rows_take_no_part() -> None:
    rows = world()
    rows[:30, 0] = np.nan
    found = dependence(Formula(lambda x: x[:, 0] * x[:, 1]), rows, tuple("abcd"), 0)
    assert (found.unknown, len(found.known)) == (30, 170)
    assert np.ptp(found.quantiles[:, 0]) > 1
    rows[:, 0] = 3.0
    assert dependence(Formula(lambda x: x[:, 0]), rows, tuple("abcd"), 0) is None


def test_a_value_that_nearly_all_rows_share_still_gives_a_curve() -> None:
    rows = np.zeros((200, 1))
    rows[:30, 0] = np.linspace(1, 2, 30)
    rows[:2, 0] = -1
    sparse = np.where(np.arange(2000)[:, None] < 30, np.arange(2000)[:, None] + 1.0, 0.0)
    for those in (rows, sparse):
        found = dependence(Formula(lambda x: x[:, 0]), those, ("a",), 0)
        assert len(found.grid) >= 2
        assert found.mean == pytest.approx(found.grid)


def test_families_that_differ_are_told_apart_and_equal_ones_are_not() -> None:
    rng = np.random.default_rng(3)
    names = ["a"] * 20 + ["b"] * 20 + ["c"] * 20 + ["d"] * 3 + [""] * 9
    values = rng.normal(size=len(names))
    values[20:40] += 4
    assert families_of(names) == ("a", "b", "c")
    found = differences(exact_values(values), names)
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert differing(found) == [True, False, True]
    assert (found[0].low, found[0].high) == (0.0, 0.001)
    assert found[1].low > 0.05
    assert found[0].statistic > found[1].statistic


def test_the_ends_of_the_table_of_p_values_are_bounds() -> None:
    same = exact_values(np.tile(np.arange(10.0), 2))
    (found,) = differences(same, ["a"] * 10 + ["b"] * 10)
    assert (found.low, found.high) == (0.25, 1.0)
    assert differing([found]) == [False]
    assert differing([]) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-20, -10.001), min_size=8, max_size=8))
def test_what_is_written_at_a_bound_or_below_the_highest_one_makes_no_difference(hidden) -> None:
    side = np.zeros(24, dtype=np.int8)
    side[:4] = side[12:16] = -1
    value = np.linspace(-9, -3, 24)
    value[[0, 12]] = -10.0
    names = ["a"] * 12 + ["b"] * 12
    told = []
    for written in (np.full(6, -10.0), np.array(hidden[:6])):
        value[[1, 2, 3, 13, 14, 15]] = written
        told += differences(Values(value.copy(), side), names)
    assert told[0] == told[1]
    assert told[0].tied == 8


def test_families_of_bounds_alone_cannot_be_compared() -> None:
    every = Values(np.full(16, -10.0), np.full(16, -1, dtype=np.int8))
    (found,) = differences(every, ["a"] * 8 + ["b"] * 8)
    assert found.statistic is None
    assert (found.low, found.high) == (0.25, 1.0)


def test_a_small_pool_is_drawn_on_principal_axes() -> None:
    rows = world(14)
    rows[0, 1] = np.nan
    found = plane(rows, seed=0)
    assert found.method == "PCA"
    assert found.places.shape == (14, 2)
    assert found.places[:, 0].std() == pytest.approx(1)
    assert found.places[:, 0] @ found.places[:, 1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("rows", [np.ones((1, 3)), np.full((20, 2), np.nan), np.ones((20, 3))])
def test_materials_without_a_difference_lie_on_one_spot(rows) -> None:
    found = plane(rows, seed=0)
    assert (found.method, np.ptp(found.places)) == ("PCA", 0)


def test_a_larger_pool_keeps_neighbours_and_the_seed_decides() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(20, 5)), 8 + rng.normal(size=(20, 5))])
    first = plane(rows, seed=4)
    assert first.method == "UMAP"
    assert np.array_equal(first.places, plane(rows, seed=4).places)
    centres = [first.places[:20].mean(axis=0), first.places[20:].mean(axis=0)]
    nearest = [np.argmin([np.linalg.norm(p - c) for c in centres]) for p in first.places]
    assert nearest == [0] * 20 + [1] * 20


def test_trees_that_do_not_add_up_to_the_response_are_a_broken_contract() -> None:
    rows = world(5)
    with pytest.raises(ContractError, match=r"trees of Formula do not add up .* off by up to"):
        attribution(Formula(lambda x: 1 + x[:, 0]), rows, rows)
    values, base = attribution(Formula(lambda x: 0 * x[:, 0]), rows, rows)
    assert (values == 0).all()
    assert (base == 0).all()
