"""softBV parameters: bond valences, Morse potentials, covalent radii, principal quantum numbers.

The tables are those of Chen and Adams, IUCrJ 4, 614 (2017), doi 10.1107/S2052252517010211, and
Chen, Wong and Adams, Acta Cryst. B 75, 18 (2019), doi 10.1107/S2052520618015718, read from the data
files that the package ``bvlain`` ships (its code is not imported). They hold 591 pairs of a cation
with N3-, O2-, F-, S2-, Cl-, Se2-, Br-, Te2- or I-.
"""

import json
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from pymatgen.core.periodic_table import Element

from discovery.errors import InvalidInputError

NEAREST_STATE: Final = 0.5
"""A mean oxidation state takes the parameters of a tabulated state at most this far away."""


@dataclass(frozen=True)
class BondValence:
    """Valence of a bond of length R: exp((r0 - R) / b), both in Angstrom."""

    r0: float
    b: float


@dataclass(frozen=True)
class Morse:
    """Potential depth / 2 * ((exp(stiffness * (minimum - R)) - 1)^2 - 1).

    Args:
        depth: Bond breaking energy D0, eV.
        stiffness: 1/b of the bond valence, 1/Angstrom.
        minimum: Distance R_min of lowest energy, Angstrom.
    """

    depth: float
    stiffness: float
    minimum: float


def bond_valence(cation: str, cation_charge: float, anion: str, anion_charge: float) -> BondValence:
    """Return the parameters of the bond between two ions.

    Mean oxidation states, as mixed valence has them, take those of the nearest tabulated state.

    Raises:
        InvalidInputError: The pair is not tabulated at these oxidation states.
    """
    row = _pair(cation, cation_charge, anion, anion_charge)
    return BondValence(r0=row["r0"], b=1 / abs(row["alpha"]))


def morse(cation: str, cation_charge: float, anion: str, anion_charge: float) -> Morse:
    """Return the potential between two ions; oxidation states as for :func:`bond_valence`.

    Raises:
        InvalidInputError: The pair is not tabulated at these oxidation states, or, as for 34 pairs
            (none with Li), with a negative stiffness, from which its depth and minimum follow.
    """
    row = _pair(cation, cation_charge, anion, anion_charge)
    if row["alpha"] <= 0:
        raise InvalidInputError(
            f"softBV's potential of {_ion(cation, cation_charge)} and {_ion(anion, anion_charge)} "
            f"is misprinted: a stiffness of {row['alpha']:g}/A"
        )
    return Morse(depth=row["d0"], stiffness=row["alpha"], minimum=row["r_min"])


def partners(cation: str, cation_charge: float) -> tuple[str, ...]:
    """Return the anions that a cation is tabulated with, e.g. ``N3-``; none if it is unknown."""
    states = _pairs().get(_number(cation), {})
    row = states.get(_nearest(states, cation_charge), {})
    return tuple(_ion(Element.from_Z(z).symbol, q) for z, found in row.items() for q in found)


def covalent_radius(element: str, charge: float) -> float:
    """Return the radius in Angstrom of the nearest tabulated state of the same sign.

    Raises:
        InvalidInputError: The element has no radius for an ion of this sign.
    """
    radii = {
        state: radius
        for state, radius in _table("covalent_radii_softvb.pkl").get(_number(element), {}).items()
        if state * charge > 0
    }
    if not radii:
        raise InvalidInputError(f"softBV has no covalent radius for {_ion(element, charge)}")
    return float(radii[min(radii, key=lambda state: (abs(state - charge), state))])


def principal_quantum_number(element: str) -> int:
    """Return the principal quantum number of the valence shell.

    Raises:
        InvalidInputError: softBV does not list the element.
    """
    numbers = _table("quantum_n.pkl")
    if _number(element) not in numbers:
        raise InvalidInputError(f"softBV has no principal quantum number for {element}")
    return int(numbers[_number(element)])


def ionic_radius(element: str, charge: float) -> float:
    """Return Shannon's effective ionic radius in Angstrom, averaged over coordination numbers.

    Shannon, Acta Cryst. A 32, 751 (1976), doi 10.1107/S0567739476001551, at the nearest tabulated
    oxidation state of the same sign.

    Raises:
        InvalidInputError: The element has no radius for an ion of this sign.
    """
    states = {int(state): rows for state, rows in _shannon().get(element, {}).items()}
    states = {state: rows for state, rows in states.items() if state * charge > 0}
    if not states:
        raise InvalidInputError(f"Shannon lists no ionic radius for {_ion(element, charge)}")
    nearest = min(states, key=lambda state: (abs(state - charge), state))
    return float(np.mean([row["r_ionic"] for row in states[nearest].values()]))


def _pair(
    cation: str, cation_charge: float, anion: str, anion_charge: float
) -> Mapping[str, float]:
    cations = _pairs().get(_number(cation), {})
    anions = cations.get(_nearest(cations, cation_charge), {}).get(_number(anion), {})
    row = anions.get(_nearest(anions, anion_charge))
    if row is None:
        known = ", ".join(partners(cation, cation_charge))
        raise InvalidInputError(
            f"softBV has no parameters for {_ion(cation, cation_charge)} with "
            f"{_ion(anion, anion_charge)}"
            + (f"; it lists {_ion(cation, cation_charge)} with {known}" if known else "")
        )
    return {name: float(value) for name, value in row.items()}


def _nearest(states: Mapping[int, Any], charge: float) -> int:
    """Return the state nearest to a mean one, of two the lower, or 0 if all are far away."""
    near = [state for state in states if abs(state - charge) <= NEAREST_STATE]
    return min(near, key=lambda state: (abs(state - charge), state), default=0)


def _ion(element: str, charge: float) -> str:
    size = abs(charge)
    return f"{element}{'' if math.isclose(size, 1) else f'{size:g}'}{'+' if charge > 0 else '-'}"


def _number(element: str) -> int:
    if not Element.is_valid_symbol(element):
        raise InvalidInputError(f"{element!r} is no element")
    return int(Element(element).Z)


@lru_cache(maxsize=1)
def _pairs() -> dict[int, dict[int, dict[int, dict[int, Mapping[str, float]]]]]:
    """Cation, its state, anion, its state: one row of parameters."""
    return _table("cation.pkl")


@lru_cache(maxsize=1)
def _shannon() -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    return json.loads((_folder() / "shannon-radii.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _table(name: str) -> dict[int, Any]:
    with (_folder() / name).open("rb") as file:
        return pickle.load(file)  # noqa: S301 - shipped by an installed dependency


def _folder() -> Path:
    spec = find_spec("bvlain")
    if spec is None or not spec.submodule_search_locations:
        raise InvalidInputError("softBV's parameters are not installed; pip install bvlain")
    return Path(spec.submodule_search_locations[0]) / "data"
