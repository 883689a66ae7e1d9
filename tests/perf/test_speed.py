"""What a user waits for. Absolute times hold on two cores; run with `pytest -m perf`."""

import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from discovery.store import Journal

pytestmark = pytest.mark.perf


def discovery(*arguments: str) -> float:
    """Run the command line in a process of its own; return seconds."""
    begun = time.perf_counter()
    code = "from discovery.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=600
    )
    return time.perf_counter() - begun


def test_help_answers_in_half_a_second() -> None:
    assert statistics.median(discovery("--help") for _ in range(5)) < 0.5


def test_validate_answers_in_a_second() -> None:
    assert statistics.median(discovery("validate", "quickstart") for _ in range(5)) < 1.0


def test_the_quickstart_asks_within_15_seconds_and_ends_within_180(tmp_path: Path) -> None:
    begun = datetime.now().astimezone()
    seconds = discovery("run", "quickstart", "--out", str(tmp_path), "--quiet")
    with Journal.open(tmp_path / "quickstart" / "journal.db", read_only=True) as journal:
        asked = next(event for event in journal.events() if event.kind == "asked")
    assert (datetime.fromisoformat(asked.time) - begun).total_seconds() < 15
    assert seconds < 180
