"""What a screening does, and which results of earlier runs belong to it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from discovery import __version__
from discovery.errors import InvalidInputError
from discovery.screening.problem import Problem, Variant

BLOCK: Final = 25
"""Replications of one model that are run, and kept, together."""

_MADE_WITH: Final = ("scikit-learn", "lightgbm", "numpy")


@dataclass(frozen=True)
class Block:
    """Replications ``start`` ... ``stop - 1`` of one model on one variant of the table."""

    variant: Variant
    model: str
    start: int
    stop: int

    @property
    def file(self) -> str:
        """Name of the file that keeps the results."""
        model = "".join(c if c.isalnum() else "_" for c in self.model)
        return f"{self.variant}-{model}-{self.start}-{self.stop}.json"


@dataclass(frozen=True)
class Plan:
    """What is run.

    Args:
        models: Names of the models.
        replications: Number of splits of each variant.
        share: Of the rows in the test part.
        seed: Of the splits and of the models.

    Raises:
        InvalidInputError: There is no model or no replication, or the share is none.
    """

    models: tuple[str, ...]
    replications: int
    share: float
    seed: int

    def __post_init__(self) -> None:
        if self.replications < 1 or not self.models:
            raise InvalidInputError("a screening needs a model and a replication")
        if not 0 < self.share < 1:
            raise InvalidInputError(f"the share of the test part is within 0 ... 1: {self.share}")

    def blocks(self, variants: Iterator[Variant] | list[Variant]) -> list[Block]:
        """Return everything there is to do, the first replications of all models first."""
        return [
            Block(variant, model, start, min(start + BLOCK, self.replications))
            for start in range(0, self.replications, BLOCK)
            for variant in variants
            for model in self.models
        ]


def key(problem: Problem, plan: Plan) -> str:
    """Return a digest of all that one result depends on; how many there are is no part of it."""
    versions = [__version__, *(version(package) for package in _MADE_WITH)]
    told = (problem.task, problem.names, problem.classes, plan.share, plan.seed, versions)
    digest = hashlib.sha256(repr(told).encode())
    for values in (problem.features, problem.target, problem.groups, problem.needed):
        digest.update(b"-" if values is None else values.tobytes())
    return digest.hexdigest()[:16]
