"""Pools whose candidates are made when they are looked at."""

import numpy as np
import pytest
from campaign_cases import FIDELITIES, UNKNOWN, opened

from discovery.campaign import LazyPool
from discovery.errors import InvalidInputError, JournalError
from discovery.types import Batch, Candidate, Query

NUMBERS = np.random.default_rng(0).random((40, 3))


def point(row):
    return Candidate((), descriptors=tuple(zip("abc", NUMBERS[row].tolist(), strict=True)))


def lazily(count=40, make=point):
    return LazyPool(count, make)


def test_it_is_the_sequence_that_it_makes():
    pool, made = lazily(), [point(row) for row in range(40)]
    assert list(pool) == made
    assert (len(pool), pool[3], pool[-1]) == (40, made[3], made[-1])
    assert pool[5:9] == tuple(made[5:9])
    assert pool[38:99] == tuple(made[38:])
    assert pool.index(made[7]) == 7
    with pytest.raises(IndexError):
        pool[40]


def test_candidates_may_follow():
    stranger = Candidate((("Li", 1.0), ("Cl", 1.0)))
    pool = lazily(3).followed_by([stranger])
    assert list(pool) == [point(0), point(1), point(2), stranger]
    assert pool[2:] == (point(2), stranger)


def test_a_campaign_keeps_none_of_them(tmp_path):
    alive = []

    def make(row):
        alive.append(row)
        return point(row)

    with opened(tmp_path / "journal.db", pool=lazily(make=make)) as campaign:
        assert sorted(alive) == list(range(40))  # each of them once, for its id
        request = campaign.request(5)
        assert isinstance(request.pool, LazyPool)
        assert request.costs.shape == (40, 2)
        assert len(alive) == 40
        assert request.places()[point(7).id] == 7


def test_a_campaign_goes_on_with_it_and_takes_candidates_from_beyond(tmp_path):
    stranger = Candidate((("Li", 1.0), ("Cl", 1.0)))
    queries = tuple(Query(c, FIDELITIES[0].name) for c in (point(4), stranger))
    with opened(tmp_path / "journal.db", pool=lazily()) as campaign:
        campaign.ask(Batch(queries, (1.0, 1.0)), [UNKNOWN] * 2, {})
        assert campaign.pool[-1] == stranger
    for same in (lazily(), [point(row) for row in range(40)]):
        with opened(tmp_path / "journal.db", pool=same) as again:
            assert again.pending == queries
            assert list(again.pool) == [*map(point, range(40)), stranger]
            request = again.request(3)
            assert np.argwhere(~request.available).tolist() == [[4, 0], [40, 0]]
            assert request.places()[stranger.id] == 40
    with (
        pytest.raises(JournalError, match="not the same ones in the same order"),
        opened(tmp_path / "journal.db", pool=lazily(make=lambda row: point(39 - row))),
    ):
        pass


def test_a_candidate_that_is_made_twice_is_refused(tmp_path):
    with (
        pytest.raises(InvalidInputError, match=r"the pool has a=.* twice"),
        opened(tmp_path / "journal.db", pool=lazily(make=lambda row: point(row % 39))),
    ):
        pass
