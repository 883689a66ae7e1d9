"""Features of the atomic positions: electrostatics, bond valence and surroundings of lithium.

All come from a crystal as reported, disorder included: occupancies weigh every sum, and positions
that are never filled together are no neighbours. Where the contents of a cell as reported balance
no charges, its elements carry those of the formula. What cannot be computed (no structure, no Li,
no charge balance at all, no bond-valence parameter) is NaN.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.chemistry.charges import oxidation_states as balanced_states
from discovery.chemistry.electrostatics import (
    SiteEnergies,
    ewald_potentials,
    mean_field_site_energies,
)
from discovery.chemistry.neighbours import (
    Pairs,
    cell_matrix,
    compatible_pairs,
    fractional,
    occupancies,
)
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.features.ions import oxidation_states
from discovery.types import BoolArray, Candidate, FloatArray

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


def _energies(candidate: Candidate, crystal: Crystal) -> Sequence[float]:
    try:
        energies = mean_field_site_energies(crystal, "Li")
    except InvalidInputError:
        energies = _unbalanced_energies(crystal, _charges(candidate, crystal))
    return energies.mean, energies.std


def _unbalanced_energies(crystal: Crystal, charges: Mapping[str, float]) -> SiteEnergies:
    """Energies with given charges and a neutralising background; alternatives count in the mean."""
    elements, occupancy = occupancies(crystal)
    lithium = occupancy[:, elements.index("Li")]
    mean = occupancy @ np.array([charges[symbol] for symbol in elements])
    potential = ewald_potentials(cell_matrix(crystal), fractional(crystal), mean)
    held = lithium > 0
    return SiteEnergies(0.5 * charges["Li"] * potential[held], lithium[held])


def _valence(candidate: Candidate, crystal: Crystal) -> Sequence[float]:
    mismatch = valence_mismatch(crystal, "Li", charges=_charges(candidate, crystal))
    index = mismatch.instability
    return mismatch.mean, mismatch.std, np.nan if index is None else index


def _charges(candidate: Candidate, crystal: Crystal) -> dict[str, float]:
    """Oxidation states that balance the cell, or else the formula."""
    try:
        return balanced_states(crystal.composition)
    except InvalidInputError:
        states = balanced_states(candidate.fractions)
        if crystal.composition.keys() <= states.keys():
            return states
        raise


def _surroundings(candidate: Candidate, crystal: Crystal) -> Sequence[float]:
    """Distances from Li (occupancy-weighted means of each site's shortest), coordination, filling.

    Sites count as Li, anion or cation by what mostly sits there.
    """
    kinds = site_kinds(candidate, crystal)
    lithium, filled = kinds["Li"], is_filled(kinds["Li"])
    pairs = compatible_pairs(crystal, _REACH)
    pairs = pairs.take(filled[pairs.i])

    def mean(values: FloatArray) -> float:
        known = np.isfinite(values) & filled
        return float(np.average(values[known], weights=lithium[known])) if known.any() else np.nan

    to_anion = shortest_distances(pairs, kinds["anion"])
    inside = pairs.distance <= _SHELL * np.nan_to_num(to_anion)[pairs.i]
    size = len(lithium)
    coordination = np.bincount(pairs.i, inside * kinds["anion"][pairs.j], minlength=size)
    crowd = np.bincount(pairs.i, (pairs.distance <= 4) * lithium[pairs.j], minlength=size)  # noqa: PLR2004 - Sendek's radius
    return (
        mean(shortest_distances(pairs, lithium)),
        mean(to_anion),
        float(np.nanstd(to_anion[filled])) if np.isfinite(to_anion[filled]).any() else np.nan,
        mean(shortest_distances(pairs, kinds["cation"])),
        mean(coordination.astype(np.float64)),
        mean(crowd.astype(np.float64)),
        mean(lithium),
        float(filled.sum() / lithium.sum()),
        float(np.mean([not site.is_ordered for site in crystal.sites])),
    )


def site_kinds(candidate: Candidate, crystal: Crystal) -> dict[str, FloatArray]:
    """Return the occupancy (s,) of the s sites by ``Li``, ``anion`` and other ``cation``."""
    elements, occupancy = occupancies(crystal)
    states = oxidation_states(candidate)
    is_anion = np.array([states.get(symbol, 0.0) < 0 for symbol in elements])
    is_lithium = np.array([symbol == "Li" for symbol in elements])
    return {
        "Li": occupancy[:, is_lithium].sum(axis=1),
        "anion": occupancy[:, is_anion].sum(axis=1),
        "cation": occupancy[:, ~is_anion & ~is_lithium].sum(axis=1),
    }


def shortest_distances(pairs: Pairs, occupancy: FloatArray) -> FloatArray:
    """Return each site's distance (s,) to the nearest site of a kind, NaN where pairs have none.

    Args:
        pairs: Centres and neighbours.
        occupancy: (s,) of the sites by the kind.
    """
    near = pairs.take(is_filled(occupancy)[pairs.j])
    distance = np.full(len(occupancy), np.inf)
    np.minimum.at(distance, near.i, near.distance)
    return np.where(np.isfinite(distance), distance, np.nan)


def is_filled(occupancy: FloatArray) -> BoolArray:
    """Return which sites (s,) hold enough of a kind to be called its sites: more than 5 %.

    Where a kind is so dilute that no site holds as much, all that hold any.
    """
    filled = occupancy > _FILLED
    return filled if filled.any() else occupancy > 0
