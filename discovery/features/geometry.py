"""Features of the cell: known from a diffraction card, before any atomic position is.

A candidate takes part when it has a lattice (with formula units per cell), a space group or a
structure; single quantities that cannot be known are NaN.
"""

from collections.abc import Sequence

import numpy as np

from discovery.features.composition import anions_per_atom, ion_volume_per_atom
from discovery.features.elements import column, table
from discovery.types import Candidate, FloatArray

_ANGSTROM3_PER_CM3_MOL = 0.602214076
# last space group of each of the 32 point groups, and the order of the point group
# (International Tables A, ch. 12.1)
_LAST_GROUP = (
    1, 2, 5, 9, 15, 24, 46, 74, 80, 82, 88, 98, 110, 122, 142, 146,
    148, 155, 161, 167, 173, 174, 176, 182, 186, 190, 194, 199, 206, 214, 220, 230,
)  # fmt: skip
_ORDER = (
    1, 2, 2, 2, 4, 4, 4, 8, 4, 4, 8, 8, 8, 8, 16, 3,
    6, 6, 6, 12, 6, 6, 12, 12, 12, 12, 24, 12, 24, 24, 24, 48,
)  # fmt: skip
_CENTROSYMMETRIC = (1, 4, 7, 10, 14, 16, 19, 22, 26, 28, 31)
_LAST_GROUP_OF_SYSTEM = (2, 15, 74, 142, 167, 194, 230)


def has_geometry(candidate: Candidate) -> bool:
    """Return whether anything about the cell is known."""
    known = (candidate.lattice, candidate.space_group, candidate.structure)
    return any(part is not None for part in known)


def geometry_features(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return named columns, each (n,), NaN where a quantity cannot be known."""
    return _symmetry(candidates) | _cell(candidates) | _density(candidates) | _contents(candidates)


def _symmetry(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    group = np.array([c.space_group or np.nan for c in candidates], dtype=np.float64)
    known = np.isfinite(group)
    point_group = np.searchsorted(_LAST_GROUP, np.where(known, group, 1))
    system = np.searchsorted(_LAST_GROUP_OF_SYSTEM, np.where(known, group, 1))
    return {
        "space group": group,
        "crystal system": np.where(known, system, np.nan),
        "point group order": np.where(known, np.array(_ORDER)[point_group], np.nan),
        "centrosymmetric": np.where(known, np.isin(point_group, _CENTROSYMMETRIC), np.nan),
    }


def _cell(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    parameters = np.full((len(candidates), 6), np.nan)
    for row, candidate in enumerate(candidates):
        if candidate.lattice is not None:
            parameters[row] = candidate.lattice.parameters
    lengths, angles = parameters[:, :3], parameters[:, 3:]
    shortest, longest = lengths.min(axis=1), lengths.max(axis=1)
    names = ("a", "b", "c", "alpha", "beta", "gamma")
    return dict(zip(names, parameters.T, strict=True)) | {
        "shortest axis": shortest,
        "longest axis": longest,
        "anisotropy": longest / shortest,
        "angle deviation": np.abs(angles - 90).max(axis=1),
    }


def _density(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Volumes per atom, anion and Li, free volume and density."""
    lithium = np.array([c.fractions.get("Li", np.nan) for c in candidates])
    masses = table().mass
    mass = np.array(
        [sum(f * masses[column(s)] for s, f in c.fractions.items()) for c in candidates]
    )
    per_atom = np.array([_volume_per_atom(c) for c in candidates])
    volume = np.array([_cell_volume(c) for c in candidates])
    return {
        "cell volume": volume,
        "volume/atom": per_atom,
        "volume/anion": per_atom / anions_per_atom(candidates),
        "volume/Li": per_atom / lithium,
        "free volume fraction": 1 - ion_volume_per_atom(candidates) / per_atom,
        "density": mass / per_atom / _ANGSTROM3_PER_CM3_MOL,
        "atoms/cell": volume / per_atom,
    }


def _contents(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """How far the contents of the cell are from whole atoms: disorder known before any CIF."""
    deviation = np.full((len(candidates), 3), np.nan)
    for row, candidate in enumerate(candidates):
        atoms = _cell_contents(candidate)
        if atoms:
            away = {s: abs(x - round(x)) for s, x in atoms.items()}
            host = [x for s, x in away.items() if s != "Li"]
            deviation[row] = max(away.values()), away.get("Li", np.nan), max(host, default=np.nan)
    return {
        "Z": np.array([c.z or np.nan for c in candidates], dtype=np.float64),
        "partial atoms": deviation[:, 0],
        "partial Li": deviation[:, 1],
        "partial framework": deviation[:, 2],
    }


def _cell_contents(candidate: Candidate) -> dict[str, float]:
    if candidate.z is not None:
        return {s: x * candidate.z for s, x in candidate.composition}
    return {} if candidate.structure is None else candidate.structure.composition


def _cell_volume(candidate: Candidate) -> float:
    if candidate.lattice is not None:
        return candidate.lattice.volume
    return np.nan if candidate.structure is None else candidate.structure.volume


def _volume_per_atom(candidate: Candidate) -> float:
    if candidate.lattice is not None and candidate.z is not None:
        atoms = candidate.z * sum(x for _, x in candidate.composition)
        return candidate.lattice.volume / atoms
    if candidate.structure is not None:
        return candidate.structure.volume / sum(candidate.structure.composition.values())
    return np.nan
