"""Peers: what they see, what they may return, and that they search at all."""

from importlib.util import find_spec

import numpy as np
import pytest

from discovery.benchmark.peers import CATALOGUE
from discovery.benchmark.peers.peer import View, load, rows_of, versions
from discovery.errors import InvalidInputError, UnknownNameError

EXTRA = ("baybe", "ax")
INSTALLED = [name for name in CATALOGUE if name not in EXTRA or find_spec(name)]
LEARNING = [name for name in INSTALLED if name != "random"]


def view(told: int = 12, count: int = 60) -> View:
    """A hill over two features of different units; one row stands twice, one column is idle."""
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.random(count), 1000 * rng.random(count), np.ones(count)])
    x[-1] = x[-2]
    value = -((x[:, 0] - 0.5) ** 2) - (x[:, 1] / 1000 - 0.5) ** 2
    return View(x, np.arange(told), value[:told], np.arange(told, count))


def worth(row):
    x = view().features[row]
    return -((x[..., 0] - 0.5) ** 2) - (x[..., 1] / 1000 - 0.5) ** 2


@pytest.mark.parametrize("name", INSTALLED)
def test_a_peer_returns_different_rows_that_are_left(name) -> None:
    seen = view()
    rows = load(name)().choose(seen, 3, 5)
    assert len(set(rows.tolist())) == 3
    assert np.isin(rows, seen.left).all()


@pytest.mark.parametrize("name", INSTALLED)
def test_a_peer_may_take_all_that_is_left_though_rows_look_the_same(name) -> None:
    seen = view(told=57)
    assert sorted(load(name)().choose(seen, 3, 5).tolist()) == [57, 58, 59]


@pytest.mark.parametrize("name", INSTALLED)
def test_a_peer_chooses_the_same_by_the_same_seed(name) -> None:
    first, second = (load(name)().choose(view(), 2, 5).tolist() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", LEARNING)
def test_a_peer_that_learns_chooses_better_than_chance(name) -> None:
    seen = view(told=25)
    (row,) = load(name)().choose(seen, 1, 5)
    assert worth(row) > np.quantile(worth(seen.left), 0.75)


def test_features_are_brought_to_one_range() -> None:
    unit = view().unit
    np.testing.assert_array_equal(unit.min(axis=0), 0.0)
    np.testing.assert_array_equal(unit.max(axis=0), [1.0, 1.0, 0.0])


def test_versions_tell_results_of_different_libraries_apart() -> None:
    assert versions("random_forest")["scikit-learn"]
    assert set(versions("botorch")) == {"botorch", "gpytorch", "torch"}


def test_an_unknown_peer_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown peer 'axe'"):
        load("axe")


@pytest.mark.parametrize("name", EXTRA)
def test_a_missing_library_is_said_with_what_installs_it(name) -> None:
    if find_spec(name):
        pytest.skip(f"{name} is installed")
    with pytest.raises(InvalidInputError, match=r"pip install 'ion-discovery\[peers\]'"):
        load(name)().choose(view(), 1, 0)


def test_points_that_look_the_same_are_different_rows_that_are_left() -> None:
    pool = np.array([[0.0], [1.0], [1.0], [2.0], [1.0]])
    points = np.array([[1.0], [1.0], [0.9]])
    assert rows_of(points, pool, np.array([1, 3, 4])).tolist() == [1, 4, 3]
