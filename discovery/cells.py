"""The vectors of a lattice."""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GAIN: Final = 1e-6  # relative; less is rounding, and might be gained for ever


def compact_cell(cell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an equivalent cell with short vectors: fewer images have to be visited.

    Args:
        cell: (3, 3) vectors as rows, Angstrom, however skewed.

    Returns:
        (3, 3) vectors of the same lattice as rows, Angstrom.
    """
    vectors = cell.copy()
    shortened = True
    while shortened:
        shortened = False
        for a, b in itertools.permutations(range(3), 2):
            multiple = np.rint(vectors[a] @ vectors[b] / (vectors[b] @ vectors[b]))
            trial = vectors[a] - multiple * vectors[b]
            if trial @ trial < (1 - _GAIN) * (vectors[a] @ vectors[a]):
                vectors[a], shortened = trial, True
    return vectors
