"""Options of the samplers, as written in a configuration file."""

from pydantic import Field

from discovery.options import Options


class RandomOptions(Options):
    """Options of the random sampler."""

    fidelities: tuple[str, ...] | None = Field(
        default=None,
        description="Fidelities to draw from; by default all that the acquisition function "
        "allows, which is the target unless it is a multi-fidelity one.",
    )


class GreedyOptions(Options):
    """The greedy sampler has no options."""


class DiverseOptions(Options):
    """Options of the diverse sampler."""

    diversity: float = Field(
        default=0.25,
        ge=0,
        description="Weight of diversity against score; 0 is the greedy sampler.",
    )
    length_scale: float = Field(
        default=0.15,
        gt=0,
        description="Distance in atomic fractions at which two compositions count as different.",
    )
    shortlist: int = Field(
        default=500, ge=1, description="Number of best-scored queries among which to diversify."
    )


OPTIONS: dict[str, type[Options]] = {
    "random": RandomOptions,
    "greedy": GreedyOptions,
    "diverse": DiverseOptions,
}
