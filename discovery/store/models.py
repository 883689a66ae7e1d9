"""Trained proxies and policies on disk: zip archives of JSON and plain arrays.

Any later version of the package reads them.

``model.json`` holds the name and options of the part, what is known about its making, and its
state, in which ``{"array": "arrays/3.npy"}`` stands for an array: the member of the archive of that
name, in NumPy's own format (NEP 1). There is no pickle anywhere (see ``discovery.store.states``):
opening a file of a stranger runs none of its code.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from discovery.errors import InvalidInputError
from discovery.protocols import State
from discovery.store.states import Array, read_array, told, understood, write_arrays, write_text

PROXY: Final = "proxy"
VERSION: Final = 1

_MEMBER: Final = "model.json"


@dataclass(frozen=True)
class StoredModel:
    """A trained part.

    Args:
        part: Its name in the registry.
        options: Of its constructor.
        state: What it has learned.
        about: Data hash, features, versions and whatever else is known about its making; JSON.
        kind: ``proxy``, or ``policy`` for what a generator has learned.
    """

    part: str
    options: Mapping[str, Any]
    state: State
    about: Mapping[str, Any]
    kind: str = PROXY


def save_model(model: StoredModel, path: Path) -> None:
    """Write a model, whole or not at all.

    Raises:
        InvalidInputError: The state holds something else than numbers, texts and arrays of them,
            or the folder does not exist.
    """
    arrays: list[Array] = []
    head = {
        "format": _format(model.kind),
        "version": VERSION,
        "part": model.part,
        "options": dict(model.options),
        "about": dict(model.about),
        "state": told(model.state, arrays),
    }
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {path.parent} to write {path.name} to")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            text = json.dumps(head, indent=1, sort_keys=True, allow_nan=False)
            write_text(archive, _MEMBER, text)
            write_arrays(archive, arrays)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_model(path: Path, kind: str = PROXY) -> StoredModel:
    """Read a model.

    Raises:
        InvalidInputError: There is no such file, it is none of ours or of another kind, it is
            damaged, or a later version of the package wrote it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_MEMBER))
            if not isinstance(head, dict) or head.get("format") != _format(kind):
                raise InvalidInputError(f"{path} holds no trained {kind}")
            if head["version"] > VERSION:
                raise InvalidInputError(
                    f"{path} has format {head['version']}, this version of the package reads up "
                    f"to {VERSION}; upgrade ion-discovery"
                )
            state = understood(head["state"], lambda place: read_array(archive, place))
            return StoredModel(head["part"], head["options"], state, head["about"], kind)
    except FileNotFoundError:
        raise InvalidInputError(f"there is no file {path}") from None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise InvalidInputError(
            f"{path} is no trained {kind}, or it is damaged ({type(error).__name__}: {error})"
        ) from error


def _format(kind: str) -> str:
    return f"ion-discovery {kind}"
