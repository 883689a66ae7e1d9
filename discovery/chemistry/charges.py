"""Oxidation states that balance any composition, fractional amounts included.

Every atom is taken as an independent draw from the oxidation states that crystal structures
report for its element (ICSD 2024 counts, shipped with smact), so the most plausible neutral
assignment minimises ``sum_e amount_e * cost_e(q_e)`` with ``cost_e(q) = -log share_e(q)`` made
convex. With one linear constraint (neutrality) that is a continuous knapsack: filled greedily it is
exact, needs microseconds, and leaves at most one element between two states (mixed valence, rounded
amounts).

What counts alone cannot tell is which of several amphoteric elements (H, B, C, N, P, S, ...) is the
anion. As in IUPAC's definition, the more electronegative one is: hydrogen is +1 in LiNH2 and -1 in
LiBH4. Where no such split is neutral, one amphoteric element may hold both signs (Li4BN3H10).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

from pymatgen.core.periodic_table import Element
from smact.utils.oxidation import ICSD24OxStatesFilter

from discovery.errors import InvalidInputError

_State: TypeAlias = tuple[int, float]  # oxidation state, cost

_SMALLEST_SHARE: Final = 0.003  # of an element's ions; rarer states are mostly misprints
_NEUTRAL: Final = 1e-9


def oxidation_states(composition: Mapping[str, float]) -> dict[str, float]:
    """Return the mean oxidation state of each element; they add up to zero charge (1e-6).

    The zero state is no candidate: metals, alloys and pure elements are refused.

    Args:
        composition: Element amounts, fractional ones allowed, on any scale.

    Raises:
        InvalidInputError: There is no element, an amount is not positive, an element has no known
            ion, or no assignment is neutral. The message names the element or the nearest charge.

    >>> oxidation_states({"Li": 6, "P": 1, "S": 5, "Cl": 1})
    {'Li': 1.0, 'P': 5.0, 'S': -2.0, 'Cl': -1.0}
    """
    return dict(_balance(tuple((element, float(n)) for element, n in composition.items())))


@lru_cache(maxsize=512)
def electronegativity(element: str) -> float:
    """Return the electronegativity on Pauling's scale.

    Raises:
        InvalidInputError: The symbol names no element, or Pauling's scale has no value for it.
    """
    if not Element.is_valid_symbol(element):
        raise InvalidInputError(f"{element!r} is no element")
    value = Element(element).data.get("X")
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInputError(f"{element} has no electronegativity on Pauling's scale")
    return float(value)


@lru_cache(maxsize=4096)
def _balance(composition: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    amounts = dict(composition)
    if not amounts:
        raise InvalidInputError("oxidation states need a composition; this one is empty")
    for element, amount in amounts.items():
        if not (math.isfinite(amount) and amount > 0):
            raise InvalidInputError(f"amount of {element} must be positive, not {amount:g}")
    if len(amounts) < 2:  # noqa: PLR2004
        raise InvalidInputError(f"{_text(amounts)} is a pure element; its atoms carry no charge")
    total = sum(amounts.values())
    amounts = {element: amount / total for element, amount in amounts.items()}
    states = {element: _states(element) for element in amounts}
    for group in _splits(states):
        solutions = [found for choice in group if (found := _fill(amounts, choice)) is not None]
        if solutions:
            _, best = min(solutions, key=lambda solution: solution[0])
            return tuple((element, best[element]) for element in amounts)
    low, high = (
        sum(n * pick(q for q, _ in states[e]) for e, n in composition) for pick in (min, max)
    )
    raise InvalidInputError(
        f"no oxidation states balance {_text(dict(composition))}: its known ions allow a charge "
        f"from {low:+.4g} to {high:+.4g}"
        + ("" if low * high > 0 else ", none of them zero with anions that outdraw the cations")
    )


def _splits(
    states: Mapping[str, Sequence[_State]],
) -> Iterator[list[dict[str, Sequence[_State]]]]:
    """Yield assignments of signs to amphoteric elements: clean splits, then one element mixed."""
    negative = {e: [s for s in states[e] if s[0] < 0] for e in states}
    positive = {e: [s for s in states[e] if s[0] > 0] for e in states}
    both = [e for e in states if negative[e] and positive[e]]
    both.sort(key=electronegativity, reverse=True)

    def split(anions: int, mixed: int) -> dict[str, Sequence[_State]]:
        choice = dict(states)
        choice |= {e: negative[e] for e in both[:anions]}
        choice |= {e: positive[e] for e in both[anions + mixed :]}
        return choice

    yield [split(anions, 0) for anions in range(len(both) + 1)]
    yield [split(anions, 1) for anions in range(len(both))]


def _fill(
    amounts: Mapping[str, float], states: Mapping[str, Sequence[_State]]
) -> tuple[float, dict[str, float]] | None:
    """Solve the knapsack: raise all from their lowest states, cheapest electron first."""
    charges, cost, steps = {}, 0.0, []
    for element, amount in amounts.items():
        hull = _lower_hull(states[element])
        charges[element] = float(hull[0][0])
        cost += amount * hull[0][1]
        for (q0, c0), (q1, c1) in pairwise(hull):
            steps.append(((c1 - c0) / (q1 - q0), element, q1 - q0))
    missing = -sum(amounts[e] * q for e, q in charges.items())
    if missing < -_NEUTRAL:
        return None
    for slope, element, width in sorted(steps):
        rise = min(width, max(missing, 0.0) / amounts[element])
        charges[element] += rise
        cost += slope * rise * amounts[element]
        missing -= rise * amounts[element]
    if missing > _NEUTRAL:
        return None
    return cost, {element: round(q, 12) for element, q in charges.items()}


def _lower_hull(states: Sequence[_State]) -> list[_State]:
    hull: list[_State] = []
    for state in states:
        while len(hull) > 1 and _is_above(hull[-1], hull[-2], state):
            hull.pop()
        hull.append(state)
    return hull


def _is_above(middle: _State, left: _State, right: _State) -> bool:
    share = (middle[0] - left[0]) / (right[0] - left[0])
    return middle[1] >= left[1] + share * (right[1] - left[1])


def _states(element: str) -> tuple[_State, ...]:
    try:
        return _table()[element]
    except KeyError:
        raise InvalidInputError(
            f"no oxidation state of {element!r} is known from crystal structures"
        ) from None


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[_State, ...]]:
    reports = ICSD24OxStatesFilter().ox_states_df
    ions = reports[(reports["oxidation_state"] != 0) & (reports["results_count"] > 0)]
    table = {}
    for element, rows in ions.sort_values("oxidation_state").groupby("element"):
        shares = (rows["results_count"] / rows["results_count"].sum()).astype(float)
        table[str(element)] = tuple(
            (int(state), -math.log(share))
            for state, share in zip(rows["oxidation_state"], shares, strict=True)
            if share >= _SMALLEST_SHARE
        )
    return table


def _text(composition: Mapping[str, float]) -> str:
    return "".join(f"{e}{'' if n == 1 else f'{n:.6g}'}" for e, n in composition.items())
