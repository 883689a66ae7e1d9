"""Features of the atomic positions: electrostatics, bond valence and surroundings of lithium.

All come from a crystal as reported, disorder included: occupancies weigh every sum, and positions
that are never filled together are no neighbours. What cannot be computed (no structure, no Li, no
charge balance, no bond-valence parameter) is NaN.
"""

from collections.abc import Callable, Sequence

import numpy as np

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.chemistry.neighbours import compatible_pairs, occupancies
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.features.ions import oxidation_states
from discovery.types import Candidate, FloatArray

_REACH = 5.0  # Angstrom; farther than any first Li-Li distance in a lithium conductor
_SHELL = 1.25  # a coordination shell ends at this multiple of the shortest Li-anion distance
_FILLED = 0.05  # emptier sites decide no nearest distance

_ENERGIES = ("Li site energy mean", "Li site energy std")
_VALENCE = ("Li valence mismatch mean", "Li valence mismatch std", "global instability")
_SURROUNDINGS = (
    "Li-Li distance", "Li-anion distance", "Li-anion distance std", "Li-cation distance",
    "Li coordination", "Li within 4 A", "Li occupancy", "Li sites/Li", "disordered sites",
)  # fmt: skip


def has_physics(candidate: Candidate) -> bool:
    """Return whether the positions of lithium are known."""
    return candidate.structure is not None and "Li" in candidate.structure.composition


def physics_features(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return named columns, each (n,), NaN where a quantity cannot be computed."""
    blocks: tuple[tuple[tuple[str, ...], Callable[[Candidate, Crystal], Sequence[float]]], ...] = (
        (_ENERGIES, _energies),
        (_VALENCE, _valence),
        (_SURROUNDINGS, _surroundings),
    )
    columns: dict[str, FloatArray] = {}
    for names, compute in blocks:
        values = np.full((len(candidates), len(names)), np.nan)
        for row, candidate in enumerate(candidates):
            if candidate.structure is not None and has_physics(candidate):
                try:
                    values[row] = compute(candidate, candidate.structure)
                except InvalidInputError:
                    continue  # stays NaN: the kernel does not apply to this crystal
        columns |= dict(zip(names, values.T, strict=True))
    return columns


def _energies(_: Candidate, crystal: Crystal) -> Sequence[float]:
    energies = mean_field_site_energies(crystal, "Li")
    return energies.mean, energies.std


def _valence(_: Candidate, crystal: Crystal) -> Sequence[float]:
    mismatch = valence_mismatch(crystal, "Li")
    return mismatch.mean, mismatch.std, mismatch.instability


def _surroundings(candidate: Candidate, crystal: Crystal) -> Sequence[float]:
    """Distances from Li (occupancy-weighted means of each site's shortest), coordination, filling.

    Sites count as Li, anion or cation by what mostly sits there.
    """
    elements, occupancy = occupancies(crystal)
    states = oxidation_states(candidate)
    is_anion = np.array([states.get(symbol, 0.0) < 0 for symbol in elements])
    is_lithium = np.array([symbol == "Li" for symbol in elements])
    kinds = {
        "Li": occupancy[:, is_lithium].sum(axis=1),
        "anion": occupancy[:, is_anion].sum(axis=1),
        "cation": occupancy[:, ~is_anion & ~is_lithium].sum(axis=1),
    }
    lithium = kinds["Li"]
    pairs = compatible_pairs(crystal, _REACH)
    pairs = pairs.take(lithium[pairs.i] > _FILLED)

    def shortest(kind: str) -> FloatArray:
        near = pairs.take(kinds[kind][pairs.j] > _FILLED)
        distance = np.full(len(lithium), np.inf)
        np.minimum.at(distance, near.i, near.distance)
        return np.where(np.isfinite(distance), distance, np.nan)

    def mean(values: FloatArray) -> float:
        known = np.isfinite(values) & (lithium > _FILLED)
        return float(np.average(values[known], weights=lithium[known])) if known.any() else np.nan

    to_anion = shortest("anion")
    inside = pairs.distance <= _SHELL * np.nan_to_num(to_anion)[pairs.i]
    size = len(lithium)
    coordination = np.bincount(pairs.i, inside * kinds["anion"][pairs.j], minlength=size)
    crowd = np.bincount(pairs.i, (pairs.distance <= 4) * lithium[pairs.j], minlength=size)  # noqa: PLR2004 - Sendek's radius
    filled = lithium > _FILLED
    return (
        mean(shortest("Li")),
        mean(to_anion),
        float(np.nanstd(to_anion[filled])) if np.isfinite(to_anion[filled]).any() else np.nan,
        mean(shortest("cation")),
        mean(coordination.astype(np.float64)),
        mean(crowd.astype(np.float64)),
        mean(lithium),
        float(filled.sum() / lithium.sum()),
        float(np.mean([not site.is_ordered for site in crystal.sites])),
    )
