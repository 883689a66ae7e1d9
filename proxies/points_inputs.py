"""Candidates as points: their descriptors and, where they have a composition, its shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.errors import NotFittedError
from discovery.types import Candidate, Fidelity, FloatArray, Observation

IntArray = NDArray[np.int64]

_SHARE = "share of "


@dataclass(frozen=True)
class Answers:
    """What was answered, in the order in which it was told.

    Args:
        candidates: (n,) whom it is about.
        who: (n,) number of the candidate, the same for all answers about it.
        task: (n,) column of the fidelity.
        value: (n,) value, or the bound where ``side`` is not zero.
        side: (n,) -1 where the truth lies below ``value``, +1 where above, 0 elsewhere.
    """

    candidates: tuple[Candidate, ...]
    who: IntArray
    task: IntArray
    value: FloatArray
    side: NDArray[np.int8]


def answers(observations: Sequence[Observation], fidelities: Sequence[Fidelity]) -> Answers:
    """Return the successful observations; of a query that was answered twice the last counts.

    Raises:
        NotFittedError: The target fidelity has no value and no bound.
    """
    names = [fidelity.name for fidelity in fidelities]
    usable = {o.query: o for o in observations if o.status == "ok" and o.query.fidelity in names}
    target = next(fidelity.name for fidelity in fidelities if fidelity.target)
    if not any(query.fidelity == target for query in usable):
        raise NotFittedError(
            f"{len(observations)} observations, none of them a value or bound at the target "
            f"fidelity {target!r}; measure a few candidates there first"
        )
    signs = {"left": -1, "right": 1}
    number: dict[str, int] = {}
    return Answers(
        tuple(query.candidate for query in usable),
        np.array([number.setdefault(q.candidate.id, len(number)) for q in usable], dtype=np.int64),
        np.array([names.index(query.fidelity) for query in usable], dtype=np.int64),
        np.array([o.bound.value if o.bound else o.value for o in usable.values()], dtype=float),
        np.array([signs[o.bound.side] if o.bound else 0 for o in usable.values()], dtype=np.int8),
    )


@dataclass(frozen=True)
class Axes:
    """From candidates to points in about the unit cube.

    Args:
        names: (d,) descriptors, and elements behind ``share of``.
        low: (d,) value that becomes 0.
        width: (d,) difference that becomes 1.
        usual: (d,) stands in where a candidate lacks a descriptor; elements that it lacks are 0.
    """

    names: tuple[str, ...]
    low: FloatArray
    width: FloatArray
    usual: FloatArray

    def points(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return (n, d); descriptors that were not seen before have no influence."""
        raw = _table(candidates, self.names)
        return (np.where(np.isnan(raw), self.usual, raw) - self.low) / self.width


def axes(candidates: Sequence[Candidate]) -> Axes:
    """Return the axes that some candidates span.

    A column that lies in [0, 1] is left as it is: shares, and what was scaled over a pool. Another
    is brought to [0, 1] over these candidates.
    """
    names = sorted({name for c in candidates for name, _ in c.descriptors})
    names += [_SHARE + e for e in sorted({e for c in candidates for e in c.fractions})]
    raw = _table(candidates, tuple(names))
    low, high = np.nanmin(raw, axis=0, initial=np.inf), np.nanmax(raw, axis=0, initial=-np.inf)
    width = np.where(high > low, high - low, np.maximum(np.abs(low), 1.0))
    scaled = (low >= 0) & (high <= 1)
    return Axes(
        tuple(names),
        np.where(scaled, 0.0, low),
        np.where(scaled, 1.0, width),
        np.nanmean(raw, axis=0) if names else low,
    )


def _table(candidates: Sequence[Candidate], names: tuple[str, ...]) -> FloatArray:
    """(n, d) numbers; NaN for a descriptor that is missing."""
    place = {name: column for column, name in enumerate(names)}
    rest = [0.0 if name.startswith(_SHARE) else np.nan for name in names]
    raw = np.tile(np.array(rest), (len(candidates), 1))
    for row, candidate in enumerate(candidates):
        for name, value in candidate.descriptors:
            if name in place:
                raw[row, place[name]] = value
        for element, share in candidate.fractions.items():
            if _SHARE + element in place:
                raw[row, place[_SHARE + element]] = share
    return raw
