"""Which element takes the place of which when a structure is borrowed."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core.periodic_table import Species
from scipy.optimize import linprog

from discovery.chemistry.ordering_counts import usual_state
from discovery.types import FloatArray

_EASY: Final = 3.0  # log of how much more often than by chance Hf replaces Zr
_LEAST: Final = 0.5
_OTHER_AMOUNT: Final = 3.0  # per atom that a role gets more or fewer than it had
_OTHER_LITHIUM: Final = 1.0  # where vacancies and interstitials are usual
_NOTHING: Final = 1e-9  # atoms


def substitution_cost(one: tuple[str, float], other: tuple[str, float]) -> float:
    """Return how unlikely one ion replaces another, 0 for the same element.

    From the statistics of Hautier et al., Inorg. Chem. 50, 656 (2011), as shipped with pymatgen:
    3 less the logarithm of how much more often than by chance two ions replace each other (at
    least 0.5), plus the difference of their charges.

    Args:
        one: Element and oxidation state.
        other: Element and oxidation state.

    Returns:
        Infinite for ions of different sign.
    """
    (element, state), (replaced, charge) = one, other
    if state * charge <= 0:
        return math.inf
    if element == replaced:
        return 0.0
    return _cost(element, usual_state(element, state), replaced, usual_state(replaced, charge))


def assign_roles(
    amounts: Mapping[str, float],
    states: Mapping[str, float],
    roles: Mapping[str, float],
    role_states: Mapping[str, float],
) -> dict[tuple[str, str], float] | None:
    """Return how many atoms of each element take the role of which, at the least cost.

    A transport problem: every atom gets a role of its own sign; unlikely substitutions cost
    (:func:`substitution_cost`), and so do roles that end with another number of atoms.

    Args:
        amounts: Atoms of each element, in the cell that is to be filled.
        states: Their oxidation states.
        roles: Atoms of each element of the structure that is borrowed.
        role_states: Their oxidation states.

    Returns:
        Atoms by (element, role), or ``None`` if an element finds no role.
    """
    pairs = [
        (element, role, cost)
        for element in amounts
        for role in roles
        if math.isfinite(
            cost := substitution_cost((element, states[element]), (role, role_states[role]))
        )
    ]
    if {element for element, _, _ in pairs} != set(amounts):
        return None
    n, m = len(pairs), len(roles)
    given = np.array([[e == element for e, _, _ in pairs] for element in amounts], dtype=float)
    taken = np.array([[r == role for _, r, _ in pairs] for role in roles], dtype=float)
    change = [_OTHER_LITHIUM if role == "Li" else _OTHER_AMOUNT for role in roles]
    answer = linprog(
        np.concatenate([[cost for _, _, cost in pairs], change, change]),
        A_eq=np.vstack([_wide(given, 2 * m), np.hstack([taken, -np.eye(m), np.eye(m)])]),
        b_eq=np.concatenate([list(amounts.values()), list(roles.values())]),
    )
    if answer.x is None:
        return None
    flow = answer.x[:n]
    return {
        (element, role): float(amount)
        for (element, role, _), amount in zip(pairs, flow, strict=True)
        if amount > _NOTHING
    }


def _wide(matrix: FloatArray, columns: int) -> FloatArray:
    return np.hstack([matrix, np.zeros((len(matrix), columns))])


@lru_cache(maxsize=8192)
def _cost(element: str, state: int, replaced: str, charge: int) -> float:
    statistics, ions = _statistics(), (Species(element, state), Species(replaced, charge))
    if not statistics.species.issuperset(ions):
        return _EASY + abs(state - charge)
    likeness = math.log(statistics.pair_corr(*ions))
    return max(_LEAST, _EASY - likeness) + abs(state - charge)


@lru_cache(maxsize=1)
def _statistics() -> SubstitutionProbability:
    return SubstitutionProbability()
