import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from discovery.features import cache
from discovery.features.physics import has_physics
from discovery.features.stages import featurise
from discovery.testing.probes import model_probes, oracle_probes


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_memory", {})
    monkeypatch.setattr(cache, "_names", {})
    return tmp_path


def always(_):
    return True


def never(_):
    return False


class Counting:
    """Counts the rows that are computed."""

    def __init__(self):
        self.rows = 0

    def __call__(self, candidates):
        self.rows += len(candidates)
        return ("size",), np.array([[len(c.composition)] for c in candidates], dtype=float)


@pytest.mark.usefixtures("fresh")
def test_a_row_is_computed_once():
    compute, pool = Counting(), model_probes()
    names, first = cache.rows(pool, "s", compute, on_disk=never)
    seen = compute.rows
    _, second = cache.rows(pool[::-1], "s", compute, on_disk=never)
    assert names == ("size",)
    assert compute.rows == seen
    np.testing.assert_array_equal(first, second[::-1])


@pytest.mark.usefixtures("fresh")
def test_the_memory_is_bounded_and_the_oldest_row_is_forgotten_first(monkeypatch):
    pool, compute = model_probes()[:3], Counting()
    monkeypatch.setattr(cache, "MOST_ROWS", 2)
    _, values = cache.rows(pool, "s", compute, on_disk=never)
    np.testing.assert_array_equal(values[:, 0], [len(c.composition) for c in pool])
    seen = compute.rows
    cache.rows(pool[1:], "s", compute, on_disk=never)
    assert compute.rows == seen
    cache.rows(pool[:1], "s", compute, on_disk=never)
    assert compute.rows == seen + 1


@pytest.mark.usefixtures("fresh")
def test_rows_on_disk_outlive_the_process():
    compute, pool = Counting(), model_probes()
    _, first = cache.rows(pool, "s", compute, on_disk=always)
    seen = compute.rows
    cache.forget()
    _, second = cache.rows(pool, "s", compute, on_disk=always)
    assert compute.rows == seen
    np.testing.assert_array_equal(first, second)


def test_only_what_costs_something_to_compute_becomes_a_file(fresh):
    formulas = [c for c in model_probes() if c.structure is None]
    crystals = oracle_probes()
    values = featurise([*formulas, *crystals], "physics").values
    files = list(fresh.rglob("*.npy"))
    assert {file.stem for file in files} == {
        cache.content_key(c) for c in crystals if has_physics(c)
    }
    assert {file.parent.name for file in files} == {"physics"}
    cache.forget()
    np.testing.assert_array_equal(featurise([*formulas, *crystals], "physics").values, values)


def test_a_damaged_file_is_computed_again(fresh):
    compute, pool = Counting(), model_probes()[:1]
    cache.rows(pool, "s", compute, on_disk=always)
    (file,) = fresh.rglob("*.npy")
    file.write_bytes(file.read_bytes()[:40])
    cache.forget()
    seen = compute.rows
    _, values = cache.rows(pool, "s", compute, on_disk=always)
    assert compute.rows == seen + 1
    assert values[0, 0] == 2


def test_workers_may_share_the_directory(fresh):
    pool = model_probes()

    def work(_):
        cache.forget()
        return cache.rows(pool, "s", Counting(), on_disk=always)[1]

    with ThreadPoolExecutor(8) as workers:
        results = list(workers.map(work, range(16)))
    for values in results:
        np.testing.assert_array_equal(values, results[0])
    assert not list(fresh.rglob("*.part"))


@pytest.mark.skipif(os.name == "nt", reason="a file in the way of a folder is a POSIX test")
def test_a_directory_that_cannot_be_written_costs_nothing_but_speed(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("DISCOVERY_CACHE", str(blocked))
    monkeypatch.setattr(cache, "_memory", {})
    _, values = cache.rows(model_probes()[:2], "other", Counting(), on_disk=always)
    assert values.tolist() == [[2.0], [2.0]]


def test_the_key_holds_all_that_features_depend_on_and_not_the_name():
    crystal = oracle_probes()[0]
    assert cache.content_key(crystal) == cache.content_key(dataclasses.replace(crystal, name="x"))
    assert cache.content_key(crystal) != cache.content_key(dataclasses.replace(crystal, z=None))
    keys = {cache.content_key(candidate) for candidate in model_probes()}
    assert len(keys) == len(model_probes())
