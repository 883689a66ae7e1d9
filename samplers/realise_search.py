"""Orbits in a cell: placed at random, relaxed, and judged."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.cells import compact_cell
from discovery.chemistry.wyckoff import WyckoffPosition
from discovery.types import FloatArray
from samplers.assignments import Orbits
from samplers.realise_frame import Frame, place
from samplers.realise_ions import REACH, Ions
from samplers.realise_placing import crowding, loneliness, scatter
from samplers.realise_relaxing import SKIN, relax

# least distances over the allowed: a tenth more volume brings ions apart that cannot move, and of
# random structures with less room than the second hardly one in a hundred relaxes
_RIGID: Final = 0.96
_CROWDED: Final = 0.58


@dataclass(frozen=True)
class Trial:
    """A structure that was tried.

    Args:
        orbits: Elements and positions.
        parameters: (k, 3) free parameters u of each orbit's position, zero where it has fewer.
        energy: eV per cell.
        closest: Least distance over the shortest that is physical.
        contact: The pair of elements that is nearest in this sense, and their distance (Angstrom).
        loosest: Largest distance of an ion to its nearest counter-ion, over the reach of a bond.
        lonely: Whose.
        source: Name of the prototype that it came from.
        volume_scale: Volume over that of the cell asked for.
    """

    orbits: Orbits
    parameters: FloatArray
    energy: float
    closest: float
    contact: tuple[str, str, float]
    loosest: float
    lonely: str
    source: str = ""
    volume_scale: float = 1.0

    @property
    def is_physical(self) -> bool:
        """Whether no ions are too close and none is alone."""
        return self.closest >= 1 and self.loosest <= 1

    def positions(self) -> tuple[list[str], FloatArray]:
        """Return the elements of all atoms and their fractional coordinates (n, 3)."""
        elements, points = [], []
        for (element, position), u in zip(self.orbits, self.parameters, strict=True):
            points.append(position.orbit(u))
            elements += [element] * position.multiplicity
        return elements, np.concatenate(points)


class Box:
    """A cell and the ions to be placed in it.

    Args:
        cell: (3, 3) conventional cell vectors as rows, Angstrom.
        ions: The ions.
    """

    def __init__(self, cell: FloatArray, ions: Ions) -> None:
        self.ions = ions
        self.compact = compact_cell(cell)
        self.images = _images(self.compact)
        self._cell = cell
        self._change = (cell @ np.linalg.inv(self.compact)).T
        self._known: dict[WyckoffPosition, tuple[FloatArray, FloatArray, FloatArray]] = {}

    def maps(self, position: WyckoffPosition) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what places the orbit of a position.

        Returns:
            Maps (m, 3, 3) of v to fractions of the compact cell, offsets (m, 3), and (f, f) the
            free parameters of the position per Angstrom of v.
        """
        if position not in self._known:
            directions, shifts = position.maps
            along = self._cell.T @ directions[0]
            unit = np.linalg.inv(np.linalg.cholesky(along.T @ along)).T
            whole = np.zeros((position.multiplicity, 3, 3))
            whole[:, :, : position.freedom] = self._change @ directions @ unit
            self._known[position] = whole, shifts @ self._change.T, unit
        return self._known[position]


class Cell:
    """Assigned orbits in a box.

    Args:
        box: Cell and ions.
        orbits: Elements and positions.
    """

    def __init__(self, box: Box, orbits: Orbits) -> None:
        self._orbits, self._ions = orbits, box.ions
        parts = [box.maps(position) for _, position in orbits]
        self._units = [unit for _, _, unit in parts]
        sizes = [position.multiplicity for _, position in orbits]
        kinds = [box.ions.elements.index(element) for element, _ in orbits]
        self.frame = Frame(
            box.compact,
            box.images,
            np.linalg.norm(box.images, axis=1),
            np.concatenate([maps for maps, _, _ in parts]),
            np.concatenate([offsets for _, offsets, _ in parts]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
            np.repeat(kinds, sizes).astype(np.intp),
            np.repeat(np.arange(len(sizes)), sizes).astype(np.intp),
            box.ions.nearest,
            box.ions.farthest,
            box.ions.energy,
            box.ions.slope,
        )

    @property
    def work(self) -> float:
        """Distances within the reach of forces, to be looked at in each step."""
        volume = abs(float(np.linalg.det(self.frame.cell)))
        within = 4 / 3 * np.pi * REACH**3 / volume
        return float(len(self._orbits) * len(self.frame.kind) * within)

    def scattered(
        self, rng: np.random.Generator, tries: int, *, stubborn: bool = False
    ) -> tuple[FloatArray, float]:
        """Return random v (k, 3), in which the orbits have what room ``tries`` draws find.

        Also the share of the orbits that were placed before one came too close to others to be
        worth relaxing; all of them if ``stubborn``.
        """
        frame, count = self.frame, len(self._orbits)
        draws = self.inner(rng.random((tries, count, 3))).transpose(1, 0, 2).copy()
        freedom = np.array([position.freedom for _, position in self._orbits])
        size = np.diff(frame.first) * self._ions.space[frame.kind[frame.first[:-1]]]
        order = np.lexsort((-size, freedom > 0))
        v = np.zeros((count, 3))
        points = np.empty((len(frame.kind), 3))
        limits = (0.0, 0.0) if stubborn else (_RIGID, _CROWDED)
        placed = scatter(frame, order, int((freedom == 0).sum()), limits, draws, v, points)
        return v, placed / count

    def relaxed(self, v: FloatArray, steps: int) -> tuple[FloatArray, float]:
        """Return v (k, 3) of a minimum nearby and its energy in eV."""
        moved = v.copy()
        energy = relax(self.frame, moved, np.empty((len(self.frame.kind), 3)), steps)
        return moved, float(energy + self._ions.own[self.frame.kind].sum())

    def trial(self, v: FloatArray, energy: float) -> Trial:
        """Return the structure at v (k, 3), its distances judged."""
        frame, names = self.frame, self._ions.elements
        points = np.empty((len(frame.kind), 3))
        place(frame, v, points, 0, len(points))
        first = frame.first[:-1]
        near = [crowding(frame, points, int(i), 0, len(points)) for i in first]
        far = [loneliness(frame, points, int(i)) for i in first]
        tight, loose = int(np.argmin([ratio for ratio, _ in near])), int(np.argmax(far))
        i, (closest, j) = first[tight], near[tight]
        distance = closest * frame.nearest[frame.kind[i], frame.kind[j]]
        contact = (names[frame.kind[i]], names[frame.kind[j]], float(distance))
        lonely = names[frame.kind[first[loose]]]
        return Trial(
            self._orbits, self.outer(v), energy, float(closest), contact, float(far[loose]), lonely
        )

    def inner(self, parameters: FloatArray) -> FloatArray:
        """Return v (..., k, 3) of free parameters u (..., k, 3)."""
        v = np.zeros_like(parameters)
        for k, unit in enumerate(self._units):
            free = len(unit)
            v[..., k, :free] = parameters[..., k, :free] @ np.linalg.inv(unit).T
        return v

    def outer(self, v: FloatArray) -> FloatArray:
        """Return the free parameters u (k, 3) at v (k, 3)."""
        parameters = np.zeros_like(v)
        for k, unit in enumerate(self._units):
            parameters[k, : len(unit)] = unit @ v[k, : len(unit)]
        return parameters


def _images(cell: FloatArray) -> FloatArray:
    """Translations (t, 3), by length, that bring some vector within half a cell near reach."""
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = REACH + SKIN
    steps = [np.arange(-k, k + 1) for k in np.floor(reach / heights + 0.5).astype(int)]
    index = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    vectors = index @ cell
    length = np.linalg.norm(vectors, axis=1)
    order = np.argsort(length, kind="stable")
    half = 0.5 * np.linalg.norm(cell, axis=1).sum()
    return np.ascontiguousarray(vectors[order[length[order] < reach + half]])
