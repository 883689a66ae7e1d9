"""The tables of a journal, and the database's own refusal to change or to lose an event.

Version 1: one row per event, keyed by campaign and sequence number (from 1, without gaps);
``payload`` is JSON text, so that every float survives bit by bit on every database.
"""

from typing import Any, Final

import sqlalchemy as sa

from discovery.errors import JournalError
from discovery.store.locks import PACKAGE_KEY

VERSION: Final = 1

_metadata: Final = sa.MetaData()

versions: Final = sa.Table(
    "journal_schema", _metadata, sa.Column("version", sa.Integer, primary_key=True)
)
events: Final = sa.Table(
    "journal_events",
    _metadata,
    sa.Column("campaign", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)

# BEFORE INSERT runs ahead of SQLite's conflict resolution, so INSERT OR REPLACE is refused too
_SQLITE: Final = (
    """CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal_events
       BEGIN SELECT RAISE(ABORT, 'a journal is append-only'); END""",
    """CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal_events
       BEGIN SELECT RAISE(ABORT, 'a journal is append-only'); END""",
    """CREATE TRIGGER journal_in_sequence BEFORE INSERT ON journal_events
       WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM journal_events
                            WHERE campaign = NEW.campaign)
       BEGIN SELECT RAISE(ABORT, 'events are appended in sequence'); END""",
)
_POSTGRESQL: Final = (
    """CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'a journal is append-only'; END $$""",
    """CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_events
       FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()""",
)
_GUARDS: Final = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def prepare(connection: sa.Connection, where: str, *, create: bool) -> None:
    """Check that a database holds a journal of this version; create one where there is nothing.

    Args:
        connection: Inside a transaction.
        where: How messages call the database.
        create: Whether an empty database becomes a journal.

    Raises:
        JournalError: It holds something else, or a journal of another version.
    """
    if create and connection.dialect.name == "postgresql":
        # two campaigns that start together in an empty database create it one after the other
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PACKAGE_KEY)))
    found = set(sa.inspect(connection).get_table_names())
    if versions.name in found and events.name in found:
        _check_version(connection, where)
    elif found and connection.dialect.name == "sqlite":
        raise JournalError(
            f"{where} is a database but not a journal (it holds {', '.join(sorted(found))}); "
            "give the path of a journal, or of a file that does not exist yet"
        )
    elif not create:
        raise JournalError(f"{where} holds no journal; run the campaign first")
    else:
        _create(connection)


def _create(connection: sa.Connection) -> None:
    _metadata.create_all(connection)
    for statement in _GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(versions).values(version=VERSION))


def _check_version(connection: sa.Connection, where: str) -> None:
    version: Any = connection.scalar(sa.select(sa.func.max(versions.c.version)))
    if version == VERSION:
        return
    if isinstance(version, int) and version > VERSION:
        raise JournalError(
            f"{where} has journal schema {version}; this version reads schema {VERSION}. "
            "Upgrade with: pip install --upgrade ion-discovery"
        )
    raise JournalError(
        f"{where} has no readable journal schema (found {version!r}, expected {VERSION}); "
        "restore it from a copy"
    )
