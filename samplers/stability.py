"""How much like a stable crystal something without atoms looks. No energy is calculated.

Real crystals are packed alike: their ions, as spheres, fill 0.50 to 0.74 of the volume (central
90 % of the reference electrolytes, median 0.64; random valid crystals 0.16 to 2.1), and their ions
have common oxidation states. Against random valid crystals the two together single out the
reference electrolytes with an area under the curve of 0.92 (packing alone 0.92, states alone 0.74).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from smact.utils.oxidation import ICSD24OxStatesFilter

from discovery.chemistry.charges import oxidation_states
from discovery.errors import InvalidInputError
from discovery.types import Candidate, FloatArray
from samplers.realise_ions import radius_of

TYPICAL: Final = 0.64
"""Share of the volume that ions fill as spheres."""

_RARITY: Final = 0.1  # weight; the area under the curve is flat between 0.05 and 0.2
_RAREST: Final = 1e-3


def stability(candidates: Sequence[Candidate]) -> FloatArray:
    """Return (n,) -|ln(f / 0.64)| - 0.1 r; larger is more like real crystals.

    f is the share of the volume that the ions fill, r the mean of -ln(share of its oxidation state
    among the ions of its element in the ICSD) over all atoms. NaN where no oxidation states balance
    a candidate, or its cell is not known.
    """
    return np.array([_stability(candidate) for candidate in candidates], dtype=float)


def _stability(candidate: Candidate) -> float:
    if candidate.lattice is None or candidate.z is None:
        return math.nan
    amounts = dict(candidate.composition)
    try:
        states = oxidation_states(amounts)
    except InvalidInputError:
        return math.nan
    filled = rarity = 0.0
    for element, amount in amounts.items():
        charge = states[element]
        filled += amount * 4 / 3 * math.pi * max(radius_of(element, charge), 0.0) ** 3
        rarity -= amount * math.log(max(_share(element, charge), _RAREST))
    packing = max(filled * candidate.z / candidate.lattice.volume, _RAREST)
    return -abs(math.log(packing / TYPICAL)) - _RARITY * rarity / sum(amounts.values())


@lru_cache(maxsize=4096)
def _share(element: str, charge: float) -> float:
    """Between two whole states, the mean of theirs."""
    below = math.floor(charge)
    above = charge - below
    shares = _shares()
    return (1 - above) * shares.get((element, below), 0.0) + above * shares.get(
        (element, below + 1), 0.0
    )


@lru_cache(maxsize=1)
def _shares() -> dict[tuple[str, int], float]:
    reports = ICSD24OxStatesFilter().ox_states_df
    ions = reports[(reports["oxidation_state"] != 0) & (reports["results_count"] > 0)]
    total = ions.groupby("element")["results_count"].sum()
    return {
        (str(element), int(state)): float(count / total[element])
        for element, state, count in zip(
            ions["element"], ions["oxidation_state"], ions["results_count"], strict=True
        )
    }
