"""How far candidates are from everything that is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.distance import cdist

from discovery.chemistry.axes import on_hexagonal_axes
from discovery.errors import InvalidInputError
from discovery.types import BoolArray, Candidate, FloatArray

_AT_ONCE: Final = 4_000_000  # distances; 32 MB


@dataclass(frozen=True)
class Tolerances:
    """What counts as the same.

    Args:
        composition: Share of the atoms that may be of another element.
        edge: Relative difference of cell edges.
        angle: Difference of cell angles, degrees.

    Raises:
        InvalidInputError: One of them is negative or not a number.
    """

    composition: float = 0.01
    edge: float = 0.03
    angle: float = 2.0

    def __post_init__(self) -> None:
        for name in ("composition", "edge", "angle"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidInputError(f"the tolerance of {name} is 0 or more, not {value}")


@dataclass(frozen=True)
class Novelty:
    """What is known of n candidates.

    Args:
        distance: (n,) to the known composition that is nearest: the share of the atoms that would
            have to be of another element, 0-1; infinite when nothing is known.
        nearest: (n,) its place among what is known; -1 when nothing is.
        known: (n,) whether composition, space group and cell are those of something known; what
            one of two does not say cannot tell them apart.
    """

    distance: FloatArray
    nearest: np.ndarray
    known: BoolArray

    @property
    def share(self) -> float:
        """Share of the candidates that are not known; not a number without a candidate."""
        return float(np.mean(~self.known)) if len(self.known) else math.nan


def novelty(
    candidates: Sequence[Candidate],
    known: Sequence[Candidate],
    tolerances: Tolerances | None = None,
) -> Novelty:
    """Compare n candidates with k known materials; time and work grow as n k.

    Cells are compared as conventional ones, edges in the order of their length: a setting with
    other names of the axes is the same cell, and so are rhombohedral and hexagonal axes.
    """
    within = Tolerances() if tolerances is None else tolerances
    n, k = len(candidates), len(known)
    found = Novelty(np.full(n, np.inf), np.full(n, -1), np.zeros(n, dtype=bool))
    if not n or not k:
        return found
    fractions = composition_fractions([*candidates, *known])
    groups = np.array([c.space_group or 0 for c in (*candidates, *known)])
    cells = np.array([_cell(c) for c in (*candidates, *known)])
    step = max(1, _AT_ONCE // k)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        apart = composition_distances(fractions[rows], fractions[n:])
        found.nearest[rows] = apart.argmin(axis=1)
        found.distance[rows] = apart.min(axis=1)
        one, other = np.nonzero(apart <= within.composition + 1e-12)  # rounding of fractions
        same = _same_group(groups[rows][one], groups[n:][other])
        same &= _same_cell(cells[rows][one], cells[n:][other], within)
        found.known[start + one[same]] = True
    return found


def composition_fractions(candidates: Sequence[Candidate]) -> FloatArray:
    """Return atomic fractions (n, e), a column for each element that occurs."""
    elements = sorted({element for candidate in candidates for element in candidate.fractions})
    return np.array([[c.fractions.get(e, 0.0) for e in elements] for c in candidates], dtype=float)


def composition_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return (n, k) the share of atoms by which compositions (n, e) and (k, e) differ, 0-1."""
    return cdist(one, other, "cityblock") / 2


def _same_group(one: np.ndarray, other: np.ndarray) -> BoolArray:
    return (one == other) | (one == 0) | (other == 0)


def _same_cell(one: FloatArray, other: FloatArray, within: Tolerances) -> BoolArray:
    """(p,) whether cells (p, 6) agree; NaN, which is unknown, agrees with everything."""
    edges = np.abs(np.log(one[:, :3] / other[:, :3])) > math.log1p(within.edge)
    angles = np.abs(one[:, 3:] - other[:, 3:]) > within.angle
    far = np.hstack([edges, angles])
    return np.asarray(~far.any(axis=1))


def _cell(candidate: Candidate) -> tuple[float, ...]:
    """Edges from short to long, then angles from small to large."""
    lattice = on_hexagonal_axes(candidate).lattice
    if lattice is None:
        return (math.nan,) * 6
    edges, angles = lattice.parameters[:3], lattice.parameters[3:]
    return (*sorted(edges), *sorted(angles))
