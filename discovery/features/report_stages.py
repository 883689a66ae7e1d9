"""The structural features that a report on 599 lithium conductors used, in its two stages.

Its names where it gives them (``lattice_c``, ``framework_density``, ``is_cubic_like``, ``has_*``),
names in its manner elsewhere. What differs is the physics: the report asked pymatgen, which gives
up on partial occupancies, and had all three quantities for 57 of 478 materials; here they come
from the mean-field kernels of this package, for every crystal that holds Li.

Unknown values are NaN (the report put zero); each ``has_...`` column tells whether they are known.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from discovery.chemistry.donors import donor
from discovery.chemistry.neighbours import compatible_pairs
from discovery.chemistry.structures import to_pymatgen
from discovery.chemistry.voronoi import voronoi_coordination
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.features.physics import (
    has_physics,
    is_filled,
    shortest_distances,
    site_kinds,
)
from discovery.features.stages import FeatureTable, featurise
from discovery.types import Candidate, FloatArray

_REACH: Final = 5.0  # Angstrom; doubled until every Li has a Li and an anion within ...
_FARTHEST: Final = 20.0  # ... but not beyond
_CUBIC_LENGTHS: Final = 0.02  # relative difference of the longest and the shortest axis
_CUBIC_ANGLES: Final = 1.0  # degrees
_SYMPREC: Final = 0.01  # Angstrom


def report_features(
    candidates: Sequence[Candidate], known: Sequence[Candidate] = ()
) -> FeatureTable:
    """Return the 23 features of stage 1, the 8 of stage 2, and ``donated``.

    Args:
        candidates: The n materials.
        known: Materials that may lend their structures to those without one, see
            :mod:`discovery.chemistry.donors`; ``donated`` is 1 for who borrowed, else 0.

    Returns:
        A table of (n, 32).
    """
    complete = [_with_structure(candidate, known) for candidate in candidates]
    pairs = zip(complete, candidates, strict=True)
    donated = np.array([float(new.structure is not old.structure) for new, old in pairs])
    columns = stage_1(complete) | stage_2(complete) | {"donated": donated}
    columns["has_cif_struct"] = columns["has_cif_struct"] * (1 - donated)
    return FeatureTable(tuple(columns), np.column_stack(list(columns.values())))


def stage_1(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return the geometry as 23 named columns, each (n,).

    Of the cell, where lattice and formula units are known: lengths (Angstrom), angles (degrees),
    ``density`` (g/cm3), ``volume_per_atom`` (cubic Angstrom), ``n_li_sites`` (Li per cell),
    ``li_fraction`` (of the atoms), ``li_concentration`` and ``framework_density`` (Li, and other
    atoms, per cubic Angstrom), ``anisotropy_ba`` and ``anisotropy_ca`` (ratios of lengths),
    ``angle_deviation`` (largest from 90 degrees), ``is_cubic_like`` (1 or 0).

    Of the positions, where a structure with Li is known: shortest and mean nearest ``li_li`` and
    ``li_anion`` distances (Angstrom), ``li_coordination`` by anions, ``li_multiplicity`` (mean
    number of equivalent Li positions per cell), ``has_cif_struct``.
    """
    known = _known(candidates)
    own = np.array([_positions(candidate) for candidate in candidates]).reshape(-1, 5).T
    lengths = np.array([known[axis] for axis in "abc"])
    lithium = np.array([candidate.fractions.get("Li", 0.0) for candidate in candidates])
    per_atom = known["volume/atom"]
    cubic = lengths.max(axis=0) <= (1 + _CUBIC_LENGTHS) * lengths.min(axis=0)
    cubic &= known["angle deviation"] <= _CUBIC_ANGLES
    return {
        **{f"lattice_{axis}": known[axis] for axis in ("a", "b", "c", "alpha", "beta", "gamma")},
        "density": known["density"],
        "volume_per_atom": per_atom,
        "n_li_sites": lithium * known["atoms/cell"],
        "li_fraction": lithium,
        "li_concentration": lithium / per_atom,
        "framework_density": (1 - lithium) / per_atom,
        "li_li_min": own[0],
        "li_li_mean": own[1],
        "li_anion_min": own[2],
        "li_anion_mean": own[3],
        "li_coordination": known["Li coordination"],
        "li_multiplicity": own[4],
        "anisotropy_ba": lengths[1] / lengths[0],
        "anisotropy_ca": lengths[2] / lengths[0],
        "angle_deviation": known["angle deviation"],
        "is_cubic_like": np.where(np.isfinite(known["anisotropy"]), cubic, np.nan),
        "has_cif_struct": np.array([float(has_physics(c)) for c in candidates]),
    }


def stage_2(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return the physics as 8 named columns, each (n,).

    Bond-valence mismatch of Li (valence units), its electrostatic site energy (eV), both as mean
    (``avg``) and standard deviation, its mean Voronoi coordination number, and for each of the
    three whether it is known.
    """
    known = _known(candidates)
    columns = {
        "bv_mismatch_avg": known["Li valence mismatch mean"],
        "bv_mismatch_std": known["Li valence mismatch std"],
        "ewald_energy_avg": known["Li site energy mean"],
        "ewald_energy_std": known["Li site energy std"],
        "voronoi_cn_avg": np.array([_voronoi(candidate) for candidate in candidates]),
    }
    for indicator, column in (
        ("has_bv_mismatch", "bv_mismatch_avg"),
        ("has_ewald_energy", "ewald_energy_avg"),
        ("has_voronoi_cn", "voronoi_cn_avg"),
    ):
        columns[indicator] = np.isfinite(columns[column]).astype(np.float64)
    return columns


def _known(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """All features of this package, by name; remembered, so that both stages may ask."""
    table = featurise(candidates, "physics")
    return dict(zip(table.names, table.values.T, strict=True))


def _with_structure(candidate: Candidate, known: Sequence[Candidate]) -> Candidate:
    if candidate.structure is not None or not known:
        return candidate
    donation = donor(candidate, known)
    return candidate if donation is None else replace(candidate, structure=donation.crystal)


def _positions(candidate: Candidate) -> tuple[float, ...]:
    """Shortest and mean nearest Li-Li and Li-anion distance, mean multiplicity of Li."""
    crystal = candidate.structure
    if crystal is None or not has_physics(candidate):
        return (np.nan,) * 5
    kinds = site_kinds(candidate, crystal)
    cells = 1.0 if candidate.lattice is None else candidate.lattice.volume / crystal.volume
    to_lithium, to_anion = (_nearest(crystal, kinds["Li"], kinds[k]) for k in ("Li", "anion"))
    return *to_lithium, *to_anion, cells * _multiplicity(crystal)


def _nearest(crystal: Crystal, lithium: FloatArray, others: FloatArray) -> tuple[float, float]:
    """Shortest and occupancy-weighted mean distance from Li to the nearest of a kind."""
    filled, reach = is_filled(lithium), _REACH
    while True:
        pairs = compatible_pairs(crystal, reach)
        distance = shortest_distances(pairs.take(filled[pairs.i]), others)[filled]
        found = np.isfinite(distance)
        if found.all() or reach >= _FARTHEST or not others.any():
            break
        reach = min(2 * reach, _FARTHEST)
    if not found.any():
        return np.nan, np.nan
    return float(distance[found].min()), float(
        np.average(distance[found], weights=lithium[filled][found])
    )


def _multiplicity(crystal: Crystal) -> float:
    """Li positions per kind of Li position, NaN where spglib finds no symmetry."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer  # noqa: PLC0415 - heavy

    lithium = [any(e == "Li" for e, _ in site.species) for site in crystal.sites]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = SpacegroupAnalyzer(to_pymatgen(crystal), _SYMPREC).get_symmetry_dataset()
            kinds = np.asarray(found.equivalent_atoms)[lithium]
        except Exception:  # noqa: BLE001 - spglib and its wrapper have no common error
            return np.nan
    return len(kinds) / len(np.unique(kinds))


def _voronoi(candidate: Candidate) -> float:
    crystal = candidate.structure
    if crystal is None or not has_physics(candidate):
        return np.nan
    try:
        numbers, weights = voronoi_coordination(crystal)
    except InvalidInputError:
        return np.nan
    return float(np.average(numbers, weights=weights))
