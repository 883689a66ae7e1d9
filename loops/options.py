"""Options of the loops, as written in a configuration file."""

from typing import Annotated, Any

from pydantic import Field, NonNegativeInt

from discovery.options import Options, Section


class SequentialOptions(Options):
    """Options of the sequential loop."""

    batch_size: int = Field(default=5, ge=1, description="Queries per round, at most.")
    batch_cost: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="Cost per round, at most, in budget units; with a large batch_size a round "
        "is a few expensive queries or many cheap ones.",
    )
    initial: NonNegativeInt | dict[str, NonNegativeInt] = Field(
        default=10,
        description="Queries drawn at random before the proxy is trusted: at the target, or by "
        "fidelity, e.g. {sendek: 50, target: 10}.",
    )


class GenerativeOptions(SequentialOptions):
    """Options of the loop that looks beyond the pool."""

    generator: Annotated[Any, Section("generator")] = Field(description="Makes up crystals.")
    crystals: int = Field(default=200, ge=1, description="Crystals generated per round.")


OPTIONS: dict[str, type[Options]] = {
    "sequential": SequentialOptions,
    "generative": GenerativeOptions,
}
"""Name -> model."""
