"""From scores of candidates to rewards of states: counted, put to scale, remembered."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from discovery.protocols import Score
from discovery.types import Candidate, Draft, FloatArray
from samplers.gflownet.contract import Environment, States
from samplers.gflownet.trajectories import Objects

_BETWEEN_DECILES: Final = 2.563
"""Standard deviations between the first and the last decile of a normal distribution."""

_AT_ONCE: Final = 20_000
"""Objects that wait before all but the best are forgotten."""


class Space(Environment, Protocol):
    """An environment whose objects are crystals."""

    def candidates(self, states: States, coordinates: Tensor) -> list[Candidate]:
        """Return the crystals of finished states."""
        ...

    def states_of(self, candidates: Sequence[Candidate]) -> tuple[States, Tensor, list[str | None]]:
        """Return states, coordinates, and why a candidate has none."""
        ...

    def column(self, states: States) -> Tensor:
        """Return (b,) the fidelities chosen, -1 where that is no choice."""
        ...


class Scoring:
    """The reward of a space's objects: their scores, in units of the spread of random objects.

    Args:
        space: What the states mean.
        score: Judges candidates.
        calls: Candidates that may be judged.
        count: New objects that are remembered, the best, one of each discrete state.

    Attributes:
        left: Candidates that may still be judged.
    """

    def __init__(self, space: Space, score: Score, calls: int, count: int) -> None:
        self._space, self._score, self._count = space, score, count
        self._middle, self._spread = 0.0, 1.0
        self._seen: list[tuple[Objects, FloatArray]] = []
        self._scored = self._unjudged = self._waiting = 0
        self.left = calls

    def __call__(self, states: States, coordinates: Tensor) -> Tensor:
        """Return (b,) rewards: 0 for the median random object, 1 a standard deviation above.

        NaN where a score is; -inf where nothing may be asked.

        Raises:
            InvalidInputError: The scores have not one row per candidate, or lack a fidelity that
                was chosen.
        """
        objects = Objects(states, coordinates)
        values = self._judged(objects)
        self._scored += len(values)
        self._unjudged += int(np.isnan(values).sum())
        self._waiting += len(values)
        self._seen.append((objects, values))
        if self._waiting > _AT_ONCE:
            self._sort_out()
        return self._rewards(values)

    def known(self, states: States, coordinates: Tensor) -> Tensor:
        """Return (b,) rewards of objects that are no discoveries."""
        return self._rewards(self._judged(Objects(states, coordinates)))

    def calibrate(self, objects: Objects) -> None:
        """Measure all further rewards by these objects, which were drawn at random."""
        self(objects.states, objects.coordinates)
        values = self._seen[-1][1]
        values = values[np.isfinite(values)]
        if len(values):
            low, middle, high = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
            self._middle, self._spread = middle, (high - low) / _BETWEEN_DECILES or 1.0

    def best(self) -> tuple[Draft, ...]:
        """Return the best new objects, the best first."""
        objects = self._sort_out()
        columns = self._space.column(objects.states).tolist()
        candidates = self._space.candidates(objects.states, objects.coordinates)
        drafts: dict[str, Draft] = {}
        for candidate, column in zip(candidates, columns, strict=True):
            drafts.setdefault(candidate.id, Draft(candidate, None if column < 0 else column))
        return tuple(drafts.values())

    def _sort_out(self) -> Objects:
        """Forget all but the best, and return them."""
        states = torch.cat([objects.states for objects, _ in self._seen])
        coordinates = torch.cat([objects.coordinates for objects, _ in self._seen])
        values = np.concatenate([values for _, values in self._seen])
        order = np.argsort(-values, kind="stable")[: np.isfinite(values).sum()]
        _, first = np.unique(states[order].cpu().numpy(), axis=0, return_index=True)
        chosen = order[np.sort(first)[: self._count]]
        objects = Objects(states, coordinates).rows(torch.from_numpy(chosen).to(states.device))
        self._seen, self._waiting = [(objects, values[chosen])], 0
        return objects

    @property
    def notes(self) -> dict[str, float]:
        """How many objects were scored, how many could not be judged, and the scale."""
        return {
            "scored": float(self._scored),
            "not judged": float(self._unjudged),
            "random median": self._middle,
            "random spread": self._spread,
        }

    def _rewards(self, values: FloatArray) -> Tensor:
        return torch.from_numpy((values - self._middle) / self._spread)

    def _judged(self, objects: Objects) -> FloatArray:
        """(b,) scores, of the fidelity that was chosen or else of the best."""
        candidates = self._space.candidates(objects.states, objects.coordinates)
        if not candidates:
            return np.zeros(0)
        self.left -= len(candidates)
        scores = np.asarray(self._score(candidates), dtype=np.float64)
        columns = self._space.column(objects.states).cpu().numpy()
        fewest = int(columns.max(initial=-1)) + 1
        if scores.ndim != 2 or len(scores) != len(objects) or scores.shape[1] < fewest:  # noqa: PLR2004 - rows and columns
            raise InvalidInputError(
                f"the scores of {len(objects)} candidates have shape {scores.shape}; wanted are as "
                f"many rows, and {max(fewest, 1)} columns or more, one for each fidelity"
            )
        best = scores.max(axis=1, initial=-np.inf)  # NaN where one is
        chosen = scores[np.arange(len(scores)), columns] if fewest else best
        return np.where(columns < 0, best, chosen)
