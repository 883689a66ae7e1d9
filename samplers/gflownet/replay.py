"""A memory of good objects, each discrete state once, that costs the same however full it is.

What to replay and what to forget is decided by tournaments: of a few entries at random the best is
drawn, the worst is overwritten. That favours high rewards by rank, whatever their scale, and needs
no sorting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
StateArray = NDArray[np.int64]

_TOURNAMENT = 4
"""Entries per tournament: the median winner is better than 84 % of what is remembered."""


@dataclass(frozen=True)
class Entries:
    """Remembered objects with their (b, r) scores."""

    states: StateArray
    coordinates: FloatArray
    scores: FloatArray


class Replay:
    """At most ``capacity`` objects with distinct states; of two with one state the better stays.

    Args:
        capacity: Objects remembered.
        state: Length s of a state.
        dims: Number of coordinates.
        rewards: Number r of reward columns.
    """

    def __init__(self, capacity: int, state: int, dims: int, rewards: int) -> None:
        self._states = np.zeros((capacity, state), dtype=np.int64)
        self._coordinates = np.zeros((capacity, dims), dtype=np.float32)
        self._scores = np.zeros((capacity, rewards), dtype=np.float32)
        self._worth = np.full(capacity, np.inf, dtype=np.float32)  # free places lose to nobody
        self._slots: dict[bytes, int] = {}
        self._keys: list[bytes] = []

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def entries(self) -> Entries:
        """Everything remembered, oldest slots first."""
        size = len(self)
        return Entries(self._states[:size], self._coordinates[:size], self._scores[:size])

    def clear(self) -> None:
        """Forget everything."""
        self._slots.clear()
        self._keys.clear()
        self._worth[:] = np.inf

    def add(self, entries: Entries, rng: np.random.Generator) -> None:
        """Remember objects; those whose scores are not finite are passed over."""
        worth = entries.scores.mean(1)
        known = np.isfinite(worth).nonzero()[0]
        known = known[np.argsort(worth[known], kind="stable")]  # of equals the last write wins
        states = np.ascontiguousarray(entries.states[known])
        rivals = (rng.random((len(known), _TOURNAMENT)) * len(self._states)).astype(np.intp)
        losers = rivals[np.arange(len(known)), self._worth[rivals].argmin(1)]
        slots = [
            self._slot(key, value, loser)
            for key, value, loser in zip(
                _keys(states), worth[known].tolist(), losers.tolist(), strict=True
            )
        ]
        placed = np.array(slots, dtype=np.intp)
        kept = placed >= 0
        placed, rows = placed[kept], known[kept]
        self._states[placed] = states[kept]
        self._coordinates[placed] = entries.coordinates[rows]
        self._scores[placed] = entries.scores[rows]

    def _slot(self, key: bytes, worth: float, loser: int) -> int:
        """Return where a state is to be remembered, -1 for nowhere.

        A new one finds a free place, or that of a loser of a tournament that is worse.
        """
        slot = self._slots.get(key)
        if slot is None:
            slot = len(self._keys)
            if slot < len(self._states):
                self._keys.append(key)
            elif worth > self._worth[loser]:
                slot = loser
                del self._slots[self._keys[slot]]
                self._keys[slot] = key
            else:
                return -1
            self._slots[key] = slot
        elif worth < self._worth[slot]:
            return -1
        self._worth[slot] = worth
        return slot

    def fill(self, entries: Entries) -> None:
        """Take over exactly the entries of another replay, in their order."""
        size = len(entries.states)
        self._states[:size] = entries.states
        self._coordinates[:size] = entries.coordinates
        self._scores[:size] = entries.scores
        self._worth[:size] = entries.scores.mean(1)
        self._worth[size:] = np.inf
        self._keys = _keys(np.ascontiguousarray(entries.states))
        self._slots = {key: slot for slot, key in enumerate(self._keys)}

    def best(self, most: int) -> Entries:
        """Return the best ``most`` entries by the mean of their scores, best first."""
        order = np.argsort(-self._worth[: len(self)], kind="stable")[:most]
        return Entries(self._states[order], self._coordinates[order], self._scores[order])

    def shrink(self, most: int) -> None:
        """Forget all but the best ``most`` entries."""
        self.fill(self.best(most))

    def draw(self, weights: FloatArray, rng: np.random.Generator) -> Entries:
        """Draw one object per row of (b, r) preferences, the best of a tournament under them."""
        rivals = rng.integers(len(self), size=(len(weights), _TOURNAMENT))
        worth = np.einsum("btr,br->bt", self._scores[rivals], weights)
        slots = rivals[np.arange(len(weights)), worth.argmax(1)]
        return Entries(self._states[slots], self._coordinates[slots], self._scores[slots])


def _keys(states: StateArray) -> list[bytes]:
    """Return the bytes of each row of contiguous states."""
    whole = np.dtype((np.void, states.itemsize * states.shape[1]))
    keys: list[bytes] = states.view(whole)[:, 0].tolist()
    return keys
