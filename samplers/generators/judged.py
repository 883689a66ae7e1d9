"""Scores within an allowance: no candidate is judged twice, and none too many."""

from collections.abc import Sequence

import numpy as np

from discovery.errors import InvalidInputError
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
        self._judged = False

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

        Raises:
            InvalidInputError: The scores have not one row per candidate, or one is infinite.
        """
        new = list(dict.fromkeys(c for c in candidates if c not in self._known))[: self._left]
        if new:
            scores = np.asarray(self._score(new), dtype=float)
            if scores.ndim != 2 or len(scores) != len(new):  # noqa: PLR2004 - rows and columns
                raise InvalidInputError(
                    f"the scores of {len(new)} candidates have shape {scores.shape}; wanted are as "
                    "many rows, and a column for each fidelity"
                )
            if np.isposinf(scores).any():
                raise InvalidInputError(
                    f"the score of {new[int(np.isposinf(scores).any(axis=1).argmax())].formula} is "
                    "infinite; nothing would be better than it"
                )
            best = scores.max(axis=1)  # NaN where one is
            self._judged |= not np.isnan(best).all()
            self._known |= zip(new, np.where(np.isneginf(best), np.nan, best).tolist(), strict=True)
            self._left -= len(new)
        return np.array([self._known.get(candidate, np.nan) for candidate in candidates])

    def best(self, count: int) -> tuple[Draft, ...]:
        """Return the best candidates so far, the best first; ties in the order of their ids.

        Raises:
            InvalidInputError: No score of any candidate is a number.
        """
        self.check()
        judged = ((c, reward) for c, reward in self._known.items() if not np.isnan(reward))
        ranked = sorted(judged, key=lambda pair: (-pair[1], pair[0].id))
        return tuple(Draft(candidate) for candidate, _ in ranked[:count])

    def check(self) -> None:
        """Make sure that there is something to choose from.

        Raises:
            InvalidInputError: Nothing was scored, or no score is a number.
        """
        if not self._known:
            raise InvalidInputError("no crystal within the limits could be made; widen them")
        if not self._judged:
            raise InvalidInputError(
                f"the score of all {len(self._known)} crystals is not a number (NaN), so there is "
                "nothing to choose by"
            )

    @property
    def notes(self) -> dict[str, float]:
        """How many candidates were scored, and how many of them could not be judged."""
        lost = sum(np.isnan(list(self._known.values())))
        return {"scored": float(len(self._known)), "not judged": float(lost)}
