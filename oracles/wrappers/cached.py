"""Answers that are paid for in time once."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from discovery.crystal import Species
from discovery.features import cache
from discovery.protocols import Oracle
from discovery.store.answers import AnswerCache
from discovery.types import Bound, Candidate, Estimate, Outcome, Refusal
from oracles.wrappers.wrapper import Wrapper

_LAYOUT: Final = 1
"""Changes whenever the keys or the table of remembered answers do."""

_HERE_AND_NOW: Final = "unavailable"
"""Begins refusals that speak of this installation, not of the material."""


class CachedOracle(Wrapper):
    """Remembers the answers of the oracle that it asks, on disk and for all processes.

    An answer is found again by what it depends on: name, version and options of the oracle, the
    seed below, and all of the candidate but its name. It is the same whoever asked first, because
    the oracle draws from that seed and never from the campaign's.

    Refusals are remembered too, except those that begin with "unavailable": the missing package
    may be installed tomorrow. What the oracle raises, a time-out for one, is not.

    Args:
        oracle: The oracle that is asked.
        described: Its section of the configuration as JSON, without what changes no answer.
        seed: Handed to the oracle instead of the campaign's; another seed, another set of answers.
        directory: Where the answers lie; default: ``answers`` below ``$DISCOVERY_CACHE`` or the
            user's cache directory.
    """

    needs: ClassVar[tuple[str, ...]] = ("described",)

    def __init__(
        self, *, oracle: Oracle, described: str, seed: int = 0, directory: str | None = None
    ) -> None:
        super().__init__(oracle)
        self._seed, self._directory = seed, directory
        self._origin = json.dumps([described, oracle.version, seed]).encode()

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:  # noqa: ARG002 - see the class
        """Return the answers in order; the oracle is asked once, for all that are missing."""
        keys = [self._key(candidate) for candidate in candidates]
        answers = self._answers.get(keys)
        missing = {k: c for k, c in zip(keys, candidates, strict=True) if k not in answers}
        if missing:
            told = self._oracle.label(list(missing.values()), self._seed)
            fresh = dict(zip(missing, told, strict=True))
            self._answers.put({key: told for key, told in fresh.items() if _lasting(told)})
            answers |= fresh
        return [answers[key] for key in keys]

    def recall(self, candidates: Sequence[Candidate]) -> Sequence[Outcome | None]:
        """Return what is remembered, in order, and ``None`` for the rest; nobody is asked."""
        keys = [self._key(candidate) for candidate in candidates]
        answers = self._answers.get(keys)
        return [answers.get(key) for key in keys]

    @property
    def _answers(self) -> AnswerCache:
        directory = cache.root() / "answers" if self._directory is None else Path(self._directory)
        return AnswerCache(directory.expanduser() / f"v{_LAYOUT}.sqlite")

    def _key(self, candidate: Candidate) -> str:
        return hashlib.sha256(self._origin + _content(candidate)).hexdigest()[:32]


def _content(candidate: Candidate) -> bytes:
    """All that is known of a candidate but its name, to the last bit.

    Stricter than its id, which ignores the choice of the cell: an oracle that refuses large cells,
    or draws for each site, does not.
    """
    lattice, crystal = candidate.lattice, candidate.structure
    cell = None if lattice is None else np.array(lattice.parameters, dtype=float).tolist()
    parts = [_amounts(candidate.composition), float(candidate.z or 0), candidate.space_group, cell]
    if crystal is None:
        return repr(parts).encode()
    parts += [_amounts(site.species) for site in crystal.sites]
    numbers = [*crystal.matrix, *(site.position for site in crystal.sites)]
    return repr(parts).encode() + np.array(numbers, dtype="<f8").tobytes()


def _amounts(species: Species) -> list[tuple[str, float]]:
    return [(element, float(amount)) for element, amount in species]


def _lasting(answer: Outcome) -> bool:
    if isinstance(answer, Refusal):
        return not answer.reason.startswith(_HERE_AND_NOW)
    return isinstance(answer, Estimate | Bound)
