"""The append-only record of a campaign.

Promises: :meth:`Journal.append` is all or nothing and durable when it returns; one process writes
at a time, any number reads; a writer that dies, by ``kill -9`` too, leaves neither a lock nor half
an append behind; events come back in the order and, every float, in the value they were given.
One database may hold many campaigns, told apart by name.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from discovery.errors import InvalidInputError, JournalError
from discovery.store import connect, schema
from discovery.store.events import Event
from discovery.store.locks import FileLock, take_advisory_lock


class Journal:
    """An open journal of one campaign; use it as a context manager or close it.

    Made by :meth:`open`.
    """

    def __init__(
        self,
        connection: sa.Connection,
        campaign: str,
        where: str,
        *,
        writable: bool,
        lock: FileLock | None,
    ) -> None:
        self.campaign: Final = campaign
        self.where: Final = where
        self._connection: Final = connection
        self._writable: Final = writable
        self._lock: Final = lock
        table = schema.events
        length = sa.select(sa.func.max(table.c.seq)).where(table.c.campaign == campaign)
        with connection.begin():
            self._length = connection.scalar(length) or 0

    @classmethod
    def open(
        cls, url_or_path: str | Path, campaign: str | None = None, *, read_only: bool = False
    ) -> Self:
        """Open a journal; a writing one is created where there is none.

        Args:
            url_or_path: Path of a SQLite file, or a SQLAlchemy URL (SQLite or PostgreSQL).
            campaign: Name of the campaign; may be left out when the journal holds only one.
            read_only: Open without the lock of the writer, at any time, even while it writes.

        Raises:
            JournalError: Not a journal, damaged, of a newer schema, being written by somebody
                else, in a folder that cannot be written, or (reading) without that campaign.
            InvalidInputError: The URL names no SQLite file and no PostgreSQL database.
        """
        url = connect.parse(url_or_path)
        where = connect.shown(url)
        path = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
        if path is not None and read_only and not path.is_file():
            raise JournalError(f"there is no journal at {path}")
        lock = FileLock(path) if path is not None and not read_only else None
        connection = None
        try:
            with _told(where):
                connection = connect.engine(url, read_only=read_only).connect()
                with connection.begin():
                    schema.prepare(connection, where, create=not read_only)
                    _check_intact(connection, where)
                    campaign = _campaign(connection, campaign, where, must_exist=read_only)
                    if path is None and not read_only:
                        take_advisory_lock(connection, campaign, where)
                return cls(connection, campaign, where, writable=not read_only, lock=lock)
        except BaseException:
            if connection is not None:
                connection.close()
            if lock is not None:
                lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal and let others write; closing twice does no harm."""
        if self._connection.closed:
            return
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def append(self, events: Sequence[Event]) -> None:
        """Append events in one transaction: all or nothing, durable on return.

        Raises:
            JournalError: Opened for reading or closed, or the database refuses.
            InvalidInputError: A payload is not plain JSON or holds a number that is not finite.
        """
        if not self._writable:
            raise JournalError(f"{self.where} was opened for reading; open it for writing")
        if self._connection.closed:
            raise JournalError(f"{self.where} is closed; open it again")
        rows = [
            {
                "campaign": self.campaign,
                "seq": self._length + offset,
                "time": event.time,
                "kind": event.kind,
                "payload": _dump(event),
            }
            for offset, event in enumerate(events, start=1)
        ]
        if not rows:
            return
        with _told(self.where), self._connection.begin():
            self._connection.execute(sa.insert(schema.events), rows)
        self._length += len(rows)

    def events(self) -> list[Event]:
        """Return all events of the campaign, in the order they were appended.

        Raises:
            JournalError: The journal is damaged.
        """
        rows = self._rows()
        if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
            raise JournalError(f"{self.where} has lost events; restore it from a copy")
        return [Event(row.kind, _load(row.payload, self.where), row.time) for row in rows]

    def export(self, path: str | Path) -> None:
        """Write one row per query to a ``.parquet``, ``.csv`` or ``.json`` file.

        Raises:
            InvalidInputError: Another suffix, or the file cannot be written.
        """
        # reading and writing a journal needs no table library; exporting does
        from discovery.store.export import write  # noqa: PLC0415

        write(self.events(), Path(path))

    def _rows(self) -> Sequence[Any]:
        table = schema.events
        query = sa.select(table).where(table.c.campaign == self.campaign).order_by(table.c.seq)
        with _told(self.where), self._connection.begin():
            return self._connection.execute(query).all()


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what a database says into one line."""
    try:
        yield
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())
        lesson = "restore it from a copy, or give another path"
        if "readonly" in said or "unable to open" in said:
            lesson = "give the journal a file and a folder that may be written"
        elif error.connection_invalidated or "locked" in said or "onnect" in said:
            lesson = "check that the database can be reached, then run again: nothing is lost"
        raise JournalError(f"{where} cannot be used as a journal: {said}; {lesson}") from error


def _check_intact(connection: sa.Connection, where: str) -> None:
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise JournalError(f"{where} is damaged ({said}); restore it from a copy")


def _campaign(connection: sa.Connection, name: str | None, where: str, *, must_exist: bool) -> str:
    if name is not None and not must_exist:
        return name
    found = sorted(connection.scalars(sa.select(schema.events.c.campaign).distinct()))
    held = f"{where} holds {', '.join(found) if found else 'no campaign yet'}"
    if name is None and len(found) == 1:
        return str(found[0])
    if name is None:
        raise JournalError(f"{held}; say which campaign is meant")
    if name not in found:
        raise JournalError(f"{held}, not {name!r}")
    return name


def _dump(event: Event) -> str:
    try:
        return json.dumps(dict(event.payload), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"an event {event.kind!r} is not plain JSON: {error}") from None


def _load(text: str, where: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise JournalError(f"{where} holds an event that cannot be read; restore it from a copy")
    return data
