"""Scores within an allowance: no candidate is judged twice, and none too many."""

from collections.abc import Sequence

import numpy as np

from discovery.protocols import Score
from discovery.types import Candidate, Draft, FloatArray


class Judge:
    """Rewards of candidates: the best of their scores.

    Args:
        score: Judges candidates.
        calls: Candidates that it may be asked about.
    """

    def __init__(self, score: Score, calls: int) -> None:
        self._score, self._left = score, calls
        self._known: dict[Candidate, float] = {}

    @property
    def left(self) -> int:
        """How many further candidates may be judged."""
        return self._left

    def __contains__(self, candidate: Candidate) -> bool:
        return candidate in self._known

    def __call__(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return the rewards (n,) of candidates, asking only about new ones.

        NaN where a score is not a number, where the allowance is used up, and where nothing may be
        asked (all scores -inf).
        """
        new = list(dict.fromkeys(c for c in candidates if c not in self._known))[: self._left]
        if new:
            scores = np.asarray(self._score(new), dtype=float).reshape(len(new), -1)
            best = scores.max(axis=1)  # NaN where one is
            self._known |= zip(new, np.where(np.isneginf(best), np.nan, best).tolist(), strict=True)
            self._left -= len(new)
        return np.array([self._known.get(candidate, np.nan) for candidate in candidates])

    def best(self, count: int) -> tuple[Draft, ...]:
        """Return the best candidates so far, the best first; ties in the order of their ids."""
        judged = ((c, reward) for c, reward in self._known.items() if not np.isnan(reward))
        ranked = sorted(judged, key=lambda pair: (-pair[1], pair[0].id))
        return tuple(Draft(candidate) for candidate, _ in ranked[:count])

    @property
    def notes(self) -> dict[str, float]:
        """How many candidates were scored, and how many of them could not be judged."""
        lost = sum(np.isnan(list(self._known.values())))
        return {"scored": float(len(self._known)), "not judged": float(lost)}
