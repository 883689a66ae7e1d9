"""Fitted models, which are dataclasses of numbers and arrays, as plain values and back.

What :func:`told` returns holds mappings, lists, texts, numbers and arrays alone, as
:class:`discovery.protocols.Persistent` asks for; :func:`recalled` checks it against the types of
the fields, so that a file of another kind of model is refused by the name of the field.
"""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from discovery.errors import InvalidInputError
from proxies.evidence import Evidence, evidence_from_state, evidence_state

_Model = TypeVar("_Model")


def told(value: Any) -> Any:  # noqa: ANN401 - any fitted model
    """Return a dataclass, or whatever stands in one, as plain values."""
    if isinstance(value, Evidence):
        return evidence_state(value)
    if is_dataclass(value):
        return {field.name: told(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): told(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [told(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value


def recalled(kind: type[_Model], state: Any, where: str = "state") -> _Model:  # noqa: ANN401
    """Return the dataclass of a kind that was told.

    Raises:
        InvalidInputError: A field is missing, too many, or of another type; it is named.
    """
    _check(isinstance(state, Mapping), state, where, f"a {kind.__name__}")
    assert is_dataclass(kind)
    hints, names = get_type_hints(kind), {field.name for field in fields(kind)}
    if names != state.keys():
        odd = ", ".join(sorted(names ^ state.keys()))
        raise InvalidInputError(f"{where} and a {kind.__name__} differ in {odd}")
    return kind(**{name: _value(hints[name], state[name], f"{where}.{name}") for name in names})


def _value(hint: Any, state: Any, where: str) -> Any:  # noqa: ANN401
    """Return a value of an annotated type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if state is None and type(None) in arguments:
            return None
        kinds = [one for one in arguments if one is not type(None)]
        return _value(_alike(kinds, state), state, where)
    if origin is dict:
        _check(isinstance(state, Mapping), state, where, "a mapping")
        key, inner = arguments
        return {key(name): _value(inner, one, f"{where}.{name}") for name, one in state.items()}
    if origin is tuple:
        _check(isinstance(state, list | tuple), state, where, "a list")
        inner = arguments[0]  # tuples of equal members alone stand in models
        return tuple(_value(inner, one, f"{where}[{k}]") for k, one in enumerate(state))
    return _single(hint, state, where)


def _alike(kinds: list[Any], state: Any) -> Any:  # noqa: ANN401
    """Return the kind whose fields are those of the state, or the first, which then complains."""
    if isinstance(state, Mapping):
        for kind in kinds:
            if is_dataclass(kind) and {field.name for field in fields(kind)} == state.keys():
                return kind
    return kinds[0]


def _single(hint: Any, state: Any, where: str) -> Any:  # noqa: ANN401
    kind = get_origin(hint) or hint
    if kind is Literal:
        _check(state in get_args(hint), state, where, f"one of {get_args(hint)}")
    elif kind is Evidence:
        return evidence_from_state(state)
    elif is_dataclass(kind):
        return recalled(kind, state, where)  # type: ignore[arg-type]
    elif kind is float:
        _check(isinstance(state, float | int), state, where, "a number")
        return float(state)
    else:
        _check(isinstance(state, kind), state, where, f"a {kind.__name__}")
    return state


def _check(good: bool, state: Any, where: str, wanted: str) -> None:  # noqa: ANN401, FBT001
    if not good:
        raise InvalidInputError(f"{where} holds {state!r:.40}, not {wanted}")
