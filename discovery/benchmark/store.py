"""Finished cells, one file each, under the hash of what they depend on."""

import json
from pathlib import Path
from typing import Any, Final, TypeAlias

from discovery.datasets.fetch import write_atomically
from discovery.errors import InvalidInputError
from discovery.store.locks import FileLock

Json: TypeAlias = Any

_PARTIAL: Final = ".part-*"


class CellStore:
    """A folder of cells. A file is there in full or not at all, so a run may be killed any time.

    Args:
        folder: Made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lock(self) -> FileLock:
        """Return the lock of the one suite that may write, what a killed one left half removed.

        Raises:
            JournalError: Another process runs a suite in this folder.
            InvalidInputError: The folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInputError(
                f"cannot keep results in {self.folder}: {error.strerror or error}; choose another "
                "folder with --out"
            ) from None
        held = FileLock(self.folder)
        for half in self.folder.glob(_PARTIAL):
            half.unlink(missing_ok=True)
        return held

    def has(self, key: str) -> bool:
        """Return whether a cell is finished, be it with an error."""
        return self._path(key).is_file()

    def read(self, key: str) -> Json:
        """Return what a finished cell gave.

        Raises:
            InvalidInputError: There is no such file, or it is not one that was written here.
        """
        path = self._path(key)
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise InvalidInputError(
                f"the result {path} cannot be read ({error}); remove the file to compute it again"
            ) from None

    def write(self, key: str, result: Json) -> None:
        """Keep what a cell gave.

        Raises:
            InvalidInputError: The folder cannot be written.
        """
        text = json.dumps(result, allow_nan=False, separators=(",", ":"))
        try:
            write_atomically(self._path(key), text.encode())
        except OSError as error:
            raise InvalidInputError(
                f"cannot keep results in {self.folder}: {error.strerror or error}"
            ) from None

    def forget(self, key: str) -> None:
        """Remove a cell, so that it is computed again."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
