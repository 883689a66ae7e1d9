"""Trained proxies on disk: a zip archive of JSON and plain arrays, readable by any later version.

``model.json`` holds the name and options of the proxy, what is known about its making, and its
state, in which ``{"array": "arrays/3.npy"}`` stands for an array: the member of the archive of that
name, in NumPy's own format (NEP 1). There is no pickle anywhere: opening a file of a stranger runs
none of its code.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.protocols import State

FORMAT: Final = "ion-discovery proxy"
VERSION: Final = 1

_MEMBER: Final = "model.json"
_ARRAY: Final = "array"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the same model is the same file


@dataclass(frozen=True)
class StoredModel:
    """A trained proxy.

    Args:
        proxy: Its name in the registry.
        options: Of its constructor.
        state: What it has learned.
        about: Data hash, features, versions and whatever else is known about its making; JSON.
    """

    proxy: str
    options: Mapping[str, Any]
    state: State
    about: Mapping[str, Any]


def save_model(model: StoredModel, path: Path) -> None:
    """Write a model, whole or not at all.

    Raises:
        InvalidInputError: The state holds something else than numbers, texts and arrays of them,
            or the folder does not exist.
    """
    arrays: list[NDArray[Any]] = []
    head = {
        "format": FORMAT,
        "version": VERSION,
        "proxy": model.proxy,
        "options": dict(model.options),
        "about": dict(model.about),
        "state": _told(model.state, arrays, "state"),
    }
    if not path.parent.is_dir():
        raise InvalidInputError(f"there is no folder {path.parent} to write {path.name} to")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            text = json.dumps(head, indent=1, sort_keys=True, allow_nan=False)
            archive.writestr(_entry(_MEMBER), text)
            for number, array in enumerate(arrays):
                with archive.open(_entry(_place(number)), "w") as member:
                    np.lib.format.write_array(cast("Any", member), array, allow_pickle=False)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_model(path: Path) -> StoredModel:
    """Read a model.

    Raises:
        InvalidInputError: There is no such file, it is none of ours, it is damaged, or a later
            version of the package wrote it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_MEMBER))
            if not isinstance(head, dict) or head.get("format") != FORMAT:
                raise InvalidInputError(f"{path} holds no trained proxy")
            if head["version"] > VERSION:
                raise InvalidInputError(
                    f"{path} has format {head['version']}, this version of the package reads up "
                    f"to {VERSION}; upgrade ion-discovery"
                )

            def array(name: str) -> NDArray[Any]:
                with archive.open(name) as member:
                    return np.lib.format.read_array(cast("Any", member), allow_pickle=False)

            state = _understood(head["state"], array)
            return StoredModel(head["proxy"], head["options"], state, head["about"])
    except FileNotFoundError:
        raise InvalidInputError(f"there is no file {path}") from None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise InvalidInputError(
            f"{path} is no trained proxy, or it is damaged ({type(error).__name__}: {error})"
        ) from error


def _told(value: Any, arrays: list[NDArray[Any]], where: str) -> Any:  # noqa: ANN401 - nested JSON
    """Return a value as JSON; arrays go to the list."""
    match value:
        case np.ndarray():
            if value.dtype.kind not in "biuf":
                raise InvalidInputError(f"{where} is an array of {value.dtype}, not of numbers")
            arrays.append(value)
            return {_ARRAY: _place(len(arrays) - 1)}
        case Mapping():
            if _ARRAY in value:
                raise InvalidInputError(f"{where} has a key {_ARRAY!r}, which stands for an array")
            return {str(k): _told(v, arrays, f"{where}.{k}") for k, v in value.items()}
        case list() | tuple():
            return [_told(v, arrays, f"{where}[{k}]") for k, v in enumerate(value)]
        case None | bool() | int() | float() | str():
            return value
    raise InvalidInputError(f"{where} is a {type(value).__name__}, which cannot be stored")


def _understood(value: Any, array: Callable[[str], NDArray[Any]]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        if _ARRAY in value:
            return array(value[_ARRAY])
        return {key: _understood(inner, array) for key, inner in value.items()}
    if isinstance(value, list):
        return [_understood(inner, array) for inner in value]
    return value


def _place(number: int) -> str:
    return f"arrays/{number}.npy"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
