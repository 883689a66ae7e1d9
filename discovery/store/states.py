"""What a model has learned, as JSON and plain arrays; nothing is pickled.

In the JSON, ``{"array": "arrays/3.npy"}`` stands for an array in NumPy's own format (NEP 1).
"""

import base64
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.protocols import State

Array = NDArray[Any]

_ARRAY: Final = "array"
_MEMBER: Final = "state.json"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the same content is the same file


def told(value: Any, arrays: list[Array], where: str = "state") -> Any:  # noqa: ANN401 - nested
    """Return a value as JSON; its arrays go to the list, each by its place there.

    Raises:
        InvalidInputError: It holds something else than numbers, texts and arrays of numbers.
    """
    match value:
        case np.ndarray():
            if value.dtype.kind not in "biuf":
                raise InvalidInputError(f"{where} is an array of {value.dtype}, not of numbers")
            arrays.append(value)
            return {_ARRAY: _place(len(arrays) - 1)}
        case Mapping():
            if _ARRAY in value:
                raise InvalidInputError(f"{where} has a key {_ARRAY!r}, which stands for an array")
            return {str(k): told(v, arrays, f"{where}.{k}") for k, v in value.items()}
        case list() | tuple():
            return [told(v, arrays, f"{where}[{k}]") for k, v in enumerate(value)]
        case None | bool() | int() | float() | str():
            return value
    raise InvalidInputError(f"{where} is a {type(value).__name__}, which cannot be stored")


def understood(value: Any, array: Callable[[str], Array]) -> Any:  # noqa: ANN401 - nested JSON
    """Return what :func:`told` was given; ``array`` finds an array by its place."""
    if isinstance(value, dict):
        if _ARRAY in value:
            return array(value[_ARRAY])
        return {key: understood(inner, array) for key, inner in value.items()}
    if isinstance(value, list):
        return [understood(inner, array) for inner in value]
    return value


def write_text(archive: zipfile.ZipFile, member: str, text: str) -> None:
    """Write a member of an archive."""
    archive.writestr(_entry(member), text)


def write_arrays(archive: zipfile.ZipFile, arrays: Sequence[Array]) -> None:
    """Write the arrays of a state to the places by which they are told."""
    for number, array in enumerate(arrays):
        with archive.open(_entry(_place(number)), "w") as member:
            np.lib.format.write_array(cast("Any", member), array, allow_pickle=False)


def read_array(archive: zipfile.ZipFile, place: str) -> Array:
    """Read one array of an archive."""
    with archive.open(place) as member:
        return np.lib.format.read_array(cast("Any", member), allow_pickle=False)


def pack(state: State) -> str:
    """Return a state as text that :func:`unpack` understands, for a journal.

    Raises:
        InvalidInputError: It holds something else than numbers, texts and arrays of numbers.
    """
    arrays: list[Array] = []
    text = json.dumps(told(state, arrays), sort_keys=True, allow_nan=False)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        write_text(archive, _MEMBER, text)
        write_arrays(archive, arrays)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def unpack(text: str) -> State:
    """Return the state that :func:`pack` was given, bit by bit.

    Raises:
        ValueError: The text is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text, validate=True))) as archive:
            told_state = json.loads(archive.read(_MEMBER))
            state: State = understood(told_state, lambda place: read_array(archive, place))
    except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
        raise ValueError(f"no state: {error}") from error
    return state


def _place(number: int) -> str:
    return f"arrays/{number}.npy"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
