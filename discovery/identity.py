"""Content identity: two ways to write the same material give one id.

Numbers are rounded before hashing on a grid shifted by an irrational fraction of its step, so that
"nice" values (0.25, 5.145) never sit on a rounding boundary and float noise does not change an id.
"""

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.cells import compact_cell

_SHIFT = (math.sqrt(5) - 1) / 2
_SHELL_CUTOFF = 6.0  # Angstrom; beyond the second shell of any element in a solid electrolyte
_SAME_POSITION = 1e-3  # Angstrom
# moments are means per atom: one atom of 100 that moves by 0.1 Angstrom changes them by about 1e-4
_MOMENT_STEP = 1e-5


def candidate_id(
    composition: Iterable[tuple[str, float]],
    *,
    z: float | None,
    space_group: int | None,
    lattice: Sequence[float] | None,
    matrix: Sequence[Sequence[float]] | None,
    sites: Sequence[tuple[Iterable[tuple[str, float]], Sequence[float]]] | None,
    descriptors: Iterable[tuple[str, float]] = (),
) -> str:
    """Return the content hash of a material, 16 hexadecimal digits.

    Composition counts as atomic fractions. A structure, where given, counts by quantities that no
    choice of cell, origin, orientation or site order can change: volume per atom and, for each
    pair of elements, moments of the occupancy-weighted distances below 6 Angstrom. Without a
    structure, space group, cell contents and lattice parameters count as written. Descriptors count
    with nine digits, in any order.
    """
    amounts: dict[str, float] = {}
    for element, amount in composition:
        amounts[element] = amounts.get(element, 0.0) + float(amount)
    total = sum(amounts.values())
    parts = [f"{element}:{_grid(amounts[element] / total, 1e-6)}" for element in sorted(amounts)]
    if matrix is not None and sites is not None:
        parts += _structure_parts(np.asarray(matrix, dtype=float), sites)
    else:
        parts += _cell_parts(total, z, space_group, lattice)
    parts += sorted(f"{name}={value:.9g}" for name, value in descriptors)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _cell_parts(
    atoms: float, z: float | None, space_group: int | None, lattice: Sequence[float] | None
) -> list[str]:
    parts = [] if space_group is None else [f"group:{space_group}"]
    if z is not None:
        parts.append(f"atoms:{_grid(atoms * z, 1e-3)}")
    if lattice is not None:
        parts.append("cell:" + ",".join(str(_grid(x, 1e-4)) for x in lattice))
    return parts


def _structure_parts(
    cell: NDArray[np.float64],
    sites: Sequence[tuple[Iterable[tuple[str, float]], Sequence[float]]],
) -> list[str]:
    species = [dict(pairs) for pairs, _ in sites]
    positions = np.asarray([position for _, position in sites], dtype=float)
    elements = sorted({element for site in species for element in site})
    occupancy = np.array([[site.get(element, 0.0) for element in elements] for site in species])
    content = float(occupancy.sum())
    parts = [f"volume:{_grid(abs(float(np.linalg.det(cell))) / content, 1e-3)}"]
    moments = _pair_moments(cell, positions, occupancy) / content
    for (i, first), (j, second) in itertools.combinations_with_replacement(enumerate(elements), 2):
        near, far = moments[:, i, j]
        parts.append(f"{first}-{second}:{_grid(near, _MOMENT_STEP)},{_grid(far, _MOMENT_STEP)}")
    return parts


def _pair_moments(
    cell: NDArray[np.float64], positions: NDArray[np.float64], occupancy: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(2, elements, elements) sums over pairs of smooth functions of distance that end at 6 A."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - only a structure needs it

    skewed, cell = cell, compact_cell(cell)
    inside = positions @ skewed @ np.linalg.inv(cell) % 1.0
    margin = _SHELL_CUTOFF * np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = [range(-k, k + 1) for k in np.ceil(margin).astype(int)]
    shifts = np.array(list(itertools.product(*reach)), dtype=float)
    images = (inside[None] + shifts[:, None]).reshape(-1, 3)
    owner = np.tile(np.arange(len(inside)), len(shifts))
    near_cell = np.all((images > -margin) & (images < 1 + margin), axis=1)
    images, owner = images[near_cell] @ cell, owner[near_cell]
    pairs = cKDTree(inside @ cell).sparse_distance_matrix(
        cKDTree(images), _SHELL_CUTOFF, output_type="ndarray"
    )
    pairs = pairs[pairs["v"] > _SAME_POSITION]
    window = (1 - (pairs["v"] / _SHELL_CUTOFF) ** 2) ** 3
    near = window / np.maximum(pairs["v"], 0.1) ** 2
    index = pairs["i"] * len(inside) + owner[pairs["j"]]
    size = len(inside) ** 2
    return np.stack(
        [
            occupancy.T
            @ np.bincount(index, weights, minlength=size).reshape(len(inside), -1)
            @ occupancy
            for weights in (near, window)
        ]
    )


def _grid(value: float, step: float) -> int:
    return math.floor(value / step + _SHIFT)
