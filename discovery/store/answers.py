"""Answers remembered in a file that any number of processes share.

A SQLite file with a rollback journal: unlike WAL it needs no shared memory, so the file may lie on
a cluster's network file system. A connection lives for one call, so that there is nothing to
inherit, to pickle or to close. Whatever is wrong with the file (locked, corrupt, read-only, a full
disk) costs speed, never a run: nothing is found and nothing is kept.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

from discovery.codec import outcome_from_json, outcome_to_json
from discovery.errors import InvalidInputError
from discovery.types import Outcome

_PATIENCE: Final = 5.0
"""Seconds to wait for other processes; each writes for milliseconds."""

_UNREADABLE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY: Final = 0xFF
"""Bits of an extended error code that hold the primary one."""


class AnswerCache:
    """Key -> answer, on disk.

    Args:
        path: The SQLite file; it and its directory are made when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, keys: Sequence[str]) -> dict[str, Outcome]:
        """Return the answers that are remembered; what cannot be read is not."""
        try:
            rows = self._read(keys) if self._path.exists() else []
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return {}
        return dict(_decoded(rows))

    def put(self, answers: Mapping[str, Outcome]) -> None:
        """Remember answers, in one transaction; what no JSON can hold is left out."""
        rows = list(_encoded(answers))
        if not rows:
            return
        try:
            self._write(rows)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _read(self, keys: Sequence[str]) -> list[tuple[str, str]]:
        # "rw" also reads what may not be written; it finishes what a killed writer left behind
        with closing(_connect(f"{self._path.absolute().as_uri()}?mode=rw")) as connection:
            return connection.execute(
                "SELECT key, answer FROM answers WHERE key IN (SELECT value FROM json_each(?))",
                (json.dumps(list(keys)),),
            ).fetchall()

    def _write(self, rows: Sequence[tuple[str, str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(f"{self._path.absolute().as_uri()}?mode=rwc")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL) "
                "WITHOUT ROWID"
            )
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)
            connection.execute("COMMIT")

    def _give_up(self, error: sqlite3.Error | OSError) -> None:
        """A file that is not readable as a database is set aside; the next answer begins anew."""
        _tell(self._path, str(error))
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _UNREADABLE:
            try:
                self._path.replace(self._path.with_suffix(".corrupt"))
            except OSError:
                return


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)


def _encoded(answers: Mapping[str, Outcome]) -> Iterator[tuple[str, str]]:
    for key, outcome in answers.items():
        try:
            yield key, json.dumps(outcome_to_json(outcome), allow_nan=False)
        except (InvalidInputError, TypeError, ValueError):
            continue


def _decoded(rows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Outcome]]:
    for key, text in rows:
        try:
            yield key, outcome_from_json(json.loads(text))
        except (InvalidInputError, TypeError, ValueError):
            continue


@cache
def _tell(path: Path, reason: str) -> None:
    """Warn once of each reason, not with every query."""
    logging.getLogger(__name__).warning(
        "the answers in %s cannot be used (%s); the campaign goes on without them", path, reason
    )
