"""Suites: which strategies are compared on which problems, as written in a file."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, ValidationError, create_model, model_validator

from discovery import config, registry
from discovery.benchmark.peers import CATALOGUE as PEERS
from discovery.benchmark.strategies import Strategy, strategies
from discovery.errors import ConfigError, suggest
from discovery.options import TAG, Options, mistakes

TARGET: Final = "target"
"""Stands for the target fidelity of a problem, whatever its name."""
CHEAP: Final = "cheap"
"""Stands for each of the others."""

Policy: TypeAlias = Literal["target", "all"] | Annotated[list[str], Field(min_length=1)]
Cost: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count: TypeAlias = Annotated[int, Field(ge=0)]


class SuiteOptions(Options):
    """The fields of a suite that name no part of the registry."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Of the suite and of its folder."
    )
    seed: int = Field(default=0, ge=0, description="Everything random follows from it.")
    replicates: int = Field(
        default=20, ge=1, description="Runs of each strategy on each problem, a seed each."
    )
    budget: Cost | Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s*%$")] = Field(
        default="50%",
        description="Of a run, the initial design included: in cost units, or as a share of "
        "measuring the whole pool at the target fidelity.",
    )
    initial: dict[str, Count] = Field(
        default={TARGET: 10},
        description="Queries drawn at random to begin with, by fidelity; 'target' and 'cheap' "
        "(each of the others) stand for fidelities of any name.",
    )
    batch: int = Field(default=1, ge=1, description="Queries per round.")
    batch_cost: Cost | None = Field(
        default=None,
        description="Cost per round, at most; with a large batch a round is a few dear queries or "
        "many cheap ones.",
    )
    top: float = Field(
        default=0.1, gt=0, lt=1, description="Share of the pool that is to be found."
    )
    until_found: bool = Field(
        default=False,
        description="Whether a run ends once all of that share has been measured; recall and "
        "simple regret cannot change after that.",
    )
    judged: Count = Field(
        default=10,
        description="Number of times in a run at which the forecasts of all candidates that were "
        "not measured are compared with the truth; evenly spaced in cost.",
    )
    policies: Annotated[list[Policy], Field(min_length=1)] = Field(
        default=["all"],
        description="Which fidelities may be asked: 'target', 'all', or a list of names beside "
        "the target.",
    )
    peers: list[str] = Field(
        default=[], description=f"Strategies of other libraries: {', '.join(PEERS)}."
    )
    baseline: str | None = Field(
        default=None, description="Title of the strategy that all others are compared with."
    )

    @model_validator(mode="after")
    def _peers_are_known(self) -> Self:
        for peer in self.peers:
            if peer not in PEERS:
                raise ValueError(f"unknown peer {peer!r}; {suggest(peer, PEERS)}")
        return self

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        titles = [strategy.title for strategy in strategies(self)]
        if not titles:
            raise ValueError(
                "there is no strategy: name at least one peer, or a proxy and an acquisition"
            )
        if double := sorted({title for title in titles if titles.count(title) > 1}):
            raise ValueError(f"two strategies are the same: {', '.join(double)}")
        if self.baseline is not None and self.baseline not in titles:
            raise ValueError(f"no strategy is titled {self.baseline!r}; {_titles(titles)}")
        return self

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """What is compared, in the order of the file, peers last."""
        return strategies(self)


@cache
def suite_model() -> type[SuiteOptions]:
    """Return the pydantic model of a suite, built from the registry."""
    return create_model(
        "Suite",
        __base__=SuiteOptions,
        problems=_parts("problem", "What is searched.", least=1),
        proxies=_parts("proxy", "Each with each acquisition function and sampler.", []),
        acquisitions=_parts("acquisition", "Each with each proxy and sampler.", []),
        samplers=_parts("sampler", "Each with each of the others.", [{TAG: "greedy"}], least=1),
    )


def validate(data: object, source: str = "suite") -> SuiteOptions:
    """Return the checked suite.

    Raises:
        ConfigError: With every mistake, each with its field path and the nearest valid name.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(source, [f"a mapping of fields is expected, not {type(data).__name__}"])
    model = suite_model()
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise ConfigError(source, mistakes(error, model)) from None


def read(path: Path) -> SuiteOptions:
    """Read and check a YAML file.

    Raises:
        ConfigError: The file is not YAML or has mistakes.
        InvalidInputError: The file cannot be read.
    """
    return validate(config.load(path), str(path))


def find(name: str) -> Path:
    """Return the file of a suite: a path, or the name of one that ships with the package.

    Raises:
        InvalidInputError: Neither exists.
    """
    return config.find(name, "bench")


def _parts(role: str, description: str, default: Any = ..., *, least: int = 0) -> Any:  # noqa: ANN401
    """A field for parts of a role; their types are made at run time."""
    kind = GenericAlias(list, (registry.section_type(role),))
    return kind, Field(
        default=default, min_length=least, validate_default=True, description=description
    )


def _titles(titles: list[str]) -> str:
    return "there are: " + ", ".join(titles)
