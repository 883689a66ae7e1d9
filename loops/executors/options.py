"""Options of the executors, as written in a configuration file."""

from pydantic import Field

from discovery.options import Options


class InlineOptions(Options):
    """The inline executor has no options."""


class ProcessOptions(Options):
    """Options of the process executor."""

    workers: int | None = Field(
        default=None, ge=1, description="Number of worker processes; by default one per core."
    )


class FutureOptions(Options):
    """The executor of the caller's workers has no options; see ``discovery.assemble``."""


OPTIONS: dict[str, type[Options]] = {
    "inline": InlineOptions,
    "futures": FutureOptions,
    "processes": ProcessOptions,
}
