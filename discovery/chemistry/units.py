"""Values and censored bounds as people write them."""

import math
import re
from typing import Final

from discovery.errors import InvalidInputError
from discovery.types import Bound, Estimate

_CENSOR: Final = re.compile(r"(?P<sign>[<>]=?|≤|≥)?\s*(?P<number>.*)", re.DOTALL)


def parse_value(text: str, where: str = "") -> Estimate | Bound:
    """Parse ``-4.2``, ``<-10`` (at most) or ``>-3`` (at least).

    Raises:
        InvalidInputError: It is not a finite number; ``where`` opens the message.
    """
    match = _CENSOR.fullmatch(text.strip())
    assert match is not None, "the pattern matches every string"
    try:
        number = float(match["number"])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        prefix = f"{where}: " if where else ""
        raise InvalidInputError(f"{prefix}{text!r} is not a number (a bound is written '<1e-10')")
    if match["sign"] is None:
        return Estimate(number)
    return Bound("left" if match["sign"][0] in "<≤" else "right", number)


def parse_conductivity(text: str, where: str = "") -> Estimate | Bound:
    """Parse a conductivity in S/cm, ``1.2e-4`` or ``<1E-10``, into log10(S/cm).

    Raises:
        InvalidInputError: It is not a positive number.
    """
    outcome = parse_value(text, where)
    if outcome.value <= 0:
        prefix = f"{where}: " if where else ""
        raise InvalidInputError(f"{prefix}a conductivity in S/cm is more than 0, not {text!r}")
    logarithm = math.log10(outcome.value)
    if isinstance(outcome, Bound):
        return Bound(outcome.side, logarithm)
    return Estimate(logarithm)
