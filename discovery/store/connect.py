"""From a path or a URL to one open database connection."""

import os
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from discovery.errors import InvalidInputError, JournalError
from discovery.store.locks import holder_name

_BUSY_TIMEOUT: Final = 30.0  # seconds; a reader's snapshot never lasts that long


def parse(url_or_path: str | Path) -> sa.URL:
    """Return the URL of a journal; a path is a SQLite file.

    Raises:
        InvalidInputError: It is no URL, or names a database that cannot hold a journal.
    """
    text = str(url_or_path)
    try:
        url = sa.make_url(text) if "://" in text else sa.URL.create("sqlite", database=text)
    except (ArgumentError, ValueError):
        raise InvalidInputError(
            f"{text!r} is neither a path nor a database URL; use a path, sqlite:///runs/journal.db "
            "or postgresql+psycopg://user@host/database"
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInputError(
            f"a journal lives in SQLite or PostgreSQL, not in {url.get_backend_name()!r}"
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise InvalidInputError(f"{text!r} would be lost with the process; give a file")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def shown(url: sa.URL) -> str:
    """Return how messages call a journal, passwords hidden."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def engine(url: sa.URL, *, read_only: bool) -> sa.Engine:
    """Return an engine for exactly one connection.

    SQLite runs in WAL mode with ``synchronous=FULL``: readers never wait for the writer, and what
    was appended survives a power cut, not only a killed process; it may have cost a measurement.

    Raises:
        JournalError: The driver of the database is not installed.
    """
    if url.get_backend_name() == "postgresql":
        try:
            return sa.create_engine(
                url,
                poolclass=sa.NullPool,
                connect_args={"application_name": holder_name()},
            )
        except (ImportError, NoSuchModuleError) as error:
            raise JournalError(
                f"no driver for {shown(url)} ({error}); "
                "install one with: pip install 'ion-discovery[postgresql]'"
            ) from None
    return _sqlite(Path(str(url.database)), read_only=read_only)


def _sqlite(path: Path, *, read_only: bool) -> sa.Engine:
    query = {"uri": "true", "mode": "ro" if read_only else "rwc"}
    effective = os.access in os.supports_effective_ids
    if read_only and not os.access(path.parent, os.W_OK, effective_ids=effective):
        # such a folder has no place for WAL files; without one there is nobody who writes either
        alone = not path.with_name(path.name + "-wal").exists()
        query |= {"immutable": "1"} if alone else {}
    result = sa.create_engine(
        sa.URL.create("sqlite", database=path.absolute().as_uri(), query=query),
        poolclass=sa.NullPool,
        connect_args={"timeout": _BUSY_TIMEOUT},
    )

    @sa.event.listens_for(result, "connect")
    def configure(connection: Any, _: object) -> None:  # noqa: ANN401 - of the driver
        # the driver opens no transactions of its own, so that tables and triggers come together
        connection.isolation_level = None
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(result, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return result
