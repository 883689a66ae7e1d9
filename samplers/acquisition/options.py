"""Options of the acquisition functions, as written in a configuration file."""

from typing import Literal

from pydantic import Field

from discovery.options import Options


class NoOptions(Options):
    """This acquisition function has no options."""


class ImprovementOptions(Options):
    """Options of expected improvement, its logarithm and probability of improvement."""

    margin: float = Field(
        default=0.0, ge=0, description="What counts as better: best so far + margin (decades)."
    )


class BoundOptions(Options):
    """Options of the upper confidence bound."""

    beta: float = Field(default=2.0, ge=0, description="Standard deviations above the mean.")
    schedule: Literal["constant", "srinivas"] = Field(
        default="constant",
        description="Keep beta, or let it grow with the rounds as in Srinivas et al. (2010).",
    )


class MultiFidelityOptions(Options):
    """Options of the choice of (candidate, fidelity) pairs."""

    base: Literal["logei", "pi", "ucb", "thompson", "max_variance", "greedy", "random"] = Field(
        default="ucb", description="What a candidate is worth, whoever is asked about it."
    )
    beta: float = Field(
        default=0.5, ge=0, description="Standard deviations above the mean, for base 'ucb'."
    )
    cost_exponent: float = Field(
        default=1.0, ge=0, description="1 compares value per cost, 0 forgets the costs."
    )
    least_cost: float = Field(
        default=1e-3,
        gt=0,
        le=1,
        description="Share of the dearest fidelity's cost that even a free query counts as.",
    )


OPTIONS: dict[str, type[Options]] = {
    "ei": ImprovementOptions,
    "logei": ImprovementOptions,
    "pi": ImprovementOptions,
    "ucb": BoundOptions,
    "thompson": NoOptions,
    "max_variance": NoOptions,
    "greedy": NoOptions,
    "random": NoOptions,
    "multifidelity": MultiFidelityOptions,
}
