"""Parameters of bond valences s = exp((R - d) / b), in two sets known by name.

``okeeffe_brese``
    O'Keeffe and Brese, J. Am. Chem. Soc. 113, 3226 (1991), doi 10.1021/ja00009a002, as shipped with
    pymatgen (75 elements, whatever their oxidation states), with b = 0.31 Angstrom and
    R = r1 + r2 - r1 r2 (sqrt c1 - sqrt c2)^2 / (c1 r1 + c2 r2).
``softbv``
    Chen and Adams, see :mod:`discovery.chemistry.softbv`: R and b for each cation with each of nine
    anions; b is larger for softer ions, so that farther shells count as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, get_args

import numpy as np
from pymatgen.analysis.bond_valence import BV_PARAMS, ELECTRONEG
from pymatgen.core.periodic_table import Element

from discovery.chemistry import softbv
from discovery.chemistry.charges import electronegativity
from discovery.errors import InvalidInputError
from discovery.types import FloatArray

ParameterSet = Literal["okeeffe_brese", "softbv"]
PARAMETER_SETS: Final[tuple[str, ...]] = get_args(ParameterSet)

SOFTNESS: Final = 0.31
"""The b of O'Keeffe and Brese in Angstrom, as pymatgen uses it."""


@dataclass(frozen=True)
class Bonds:
    """What bonds between e elements are like.

    Args:
        sign: (e, e) +1, 0 or -1, the valence of the first towards the second.
        length: (e, e) of a bond of valence one, Angstrom.
        softness: (e, e) the b, Angstrom.
        missing: Pairs that should bond, have no parameters and hence no sign, with the reason.
    """

    sign: FloatArray
    length: FloatArray
    softness: FloatArray
    missing: Mapping[frozenset[str], str] = field(default_factory=dict)


def bonds(
    elements: Sequence[str],
    charges: Mapping[str, float] | None = None,
    parameters: ParameterSet = "okeeffe_brese",
) -> Bonds:
    """Return the parameters of all pairs of elements.

    Args:
        elements: The e elements.
        charges: Oxidation states. Given, bonds join ions of opposite sign, all signs are positive.
            Otherwise O'Keeffe and Brese's rule as in pymatgen's ``calculate_bv_sum``: bonds join
            different elements of which one is electronegative; signs are negative for anions.
        parameters: Name of the set; ``softbv`` needs ``charges``.

    Raises:
        InvalidInputError: There is no such set, it needs charges, an element has no charge in
            ``charges``, or is not among the 75 of O'Keeffe and Brese.
    """
    if parameters not in PARAMETER_SETS:
        raise InvalidInputError(
            f"bond valence parameters are {' or '.join(PARAMETER_SETS)}, not {parameters!r}"
        )
    if parameters == "okeeffe_brese":
        length = _okeeffe_brese(tuple(elements))
        sign = _signs(elements) if charges is None else _opposite(elements, charges)
        return Bonds(sign, length, np.full(length.shape, SOFTNESS))
    if charges is None:
        raise InvalidInputError("softBV's parameters depend on the oxidation states: give charges")
    return _softbv(elements, charges, _opposite(elements, charges))


@lru_cache(maxsize=1024)
def _okeeffe_brese(elements: tuple[str, ...]) -> FloatArray:
    """(e, e) length of a bond of valence one, Angstrom."""
    unknown = [symbol for symbol in elements if Element(symbol) not in BV_PARAMS]
    if unknown:
        raise InvalidInputError(
            f"no bond valence parameters for {', '.join(unknown)} (O'Keeffe and Brese list 75 "
            "elements)"
        )
    r = np.array([float(BV_PARAMS[Element(symbol)]["r"]) for symbol in elements])[:, None]
    c = np.array([float(BV_PARAMS[Element(symbol)]["c"]) for symbol in elements])[:, None]
    shortening = r * r.T * (np.sqrt(c) - np.sqrt(c.T)) ** 2 / (c * r + (c * r).T)
    return np.asarray(r + r.T - shortening, dtype=float)


def _softbv(elements: Sequence[str], charges: Mapping[str, float], sign: FloatArray) -> Bonds:
    known, length, softness = sign.copy(), np.zeros(sign.shape), np.ones(sign.shape)
    missing = {}
    for i, j in np.argwhere(sign > 0):
        anion, cation = sorted((elements[i], elements[j]), key=charges.__getitem__)
        try:
            bond = softbv.bond_valence(cation, charges[cation], anion, charges[anion])
        except InvalidInputError as error:
            missing[frozenset((cation, anion))] = str(error)
            known[i, j] = 0.0
        else:
            length[i, j], softness[i, j] = bond.r0, bond.b
    return Bonds(known, length, softness, missing)


def _signs(elements: Sequence[str]) -> FloatArray:
    value = np.array([electronegativity(symbol) for symbol in elements])
    anionic = np.array([Element(symbol) in ELECTRONEG for symbol in elements])
    bonded = (anionic[:, None] | anionic[None, :]) & ~np.eye(len(elements), dtype=bool)
    return np.where(value[:, None] < value[None, :], 1.0, -1.0) * bonded


def _opposite(elements: Sequence[str], charges: Mapping[str, float]) -> FloatArray:
    missing = [symbol for symbol in elements if symbol not in charges]
    if missing:
        raise InvalidInputError(f"no charge is given for {', '.join(missing)}")
    charge = np.array([charges[symbol] for symbol in elements])
    return (charge[:, None] * charge[None, :] < 0).astype(float)
