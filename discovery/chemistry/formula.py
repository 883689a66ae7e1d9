"""Chemical formulas: text to amounts and back."""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element

from discovery.crystal import Lattice
from discovery.errors import InvalidInputError, suggest
from discovery.types import Candidate

_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_HYDRATE: Final = re.compile(r"[*·•∙⋅]")  # every dot that papers use
_LEADING: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)?(.*)", re.DOTALL)
_SYMBOL: Final = re.compile(r"[A-Z][a-z]*")
_BARE_DECIMAL: Final = re.compile(r"[A-Za-z)\]}]\.\d")
_INTEGER_TOLERANCE: Final = 1e-3


def parse_formula(text: str) -> dict[str, float]:
    """Return the amount of each element, in the order in which the elements are first written.

    Brackets, decimals, spaces, subscript digits and hydrates (``CuSO4·5H2O``, ``CuSO4*5H2O``,
    also with the number behind: ``*(H2O)5``) are understood; deuterium counts as hydrogen.

    Raises:
        InvalidInputError: The text is empty or no formula, an element does not exist, an amount
            is zero, negative or not finite. The message names the text.

    >>> parse_formula("Li6PS5Cl")
    {'Li': 6.0, 'P': 1.0, 'S': 5.0, 'Cl': 1.0}
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"a formula is text such as 'Li6PS5Cl', not {text!r}")
    return dict(_parse(text))


def format_formula(composition: Mapping[str, float]) -> str:
    """Return the amounts as a formula, in the order given, six significant digits.

    >>> format_formula({"Li": 6.0, "P": 1.0, "S": 5.0, "Cl": 1.0})
    'Li6PS5Cl'
    """
    return "".join(
        element + ("" if amount == 1 else f"{amount:.6g}")
        for element, amount in composition.items()
    )


def reduce_amounts(composition: Mapping[str, float]) -> tuple[dict[str, float], int]:
    """Divide by the greatest common divisor of those amounts that are whole numbers.

    A disordered cell ``Li5.46Hf12.13P18O72`` has two whole amounts, whose divisor is 18.

    Returns:
        The reduced amounts, in the order given, and the divisor (at least 1).
    """
    whole = [
        round(amount)
        for amount in composition.values()
        if amount > 1 - _INTEGER_TOLERANCE and abs(amount - round(amount)) < _INTEGER_TOLERANCE
    ]
    divisor = math.gcd(*whole) or 1
    return {element: _tidy(amount / divisor) for element, amount in composition.items()}, divisor


def candidate_from_formula(
    text: str,
    *,
    z: float | None = None,
    space_group: int | None = None,
    lattice: Lattice | None = None,
    name: str = "",
) -> Candidate:
    """Return the candidate of a formula; its elements keep the order in which they are written.

    Args:
        text: Formula unit, e.g. ``Li7La3Zr2O12``.
        z: Formula units per conventional cell, where known.
        space_group: International number, 1-230, where known.
        lattice: Conventional cell (Angstrom, degrees), where known.
        name: What people call it.

    Raises:
        InvalidInputError: See :func:`parse_formula` and :class:`discovery.types.Candidate`.
    """
    composition = tuple(parse_formula(text).items())
    return Candidate(composition, z=z, space_group=space_group, lattice=lattice, name=name)


@lru_cache(maxsize=65536)
def _parse(text: str) -> tuple[tuple[str, float], ...]:
    cleaned = re.sub(r"\s+", "", text.translate(_SUBSCRIPTS))
    if not cleaned:
        raise InvalidInputError(f"the formula {text!r} is empty; expected e.g. 'Li6PS5Cl'")
    if _BARE_DECIMAL.search(cleaned):
        raise InvalidInputError(
            f"the formula {text!r} has a '.' without a digit before it; write '0.3' for an "
            "amount and '·3' or '*3' for a hydrate"
        )
    _check_symbols(text, cleaned)
    amounts: dict[str, float] = {}
    for part in _HYDRATE.split(cleaned):
        for element, amount in _part_amounts(text, part).items():
            amounts[element] = amounts.get(element, 0.0) + amount
    for element, amount in amounts.items():
        if not (math.isfinite(amount) and amount > 0):
            raise InvalidInputError(f"the formula {text!r} has {amount:g} of {element}")
    return tuple((element, _tidy(amount)) for element, amount in amounts.items())


def _check_symbols(text: str, cleaned: str) -> None:
    for symbol in _SYMBOL.findall(cleaned):
        if not Element.is_valid_symbol(symbol):
            hint = suggest(symbol, [element.symbol for element in Element])
            hint = f"; {hint}" if hint.startswith("did") else ""
            raise InvalidInputError(
                f"the formula {text!r} contains {symbol!r}, which is no element{hint}"
            )


def _part_amounts(text: str, part: str) -> dict[str, float]:
    match = _LEADING.fullmatch(part)
    assert match is not None
    factor = float(match[1] or 1)
    try:
        composition = Composition(match[2], strict=True)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInputError(f"{text!r} is no chemical formula: {error}") from error
    parsed = {str(k): factor * float(v) for k, v in composition.get_el_amt_dict().items()}
    written = ["H" if symbol in ("D", "T") else symbol for symbol in _SYMBOL.findall(part)]
    missing = [symbol for symbol in written if symbol not in parsed]
    if missing:
        raise InvalidInputError(f"the formula {text!r} has 0 of {missing[0]}; leave it out")
    return {symbol: parsed[symbol] for symbol in dict.fromkeys(written)}


def _tidy(amount: float) -> float:
    """Drop the last bits, which products of decimals leave behind (3 x 0.1)."""
    return float(f"{amount:.12g}")
