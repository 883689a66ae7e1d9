"""(role, name, options) -> part.

Built-in parts are listed as strings in the ``CATALOGUE`` of their shelf, so listing costs nothing
and a heavy library loads only when a part that needs it is built. Strangers' parts come through
entry points ``discovery.oracles``, ``discovery.proxies``, ...

Parts nest: a field of a part's options that is marked as a ``Section`` names another part, with
its options, and the constructor receives that part.
"""

import inspect
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, Final, ForwardRef, Literal, Union

from pydantic import BaseModel, Field, ValidationError, create_model, model_validator

from discovery.errors import ConfigError, PluginError, UnknownNameError
from discovery.options import TAG, Options, Section, mistakes

SHELVES: Final[Mapping[str, str]] = {
    "oracle": "oracles",
    "proxy": "proxies",
    "sampler": "samplers",
    "acquisition": "samplers.acquisition",
    "generator": "samplers.generators",
    "loop": "loops",
    "stopping": "loops.stopping",
    "executor": "loops.executors",
    "dataset": "discovery.datasets",
    "problem": "discovery.benchmark.problems",
}
"""Role -> package that holds its CATALOGUE."""

PLUGIN_GROUPS: Final[Mapping[str, str]] = {
    "oracle": "discovery.oracles",
    "proxy": "discovery.proxies",
    "sampler": "discovery.samplers",
    "acquisition": "discovery.acquisitions",
    "generator": "discovery.generators",
    "loop": "discovery.loops",
    "dataset": "discovery.datasets",
    "problem": "discovery.problems",
}
"""Role -> entry-point group of parts from other distributions."""

DESCRIBED: Final = "described"
"""A need that every part may declare: the nested sections, as text (see :func:`build`)."""

_SAME_ROLE: Final = "SameRole"
"""Stands in a model for the sections of its own role until they are all known."""


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


def section_type(role: str) -> Any:  # noqa: ANN401 - a type made at run time
    """Return the type of a section that names a part: all options models, told apart by ``name``.

    A plug-in that is broken is a mistake only where it is named.
    """
    return _union(_members(role).values())


def build(role: str, name: str, options: Mapping[str, Any], **resources: Any) -> Any:  # noqa: ANN401
    """Build a part from its options and the resources it declares in ``needs``.

    Parts within it are built first, from the same resources. A part that needs ``described`` is
    given their sections as JSON text with all defaults and without what changes no answer: equal
    texts mean parts that do the same.

    Raises:
        UnknownNameError: No such part.
        ConfigError: The options do not fit; all mistakes of nested sections are listed together.
        PluginError: The part needs a resource that this role is not given.
    """
    part, model = load(role, name), options_model(role, name)
    checked, nested = _checked(role, name, options), _sections(model)
    arguments = {field: getattr(checked, field) for field in model.model_fields}
    for field, inner in nested.items():
        section = arguments[field].model_dump()
        arguments[field] = build(inner, section.pop(TAG), section, **resources)
    given = {**resources, DESCRIBED: _described(checked, nested)}
    for need in getattr(part, "needs", ()):
        if need not in given:
            raise PluginError(
                f"{role} {name!r} needs {need!r}, which is not at hand here "
                f"(at hand: {', '.join(resources) or 'nothing'})"
            )
        arguments[need] = given[need]
    return part(**arguments)


def needs(role: str, name: str, options: Mapping[str, Any]) -> frozenset[str]:
    """Return the resources that a part and the parts within it want to be built with.

    Raises:
        UnknownNameError: No such part.
        ConfigError: The options do not fit.
    """
    found = frozenset(getattr(load(role, name), "needs", ())) - {DESCRIBED}
    nested = _sections(options_model(role, name))
    checked = _checked(role, name, options)
    for field, inner in nested.items():
        section = getattr(checked, field).model_dump()
        found |= needs(inner, section.pop(TAG), section)
    return found


def _checked(role: str, name: str, options: Mapping[str, Any]) -> BaseModel:
    """The options of a part; where it nests others, their options are checked with them."""
    model, given = options_model(role, name), dict(options)
    if _sections(model):
        model, given = _members(role)[name], {TAG: name, **given}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ConfigError(f"options of {role} {name!r}", mistakes(error, model)) from None


def _sections(model: type[BaseModel]) -> dict[str, str]:
    """Field -> role of the parts that the options name."""
    return {
        field: mark.role
        for field, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Section)
    }


def _described(options: BaseModel, nested: Iterable[str]) -> str:
    sections = {field: _effective(getattr(options, field)) for field in nested}
    return json.dumps(sections, sort_keys=True)


def _effective(options: BaseModel) -> dict[str, Any]:
    """The options that an answer may depend on, as plain JSON."""
    data = options.model_dump(
        mode="json", exclude=set(getattr(options, "without_effect", Options.without_effect))
    )
    for field in data:
        inner = getattr(options, field)
        if isinstance(inner, BaseModel):
            data[field] = _effective(inner)
    return data


@cache
def _members(role: str) -> Mapping[str, type[BaseModel]]:
    """Name -> options of the part with its name; sections of the same role hold any of them."""
    members = {name: _tagged(role, name) for name in sorted(names(role))}
    for member in members.values():
        member.model_rebuild(_types_namespace={_SAME_ROLE: _union(members.values())})
    return members


def _union(members: Iterable[type[BaseModel]]) -> Any:  # noqa: ANN401 - a type made at run time
    models = tuple(members)
    return (
        models[0] if len(models) == 1 else Annotated[Union[models], Field(discriminator=TAG)]  # noqa: UP007 - made at run time
    )


def _tagged(role: str, name: str) -> type[BaseModel]:
    try:
        base = options_model(role, name)
    except PluginError as error:
        base = _broken(str(error))
    fields: dict[str, Any] = {TAG: (Literal[name], Field(description=f"The {role} {name!r}."))}
    for field, inner in _sections(base).items():
        kind = ForwardRef(_SAME_ROLE) if inner == role else section_type(inner)
        fields[field] = (kind, Field(description=base.model_fields[field].description))
    model: type[BaseModel] = create_model(f"{role}_{name}", __base__=base, **fields)
    return model


def _broken(reason: str) -> type[BaseModel]:
    class Broken(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def _refuse(cls, _: object) -> object:
            raise ValueError(reason)

    return Broken


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
