import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samplers.gflownet.replay import Entries, Replay


def entries(keys, scores):
    """Objects whose state, coordinate and score tell of each other."""
    keys, scores = np.asarray(keys, dtype=np.int64), np.asarray(scores, dtype=np.float32)
    return Entries(np.stack([keys, -keys], 1), scores[:, None].copy(), scores[:, None])


def remembered(replay):
    kept = replay.entries
    return dict(zip(kept.states[:, 0].tolist(), kept.scores[:, 0].tolist(), strict=True))


@given(
    adds=st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.floats(-5, 5, width=32)), min_size=1, max_size=9),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_with_room_for_all_each_state_is_kept_once_with_its_best_score(adds):
    replay, truth, rng = Replay(20, 2, 1, 1), {}, np.random.default_rng(0)
    for added in adds:
        replay.add(entries(*zip(*added, strict=True)), rng)
        for key, score in added:
            truth[key] = max(score, truth.get(key, -np.inf))
    assert remembered(replay) == truth
    kept = replay.entries
    assert np.array_equal(kept.states[:, 0], -kept.states[:, 1])
    assert np.array_equal(kept.coordinates, kept.scores)


@given(seed=st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_a_full_memory_forgets_the_worse_and_never_the_best(seed):
    rng = np.random.default_rng(seed)
    replay, scores = Replay(50, 2, 1, 1), rng.permutation(2000).astype(float)
    for start in range(0, 2000, 100):
        keys = np.arange(start, start + 100)
        replay.add(entries(keys, scores[keys]), rng)
    kept = remembered(replay)
    assert len(replay) == len(kept) == 50
    assert all(scores[key] == score for key, score in kept.items())
    assert max(kept.values()) == 1999
    assert np.median(list(kept.values())) > 1500


def test_what_cannot_be_judged_or_is_worst_is_not_remembered():
    replay = Replay(5, 2, 1, 1)
    replay.add(entries([1, 2, 3], [np.nan, -np.inf, 0.5]), np.random.default_rng(0))
    assert remembered(replay) == {3: 0.5}


def test_draws_favour_high_scores_under_the_preference_of_each_row():
    rng = np.random.default_rng(0)
    replay, scores = Replay(100, 1, 0, 2), rng.random((100, 2)).astype(np.float32)
    states = np.arange(100)[:, None]
    replay.add(Entries(states, np.zeros((100, 0), np.float32), scores), rng)
    first = replay.draw(np.tile(np.float32([1, 0]), (4000, 1)), rng).scores
    assert first[:, 0].mean() == pytest.approx(0.8, abs=0.05)  # the best of four: 4/5
    assert first[:, 1].mean() == pytest.approx(0.5, abs=0.05)


def test_the_best_entries_come_first():
    replay = Replay(9, 2, 1, 1)
    replay.add(entries([1, 2, 3, 4], [0.1, 0.4, 0.3, 0.2]), np.random.default_rng(0))
    assert replay.best(3).states[:, 0].tolist() == [2, 3, 4]


def test_adding_takes_the_same_time_however_much_is_remembered():
    def seconds(capacity):
        rng = np.random.default_rng(0)
        replay = Replay(capacity, 2, 1, 1)
        replay.add(entries(np.arange(capacity), rng.random(capacity)), rng)
        batch = entries(np.arange(capacity, capacity + 200), np.ones(200))
        times = []
        for _ in range(15):
            begun = time.process_time()
            replay.add(batch, rng)
            times.append(time.process_time() - begun)
        return min(times)

    assert seconds(100_000) < 5 * seconds(1_000)
