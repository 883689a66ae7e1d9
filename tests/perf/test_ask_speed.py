"""How long one ask takes on large pools, and how much memory; run with `pytest -m perf`.

Asked through campaign and loop as a user does: 500 answers at three fidelities, eight queries under
way, a batch of eight. Times are those of the processor, see ``test_default_proxy_speed``; every
case runs in a process of its own, with one thread, so that the peak of its memory is its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.perf

TESTS = Path(__file__).parents[1]


def alone(*arguments):
    """What :func:`large_campaigns.asked` returns, from another process."""
    done = subprocess.run(
        [sys.executable, str(TESTS / "large_campaigns.py"), *map(str, arguments)],
        cwd=TESTS.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    print("\n", *arguments, {key: [round(v, 2) for v in found[key]] for key in found})  # noqa: T201
    return found


@pytest.mark.parametrize(
    ("kind", "proxy", "acquisition", "sampler"),
    [
        ("points", "points_gp", "multifidelity", "fantasies"),
        ("points", "points_gp", "logei", "diverse"),
        ("points", "points_forest", "multifidelity", "fantasies"),
        ("materials", "staged", "multifidelity", "diverse"),
        ("materials", "staged", "ucb", "fantasies"),
    ],
)
def test_one_ask_on_a_hundred_thousand_candidates_takes_10_seconds(
    kind, proxy, acquisition, sampler
):
    found = alone(kind, 100_000, proxy, acquisition, sampler, 2)
    # features of materials are computed in the first ask and remembered
    assert found["ask"][-1] <= 10
    assert found["gigabytes"][0] <= 2


@pytest.mark.parametrize(
    ("kind", "proxy"),
    [("points", "points_forest"), ("objects", "points_forest"), ("points", "points_gp")],
)
def test_one_ask_on_a_million_takes_60_seconds_and_2_gigabytes(kind, proxy):
    found = alone(kind, 1_000_000, proxy, "multifidelity", "diverse")
    assert found["ask"][0] <= 60
    assert found["gigabytes"][0] <= 2
