"""From what ``discovery assess`` is told to the data, the model and the numbers."""

import json as jsonlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from discovery.errors import InvalidInputError
from discovery.options import TAG

if TYPE_CHECKING:
    from discovery.assessment.assess import ProxyFactory
    from discovery.assessment.groups import IntArray
    from discovery.types import Dataset

LEARNING: Final = "0.1,0.25,0.5,0.75,1"
"""Shares of the training groups of a learning curve."""

_DEFAULT: Final = "staged"
_CONDUCTIVITY: Final = "log10_sigma"


def labelled_data(text: str, data_dir: Path | None) -> "Dataset":
    """Return the data set that a text names.

    Raises:
        InvalidInputError: It has no labels, or is no data set.
    """
    from discovery.cli.sources import load_named

    found = load_named(text, data_dir)
    if found is None or not found.labels:
        raise InvalidInputError(
            f"{text!r} has no labels to judge a model by; name a data set, e.g. obelix, or a table "
            "with a column 'sigma'"
        )
    return found


def rows_of(data: "Dataset", wanted: str) -> "tuple[IntArray, list[str]]":
    """Return the rows to divide, and what there is to say about those left out.

    Args:
        data: With or without a published split.
        wanted: ``train`` leaves out the published test part, ``all`` does not.
    """
    from discovery.assessment.protocols import official_rows
    from discovery.assessment.training import labelled

    train, test = (official_rows(data, part) for part in ("train", "test"))
    if wanted == "all" or not len(train) or not len(test):
        return labelled(data), []
    left = f"The {len(test)} rows of the published test part take no part in what is divided."
    return train, [left]


def model_of(
    proxy: str | None, changes: Sequence[str], config: str | None
) -> tuple[str, dict[str, Any]]:
    """Return name and options of the model.

    Args:
        proxy: ``NAME`` or ``NAME={"option": 1}``; by default the default proxy.
        changes: ``key=value``.
        config: Path or name of a campaign, whose section ``proxy`` is used.

    Raises:
        InvalidInputError: Both are given, or a change is no ``key=value``.
        ConfigError: The campaign has mistakes.
    """
    from discovery import config as configuration
    from discovery.cli.sources import named_options

    if proxy is not None and config is not None:
        raise InvalidInputError("a model comes from --proxy or from --config, not from both")
    if config is None:
        name, options = named_options(proxy or _DEFAULT)
    else:
        campaign: Any = configuration.read(configuration.find(config))
        options = campaign.proxy.model_dump(exclude_unset=True)
        name = options.pop(TAG)
    return name, options | dict(_setting(change, "--set") for change in changes)


def builder(name: str, options: Mapping[str, Any]) -> "Callable[[Mapping[str, Any]], ProxyFactory]":
    """Return what makes models, given changes of the options; wrong ones are told at once."""
    from discovery import registry

    def build(changes: Mapping[str, Any]) -> "ProxyFactory":
        together = {**options, **changes}
        registry.build("proxy", name, together)  # mistakes are told before the first hour of work
        return lambda: registry.build("proxy", name, together)

    return build


def _setting(text: str, option: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise InvalidInputError(f"{option} {text!r}: expected key=value, e.g. trees=300")
    return key, _value(value)


def varied(text: str) -> tuple[str, list[Any]]:
    """Return option and values of ``key=1,2,3``.

    Raises:
        InvalidInputError: It is not of that form.
    """
    key, values = _setting(text, "--vary")
    return key, [_value(value) for value in str(values).split(",")]


def _value(text: str) -> Any:  # noqa: ANN401 - what JSON can hold
    try:
        return jsonlib.loads(text)
    except ValueError:
        return text


def numbers(text: str | None, option: str, default: str) -> tuple[float, ...]:
    """Return numbers with commas between.

    Args:
        text: What was given, or ``None``.
        option: Name of the option, for the message.
        default: Used for ``None``.

    Raises:
        InvalidInputError: A part is no number.
    """
    try:
        return tuple(float(part) for part in (default if text is None else text).split(",") if part)
    except ValueError:
        raise InvalidInputError(
            f"{option} {text!r}: expected numbers with commas between, e.g. {LEARNING}"
        ) from None


def threshold_of(data: "Dataset", given: float | None) -> float | None:
    """Return from which value on a row is a positive; of a conductivity there is a default."""
    from discovery.report.summary import FAST

    return FAST if given is None and data.property == _CONDUCTIVITY else given


def described(name: str, options: Mapping[str, Any]) -> str:
    """Return a model as people write it."""
    told = ", ".join(f"{key} = {value}" for key, value in options.items())
    return f"{name} ({told})" if told else name
