"""One thing that happened in a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def now() -> str:
    """Return the present time, UTC, ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Args:
        kind: ``created``, ``amended``, ``asked``, ``reserved``, ``submitted``, ``told``,
            ``failed``, ``refused``, ``lost``, ``settled`` or ``stopped``.
        payload: Plain JSON.
        time: When it happened, UTC, ISO 8601.
    """

    kind: str
    payload: Mapping[str, Any]
    time: str = field(default_factory=now)
