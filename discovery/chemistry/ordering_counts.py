"""How many atoms of each element a representative has on each kind of site: whole, and neutral.

Sites that hold the same species with the same occupancies form a group. Among all whole numbers of
atoms per group and element that balance the charge and keep the composition, those are taken that
move the fewest atoms: an integer linear programme (for one group and no charge it is rounding by
largest remainders).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pymatgen.core.periodic_table import Element
from scipy.optimize import LinearConstraint, milp

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import cell_matrix
from discovery.chemistry.supercells import Times, compact_supercells
from discovery.crystal import Crystal, Species
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

COMPOSITION_ERROR: Final = 0.01
"""Largest difference of an atomic fraction between a representative and its crystal."""

_UNUSUAL: Final = 1.05  # a mean state further than this from a common one is taken as it is
_FULL: Final = 0.995  # a site with this occupancy has no vacancies to place
_ELEMENT_WEIGHT: Final = 3.0  # keeping the composition counts more than keeping the occupancies


@dataclass(frozen=True)
class Group:
    """Sites with the same species and occupancies.

    Args:
        species: (element, occupancy) pairs.
        sites: Their indices in the crystal.
    """

    species: Species
    sites: tuple[int, ...]

    @property
    def full(self) -> bool:
        """Whether no site of the group is ever empty."""
        return sum(occupancy for _, occupancy in self.species) >= _FULL


def groups(crystal: Crystal) -> tuple[Group, ...]:
    """Return the groups of equal occupancy, in the order of their first sites."""
    found: dict[Species, list[int]] = {}
    for index, site in enumerate(crystal.sites):
        key = tuple(sorted((element, round(amount, 4)) for element, amount in site.species))
        found.setdefault(key, []).append(index)
    return tuple(Group(species, tuple(sites)) for species, sites in found.items())


def usual_state(element: str, state: float) -> int:
    """Return the whole oxidation state that a mean one most probably stands for."""
    common = [q for q in Element(element).common_oxidation_states if q * state > 0]
    nearest = min(common, key=lambda q: abs(q - state), default=round(state))
    return nearest if abs(nearest - state) < _UNUSUAL else round(state)


def composition_error(amounts: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    """Return the largest difference of an atomic fraction."""
    total, aim = sum(amounts.values()), sum(wanted.values())
    return max(
        abs(amounts.get(element, 0.0) / total - wanted.get(element, 0.0) / aim)
        for element in amounts.keys() | wanted.keys()
    )


@dataclass(frozen=True)
class Plan:
    """What a representative consists of.

    Args:
        groups: Kinds of sites of the cell.
        times: Supercell.
        counts: Atoms per group of the whole supercell, in the order of the group's species.
        charges: Oxidation states of the elements; they balance the counts.
        error: Largest difference of an atomic fraction from the disordered crystal.
    """

    groups: tuple[Group, ...]
    times: Times
    counts: tuple[tuple[int, ...], ...]
    charges: dict[str, float]
    error: float


def plan(crystal: Crystal, largest: int) -> Plan:
    """Return the counts in the smallest supercell that serves.

    Tried in turn, each from the smallest supercell on: usual oxidation states that balance exactly
    and an atom of every element; the same without traces; any balance of mixed valences.

    Args:
        crystal: Disordered.
        largest: Greatest number of atoms.

    Raises:
        InvalidInputError: No oxidation states are neutral, or no cell keeps the composition.
    """
    composition = crystal.composition
    states = oxidation_states(composition)
    kinds = groups(crystal)
    most = int(largest * (1 + 2 * COMPOSITION_ERROR) / sum(composition.values()))
    supercells = list(compact_supercells(cell_matrix(crystal), most))
    usual = {element: usual_state(element, state) for element, state in states.items()}
    for charges, fewest in ((usual, 1), (usual, 0), (None, 1), (None, 0)):
        for times in supercells:
            counts = whole_counts(
                kinds, math.prod(times), charges=charges, fewest=fewest, largest=largest
            )
            if counts is not None and (found := _balanced(kinds, counts)) is not None:
                amounts, balance = found
                return Plan(kinds, times, counts, balance, composition_error(amounts, composition))
    raise InvalidInputError(
        f"no neutral cell of at most max_atoms = {largest} has the composition of the "
        f"{sum(composition.values()):.4g} atoms of the disordered cell within "
        f"{COMPOSITION_ERROR:.0%} per element"
    )


def whole_counts(
    kinds: Sequence[Group],
    copies: int,
    *,
    charges: Mapping[str, int] | None,
    fewest: int,
    largest: int,
) -> tuple[tuple[int, ...], ...] | None:
    """Return the number of atoms per group and species in a supercell.

    Args:
        kinds: Groups of the cell.
        copies: Cells in the supercell.
        charges: Oxidation states that have to add up to zero; ``None`` leaves the charge free.
        fewest: Least number of atoms of every element; with 0 a trace may be rounded away.
        largest: Greatest number of atoms in all.

    Returns:
        For each group the numbers of atoms in the order of its species; ``None`` if nothing within
        :data:`COMPOSITION_ERROR` fits.
    """
    elements = sorted({element for kind in kinds for element, _ in kind.species})
    place = [(g, element) for g, kind in enumerate(kinds) for element, _ in kind.species]
    size = np.array([copies * len(kind.sites) for kind in kinds], dtype=float)
    share = np.array([occupancy for kind in kinds for _, occupancy in kind.species])
    member = np.array([[h == g for h, _ in place] for g in range(len(kinds))], dtype=float)
    holds = np.array([[e == element for _, e in place] for element in elements], dtype=float)
    wanted = share * (member.T @ size)
    fractions = holds @ wanted / wanted.sum()
    excess = holds - fractions[:, None]  # an element's atoms less its share of all atoms
    low = np.where([kind.full for kind in kinds], size, 0.0)
    n, m = len(place), len(elements)
    # columns: atoms per place; more and less than wanted, per place and per element
    move, drift = np.eye(n), np.eye(m)
    free, none = np.zeros((m, n)), np.zeros((n, m))
    rules = [
        (np.hstack([move, -move, move, none, none]), wanted, wanted),
        (np.hstack([holds, free, free, -drift, drift]), holds @ wanted, holds @ wanted),
        (_padded(member, n, m), low, size),
        (_padded(holds, n, m), float(fewest), np.inf),
        (_padded(excess - COMPOSITION_ERROR, n, m), -np.inf, 0.0),
        (_padded(excess + COMPOSITION_ERROR, n, m), 0.0, np.inf),
        (_padded(np.ones((1, n)), n, m), 1.0, float(largest)),
    ]
    if charges is not None:
        charge = np.array([[charges[element] for _, element in place]], dtype=float)
        rules.append((_padded(charge, n, m), 0.0, 0.0))
    answer = milp(
        np.repeat([0.0, 1.0, _ELEMENT_WEIGHT], [n, 2 * n, 2 * m]),
        integrality=np.repeat([1, 0], [n, 2 * n + 2 * m]),
        constraints=[LinearConstraint(*rule) for rule in rules],
    )
    if answer.x is None:
        return None
    counts = iter(np.rint(answer.x[:n]).astype(int).tolist())
    return tuple(tuple(next(counts) for _ in kind.species) for kind in kinds)


def _balanced(
    kinds: Sequence[Group], counts: Sequence[Sequence[int]]
) -> tuple[dict[str, float], dict[str, float]] | None:
    """Return amounts and oxidation states of the elements, ``None`` if nothing balances."""
    amounts: dict[str, float] = {}
    for kind, numbers in zip(kinds, counts, strict=True):
        for (element, _), number in zip(kind.species, numbers, strict=True):
            amounts[element] = amounts.get(element, 0.0) + number
    amounts = {element: amount for element, amount in amounts.items() if amount}
    try:
        return amounts, oxidation_states(amounts)
    except InvalidInputError:
        return None


def _padded(rule: FloatArray, n: int, m: int) -> FloatArray:
    """Add zero columns for the deviations."""
    return np.hstack([rule, np.zeros((len(rule), 2 * n + 2 * m))])
