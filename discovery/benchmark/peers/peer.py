"""What a peer sees, and what it returns."""

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.peers import CATALOGUE
from discovery.errors import UnknownNameError
from discovery.types import FloatArray

IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class View:
    """A problem at its target fidelity, halfway through a run.

    Args:
        features: (N, d) of the pool, in the problem's own units.
        told: (n,) rows that were measured.
        answers: (n,) what was measured, larger is better. A bound stands at its limit: these
            libraries know no bounds, and their users would write it so.
        left: (k,) rows that may be asked.
    """

    features: FloatArray
    told: IntArray
    answers: FloatArray
    left: IntArray

    @property
    def unit(self) -> FloatArray:
        """(N, d) features, each brought to [0, 1] over the pool."""
        low, width = self.features.min(axis=0), np.ptp(self.features, axis=0)
        scaled: FloatArray = (self.features - low) / np.where(width > 0, width, 1.0)
        return scaled


def rows_of(points: FloatArray, pool: FloatArray, left: IntArray) -> IntArray:
    """Return the row of each point (q, d), a different one for each: the nearest that is left.

    Libraries return coordinates; several rows may have the same.

    Args:
        points: (q, d) as they were proposed.
        pool: (N, d) what they were chosen from.
        left: (k,) rows that may be asked; at least q.
    """
    rows: list[int] = []
    for point in points:
        distance = np.abs(pool[left] - point).max(axis=1)
        distance[np.isin(left, rows)] = np.inf
        rows.append(int(left[distance.argmin()]))
    return np.array(rows, dtype=np.intp)


class Peer(Protocol):
    """A strategy that chooses rows of a pool.

    Attributes:
        distributions: Whose versions its choices depend on.
    """

    distributions: tuple[str, ...]

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return ``size`` different rows among ``view.left``; there are at least so many."""
        ...


def load(name: str) -> type[Any]:
    """Return the class of a peer.

    Raises:
        UnknownNameError: There is no such peer.
    """
    if name not in CATALOGUE:
        raise UnknownNameError("peer", name, CATALOGUE)
    module, _, attribute = CATALOGUE[name].partition(":")
    part: type[Any] = getattr(import_module(module), attribute)
    return part


def versions(name: str) -> dict[str, str]:
    """Return distribution -> version of what a peer depends on; empty text where missing."""
    found = {}
    for distribution in load(name).distributions:
        try:
            found[distribution] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            found[distribution] = ""
    return found
