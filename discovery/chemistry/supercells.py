"""Supercells along the cell vectors, kept compact."""

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np

from discovery.chemistry.neighbours import IndexArray, cell_matrix, fractional
from discovery.crystal import Crystal, Site
from discovery.types import FloatArray

Times: TypeAlias = tuple[int, int, int]
"""How often a cell is repeated along each of its vectors."""

_STRETCH: Final = 3.0
"""Longest over shortest vector that a supercell may have, unless its cell is longer already."""


def compact_supercells(cell: FloatArray, largest: int) -> Iterator[Times]:
    """Yield for each number of cells up to ``largest``, ascending, the most compact supercell.

    Most compact means with the widest gap between opposite faces, then with the shortest longest
    vector. Numbers that only a needle or a plate can reach (7 cubes) are left out.

    Args:
        cell: (3, 3) vectors as rows, Angstrom.
        largest: Greatest number of cells.
    """
    lengths = np.linalg.norm(cell, axis=1)
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    limit = max(_STRETCH, float(lengths.max() / lengths.min())) * (1 + 1e-9)
    for number in range(1, largest + 1):
        best = max(
            _factorisations(number),
            key=lambda times: (round((heights * times).min(), 6), -(lengths * times).max()),
        )
        edges = lengths * best
        if edges.max() / edges.min() <= limit:
            yield best


def supercell(crystal: Crystal, times: Times) -> Crystal:
    """Return the repeated crystal; the images of a site follow one another."""
    if times == (1, 1, 1):
        return crystal
    cell = cell_matrix(crystal) * np.asarray(times)[:, None]
    positions = repeated_positions(fractional(crystal), times)
    copies = math.prod(times)
    rows = [(float(a), float(b), float(c)) for a, b, c in cell]
    sites = tuple(
        Site(crystal.sites[index // copies].species, (float(x), float(y), float(z)))
        for index, (x, y, z) in enumerate(positions)
    )
    return Crystal(tuple(rows), sites)


def repeated_positions(positions: FloatArray, times: Times) -> FloatArray:
    """Return fractional coordinates (s * product, 3) in the supercell, site by site.

    Args:
        positions: (s, 3) fractional coordinates in the cell.
        times: Repetitions.
    """
    return ((positions[:, None, :] + shifts(times)) / times).reshape(-1, 3)


def shifts(times: Times) -> IndexArray:
    """Return the cells (product, 3) of a supercell, the last axis fastest."""
    return np.stack(np.unravel_index(np.arange(math.prod(times)), times), axis=-1)


def _factorisations(number: int) -> Iterator[Times]:
    for a in range(1, number + 1):
        if number % a == 0:
            for b in range(1, number // a + 1):
                if (number // a) % b == 0:
                    yield (a, b, number // a // b)
