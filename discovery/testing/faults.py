"""What every check is made of: a fault told as a lesson, a snapshot, an exception caught."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from discovery.errors import ContractError, DiscoveryError
from discovery.types import Candidate

PartT = TypeVar("PartT")

Snapshot = object
"""A value made of tuples, numbers and strings that two snapshots can be compared by."""


def fault(
    part: object, method: str, what: str, *, expected: str, fix: str, case: str = ""
) -> ContractError:
    """Return the error that names a fault, its method, what was expected and the usual fix.

    Args:
        part: The part that was checked.
        method: Name of the method or attribute at fault.
        what: The fault, as a predicate: "mutates its input".
        expected: What the contract says.
        fix: What is almost always done about it.
        case: The input that showed the fault.
    """
    shown = f" (with {case})" if case else ""
    return ContractError(
        f"{type(part).__name__}.{method} {what}{shown}. Expected: {expected}. Usual fix: {fix}."
    )


@contextmanager
def no_exception(
    part: object,
    method: str,
    *,
    fix: str,
    case: str = "",
    allowed: type[DiscoveryError] | tuple[()] = (),
) -> Iterator[None]:
    """Turn an exception of the part into a fault, except those that the contract allows."""
    try:
        yield
    except ContractError:
        raise
    except allowed:
        raise
    except Exception as error:
        raise fault(
            part,
            method,
            f"raises {type(error).__name__}: {error}",
            expected="an answer, whatever the input",
            fix=fix,
            case=case,
        ) from error


def snapshot(value: object) -> Snapshot:
    """Return the content of a value, to compare it before and after a call.

    Dataclasses count by their fields, arrays by shape, type and bytes, candidates also by the
    fractions they hand out.
    """
    if isinstance(value, np.ndarray):
        return ("array", value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, Candidate):
        return ("candidate", *_content(value), snapshot(value.fractions), value.id)
    if is_dataclass(value):
        return (type(value).__name__, *_content(value))
    if isinstance(value, Mapping):
        return ("mapping", *sorted((repr(key), snapshot(item)) for key, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return (type(value).__name__, *(snapshot(item) for item in value))
    return value


def _content(value: Any) -> Iterator[Snapshot]:  # noqa: ANN401 - any dataclass
    return (snapshot(getattr(value, field.name)) for field in fields(value))


@contextmanager
def not_mutated(part: object, method: str, *inputs: object) -> Iterator[None]:
    """Find the part at fault when an input differs after the call."""
    before = [snapshot(value) for value in inputs]
    yield
    for value, old in zip(inputs, before, strict=True):
        if snapshot(value) != old:
            raise fault(
                part,
                method,
                f"mutates its input (a {type(value).__name__})",
                expected="inputs that are the same before and after the call",
                fix="work on a copy: list(candidates), array.copy(), dict(candidate.fractions)",
            )


def picklable(part: PartT, when: str = "") -> PartT:
    """Return a pickled and restored copy of the part.

    Raises:
        ContractError: The part cannot be pickled.
    """
    try:
        restored: PartT = pickle.loads(pickle.dumps(part))  # noqa: S301 - pickled one line above
    except Exception as error:
        raise fault(
            part,
            "__reduce__",
            f"cannot be pickled{when}: {error}",
            expected="a part that a worker process can receive",
            fix="keep no lambda, open file, connection or lock on self; define the class at the "
            "top level of an importable module",
        ) from error
    return restored


def state(part: object) -> bytes:
    """Return the pickled state of a part; equal bytes mean that nothing changed."""
    return pickle.dumps(part)
