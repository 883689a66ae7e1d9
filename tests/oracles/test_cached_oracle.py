import pickle
from dataclasses import replace

import pytest
from unruly import Counting, candidate

from discovery import registry
from discovery.testing import check_oracle
from discovery.testing.probes import antifluorite
from discovery.types import Bound, Refusal
from oracles.wrappers.cached import CachedOracle


@pytest.fixture
def cached(tmp_path):
    def make(oracle, described="counting", seed=0):
        directory = str(tmp_path)
        return CachedOracle(oracle=oracle, described=described, seed=seed, directory=directory)

    return make


POOL = [candidate(name, 1.0 + i) for i, name in enumerate(["", "deny", "limit", "some name"])]


def test_an_answer_is_asked_for_once(cached):
    inner = Counting()
    oracle = cached(inner)
    first = oracle.label(POOL, 1)
    assert oracle.label(POOL, 1) == first == Counting().label(POOL, 0)
    assert len(inner.asked) == 1
    assert first[1:3] == [Refusal("not today"), Bound("left", -10.0, {"why": "detection limit"})]


def test_only_what_is_missing_is_asked_for_in_one_batch_and_each_once(cached):
    inner = Counting()
    cached(Counting()).label(POOL[1:2], 1)
    told = cached(inner).label([*POOL, *POOL[::-1]], 1)
    assert inner.asked == [["", "limit", "some name"]]
    assert told[:4] == told[:3:-1] == Counting().label(POOL, 0)


def test_nothing_asked_is_nothing_answered(cached):
    inner = Counting()
    assert cached(inner).label([], 1) == []
    assert inner.asked == []


def test_answers_are_the_same_whichever_campaign_asked_first(cached):
    one = cached(Counting()).label(POOL, 17)
    other = Counting()
    assert cached(other).label(POOL, 23) == one
    assert other.asked == []


@pytest.mark.parametrize(
    "change",
    [
        {"oracle": Counting(version="2")},
        {"described": "counting, otherwise"},
        {"seed": 1},
    ],
    ids=["version", "options", "seed"],
)
def test_what_changes_answers_asks_anew(cached, change):
    cached(Counting()).label(POOL, 1)
    told = {"oracle": Counting(), **change}
    cached(**told).label(POOL, 1)
    assert len(told["oracle"].asked) == 1


def test_a_name_is_nothing_that_an_answer_depends_on(cached):
    inner = Counting()
    cached(inner).label([candidate("here")], 1)
    cached(inner).label([candidate("there")], 1)
    assert inner.asked == [["here"]]


def test_a_cell_written_otherwise_is_asked_for_itself(cached):
    """The same material, but an oracle may refuse large cells or draw for each site."""
    inner, cell = Counting(), antifluorite()
    sites = cell.structure.sites
    other = replace(cell, structure=replace(cell.structure, sites=sites[::-1]))
    assert other == cell
    cached(inner).label([cell, other], 1)
    assert len(inner.asked[0]) == 2


def test_a_missing_package_is_not_remembered(cached):
    inner = Counting()
    for _ in range(2):
        cached(inner).label([candidate("miss")], 1)
    assert len(inner.asked) == 2


def test_what_the_oracle_raises_is_not_remembered(cached):
    inner = Counting()
    for _ in range(2):
        with pytest.raises(LookupError, match="no such spell"):
            cached(inner).label([candidate("protest")], 1)
    assert len(inner.asked) == 2


def test_what_is_no_answer_is_passed_on_and_not_remembered(cached):
    inner = Counting()
    for _ in range(2):
        (told,) = cached(inner).label([candidate("mumble")], 1)
        assert callable(told)
    assert len(inner.asked) == 2


def test_answers_lie_below_the_cache_directory_unless_it_is_said_where(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path))
    CachedOracle(oracle=Counting(), described="").label(POOL, 1)
    assert [path.name for path in (tmp_path / "answers").iterdir()] == ["v1.sqlite"]


def test_a_cache_that_cannot_be_used_costs_speed_only(tmp_path):
    (tmp_path / "blocked").write_text("a file where a directory should be")
    inner = Counting()
    oracle = CachedOracle(oracle=inner, described="", directory=str(tmp_path / "blocked"))
    assert oracle.label(POOL, 1) == oracle.label(POOL, 1) == Counting().label(POOL, 0)
    assert len(inner.asked) == 2
    check_oracle(registry.build("oracle", "cached", options(tmp_path / "blocked")))


def options(directory, **sendek):
    return {"directory": str(directory), "oracle": {"name": "sendek", **sendek}}


def test_options_that_change_no_answer_share_answers(tmp_path):
    """The price and the time limit; not the largest structure that is worked on."""

    def origin(**changes):
        return registry.build("oracle", "cached", options(tmp_path, **changes))._origin

    assert origin(price=3.0) == origin()
    assert origin(max_sites=1000) == origin()  # the default
    assert origin(max_sites=3) != origin()

    def limited(seconds):
        inner = {"name": "time_limited", "seconds": seconds, "oracle": {"name": "sendek"}}
        return registry.build("oracle", "cached", {"oracle": inner})._origin

    assert limited(3) == limited(60) != origin()


def test_a_copy_of_the_oracle_finds_the_same_answers(cached):
    cached(Counting()).label(POOL, 1)
    copy = pickle.loads(pickle.dumps(cached(Counting())))
    copy.label(POOL, 1)
    assert copy._oracle.asked == []
