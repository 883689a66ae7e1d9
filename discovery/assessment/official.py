"""A record of who has looked at the published test rows, kept beside the results.

A test split is worth what it has not been used for: every look at it, followed by a change, makes
its score less of a promise. So each look is written down.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from discovery.errors import InvalidInputError

FILE: Final = "official_split.json"


def record_look(directory: Path, facts: Mapping[str, Any]) -> int:
    """Append a look at the official test rows to ``official_split.json``, with the time.

    Args:
        directory: Folder of the results; made where need be.
        facts: What was found, with which model: plain JSON.

    Returns:
        How many looks are recorded there now.

    Raises:
        InvalidInputError: The file cannot be written, or is not such a record.
    """
    path = directory / FILE
    looks = read_looks(directory)
    looks.append({"time": datetime.now(UTC).isoformat(timespec="seconds"), **facts})
    partial = path.with_suffix(".partial")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(looks, indent=1, ensure_ascii=False), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise InvalidInputError(
            f"cannot record the look at the test split in {path}: {error.strerror or error}; "
            "choose another folder"
        ) from None
    return len(looks)


def read_looks(directory: Path) -> list[dict[str, Any]]:
    """Return the looks recorded so far, none where there is no record.

    Raises:
        InvalidInputError: The file is not such a record.
    """
    path = directory / FILE
    if not path.exists():
        return []
    try:
        looks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{path} is no record of looks: {error}; move it away") from None
    if not isinstance(looks, list):
        raise InvalidInputError(f"{path} is no record of looks (a list); move it away")
    return looks
