"""Hopping networks: the sites of a mobile ion in a crystal and the hops between them."""

import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from discovery.chemistry.neighbours import SPLIT_DISTANCE
from discovery.errors import InvalidInputError
from discovery.transport.basins import find_basins
from discovery.transport.landscape import Landscape
from discovery.types import FloatArray

_SMALLEST_GRID: Final = 4
_FLAT: Final = 1e-9  # eV; less curvature is none


@dataclass(frozen=True)
class HopNetwork:
    """Sites of one cell and undirected hops between them, each listed once.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        position: (s, 3) fractional coordinates of the sites, some a little outside of the cell.
        energy: (s,) eV.
        i: (m,) site at one end of a hop.
        j: (m,) site at the other end.
        shift: (m, 3) lattice translation of ``j`` where ``i`` lies in the home cell; several hops
            may join the same two sites with different shifts, or a site with its own image.
        saddle: (m,) energy of the pass, eV, on the scale of ``energy``.
    """

    cell: FloatArray
    position: FloatArray
    energy: FloatArray
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    shift: NDArray[np.int64]
    saddle: FloatArray

    @property
    def displacement(self) -> FloatArray:
        """(m, 3) vectors from ``i`` to ``j`` in Angstrom."""
        return (self.position[self.j] + self.shift - self.position[self.i]) @ self.cell


def hop_network(
    landscape: Landscape,
    *,
    window: float = math.inf,
    shallow: float = 0.05,
    near: float = SPLIT_DISTANCE,
) -> HopNetwork:
    """Return the sites and hops of an energy landscape.

    Sites are the basins of the grid, hops its passes, found exactly
    (:mod:`discovery.transport.basins`); a parabola through the points around a minimum gives its
    place and energy, and of several passes between the same two sites the lowest counts. A basin
    is no site of its own if its lowest pass is less than ``shallow`` above it and leads to a deeper
    basin less than ``near`` away: it is joined to that, the shallowest first. Two ions could not
    fill both.

    Args:
        landscape: Energies on a periodic grid.
        window: Basins and passes more than this above the minimum are left out, eV.
        shallow: eV; about kT at the temperatures of interest or less.
        near: Angstrom.

    Raises:
        InvalidInputError: The grid has fewer than 4 points along an axis, or a parameter is
            negative.
    """
    if min(landscape.energy.shape) < _SMALLEST_GRID:
        raise InvalidInputError(
            f"a grid of {landscape.energy.shape} points is too coarse; "
            f"take {_SMALLEST_GRID} or more along each axis"
        )
    if min(window, shallow, near) < 0:
        raise InvalidInputError(
            f"window, shallow and near are 0 or more, not {window}, {shallow} and {near}"
        )
    cell = np.asarray(landscape.cell, dtype=float)
    lowest = float(landscape.energy.min())
    basins = find_basins(cell, landscape.energy, lowest + window)
    position, energy = _bottoms(landscape.energy, basins.minimum)
    network = HopNetwork(
        cell=cell,
        position=position,
        energy=energy,
        i=basins.i,
        j=basins.j,
        shift=basins.shift,
        saddle=basins.level,
    )
    return _lowest_passes(merge_shallow(network, shallow, near))


def _bottoms(energy: FloatArray, minimum: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Return fractional coordinates (s, 3) and energies (s,) of minima between the points."""
    shape = np.array(energy.shape)

    def at(*steps: int) -> FloatArray:
        return np.asarray(energy[tuple(((minimum + steps) % shape).T)], dtype=float)

    unit = np.eye(3, dtype=int)
    here = at(0, 0, 0)
    slope = np.stack([(at(*a) - at(*-a)) / 2 for a in unit], axis=1)
    bend = np.empty((len(minimum), 3, 3))
    for a, b in itertools.product(range(3), repeat=2):
        u, v = unit[a], unit[b]
        mixed = (at(*(u + v)) - at(*(u - v)) - at(*(v - u)) + at(*(-u - v))) / 4
        bend[:, a, b] = at(*u) + at(*-u) - 2 * here if a == b else mixed
    low, axes = np.linalg.eigh(bend)
    along = np.einsum("sak,sa->sk", axes, slope) / np.maximum(low, _FLAT)
    step = -np.einsum("sak,sk->sa", axes, along)
    # elsewhere the points do not lie on a parabola
    step[(low.min(axis=1) < _FLAT) | (np.abs(step).max(axis=1) > 1)] = 0.0
    return (minimum + step) / shape, here + np.einsum("sa,sa->s", slope, step) / 2


def merge_shallow(network: HopNetwork, shallow: float, near: float) -> HopNetwork:
    """Return the network with shallow sites joined to deeper ones near by, shallowest first."""
    i, j, shift = network.i.copy(), network.j.copy(), network.shift.copy()
    saddle, alive = network.saddle, np.ones(len(network.energy), dtype=bool)
    energy, place = network.energy, network.position
    while len(i):
        shallower = np.where(energy[i] > energy[j], i, j)
        lowest = np.full(len(energy), math.inf)
        np.minimum.at(lowest, np.concatenate([i, j]), np.tile(saddle, 2))
        length = np.linalg.norm((place[j] + shift - place[i]) @ network.cell, axis=1)
        # over the lowest pass only: what percolates, does so at the same level as before
        joins = (i != j) & (length < near) & (saddle <= lowest[shallower])
        way_out = np.where(joins, saddle - energy[shallower], math.inf)
        hop = int(np.argmin(way_out))
        if not way_out[hop] < shallow:
            break
        gone = shallower[hop]
        turn = gone == i[hop]
        deep, step = (j[hop], -shift[hop]) if turn else (i[hop], shift[hop].copy())
        alive[gone] = False  # it lay at step beside the deeper one
        shift[i == gone] += step
        shift[j == gone] -= step
        i[i == gone] = deep
        j[j == gone] = deep
        real = (i != j) | shift.any(axis=1)
        i, j, shift, saddle = i[real], j[real], shift[real], saddle[real]
    index = np.cumsum(alive) - 1
    return HopNetwork(network.cell, place[alive], energy[alive], index[i], index[j], shift, saddle)


def _lowest_passes(network: HopNetwork) -> HopNetwork:
    """Keep one pass of each pair of ends, the lowest; list it from the lower site."""
    first = [next((x for x in row if x), 0) for row in network.shift.tolist()]
    turn = (network.i > network.j) | ((network.i == network.j) & (np.array(first) < 0))
    i, j = np.where(turn, network.j, network.i), np.where(turn, network.i, network.j)
    shift = np.where(turn[:, None], -network.shift, network.shift)
    order = np.argsort(network.saddle, kind="stable")
    rows = np.column_stack([i, j, shift])[order]
    _, kept = np.unique(rows, axis=0, return_index=True)
    rows, saddle = rows[kept], network.saddle[order][kept]
    return HopNetwork(
        network.cell,
        network.position,
        network.energy,
        rows[:, 0],
        rows[:, 1],
        rows[:, 2:5],
        saddle,
    )
