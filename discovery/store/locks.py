"""One writer at a time, and who that is.

A lock belongs to a process and vanishes with it, however it ends: POSIX record locks are released
by the kernel and, unlike ``flock``, not inherited by worker processes that outlive a killed parent.
"""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from discovery.errors import JournalError
from discovery.store.events import now

PACKAGE_KEY: Final = 0x10D15C0
"""First half of the advisory locks' keys on PostgreSQL; the second is the campaign's."""

_held: Final[set[Path]] = set()
"""Record locks do not exclude their own process; this does."""


class FileLock:
    """An exclusive lock on a file beside a SQLite database; the file names its holder.

    Raises:
        JournalError: Somebody else writes, or the file cannot be written.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock").absolute()
        if self._path in _held:
            raise _busy(
                str(database), f"process {os.getpid()} on {socket.gethostname()} (this one)"
            )
        try:
            self._file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise JournalError(
                f"cannot write to {database.parent}: {error.strerror}; "
                "give the journal a folder that exists and may be written"
            ) from None
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            self._file.seek(0)
            holder = _described(self._file.read())
            self._file.close()
            raise _busy(str(database), holder) from None
        except OSError as error:
            self._file.close()
            raise JournalError(
                f"{self._path} cannot be locked ({error.strerror}); "
                "keep the journal on a file system with locks, e.g. a local disk"
            ) from None
        _held.add(self._path)
        self._file.truncate(0)
        self._file.write(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now()})
        )
        self._file.flush()

    def release(self) -> None:
        """Let others write; the empty file stays, because removing it would race with them."""
        self._file.truncate(0)
        self._file.close()
        _held.discard(self._path)


def take_advisory_lock(connection: sa.Connection, campaign: str, where: str) -> None:
    """Take the PostgreSQL advisory lock of a campaign, for as long as the connection lives.

    The connection is the very one that appends: if it breaks, the lock is gone and so is the way
    to append without it.

    Raises:
        JournalError: Somebody else writes.
    """
    keys = {"package": PACKAGE_KEY, "campaign": campaign}
    if connection.scalar(
        sa.text("SELECT pg_try_advisory_lock(:package, hashtext(:campaign))"), keys
    ):
        return
    holder = connection.scalar(
        sa.text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = :package "
            "AND l.objid::bigint = hashtext(:campaign)::bigint & 4294967295"
        ),
        keys,
    )
    raise _busy(f"campaign {campaign!r} in {where}", str(holder or "another process"))


def holder_name() -> str:
    """Return how this process presents itself to a database server."""
    return f"process {os.getpid()} on {socket.gethostname()}"[:63]


def _described(text: str) -> str:
    try:
        holder: Any = json.loads(text)
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _busy(what: str, holder: str) -> JournalError:
    return JournalError(
        f"{what} is being written by {holder}; there is one writer at a time. "
        "Wait until it ends or stop it; reading (status, report) is always possible"
    )
