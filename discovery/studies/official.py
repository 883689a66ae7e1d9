"""The published test rows: opened once per release, and every look is written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discovery import __version__
from discovery.assessment.splits import Split
from discovery.errors import InvalidInputError
from discovery.studies.contenders import Contender, split_scores
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix


@dataclass(frozen=True)
class Opening:
    """One look at the test rows.

    Args:
        date: When, ISO 8601, UTC.
        version: Of this package.
        data: Hash of candidates, labels and split.
        seed: Of the contenders.
        proxies: Title -> name in the registry and options.
        scores: Title -> metric -> score.
    """

    date: str
    version: str
    data: str
    seed: int
    proxies: Mapping[str, Mapping[str, Any]]
    scores: Mapping[str, Mapping[str, float]]


def open_test(data: Obelix, contenders: Sequence[Contender], *, seed: int, ledger: Path) -> Opening:
    """Train on the training rows, judge on the test rows, and append the record to a ledger.

    Scores are computed anew, never remembered: a look is a look.

    Raises:
        InvalidInputError: The ledger is no list of records, or cannot be written.
    """
    earlier = openings(ledger)
    scores = {
        contender.title: split_scores(
            contender, data, Split(data.train, data.test), seed=seed, memory=Memory(None)
        )
        for contender in contenders
    }
    opening = Opening(
        datetime.now(UTC).isoformat(timespec="seconds"),
        __version__,
        data.digest,
        seed,
        {c.title: {"proxy": c.proxy, "options": dict(c.options)} for c in contenders},
        scores,
    )
    text = json.dumps([asdict(each) for each in (*earlier, opening)], indent=1)
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        ledger.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            f"cannot write the ledger {ledger}: {error.strerror or error}"
        ) from None
    return opening


def openings(ledger: Path) -> list[Opening]:
    """Return the records of a ledger, none where there is no file.

    Raises:
        InvalidInputError: It is no list of records.
    """
    if not ledger.exists():
        return []
    try:
        return [Opening(**record) for record in json.loads(ledger.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"{ledger} is no ledger of test openings: {error}; move it away or name another"
        ) from None
