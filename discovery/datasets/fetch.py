"""Published files: found locally or downloaded once, and always verified."""

import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from discovery.errors import ChecksumError, DatasetError

ENVIRONMENT: Final = "DISCOVERY_DATA"
_AGENT: Final = "ion-discovery (https://pypi.org/project/ion-discovery)"


@dataclass(frozen=True)
class RemoteFile:
    """A published file.

    Args:
        url: Where it is published.
        sha256: Its checksum, 64 hexadecimal digits.
        name: Its file name below a data folder.
        dataset: Data set that it belongs to; names the sub-folder.
    """

    url: str
    sha256: str
    name: str
    dataset: str


def cache_dir(dataset: str) -> Path:
    """Return the folder of a data set in the user's cache (not created)."""
    return user_cache_path("ion-discovery", appauthor=False) / dataset


def fetch(file: RemoteFile, data_dir: Path | str | None = None, timeout: float = 60) -> Path:
    """Return a verified local copy of a published file.

    Looks in ``data_dir``, or else in ``DISCOVERY_DATA`` (each the folder itself or its parent),
    then in the user's cache, then downloads into the cache.

    Args:
        file: What to find.
        data_dir: Folder that must hold the file; nothing is downloaded when it is given.
        timeout: Seconds that the network may be silent.

    Raises:
        DatasetError: ``data_dir`` lacks the file, the network fails or the cache is read-only.
        ChecksumError: A copy is truncated or another version.
    """
    if data_dir is not None:
        path = _below(Path(data_dir).expanduser(), file)
        if path is None:
            raise DatasetError(f"{file.name} is neither in {data_dir} nor in its {file.dataset}/")
        return verify(path, file)
    found = local_copy(file)
    return _download(file, timeout) if found is None else verify(found, file)


def local_copy(file: RemoteFile) -> Path | None:
    """Return where a published file is at hand, not verified, or ``None``."""
    return next(_local_copies(file), None)


def verify(path: Path, file: RemoteFile) -> Path:
    """Return ``path`` when its content is what was published.

    Raises:
        ChecksumError: It is not; the message says what was expected and what to do.
    """
    found = sha256(path)
    if found != file.sha256:
        raise ChecksumError(
            f"{path} has sha256 {found}, expected {file.sha256}: it is truncated or another "
            f"version; delete it and try again, or put {file.url} in its place"
        )
    return path


def sha256(path: Path) -> str:
    """Return the checksum of a file, 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there in full or not at all, also when interrupted.

    Raises:
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as stream:
        try:
            stream.write(content)
            stream.close()
            Path(stream.name).replace(path)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise


def _below(folder: Path, file: RemoteFile) -> Path | None:
    for path in (folder / file.name, folder / file.dataset / file.name):
        try:
            if path.is_file():
                return path
        except PermissionError:  # what may not be looked at is not at hand
            continue
    return None


def _local_copies(file: RemoteFile) -> Iterator[Path]:
    environment = os.environ.get(ENVIRONMENT)
    folders = [Path(environment).expanduser()] if environment else []
    for folder in (*folders, cache_dir(file.dataset)):
        path = _below(folder, file)
        if path is not None:
            yield path


def _download(file: RemoteFile, timeout: float) -> Path:
    folder = cache_dir(file.dataset)
    request = urllib.request.Request(file.url, headers={"User-Agent": _AGENT})  # noqa: S310 - the urls are constants of the loaders
    part: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # a name of its own: what an interrupted download leaves is never taken for the file
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as target:
            part = Path(target.name)
            with urllib.request.urlopen(request, timeout=timeout) as source:  # noqa: S310 - see above
                shutil.copyfileobj(source, target)
        found = sha256(part)
        if found != file.sha256:
            raise ChecksumError(
                f"the download of {file.url} has sha256 {found}, expected {file.sha256}: it was "
                f"cut short or the file changed; try again, or get the file another way and "
                f"{_how_to_give(file)}"
            )
        return part.replace(folder / file.name)
    except (urllib.error.URLError, HTTPException, TimeoutError) as error:
        raise DatasetError(
            f"cannot download {file.url} ({error}); without network, get the file another way "
            f"and {_how_to_give(file)}"
        ) from error
    except OSError as error:
        raise DatasetError(
            f"cannot write to {folder} ({error}); get {file.url} another way and "
            f"{_how_to_give(file)}"
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _how_to_give(file: RemoteFile) -> str:
    return f"name its folder with --data-dir or {ENVIRONMENT} (looked up as {file.name})"
