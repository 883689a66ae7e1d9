"""Killed at any moment and run again, a campaign is the one that was never interrupted."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from discovery.campaign import CampaignRecord, fold
from discovery.store import Journal

KILLS = 20


def start(config: str, out: Path) -> "subprocess.Popen[bytes]":
    code = "from discovery.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", config, "--out", str(out), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def record(out: Path, name: str) -> CampaignRecord:
    with Journal.open(out / name / "journal.db", read_only=True) as journal:
        return fold(journal.events())


def story(found: CampaignRecord) -> list[object]:
    """All that an interruption must not change: everything but times."""
    ledger = found.ledger
    answers = [
        (o.query.id, o.status, o.value, o.bound, o.cost, o.seed, o.reason)
        for o in found.observations
    ]
    asked = [(e.query.id, e.round, e.forecast, e.reserved, e.actual) for e in found.entries]
    return [answers, asked, ledger.spent, ledger.reserved, ledger.accounts, found.stopped]


@pytest.mark.slow
def test_killed_twenty_times_a_campaign_asks_and_pays_the_same(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    begun = time.monotonic()
    assert start("quickstart", whole).wait() == 0
    length = time.monotonic() - begun
    rng = random.Random(4)
    kills = 0
    broken = tmp_path / "broken"
    while kills < KILLS:
        process = start("quickstart", broken)
        try:
            process.wait(timeout=rng.uniform(2.0, length / 2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        assert story(record(broken, "quickstart")) == story(record(whole, "quickstart"))
        shutil.rmtree(broken)
    assert start("quickstart", broken).wait() == 0
    assert story(record(broken, "quickstart")) == story(record(whole, "quickstart"))
