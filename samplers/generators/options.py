"""Options that generators share, and those of each of them."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, NonNegativeFloat, PositiveFloat, WrapValidator, model_validator

from discovery.errors import InvalidInputError, suggest
from discovery.options import Options, Section
from samplers.limits import Limits


def _checked(value: Any, handler: Callable[[Any], Limits]) -> Limits:  # noqa: ANN401 - as written
    known = [field.name for field in fields(Limits)]
    for name in value if isinstance(value, Mapping) else ():
        if name not in known:
            raise ValueError(f"unknown field {name!r}; {suggest(str(name), known)}")
    try:
        return handler(value)
    except InvalidInputError as error:
        raise ValueError(str(error)) from None


LimitsOption: TypeAlias = Annotated[Limits, WrapValidator(_checked)]
"""Limits as written in a configuration file: a mapping of the fields that are not the default."""


class RandomCrystalsOptions(Options):
    """Options of the generator that draws valid crystals at random."""

    calls: int = Field(default=1000, ge=1, description="Crystals that are scored, at most.")
    limits: LimitsOption = Field(default=Limits(), description="What the crystals keep to.")


class SubstitutionOptions(Options):
    """Options of the generator that replaces ions of known crystals."""

    calls: int = Field(default=1000, ge=1, description="Crystals that are scored, at most.")
    limits: LimitsOption = Field(default=Limits(), description="What the crystals keep to.")
    library: bool = Field(
        default=True,
        description="Whether the AFLOW prototypes are parents too, beside what is known.",
    )
    structures: str | None = Field(
        default=None, description="Folder of CIF files that are parents too."
    )
    temperature: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="1 draws ions as often as they are known to replace each other; more draws "
        "unusual ones more often.",
    )


class EvolutionOptions(Options):
    """Options of the generator that selects, mutates and crosses crystals."""

    calls: int = Field(default=1000, ge=1, description="Crystals that are scored, at most.")
    limits: LimitsOption = Field(default=Limits(), description="What the crystals keep to.")
    population: int = Field(
        default=100,
        ge=1,
        description="Crystals that survive a generation, and children born in one.",
    )
    rivals: int = Field(
        default=3,
        ge=1,
        description="Crystals that compete to become a parent; more make it greedier.",
    )
    crossover: float = Field(
        default=0.2, ge=0, le=1, description="Share of children with two parents."
    )
    known_first: bool = Field(
        default=False,
        description="Whether known crystals that keep to the limits are in the first population; "
        "otherwise all of it is random.",
    )


class GFlowNetOptions(Options):
    """Options of the generator that learns to sample crystals in proportion to their reward."""

    calls: int = Field(default=10_000, ge=1, description="Crystals that are scored, at most.")
    limits: LimitsOption = Field(default=Limits(), description="What the crystals keep to.")
    objective: Literal[
        "trajectory_balance", "vargrad", "detailed_balance", "subtrajectory_balance"
    ] = Field(default="trajectory_balance", description="What training minimises.")
    betas: tuple[PositiveFloat, PositiveFloat] = Field(
        default=(16.0, 16.0),
        description="Lowest and highest inverse temperature that the policy learns, in standard "
        "deviations of the scores of random crystals.",
    )
    final: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Share of the calls that is left for samples of the trained policy.",
    )
    warm: int = Field(
        default=200,
        ge=0,
        description="Steps of maximum likelihood on the known crystals before the first training.",
    )
    batch: int = Field(default=100, ge=2, description="Crystals per step of training.")
    replayed: float = Field(
        default=0.6,
        ge=0,
        lt=1,
        description="Share of a batch drawn from the best so far; more of it is more training for "
        "the same number of calls.",
    )
    known_share: float = Field(
        default=0.1, ge=0, lt=1, description="Share of a batch drawn from the known crystals."
    )
    uniform: float = Field(
        default=0.05, ge=0, le=1, description="Probability of a random step while training."
    )
    rounds: int = Field(default=0, ge=0, description="Rounds of local search per training step.")
    depth: int = Field(default=4, ge=1, description="Steps that local search goes back.")
    hidden: int = Field(default=64, ge=1, description="Neurons per layer of the policy.")
    rate: float = Field(default=5e-3, gt=0, allow_inf_nan=False, description="Learning rate.")
    fidelities: int = Field(
        default=0,
        ge=0,
        description="Fidelities between which the policy chooses for each crystal; 0 leaves that "
        "to the acquisition function.",
    )
    preferences: dict[Literal["score", "stability", "novelty"], NonNegativeFloat] | None = Field(
        default=None,
        description="How much each counts, e.g. {score: 3, stability: 1, novelty: 1}; the policy "
        "then learns all preferences at once. By default the score alone counts.",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.betas[0] > self.betas[1]:
            raise ValueError(f"betas = {self.betas}: the lowest stands before the highest")
        if self.preferences is not None and not any(self.preferences.values()):
            raise ValueError(f"preferences = {self.preferences}: not all of them may be zero")
        return self


class RealisedOptions(Options):
    """Options of the generator that puts the atoms of another's crystals in place."""

    generator: Annotated[Any, Section("generator")] = Field(
        description="Makes up compositions, space groups and lattices."
    )
    surplus: float = Field(
        default=3.0, ge=1, allow_inf_nan=False, description="Crystals made for each one wanted."
    )
    novel: bool = Field(default=True, description="Whether known materials are passed over.")
    relaxer: Literal["chgnet"] | None = Field(
        default=None,
        description="Force field that relaxes atoms and cell in the end; chgnet needs "
        "ion-discovery[mlip].",
    )


OPTIONS: dict[str, type[Options]] = {
    "random": RandomCrystalsOptions,
    "substitution": SubstitutionOptions,
    "evolve": EvolutionOptions,
    "gflownet": GFlowNetOptions,
    "realised": RealisedOptions,
}
