"""What wrappers cost: seconds for the whole of OBELiX, milliseconds for a process apart."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from unruly import Counting, Unruly, candidate

from discovery.datasets.obelix import ObelixDataset
from discovery.types import Candidate, Outcome
from oracles.wrappers.cached import CachedOracle
from oracles.wrappers.time_limited import TimeLimitedOracle

pytestmark = pytest.mark.perf


def seconds(oracle: CachedOracle | TimeLimitedOracle | Unruly, pool: Sequence[Candidate]) -> float:
    begun = time.perf_counter()
    answers: Sequence[Outcome] = oracle.label(pool, 1)
    assert len(answers) == len(pool)
    return time.perf_counter() - begun


def test_four_answers_for_every_crystal_of_obelix_are_found_in_a_second(
    tmp_path: Path, obelix_directory: Path
) -> None:
    data = ObelixDataset(data_dir=str(obelix_directory)).load()
    pool = [candidate for candidate in data.candidates if candidate.structure is not None]
    oracles = [
        CachedOracle(oracle=Counting(), described=str(i), directory=str(tmp_path)) for i in range(4)
    ]
    for oracle in oracles:
        oracle.label(pool, 1)
    assert len(pool) > 300
    assert statistics.median(sum(seconds(o, pool) for o in oracles) for _ in range(5)) < 1.0


def test_a_process_apart_costs_milliseconds_per_query() -> None:
    bare, apart = Unruly(), TimeLimitedOracle(oracle=Unruly(), seconds=60)
    pool = [candidate()]
    seconds(apart, pool)  # starts the worker
    pairs = [(seconds(bare, pool), seconds(apart, pool)) for _ in range(200)]
    assert statistics.median(slow - fast for fast, slow in pairs) < 0.005
