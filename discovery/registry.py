"""(role, name, options) -> part.

Built-in parts are listed as strings in the ``CATALOGUE`` of their shelf, so listing costs nothing
and a heavy library loads only when a part that needs it is built. Strangers' parts come through
entry points ``discovery.oracles``, ``discovery.proxies``, ...
"""

import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from pydantic import BaseModel, ValidationError, create_model

from discovery.errors import ConfigError, PluginError, UnknownNameError
from discovery.options import Options, mistakes

SHELVES: Final[Mapping[str, str]] = {
    "oracle": "oracles",
    "proxy": "proxies",
    "sampler": "samplers",
    "acquisition": "samplers.acquisition",
    "loop": "loops",
    "stopping": "loops.stopping",
    "executor": "loops.executors",
    "dataset": "discovery.datasets",
}
"""Role -> package that holds its CATALOGUE."""

PLUGIN_GROUPS: Final[Mapping[str, str]] = {
    "oracle": "discovery.oracles",
    "proxy": "discovery.proxies",
    "sampler": "discovery.samplers",
    "acquisition": "discovery.acquisitions",
    "loop": "discovery.loops",
    "dataset": "discovery.datasets",
}
"""Role -> entry-point group of parts from other distributions."""


def names(role: str) -> dict[str, str]:
    """Return name -> ``module:Class`` of every part of a role, plug-ins included.

    Raises:
        PluginError: A plug-in redefines a built-in part or another plug-in's.
    """
    found = dict(_catalogue(role))
    for name, point in _plugins(role).items():
        found[name] = point.value
    return found


def sources(role: str) -> dict[str, str]:
    """Return name -> distribution that provides the part."""
    found = dict.fromkeys(_catalogue(role), "ion-discovery")
    for name, point in _plugins(role).items():
        found[name] = point.dist.name if point.dist else "unknown distribution"
    return found


def load(role: str, name: str) -> type[Any]:
    """Import and return the class of a part.

    Raises:
        UnknownNameError: No part of that role has this name.
        PluginError: The plug-in cannot be imported.
    """
    targets = names(role)
    if name not in targets:
        raise UnknownNameError(role, name, targets)
    module, _, attribute = targets[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as error:  # a stranger's module may raise anything when it is imported
        raise PluginError(
            f"{role} {name!r} ({targets[name]}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def options_model(role: str, name: str) -> type[BaseModel]:
    """Return the pydantic model of a part's options, without importing a built-in part itself.

    A plug-in's model is its ``Options`` attribute or is read from its constructor.
    """
    if name in _catalogue(role):
        model: type[BaseModel] = import_module(f"{SHELVES[role]}.options").OPTIONS[name]
        return model
    part = load(role, name)
    declared = getattr(part, "Options", None)
    if isinstance(declared, type) and issubclass(declared, BaseModel):
        return declared
    try:
        return _model_of_constructor(part)
    except Exception as error:  # annotations may name anything
        raise PluginError(
            f"the options of {role} {name!r} cannot be read from its constructor "
            f"({type(error).__name__}: {error}); give it a pydantic model as `Options`"
        ) from error


def build(role: str, name: str, options: Mapping[str, Any], **resources: Any) -> Any:  # noqa: ANN401
    """Build a part from its options and the resources it declares in ``needs``.

    Raises:
        UnknownNameError: No such part.
        ConfigError: The options do not fit.
        PluginError: The part needs a resource that this role is not given.
    """
    part, model = load(role, name), options_model(role, name)
    try:
        checked = model.model_validate(dict(options))
    except ValidationError as error:
        raise ConfigError(f"options of {role} {name!r}", mistakes(error, model)) from None
    arguments = {field: getattr(checked, field) for field in type(checked).model_fields}
    for need in getattr(part, "needs", ()):
        if need not in resources:
            raise PluginError(
                f"{role} {name!r} needs {need!r}, which is not at hand here "
                f"(at hand: {', '.join(resources) or 'nothing'})"
            )
        arguments[need] = resources[need]
    return part(**arguments)


@cache
def _catalogue(role: str) -> Mapping[str, str]:
    if role not in SHELVES:
        raise UnknownNameError("role", role, SHELVES)
    catalogue: Mapping[str, str] = import_module(SHELVES[role]).CATALOGUE
    return catalogue


@cache
def _plugins(role: str) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=PLUGIN_GROUPS.get(role, "")):
        owner = point.dist.name if point.dist else "an unknown distribution"
        if point.name in _catalogue(role):
            raise PluginError(
                f"plug-in {owner!r} redefines the built-in {role} {point.name!r}; "
                "rename its entry point"
            )
        if point.name in found and found[point.name].value != point.value:
            raise PluginError(f"two plug-ins define {role} {point.name!r}; uninstall {owner!r}?")
        found[point.name] = point
    return found


def _model_of_constructor(part: type[Any]) -> type[BaseModel]:
    needs = set(getattr(part, "needs", ()))
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(part, eval_str=True).parameters.values():
        if parameter.name in needs or parameter.kind in (
            inspect.Parameter.VAR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
        ):
            continue
        kind = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (kind, default)
    model: type[BaseModel] = create_model(f"{part.__name__}Options", __base__=Options, **fields)
    return model
