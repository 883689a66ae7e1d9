"""Simulated annealing of ions on the sites of a crystal: exchanges within groups of sites."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from discovery.chemistry.ewald_matrix import swap, swap_change
from discovery.chemistry.neighbours import IndexArray
from discovery.types import BoolArray, FloatArray

_GAIN = 1e-9  # eV; a smaller one is rounding


class Interactions(NamedTuple):
    """What the energy of an arrangement on n sites depends on.

    Args:
        matrix: (n, n) of :func:`~discovery.chemistry.ewald_matrix.ewald_matrix`.
        start: (n + 1,) where the partners of each site begin in ``partner``.
        partner: (k,) sites that should not be filled together with the site.
        penalty: (k,) energy for being filled together, eV.
    """

    matrix: FloatArray
    start: IndexArray
    partner: IndexArray
    penalty: FloatArray


class Arrangement(NamedTuple):
    """What sits where, and the fields that it makes; all (n,).

    Args:
        kind: Number of the species, 0 for nothing.
        charge: Of the species, 0 for nothing.
        potential: ``matrix @ charge``.
        strain: Sum of the penalties of the filled partners, whether or not the site is filled.
    """

    kind: IndexArray
    charge: FloatArray
    potential: FloatArray
    strain: FloatArray


def arrange(interactions: Interactions, kind: IndexArray, charge: FloatArray) -> Arrangement:
    """Return the arrangement with its fields."""
    filled = np.where(kind[interactions.partner] > 0, interactions.penalty, 0.0)
    total = np.concatenate([[0.0], np.cumsum(filled)])
    strain = total[interactions.start[1:]] - total[interactions.start[:-1]]
    return Arrangement(kind, charge, interactions.matrix @ charge, strain)


@njit(cache=True)
def anneal(
    interactions: Interactions,
    state: Arrangement,
    member: IndexArray,
    bounds: IndexArray,
    temperatures: FloatArray,
    rng: np.random.Generator,
) -> None:
    """Exchange what sits on two sites of one group, by Metropolis' rule, in place.

    At each temperature as many exchanges are tried as there are sites to exchange.

    Args:
        interactions: Gives the energies.
        state: Changed.
        member: (v,) sites that take part, group by group.
        bounds: (groups + 1,) where the groups begin in ``member``.
        temperatures: (steps,) k T in eV.
        rng: Source of all randomness.
    """
    group = np.empty(len(member), dtype=np.int64)
    for g in range(len(bounds) - 1):
        group[bounds[g] : bounds[g + 1]] = g
    for temperature in temperatures:
        for _ in range(len(member)):
            first = rng.integers(0, len(member))
            g = group[first]
            a, b = member[first], member[rng.integers(bounds[g], bounds[g + 1])]
            if state.kind[a] == state.kind[b]:
                continue
            change = exchange_change(interactions, state, a, b)
            if change <= 0 or rng.random() < math.exp(-change / temperature):
                exchange(interactions, state, a, b)


@njit(cache=True)
def descend(
    interactions: Interactions, state: Arrangement, member: IndexArray, bounds: IndexArray
) -> None:
    """Make every exchange within a group that lowers the energy until none is left, in place."""
    improved = True
    while improved:
        improved = False
        for g in range(len(bounds) - 1):
            for first in range(bounds[g], bounds[g + 1]):
                for second in range(first + 1, bounds[g + 1]):
                    a, b = member[first], member[second]
                    if state.kind[a] == state.kind[b]:
                        continue
                    if exchange_change(interactions, state, a, b) < -_GAIN:
                        exchange(interactions, state, a, b)
                        improved = True


@njit(cache=True)
def resettle(
    interactions: Interactions,
    state: Arrangement,
    group: IndexArray,
    welcome: BoolArray,
    crowd: BoolArray,
) -> bool:
    """Move one ion out of a crowd into a vacancy of another group, if that lowers the energy.

    Args:
        interactions: Gives the energies.
        state: Changed, if the answer is yes.
        group: (n,) number of the group of each site.
        welcome: (groups, species) whether a group may hold the species; column 0: vacancies.
        crowd: (n,) sites that ions should leave.
    """
    best, source, target = -_GAIN, -1, -1
    for a in range(len(group)):
        if not crowd[a] or state.kind[a] == 0 or not welcome[group[a], 0]:
            continue
        for b in range(len(group)):
            if state.kind[b] > 0 or group[b] == group[a] or not welcome[group[b], state.kind[a]]:
                continue
            change = exchange_change(interactions, state, a, b)
            if change < best:
                best, source, target = change, a, b
    if source >= 0:
        exchange(interactions, state, source, target)
    return source >= 0


@njit(cache=True)
def exchange_change(interactions: Interactions, state: Arrangement, a: int, b: int) -> float:
    """Return the change of energy (eV), penalties included, if a and b exchange their ions."""
    change = swap_change(interactions.matrix, state.potential, state.charge, a, b)
    if state.kind[a] > 0 and state.kind[b] > 0:
        return change
    full, empty = (a, b) if state.kind[a] > 0 else (b, a)
    change += state.strain[empty] - state.strain[full]
    for k in range(interactions.start[full], interactions.start[full + 1]):
        if interactions.partner[k] == empty:
            change -= interactions.penalty[k]
    return change


@njit(cache=True)
def exchange(interactions: Interactions, state: Arrangement, a: int, b: int) -> None:
    """Exchange the ions of sites a and b, in place."""
    swap(interactions.matrix, state.potential, state.charge, a, b)
    if state.kind[a] == 0 or state.kind[b] == 0:
        full, empty = (a, b) if state.kind[a] > 0 else (b, a)
        for k in range(interactions.start[full], interactions.start[full + 1]):
            state.strain[interactions.partner[k]] -= interactions.penalty[k]
        for k in range(interactions.start[empty], interactions.start[empty + 1]):
            state.strain[interactions.partner[k]] += interactions.penalty[k]
    state.kind[a], state.kind[b] = state.kind[b], state.kind[a]
