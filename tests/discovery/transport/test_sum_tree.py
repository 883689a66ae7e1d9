import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.transport.sum_tree import find_leaf, make_tree, set_leaf

rates = st.one_of(st.just(0.0), st.floats(1e-12, 1e12))


@given(st.lists(rates, min_size=1, max_size=40), st.floats(0, 1), st.data())
def test_a_tree_finds_what_a_running_sum_finds(values, share, data):
    tree = make_tree(len(values))
    for leaf in data.draw(st.permutations(range(len(values)))):
        set_leaf(tree, leaf, data.draw(rates))  # is overwritten
        set_leaf(tree, leaf, values[leaf])
    assert tree[1] == pytest.approx(sum(values))
    if tree[1] > 0:
        leaf, rest = find_leaf(tree, share * tree[1])
        assert values[leaf] > 0
        before = sum(values[:leaf])
        assert before + rest == pytest.approx(share * tree[1], rel=1e-9, abs=1e-9 * tree[1])
        assert 0 <= rest <= values[leaf]


def test_leaves_are_drawn_in_proportion_to_their_values():
    values = np.array([0.0, 3.0, 1.0, 0.0, 6.0])
    tree = make_tree(5)
    for leaf, value in enumerate(values):
        set_leaf(tree, leaf, value)
    drawn = [find_leaf(tree, 10 * u)[0] for u in (np.arange(10000) + 0.5) / 10000]
    assert np.bincount(drawn) / 1000 == pytest.approx(values)


def test_small_values_beside_large_ones_do_not_drown():
    tree = make_tree(2)
    set_leaf(tree, 0, 1e20)
    set_leaf(tree, 1, 1.0)
    set_leaf(tree, 0, 0.0)
    assert tree[1] == 1.0
