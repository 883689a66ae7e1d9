"""What crystals are wanted for: their score, stability, novelty, and how much each counts."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor

from discovery.assessment.novelty import novelty
from discovery.errors import InvalidInputError
from discovery.protocols import Score
from discovery.types import Candidate, Draft, FloatArray
from samplers.gflownet.contract import States
from samplers.gflownet.scoring import Scoring, Space
from samplers.gflownet.trajectories import Objects
from samplers.stability import stability

Wish: TypeAlias = Literal["score", "stability", "novelty"]

WISHES: Final[tuple[Wish, ...]] = ("score", "stability", "novelty")
"""What a policy may be told to prefer, in the order of its reward columns."""

_BETWEEN_DECILES: Final = 2.563
"""Standard deviations between the first and the last decile of a normal distribution."""


def weights_of(preferences: Mapping[Wish, float]) -> tuple[float, ...]:
    """Return the share of each of :data:`WISHES`.

    Raises:
        InvalidInputError: One has another name or is negative, or all are zero.
    """
    unknown = sorted(set(preferences) - set(WISHES))
    if unknown:
        raise InvalidInputError(
            f"preferences name {', '.join(unknown)}; choose among {', '.join(WISHES)}"
        )
    weights = [float(preferences.get(wish, 0.0)) for wish in WISHES]
    total = sum(weights)
    if not (min(weights) >= 0 and 0 < total < np.inf):
        raise InvalidInputError(
            f"preferences are {dict(preferences)}; give numbers of 0 or more, not all of them zero"
        )
    return tuple(weight / total for weight in weights)


class Preferring:
    """Rewards of a space's objects in three columns, each in spreads of random objects.

    ``score`` is what the campaign asks for, ``stability`` how much like a real crystal one looks
    (:mod:`samplers.stability`), ``novelty`` the share of the atoms by which its composition differs
    from the nearest known one. The best objects are those with the largest weighted sum.

    Args:
        space: What the states mean.
        score: Judges candidates.
        calls: Candidates that may be judged.
        count: New objects that are remembered.
        weights: Share of each column.
        known: What is no novelty.
    """

    def __init__(
        self,
        space: Space,
        score: Score,
        calls: int,
        count: int,
        weights: Sequence[float],
        known: Sequence[Candidate],
    ) -> None:
        self._space, self._score, self._known = space, score, tuple(known)
        self._weights = np.array(weights)
        self._scale: FloatArray | None = None
        self._columns: FloatArray = np.empty((0, len(WISHES), 1))
        self._inner = Scoring(space, self._weighed, calls, count)

    @property
    def left(self) -> int:
        """Candidates that may still be judged."""
        return self._inner.left

    @property
    def notes(self) -> dict[str, float]:
        """What was scored, and the scale of each wish."""
        assert self._scale is not None
        notes = {name: self._inner.notes[name] for name in ("scored", "not judged")}
        for wish, (middle, spread) in zip(WISHES, self._scale.T.tolist(), strict=True):
            notes |= {f"random median, {wish}": middle, f"random spread, {wish}": spread}
        return notes

    def __call__(self, states: States, coordinates: Tensor) -> Tensor:
        """Return (b, 3) rewards; a row is -inf where nothing may be asked."""
        self._inner(states, coordinates)
        return self._chosen(states)

    def known(self, states: States, coordinates: Tensor) -> Tensor:
        """Return (b, 3) rewards of objects that are no discoveries."""
        self._inner.known(states, coordinates)
        return self._chosen(states)

    def calibrate(self, objects: Objects) -> None:
        """Measure all further rewards by these objects, which were drawn at random."""
        self._inner.calibrate(objects)

    def best(self) -> tuple[Draft, ...]:
        """Return the best new objects, the best first."""
        return self._inner.best()

    def _weighed(self, candidates: Sequence[Candidate]) -> FloatArray:
        """(b, m) weighted sums, one for each fidelity that might be asked."""
        scores = np.asarray(self._score(candidates), dtype=np.float64)
        beside = [stability(candidates), self._novelty(candidates)]
        columns = np.stack([scores, *(np.tile(x[:, None], scores.shape[1]) for x in beside)], 1)
        if self._scale is None:
            self._scale = np.array([_scale(columns[:, k]) for k in range(len(WISHES))]).T
        middle, spread = self._scale
        columns = (columns - middle[:, None]) / spread[:, None]
        worst = np.isneginf(columns[:, :1])  # nothing makes up for what must not be asked
        self._columns = np.where(worst, -np.inf, columns)
        finite = np.where(worst, 0.0, columns)
        weighed = np.einsum("w,bwm->bm", self._weights, finite)
        return np.where(worst[:, 0], -np.inf, weighed)

    def _chosen(self, states: States) -> Tensor:
        """(b, 3) of the fidelity that was chosen, or else of the best."""
        column = self._space.column(states).cpu().numpy()
        best = np.argmax(self._columns[:, 0], axis=1)
        place = np.where(column < 0, best, column)
        return torch.from_numpy(self._columns[np.arange(len(place)), :, place])

    def _novelty(self, candidates: Sequence[Candidate]) -> FloatArray:
        if not self._known:
            return np.zeros(len(candidates))
        return novelty(candidates, self._known).distance


def _scale(values: FloatArray) -> tuple[float, float]:
    """Median and spread; one unit where all are the same."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, middle, high = np.quantile(finite, (0.1, 0.5, 0.9)).tolist()
    return middle, (high - low) / _BETWEEN_DECILES or 1.0
