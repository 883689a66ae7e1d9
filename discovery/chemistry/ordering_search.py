"""The search for positions of whole atoms on the sites of a disordered crystal."""

import math
from typing import Final

import numpy as np

from discovery.chemistry.annealing import (
    Arrangement,
    Interactions,
    anneal,
    arrange,
    descend,
    resettle,
)
from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.ewald_matrix import ewald_matrix
from discovery.chemistry.neighbours import IndexArray, cell_matrix, fractional
from discovery.chemistry.ordering_contacts import NEAREST, Contacts, contacts
from discovery.chemistry.ordering_counts import Plan
from discovery.chemistry.supercells import supercell
from discovery.crystal import Crystal, Site
from discovery.types import BoolArray, FloatArray

_HOT: Final = 3.0  # eV; k T at which ions exchange freely
_WARM: Final = 1.0  # eV; after ions have moved between groups
_COLD: Final = 0.03  # eV; about room temperature
_ROUNDS: Final = 4


class Search:
    """Draws arrangements of given counts that are low in electrostatic energy.

    Atoms and vacancies exchange within groups of equal occupancy, so that refined occupancies
    stay. Where these force alternatives together (0.54 of an ion on each of two sites 0.4 Angstrom
    apart), single ions move to vacancies of other groups that hold the element.

    Args:
        crystal: Disordered.
        plan: Its counts.
    """

    def __init__(self, crystal: Crystal, plan: Plan) -> None:
        self._crystal = supercell(crystal, plan.times)
        states = oxidation_states(crystal.composition) | plan.charges
        self._elements = ("", *states)
        self._charges = np.array([0.0, *states.values()])
        self._contacts = contacts(self._crystal, states)
        matrix = ewald_matrix(
            cell_matrix(crystal), fractional(crystal), times=plan.times, shortest=NEAREST
        )
        self._interactions = Interactions(matrix, *_partners(self._contacts, len(matrix)))
        self._group = np.empty(len(matrix), dtype=np.intp)
        self._welcome: BoolArray = np.zeros((len(plan.groups), len(self._elements)), dtype=bool)
        self._contents: list[IndexArray] = []
        copies = math.prod(plan.times)
        for g, (group, counts) in enumerate(zip(plan.groups, plan.counts, strict=True)):
            species = [self._elements.index(element) for element, _ in group.species]
            self._group.reshape(-1, copies)[list(group.sites)] = g
            self._welcome[g, species] = True
            self._welcome[g, 0] = not group.full
            vacancies = copies * len(group.sites) - sum(counts)
            self._contents.append(np.repeat([0, *species], [vacancies, *counts]))

    def draw(self, rng: np.random.Generator, steps: int) -> Arrangement:
        """Return an arrangement: annealed from a random one, no single exchange improves it.

        Args:
            rng: Source of all randomness.
            steps: Temperatures; the fewer, the sooner the search ends in a minimum.
        """
        kind: IndexArray = np.empty(len(self._group), dtype=np.intp)
        for g, contents in enumerate(self._contents):
            kind[self._group == g] = rng.permutation(contents)
        state = arrange(self._interactions, kind, self._charges[kind])
        hot = _HOT
        for _ in range(_ROUNDS):
            self._relax(state, np.geomspace(hot, _COLD, steps), rng)
            if not self._resettle(state):
                break
            hot = _WARM
        return state

    def energy(self, state: Arrangement) -> float:
        """Return the electrostatic energy, eV."""
        return float(0.5 * state.charge @ self._interactions.matrix @ state.charge)

    def fingerprint(self, state: Arrangement) -> float:
        """Return a number that equivalent arrangements share, and hardly any others.

        It is the energy of made-up charges that tell ions of one charge (Al, Ga) apart.
        """
        charge = np.sqrt(state.kind)
        return float(0.5 * charge @ self._interactions.matrix @ charge)

    def crowded(self, state: Arrangement) -> int:
        """Return how many pairs of alternatives are filled together."""
        return int(self._together(state, self._contacts.split).sum())

    def overlaps(self, state: Arrangement) -> int:
        """Return how many pairs of these overlap: the arrangement is impossible."""
        return int(self._together(state, self._contacts.overlap).sum())

    def crystal(self, state: Arrangement) -> Crystal:
        """Return the ordered crystal, its sites in the order of the disordered one's."""
        sites = zip(self._crystal.sites, state.kind, strict=True)
        return Crystal(
            self._crystal.matrix,
            tuple(Site(((self._elements[kind], 1.0),), s.position) for s, kind in sites if kind),
        )

    def _relax(
        self, state: Arrangement, temperatures: FloatArray, rng: np.random.Generator
    ) -> None:
        present = [set(state.kind[self._group == g]) for g in range(len(self._contents))]
        mixed = [
            np.flatnonzero(self._group == g) for g, kinds in enumerate(present) if len(kinds) > 1
        ]
        if mixed:
            member, bounds = np.concatenate(mixed), np.cumsum([0, *map(len, mixed)])
            anneal(self._interactions, state, member, bounds, temperatures, rng)
            descend(self._interactions, state, member, bounds)

    def _resettle(self, state: Arrangement) -> bool:
        """Move ions out of crowds, one by one; return whether any moved."""
        moved = False
        while True:
            both = self._together(state, self._contacts.split)
            crowd = np.zeros(len(self._group), dtype=bool)
            crowd[self._contacts.i[both]] = crowd[self._contacts.j[both]] = True
            if not resettle(self._interactions, state, self._group, self._welcome, crowd):
                return moved
            moved = True

    def _together(self, state: Arrangement, which: BoolArray) -> BoolArray:
        filled = state.kind > 0
        return which & filled[self._contacts.i] & filled[self._contacts.j]


def _partners(near: Contacts, count: int) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return the pairs listed by site: where each list begins, its partners and penalties."""
    site = np.concatenate([near.i, near.j])
    order = np.argsort(site, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=count))])
    return start, np.concatenate([near.j, near.i])[order], np.tile(near.penalty, 2)[order]
