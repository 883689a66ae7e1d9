"""Options of the loops, as written in a configuration file."""

from typing import Annotated, Any

from pydantic import Field, NonNegativeInt

from discovery.options import Options, Section


class RoundOptions(Options):
    """What a round is."""

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


class SequentialOptions(RoundOptions):
    """Options of the sequential loop."""

    at_once: int = Field(
        default=20_000,
        ge=1,
        description="Candidates judged together; a larger pool is judged in parts, and the batch "
        "chosen from a shortlist.",
    )
    shortlist: int = Field(
        default=2000,
        ge=1,
        description="Candidates per fidelity on the shortlist of such a pool; no fewer than the "
        "sampler compares.",
    )


class GenerativeOptions(RoundOptions):
    """Options of the loop that looks beyond the pool."""

    generator: Annotated[Any, Section("generator")] = Field(description="Makes up crystals.")
    crystals: int = Field(default=200, ge=1, description="Crystals generated per round.")


OPTIONS: dict[str, type[Options]] = {
    "sequential": SequentialOptions,
    "generative": GenerativeOptions,
}
"""Name -> model."""
