"""Commands about parts and configuration files."""

import json as jsonlib
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discovery.cli.arguments import Json
from discovery.errors import ContractError, InvalidInputError, PluginError

if TYPE_CHECKING:
    from discovery.types import Dataset

ConfigName = Annotated[
    str, typer.Argument(help="A configuration file, or the name of one that ships: quickstart.")
]


def list_parts(
    role: Annotated[str | None, typer.Argument(help="Only this role, e.g. oracle.")] = None,
    *,
    json: Json = False,
) -> None:
    """List the parts that a configuration can name, plug-ins included."""
    from discovery import config, registry

    roles = [role] if role else list(registry.SHELVES)
    table = {
        each: [{"name": n, "source": s} for n, s in sorted(registry.sources(each).items())]
        for each in roles
    }
    if json:
        typer.echo(jsonlib.dumps(table))
        return
    for each, found in table.items():
        typer.secho(each, bold=True)
        for part in found:
            foreign = "" if part["source"] == "ion-discovery" else f"  (from {part['source']})"
            typer.echo(f"  {part['name']}{foreign}")
    if not role:
        typer.secho("configuration", bold=True)
        for name in config.shipped():
            typer.echo(f"  {name}")


def validate(file: ConfigName, *, json: Json = False) -> None:
    """Check a configuration and list all its mistakes at once."""
    from discovery import config

    checked = config.read(config.find(file))
    if json:
        typer.echo(checked.model_dump_json())
    else:
        typer.echo(f"{file}: valid campaign {checked.name!r}")


def schema() -> None:
    """Print the JSON Schema of configuration files, for editors."""
    from discovery import config

    typer.echo(jsonlib.dumps(config.schema(), indent=2))


def check_oracle(
    name: Annotated[
        str, typer.Argument(help="Registered name, module:Class, or path/to/file.py:Class.")
    ],
    options: Annotated[
        str, typer.Option(help="Options of the oracle as JSON, e.g. '{\"price\": 2}'.")
    ] = "{}",
    *,
    json: Json = False,
) -> None:
    """Check that an oracle keeps its contract; exits with 1 and names the fault otherwise."""
    from discovery.testing import check_oracle as check

    oracle = find_oracle(name, parse_options(options))
    try:
        check(oracle)
    except (ContractError, SystemExit) as error:
        fault = error if isinstance(error, ContractError) else "it ends the program (SystemExit)"
        typer.echo(
            jsonlib.dumps({"oracle": name, "ok": False, "fault": str(fault)})
            if json
            else f"{name}: {fault}",
            err=not json,
        )
        raise typer.Exit(1) from None
    typer.echo(
        jsonlib.dumps({"oracle": name, "ok": True}) if json else f"{name}: keeps the contract"
    )


def find_oracle(name: str, options: Mapping[str, Any], dataset: "Dataset | None" = None) -> Any:  # noqa: ANN401
    """Build an oracle by its registered name, or from ``module:Class`` or ``file.py:Class``.

    Args:
        name: Of the oracle.
        options: Its options.
        dataset: For oracles that answer from one; the reference electrolytes by default.

    Raises:
        UnknownNameError: No oracle has this name.
        PluginError: The module or the class cannot be loaded.
    """
    from discovery import registry
    from discovery.datasets.reference import ReferenceDataset

    if ":" not in name:
        wanted = "dataset" in registry.needs("oracle", name, options)
        resources = {"dataset": dataset or ReferenceDataset().load()} if wanted else {}
        return registry.build("oracle", name, options, **resources)
    place, _, attribute = name.rpartition(":")
    try:
        return getattr(_module(place), attribute)(**options)
    except Exception as error:  # a stranger's file may raise anything
        reason = " ".join(str(error).split())
        raise PluginError(f"{name!r} cannot be loaded: {type(error).__name__}: {reason}") from error


def _module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        return import_module(place)
    path = Path(place)
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{place!r} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # so that its classes can be pickled
    spec.loader.exec_module(module)
    return module


def parse_options(text: str, what: str = "--options") -> dict[str, Any]:
    """Return the options of a part that are given as JSON on the command line.

    Args:
        text: The JSON.
        what: What it is, for the message.

    Raises:
        InvalidInputError: It is not a JSON object.
    """
    try:
        given = jsonlib.loads(text)
    except jsonlib.JSONDecodeError as error:
        raise InvalidInputError(f"{what} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise InvalidInputError(f"{what} is a JSON object, e.g. '{{\"price\": 2}}'")
    return given
