"""A lattice gas of ions: the sites of a supercell, the hops, who repels and who excludes whom."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from discovery.chemistry.electrostatics import COULOMB
from discovery.chemistry.neighbours import SPLIT_DISTANCE, periodic_pairs
from discovery.errors import InvalidInputError
from discovery.transport.network import HopNetwork
from discovery.types import FloatArray


@dataclass(frozen=True)
class Repulsion:
    """Screened Coulomb repulsion of monovalent ions, 14.4 eV A / (dielectric r) exp(-r/screening).

    Args:
        dielectric: Relative permittivity of the framework and its electrons.
        screening: Length in Angstrom; infinite for bare charges.
        cutoff: Angstrom; ions farther apart ignore each other.
        exclusion: Angstrom; sites nearer than this are never filled together.

    Raises:
        InvalidInputError: A parameter is not positive, or the cut-off not finite.
    """

    dielectric: float = 10.0
    screening: float = 3.0
    cutoff: float = 6.0
    exclusion: float = SPLIT_DISTANCE

    def __post_init__(self) -> None:
        if not (self.dielectric > 0 and self.screening > 0):
            raise InvalidInputError(
                f"dielectric and screening must be positive, not {self.dielectric}, "
                f"{self.screening}"
            )
        if not (0 <= self.cutoff < math.inf and 0 <= self.exclusion < math.inf):
            raise InvalidInputError(
                f"cutoff and exclusion must be finite, 0 or more, not {self.cutoff}, "
                f"{self.exclusion}"
            )

    def energy(self, distance: FloatArray) -> FloatArray:
        """Return the energy in eV of two ions at distances in Angstrom."""
        return np.where(
            distance <= self.cutoff,
            COULOMB / (self.dielectric * distance) * np.exp(-distance / self.screening),
            0.0,
        )


NO_REPULSION = Repulsion(dielectric=math.inf, cutoff=0.0, exclusion=0.0)
"""Ions that know of each other only that two do not share a site."""


@dataclass(frozen=True)
class Rows:
    """Lists of different lengths, one after the other: list k is ``start[k]:start[k + 1]``."""

    start: NDArray[np.int64]
    item: NDArray[np.int64]


@dataclass(frozen=True)
class LatticeGas:
    """Sites of a supercell, with everything that a hop needs to know, one row per site.

    Args:
        cell: (3, 3) vectors of the supercell as rows, Angstrom.
        energy: (n,) of the sites, eV.
        hops: Targets of the hops from each site; the arrays that follow run along ``hops.item``.
        vector: (h, 3) displacement, Angstrom.
        saddle: (h,) energy of the pass, eV.
        hop_energy: (h,) repulsion between an ion at the start and one at the target, eV.
        hop_excluded: (h,) whether start and target exclude each other.
        pairs: Sites that repel an ion at each site.
        pair_energy: Repulsion along ``pairs.item``, periodic images added, eV.
        exclusions: Sites that may not be filled while this one is.
        reach: Sites whose hops may change when this site is filled or emptied, itself included.
    """

    cell: FloatArray
    energy: FloatArray
    hops: Rows
    vector: FloatArray
    saddle: FloatArray
    hop_energy: FloatArray
    hop_excluded: NDArray[np.bool_]
    pairs: Rows
    pair_energy: FloatArray
    exclusions: Rows
    reach: Rows

    @property
    def volume(self) -> float:
        """Volume of the supercell, cubic Angstrom."""
        return abs(float(np.linalg.det(self.cell)))


def lattice_gas(
    network: HopNetwork, repeats: tuple[int, int, int], repulsion: Repulsion = NO_REPULSION
) -> LatticeGas:
    """Return the lattice gas of a supercell.

    Args:
        network: Sites and hops of one cell.
        repeats: Cells along each axis. Hops that lead from a site to its own image in a supercell
            of one cell are no hops there.
        repulsion: Between the ions.

    Raises:
        InvalidInputError: The network has no site, or ``repeats`` are not positive.
    """
    if not len(network.energy) or min(repeats) < 1:
        raise InvalidInputError(
            f"a supercell of {repeats} cells of {len(network.energy)} sites has no site"
        )
    sizes = np.array(repeats)
    cell = network.cell * sizes[:, None]
    origins = np.stack(np.meshgrid(*map(np.arange, repeats), indexing="ij"), axis=-1)
    origins = origins.reshape(-1, 3)
    per_cell = len(network.energy)
    count = len(origins) * per_cell
    place = ((origins[:, None] + network.position) / sizes).reshape(-1, 3)
    source, target, vector, saddle = _directed(network, origins, sizes)
    a, b, distance = periodic_pairs(cell, place, max(repulsion.cutoff, repulsion.exclusion))
    a, b, distance = a[a != b], b[a != b], distance[a != b]  # an ion's own image is always there
    excluded = distance < repulsion.exclusion
    repels = distance <= repulsion.cutoff
    pair = _table(a[repels], b[repels], repulsion.energy(distance[repels]), count)
    exclusion = _table(a[excluded], b[excluded], np.ones(int(excluded.sum())), count)
    hop = _table(source, target, np.ones(len(source)), count)
    itself = _table(np.arange(count), np.arange(count), np.ones(count), count)
    near = itself + pair + exclusion
    reach = (near + near @ hop.T).tocsr()
    return LatticeGas(
        cell=cell,
        energy=np.tile(network.energy, len(origins)),
        hops=Rows(np.searchsorted(source, np.arange(count + 1)).astype(np.int64), target),
        vector=vector,
        saddle=saddle,
        hop_energy=_look_up(pair, source, target),
        hop_excluded=_look_up(exclusion, source, target) > 0,
        pairs=_rows(pair),
        pair_energy=pair.data,
        exclusions=_rows(exclusion),
        reach=_rows(reach),
    )


def _directed(
    network: HopNetwork, origins: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray, FloatArray]:
    """Return source, target, vector and saddle of the hops of a supercell, by source."""
    i = np.concatenate([network.i, network.j])
    j = np.concatenate([network.j, network.i])
    shift = np.concatenate([network.shift, -network.shift])
    vector = np.concatenate([network.displacement, -network.displacement])
    saddle = np.tile(network.saddle, 2)
    per_cell = len(network.energy)
    landing = (origins[:, None] + shift) % sizes
    flat = (landing[..., 0] * sizes[1] + landing[..., 1]) * sizes[2] + landing[..., 2]
    source = (np.arange(len(origins))[:, None] * per_cell + i).ravel()
    target = (flat * per_cell + j).ravel()
    cells = len(origins)
    order = np.argsort(source, kind="stable")
    order = order[source[order] != target[order]]
    return (
        source[order],
        target[order],
        np.tile(vector, (cells, 1))[order],
        np.tile(saddle, cells)[order],
    )


def _table(
    row: NDArray[np.int64], column: NDArray[np.int64], value: FloatArray, count: int
) -> csr_array:
    table = csr_array((value, (row, column)), shape=(count, count))
    table.sum_duplicates()  # sorts the indices of each row, too
    return table


def _look_up(table: csr_array, row: NDArray[np.int64], column: NDArray[np.int64]) -> FloatArray:
    """Return the entries (k,) at rows and columns; zero where there is none."""
    count = table.shape[0]
    rows = np.repeat(np.arange(count), np.diff(table.indptr))
    keys = np.append(rows * count + table.indices, count * count)
    wanted = row * count + column
    place = np.searchsorted(keys, wanted)
    return np.where(keys[place] == wanted, np.append(table.data, 0.0)[place], 0.0)


def _rows(table: csr_array) -> Rows:
    table.sort_indices()
    return Rows(table.indptr.astype(np.int64), table.indices.astype(np.int64))
