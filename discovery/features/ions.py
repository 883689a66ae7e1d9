"""Which elements of a candidate are cations and which are anions, always with an answer.

A feature must not fail where charge balance does (metals, mistyped formulas), so unbalanced
compositions get their elements' common states and show up in the feature "charge imbalance/anion".
"""

from functools import lru_cache

from discovery.chemistry.charges import oxidation_states as balanced_states
from discovery.errors import InvalidInputError
from discovery.features.elements import SYMBOLS, column, table
from discovery.types import Candidate

_ANION_ELECTRONEGATIVITY = 2.5  # Pauling; C, N, O, F, S, Cl, Se, Br and I lie above
_ZERO = {"He", "Ne", "Ar"}


def oxidation_states(candidate: Candidate) -> dict[str, float]:
    """Return the mean oxidation state of each element, balanced where that is possible."""
    return dict(_states(tuple(sorted(candidate.fractions.items()))))


@lru_cache(maxsize=100_000)
def _states(fractions: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    try:
        return tuple(balanced_states(dict(fractions)).items())
    except InvalidInputError:
        return tuple((symbol, _common_state(symbol)) for symbol, _ in fractions)


def _common_state(symbol: str) -> float:
    from pymatgen.core.periodic_table import Element  # noqa: PLC0415 - heavy

    index = column(symbol)
    states = Element(SYMBOLS[index]).common_oxidation_states
    if not states or symbol in _ZERO:
        return 0.0
    is_anion = table().electronegativity[index] > _ANION_ELECTRONEGATIVITY
    return float(min(states) if is_anion else max(states))
