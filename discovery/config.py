"""Configuration files: read, validate, and list all mistakes at once.

The model is built from the registry, so every part, a plug-in's too, has its options checked and
its place in the JSON Schema.
"""

import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import (
    Field,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from discovery import registry
from discovery.errors import ConfigError, InvalidInputError, suggest
from discovery.options import TAG, Options, mistakes

_SHIPPED: Final = (
    Path(str(resources.files("discovery"))) / "_configs",
    Path(__file__).resolve().parent.parent / "configs",
)
_PERCENT: Final = re.compile(r"^\d+(\.\d+)?\s*%$")


class ReportOptions(Options):
    """What the report shows."""

    top: int = Field(10, ge=1, description="Number of best candidates listed and exported.")
    hit_fraction: float = Field(
        0.1, gt=0, lt=1, description="Share of the pool that counts as a hit in recall curves."
    )


class CampaignOptions(Options):
    """The fields of a campaign that name no part."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Name of the campaign and of its folder.",
    )
    seed: int = Field(0, ge=0, description="Everything random follows from it.")
    budget: float | str = Field(
        description="In cost units, or as a share of measuring the whole pool at the target "
        "fidelity, e.g. '25%'."
    )
    journal: str | None = Field(
        default=None,
        description="URL of the journal's database, e.g. postgresql+psycopg://user@host/database; "
        "default: a SQLite file in the campaign's folder.",
    )
    report: ReportOptions = ReportOptions()

    @field_validator("budget", mode="before")
    @classmethod
    def _budget_can_buy(cls, given: object) -> float | str:
        """YAML reads 1e3 as text; a share stays text."""
        if isinstance(given, str) and _PERCENT.match(given):
            if not 0 < _amount(given) <= 100:  # noqa: PLR2004 - per cent
                raise ValueError(f"a share is more than 0% and at most 100%, not {given!r}")
            return given
        try:
            amount = float(given) if isinstance(given, str | int | float) else math.nan
        except ValueError:
            amount = math.nan
        if isinstance(given, bool) or math.isnan(amount):
            raise ValueError(f"budget is a number or a share such as '25%', not {given!r}")
        if not 0 < amount < math.inf:
            raise ValueError(f"budget must be more than 0 and finite, not {given}")
        return amount

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        fidelities = getattr(self, "fidelities", ())
        called = [fidelity.name for fidelity in fidelities]
        targets = [fidelity.name for fidelity in fidelities if fidelity.target]
        if len(set(called)) != len(called):
            raise ValueError(f"fidelities need different names, got {', '.join(called)}")
        if called and len(targets) != 1:
            raise ValueError(
                "exactly one fidelity has 'target: true', "
                f"got {', '.join(targets) if targets else 'none'}"
            )
        return self


class FidelityOptions(Options):
    """A fidelity without its oracle."""

    name: str = Field(min_length=1, description="Name of the fidelity.")
    cost: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Cost of one query; default: the oracle's own."
    )
    target: bool = Field(
        default=False, description="Whether this is the truth that the campaign is for."
    )

    known: bool = Field(
        default=False,
        description="Whether the labels of the data set are told at the start, free of charge.",
    )

    @model_validator(mode="after")
    def _known_is_target(self) -> Self:
        if self.known and (not self.target or getattr(self, "oracle", None) is not None):
            raise ValueError(
                f"fidelity {self.name!r} is 'known': that is for a target whose results are told, "
                "so set 'target: true' and leave 'oracle' out"
            )
        return self

    @model_validator(mode="after")
    def _external_has_cost(self) -> Self:
        if getattr(self, "oracle", None) is None and self.cost is None:
            raise ValueError(
                f"fidelity {self.name!r} has no oracle (its results are told), so it needs a 'cost'"
            )
        return self


@cache
def campaign_model() -> type[CampaignOptions]:
    """Return the pydantic model of a configuration file, built from the registry."""
    fidelity: Any = create_model(
        "Fidelity",
        __base__=FidelityOptions,
        oracle=_field(
            registry.section_type("oracle") | None,
            "Who answers; without one, results are told by `tell`.",
            None,
        ),
    )
    executor = registry.section_type("executor")
    stopping = GenericAlias(list, (registry.section_type("stopping"),))
    return create_model(
        "Campaign",
        __base__=CampaignOptions,
        dataset=_field(registry.section_type("dataset"), "Where the candidates come from."),
        fidelities=_field(Annotated[list[fidelity], Field(min_length=1)], "Whom to ask."),
        proxy=_field(registry.section_type("proxy"), "Predicts observations."),
        acquisition=_field(registry.section_type("acquisition"), "Turns beliefs into scores."),
        sampler=_field(registry.section_type("sampler"), "Chooses the batch."),
        loop=_field(registry.section_type("loop"), "Keeps asking."),
        stopping=_field(stopping, "Any of these ends the campaign; the budget always.", []),
        executor=_field(executor, "Runs the oracles.", {TAG: "inline"}),
    )


def validate(data: object, source: str = "configuration") -> CampaignOptions:
    """Return the checked configuration.

    Raises:
        ConfigError: With every mistake, each with its field path and the nearest valid name.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(source, [f"a mapping of fields is expected, not {type(data).__name__}"])
    model = campaign_model()
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise ConfigError(source, mistakes(error, model)) from None


def read(path: Path) -> CampaignOptions:
    """Read and check a YAML file.

    Raises:
        ConfigError: The file is not YAML or has mistakes.
        InvalidInputError: The file cannot be read.
    """
    return validate(load(path), str(path))


def load(path: Path) -> dict[str, Any]:
    """Read a YAML file of fields, not checked.

    Raises:
        ConfigError: The file is not YAML or not a mapping of fields.
        InvalidInputError: The file cannot be read.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(str(path), [f"not YAML: {' '.join(str(error).split())}"]) from None
    if not isinstance(data, dict):
        raise ConfigError(
            str(path), [f"a mapping of fields is expected, not {type(data).__name__}"]
        )
    return data


def find(name: str, kind: str = "") -> Path:
    """Return the file of a configuration: a path, or the name of one that ships with the package.

    Args:
        name: Path or name.
        kind: Folder of those that ship, ``bench`` for suites; empty for campaigns.

    Raises:
        InvalidInputError: Neither exists.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if path.is_file():
            return path
        raise InvalidInputError(f"there is no configuration file {name!r}")
    for folder in _SHIPPED:
        if (folder / kind / f"{name}.yaml").is_file():
            return folder / kind / f"{name}.yaml"
    raise InvalidInputError(
        f"there is no configuration {name!r}; {suggest(name, shipped(kind))} "
        "(a file of your own is given by its path, ending in .yaml)"
    )


def shipped(kind: str = "") -> list[str]:
    """Return the names of the configurations of a kind, see :func:`find`, that ship."""
    return sorted({path.stem for folder in _SHIPPED for path in (folder / kind).glob("*.yaml")})


def dump(config: CampaignOptions) -> str:
    """Return the configuration as YAML that :func:`read` reads back."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of configuration files, for editors."""
    return campaign_model().model_json_schema()


def resolve_budget(budget: float | str, whole_pool: float) -> float:
    """Return a budget in cost units; a share counts against ``whole_pool``."""
    return _amount(budget) / 100 * whole_pool if isinstance(budget, str) else float(budget)


def _amount(budget: float | str) -> float:
    return float(budget.rstrip("% ")) if isinstance(budget, str) else budget


def _field(annotation: Any, description: str, default: Any = ...) -> Any:  # noqa: ANN401
    """A field whose type is made at run time."""
    return annotation, Field(default=default, validate_default=True, description=description)
