"""Borrowed structures: a known crystal lends its sites to a material known only by its cell.

The lender has the same space group and nearly the same cell. Its ions are replaced by those of
the material (:mod:`~discovery.chemistry.substitution`), occupancies scaled to the wanted amounts,
and the cell becomes the material's. Nothing but composition, group and cell decides: labels are
never seen. A borrowed structure is a guess; whatever is computed on it says so
(:attr:`Donation.provenance`).
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from pymatgen.core.lattice import Lattice as PymatgenLattice

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import (
    OVERLAP_DISTANCE,
    IndexArray,
    cell_matrix,
    closest_contact,
    fractional,
    occupancies,
)
from discovery.chemistry.ordering_counts import composition_error
from discovery.chemistry.substitution import assign_roles, substitution_cost
from discovery.crystal import Crystal, Lattice, Site
from discovery.errors import InvalidInputError
from discovery.types import Candidate, Detail

LENGTHS: Final = 0.05
"""Largest relative difference of a cell length from the lender's."""

ANGLES: Final = 3.0
"""Largest difference of a cell angle from the lender's, degrees."""

COST: Final = 1.0
"""Largest mean cost of an atom; replacing a third of the atoms by what is as often there by chance.
"""

COMPOSITION: Final = 0.02
"""Largest difference of an atomic fraction between what was wanted and what the sites can hold."""

_EMPTY: Final = 1e-6
_TIE: Final = 1e-4  # of the strain; axes keep their order unless another fits better
_SMALL_STRAIN: Final = 0.01
_SMALL_COST: Final = 0.1
_SMALL_ERROR: Final = 0.01
_Setting: TypeAlias = tuple[IndexArray, IndexArray]
_SETTINGS: Final[list[_Setting]] = [
    (np.array(order), np.array(signs))
    for order in itertools.permutations(range(3))
    for signs in ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1))
]


@dataclass(frozen=True)
class Donation:
    """A borrowed structure.

    Args:
        crystal: The lender's sites with the material's ions, in the material's cell.
        lender: Whose sites they are.
        replaced: (element, element that it replaces, atoms per cell), the same elements left out.
        strain: Largest relative difference of a cell length.
        cost: Mean substitution cost per atom, see
            :func:`~discovery.chemistry.substitution.substitution_cost`.
        composition_error: Largest difference of an atomic fraction from the wanted composition.
    """

    crystal: Crystal
    lender: Candidate
    replaced: tuple[tuple[str, str, float], ...]
    strain: float
    cost: float
    composition_error: float

    @property
    def provenance(self) -> dict[str, Detail]:
        """Details for an observation or a feature: whose structure it is, and how far it was."""
        replaced = ", ".join(f"{new} for {old}" for new, old, _ in self.replaced)
        return {
            "structure": "borrowed",
            "lender": self.lender.name or self.lender.formula,
            "lender_id": self.lender.id,
            "lender_replaced": replaced or "nothing",
            "lender_strain": self.strain,
            "lender_cost": self.cost,
            "lender_composition_error": self.composition_error,
        }


def donor(candidate: Candidate, known: Sequence[Candidate]) -> Donation | None:
    """Return the best structure that a candidate can borrow, or ``None``.

    Args:
        candidate: With space group and lattice; its own structure, if any, is not used.
        known: Materials; those without structure, of another group or too different a cell, and
            the candidate itself are passed over.
    """
    if candidate.lattice is None or candidate.space_group is None:
        return None
    try:
        states = oxidation_states(candidate.fractions)
    except InvalidInputError:
        return None
    near = []
    for lender in known:
        crystal = lender.structure
        if crystal is not None and _is_kin(candidate, lender):
            strain, setting = _setting(crystal, candidate.lattice)
            if strain <= LENGTHS:
                near.append((strain, lender, _moved(crystal, candidate.lattice, setting)))
    best = None
    for strain, lender, frame in sorted(near, key=lambda item: item[0]):
        if best is not None and strain / _SMALL_STRAIN >= _distance(best):
            break
        donation = _borrow(candidate.fractions, states, lender, frame, strain)
        if donation is not None and (best is None or _distance(donation) < _distance(best)):
            best = donation
    return best


def _is_kin(candidate: Candidate, lender: Candidate) -> bool:
    return lender.space_group == candidate.space_group and lender.id != candidate.id


def _distance(donation: Donation) -> float:
    """Strain, cost and error, each in units of what is small."""
    return (
        donation.strain / _SMALL_STRAIN
        + donation.cost / _SMALL_COST
        + donation.composition_error / _SMALL_ERROR
    )


def _setting(crystal: Crystal, lattice: Lattice) -> tuple[float, _Setting]:
    """Return in which order and sense the crystal's axes fit the lattice best, and the strain.

    The strain is the largest relative difference of a length, infinite if an angle is too far.
    """
    wanted = np.array(lattice.parameters)
    own = np.array(PymatgenLattice(cell_matrix(crystal)).parameters)
    best, setting = math.inf, _SETTINGS[0]
    for order, signs in _SETTINGS:
        angles = own[3:][order]
        angles = np.where(signs.prod() * signs > 0, angles, 180 - angles)
        strain = float(np.abs(np.log(own[:3][order] / wanted[:3])).max())
        if np.abs(angles - wanted[3:]).max() <= ANGLES and strain < best - _TIE:
            best, setting = strain, (order, signs)
    return best, setting


def _moved(crystal: Crystal, lattice: Lattice, setting: _Setting) -> Crystal:
    """Return the crystal with its axes reordered and turned round, in the lattice."""
    order, signs = setting
    positions = fractional(crystal)[:, order] * signs
    a, b, c = PymatgenLattice.from_parameters(*lattice.parameters).matrix.tolist()
    sites = tuple(
        Site(site.species, (float(x), float(y), float(z)))
        for site, (x, y, z) in zip(crystal.sites, positions, strict=True)
    )
    return Crystal((tuple(a), tuple(b), tuple(c)), sites)


def _borrow(
    fractions: Mapping[str, float],
    states: Mapping[str, float],
    lender: Candidate,
    frame: Crystal,
    strain: float,
) -> Donation | None:
    """Fill the sites of ``frame`` with other elements; ``None`` if they do not fit."""
    roles = frame.composition
    try:
        role_states = oxidation_states(roles)
    except InvalidInputError:
        return None
    anions = sum(amount for element, amount in roles.items() if role_states[element] < 0)
    scale = anions / sum(x for element, x in fractions.items() if states[element] < 0)
    amounts = {element: scale * x for element, x in fractions.items()}
    flow = assign_roles(amounts, states, roles, role_states)
    if flow is None:
        return None
    cost = sum(
        amount * substitution_cost((new, states[new]), (old, role_states[old]))
        for (new, old), amount in flow.items()
    ) / sum(amounts.values())
    if cost > COST:
        return None
    crystal = _filled(frame, flow, role_states)
    error = composition_error(crystal.composition, fractions)
    if error > COMPOSITION or closest_contact(crystal) < OVERLAP_DISTANCE:
        return None
    return Donation(
        crystal=crystal,
        lender=lender,
        replaced=tuple((new, old, n) for (new, old), n in flow.items() if new != old),
        strain=strain,
        cost=cost,
        composition_error=error,
    )


def _filled(
    frame: Crystal, flow: Mapping[tuple[str, str], float], role_states: Mapping[str, float]
) -> Crystal:
    """Return the crystal in which every role is played as ``flow`` says.

    A site passes its occupancy on in the same proportions. What does not fit where sites become
    full goes to the vacancies of partly filled sites of the same sign.
    """
    roles, table = occupancies(frame)
    elements = tuple(sorted({element for element, _ in flow}))
    given = np.array([[flow.get((e, r), 0.0) for e in elements] for r in roles])
    filled = table @ (given / table.sum(axis=0)[:, None])
    positive = np.array([role_states[role] > 0 for role in roles])
    for sign in (positive, ~positive):
        held = table[:, sign].sum(axis=1) > 0
        total = filled.sum(axis=1)
        excess = np.where(held & (total > 1), total - 1, 0.0)
        surplus = (filled * (excess / np.maximum(total, 1e-12))[:, None]).sum(axis=0)
        filled *= np.where(excess > 0, 1 / np.maximum(total, 1e-12), 1.0)[:, None]
        room = np.where(held & (total > 0), 1 - filled.sum(axis=1), 0.0)
        if surplus.sum() > 0 and room.sum() > 0:
            filled += np.outer(room, surplus) / max(float(room.sum()), float(surplus.sum()))
    sites = []
    for site, row in zip(frame.sites, filled, strict=True):
        species = tuple((e, float(x)) for e, x in zip(elements, row, strict=True) if x > _EMPTY)
        if species:
            sites.append(Site(species, site.position))
    return Crystal(frame.matrix, tuple(sites))
