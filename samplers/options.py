"""Options of the samplers, as written in a configuration file."""

from typing import Literal, Self

from pydantic import Field, model_validator

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


_LENGTH = (
    "Distance in atomic fractions at which two compositions count as different, and share of the "
    "range of a descriptor at which two of its values do."
)
_SHORTLIST = "Number of best-scored queries among which to diversify."


class DiverseOptions(Options):
    """Options of the diverse sampler."""

    diversity: float = Field(
        default=0.25,
        ge=0,
        description="Weight of diversity against score; 0 is the greedy sampler.",
    )
    length_scale: float = Field(default=0.15, gt=0, description=_LENGTH)
    shortlist: int = Field(default=500, ge=1, description=_SHORTLIST)
    until: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the candidates asked at the target from which on it is greedy.",
    )
    novelty: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of a batch that is then still to be unlike all that was asked.",
    )

    @model_validator(mode="after")
    def _novelty_has_a_beginning(self) -> Self:
        if self.novelty > 0 and self.until == 1:
            raise ValueError("novelty begins with 'until', which must then be below 1")
        return self


class FantasyOptions(Options):
    """Options of the sampler of fantasies."""

    answers: Literal["believed", "min", "mean", "max"] = Field(
        default="believed",
        description="What queries are assumed to be answered with: what is believed, or the least, "
        "mean or best value of the target so far.",
    )


class LocalPenalisationOptions(Options):
    """Options of local penalisation."""

    length_scale: float = Field(default=0.15, gt=0, description=_LENGTH)
    shortlist: int = Field(default=500, ge=1, le=5000, description=_SHORTLIST)


OPTIONS: dict[str, type[Options]] = {
    "random": RandomOptions,
    "greedy": GreedyOptions,
    "diverse": DiverseOptions,
    "fantasies": FantasyOptions,
    "local_penalisation": LocalPenalisationOptions,
}
