"""What a generator of crystals must be, and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from discovery.protocols import Score, State
from discovery.types import Draft


@dataclass(frozen=True)
class Generation:
    """What a generator made.

    Args:
        drafts: The crystals, the likely best first.
        notes: What it counted, e.g. ``scored`` or ``rejected: too close``.
        memory: What it must be given next time to go on where it stopped; ``None`` when it learns
            nothing.
    """

    drafts: tuple[Draft, ...]
    notes: Mapping[str, float]
    memory: State | None = None


@runtime_checkable
class Generator(Protocol):
    """Makes up crystals that need not be in any pool.

    Attributes:
        calls: Candidates that :meth:`generate` may have scored, at most.
    """

    calls: int

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return ``count`` different crystals, or fewer where there are not so many.

        What is returned follows from the arguments alone. A candidate with a score that is not a
        number cannot be judged: it is passed over, and counted.

        Args:
            count: Crystals wanted.
            score: Judges candidates; larger is better.
            seed: Everything random follows from it.
            memory: Of the generation before, to go on from there; ``None`` to begin.

        Raises:
            InvalidInputError: The limits leave no crystal to make.
        """
        ...


@runtime_checkable
class Prepared(Protocol):
    """A generator that can say beforehand that it will not be able to make anything."""

    def prepare(self, fidelities: int) -> None:
        """Get ready for a campaign, before anything is bought.

        Args:
            fidelities: How many it has; the scores have as many columns.

        Raises:
            InvalidInputError: The limits leave no crystal, or the generator wants other fidelities.
        """
        ...
