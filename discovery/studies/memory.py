"""Results of long work, kept in a folder so that the same command goes on where it stopped."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from discovery.errors import InvalidInputError

Json: TypeAlias = Any

_DIGITS: Final = 16


class Memory:
    """Remembers plain JSON by what it depends on.

    Args:
        folder: Where, made when it is needed; ``None`` remembers nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def recall(self, label: str, depends: Mapping[str, Json], compute: Callable[[], Json]) -> Json:
        """Return what was computed before from the same, or else compute and keep it.

        A file is written under another name and renamed, so that none is ever half written.

        Args:
            label: Start of the file's name.
            depends: Everything that the result depends on, as plain JSON.
            compute: Gives the result, plain JSON; floats come back to the last bit.

        Raises:
            InvalidInputError: The folder cannot be written.
        """
        if self._folder is None:
            return compute()
        text = json.dumps(depends, sort_keys=True)
        path = self._folder / f"{label}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}.json"
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))["result"]
        result = compute()
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps({"of": depends, "result": result}), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            raise InvalidInputError(
                f"cannot keep results in {self._folder}: {error.strerror or error}; "
                "choose another folder"
            ) from None
        return result
