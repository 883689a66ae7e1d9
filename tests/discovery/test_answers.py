import logging
import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discovery.store import answers as module
from discovery.store.answers import AnswerCache
from discovery.types import Bound, Estimate, Refusal

FINITE = st.floats(allow_nan=False, allow_infinity=False)
DETAILS = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers(-(2**60), 2**60) | FINITE | st.text()
)
OUTCOMES = st.one_of(
    st.builds(Estimate, FINITE, st.none() | st.floats(0, 1e300), DETAILS),
    st.builds(Bound, st.sampled_from(["left", "right"]), FINITE, DETAILS),
    st.builds(Refusal, st.text()),
)


@pytest.fixture
def cache(tmp_path):
    return AnswerCache(tmp_path / "below" / "answers.sqlite")


@given(answers=st.dictionaries(st.text("0123456789abcdef", min_size=1), OUTCOMES))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_put_is_found_bit_by_bit(cache, answers):
    cache.put(answers)
    found = cache.get(list(answers))
    assert found == answers
    assert repr(sorted(found.items(), key=str)) == repr(sorted(answers.items(), key=str))


def test_what_was_never_put_is_not_found(cache):
    assert cache.get(["a"]) == {}
    cache.put({"b": Refusal("no Li")})
    assert cache.get(["a", "b"]) == {"b": Refusal("no Li")}


def test_looking_makes_no_file_and_nothing_to_keep_neither(cache):
    cache.get(["a"])
    cache.put({})
    cache.put({"a": Estimate(1.0, details={"odd": object()}), "b": "no outcome"})
    assert not cache._path.parent.exists()


def test_an_answer_put_again_replaces_the_first(cache):
    cache.put({"a": Estimate(1.0)})
    cache.put({"a": Estimate(2.0)})
    assert cache.get(["a"]) == {"a": Estimate(2.0)}


def test_many_keys_are_found_at_once(cache):
    answers = {f"{i:032x}": Estimate(float(i)) for i in range(5000)}
    cache.put(answers)
    assert cache.get(list(answers)) == answers


def test_numbers_of_numpy_become_pythons(cache):
    cache.put({"a": Estimate(np.float64(1.5), details={"n": np.int64(3), "ok": np.bool_(1)})})
    (found,) = cache.get(["a"]).values()
    assert found == Estimate(1.5, details={"n": 3, "ok": True})
    assert type(found.details["n"]) is int


def fill(path, start):
    cache = AnswerCache(Path(path))
    for i in range(start, start + 20):
        cache.put({str(i): Estimate(float(i))})
    return len(cache.get([str(i) for i in range(start, start + 20)]))


def test_processes_and_threads_write_at_once(cache):
    path = str(cache._path)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as far, ThreadPoolExecutor(2) as near:
        work = [pool.submit(fill, path, 100 * i) for i, pool in enumerate([far, near] * 2)]
        assert [each.result() for each in work] == [20] * 4
    assert len(cache.get([str(i) for i in range(1000)])) == 80


@pytest.mark.parametrize("damage", ["garbage", "emptied", "torn", "overwritten"])
def test_a_damaged_file_costs_its_answers_and_nothing_else(cache, damage):
    answers = {str(i): Estimate(float(i)) for i in range(2000)}
    cache.put(answers)
    whole = cache._path.read_bytes()
    cache._path.write_bytes(
        {
            "garbage": b"not a database" * 100,
            "emptied": b"",
            "torn": whole[: len(whole) // 2],
            "overwritten": whole[:6000] + b"\xff" * 9000 + whole[15000:],
        }[damage]
    )
    found = cache.get(list(answers))
    assert found.items() <= answers.items()
    for _ in range(2):  # the first may find the damage
        cache.put({"a": Estimate(1.0)})
    assert cache.get(["a"]) == {"a": Estimate(1.0)}


def test_a_damaged_file_is_set_aside_and_told_of_once(cache, caplog):
    cache.put({"a": Estimate(1.0)})
    cache._path.write_bytes(b"not a database" * 100)
    module._tell.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert [cache.get(["a"]) for _ in range(3)] == [{}, {}, {}]
    assert cache._path.with_suffix(".corrupt").read_bytes().startswith(b"not a database")
    (record,) = caplog.records
    assert "file is not a database" in record.message
    assert "goes on without them" in record.message


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"value": "x"}', '{"value": NaN}', '{"side": "up", "value": 1}']
)
def test_an_answer_that_cannot_be_read_is_asked_for_again(cache, text):
    cache.put({"a": Estimate(1.0), "b": Estimate(2.0)})
    with sqlite3.connect(cache._path) as connection:
        connection.execute("UPDATE answers SET answer = ? WHERE key = 'a'", (text,))
    connection.close()
    assert cache.get(["a", "b"]) == {"b": Estimate(2.0)}
    cache.put({"a": Estimate(1.0)})
    assert cache.get(["a"]) == {"a": Estimate(1.0)}


def test_a_locked_file_costs_patience_only(cache, monkeypatch):
    cache.put({"a": Estimate(1.0)})
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    holder = sqlite3.connect(cache._path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert cache.get(["a"]) == {}
    cache.put({"b": Estimate(2.0)})
    holder.execute("ROLLBACK")
    holder.close()
    assert cache.get(["a", "b"]) == {"a": Estimate(1.0)}


def test_somebody_elses_database_is_left_alone(cache):
    cache._path.parent.mkdir()
    with sqlite3.connect(cache._path) as connection:
        connection.execute("CREATE TABLE answers (question TEXT)")
    connection.close()
    before = cache._path.read_bytes()
    cache.put({"a": Estimate(1.0)})
    assert cache.get(["a"]) == {}
    assert cache._path.read_bytes() == before


def test_a_directory_that_cannot_be_made_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    cache = AnswerCache(tmp_path / "file" / "answers.sqlite")
    cache.put({"a": Estimate(1.0)})
    assert cache.get(["a"]) == {}
