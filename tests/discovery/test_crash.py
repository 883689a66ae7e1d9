import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import campaign_cases
import crash_campaign
import pytest
from campaign_cases import trace

from discovery.campaign import fold
from discovery.store import Journal

TESTS = Path(campaign_cases.__file__).parent
PAUSE = 0.03  # seconds per answer, so that a life lasts long enough to be cut anywhere
LIVES = 20


def events_of(path):
    with Journal.open(path, read_only=True) as journal:
        return journal.events()


def trace_of(path):
    return trace(fold(events_of(path)))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The journal of an uninterrupted campaign, seconds until there was one, and until its end."""
    path = tmp_path_factory.mktemp("whole") / "journal.db"
    with start(path) as process:
        since = time.perf_counter()
        while not path.is_file() and process.poll() is None:
            time.sleep(0.001)
        opened = time.perf_counter() - since
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return path, opened, time.perf_counter() - since


def start(path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "crash_campaign.py"), str(path), str(PAUSE)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def test_a_campaign_killed_at_20_random_moments_asks_and_spends_what_an_uninterrupted_one_does(
    uninterrupted, tmp_path
):
    (whole, opened, seconds), path = uninterrupted, tmp_path / "journal.db"
    moments, killed, lengths = random.Random(20), 0, []
    for _ in range(LIVES):
        with start(path) as process:
            time.sleep(moments.uniform(0, opened + 1.6 * seconds / LIVES))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
        if path.is_file():
            with Journal.open(path, "test") as journal:  # no lock is left behind
                lengths.append(len(journal.events()))
    assert killed == LIVES
    assert lengths == sorted(lengths), "no event that was appended is lost"
    assert len(set(lengths)) > 3, "the kills are spread over the campaign"
    with start(path) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert trace_of(path) == trace_of(whole)


def test_a_campaign_resumed_after_any_transaction_ends_like_an_uninterrupted_one(
    uninterrupted, tmp_path
):
    events, expected = events_of(uninterrupted[0]), trace_of(uninterrupted[0])
    ends = [i for i in range(1, len(events)) if events[i].kind not in ("reserved", "settled")]
    for end in ends[:: len(ends) // 12]:
        path = tmp_path / f"{end}.db"
        with Journal.open(path, "test") as journal:
            journal.append(events[:end])
        crash_campaign.run(path)
        assert trace_of(path) == expected, f"cut after {end} of {len(events)} events"
