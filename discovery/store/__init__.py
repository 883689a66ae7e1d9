"""The append-only journal of a campaign: SQLite by default, PostgreSQL by URL."""

from discovery.store.events import Event
from discovery.store.journal import Journal

__all__ = ["Event", "Journal"]
