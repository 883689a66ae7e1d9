"""Numbers and names as HTML text. What comes from a journal is escaped here and only here."""

import math
from html import escape
from typing import Final

from discovery.report.intervals import central
from discovery.types import Bound, Forecast, Observation

NOTHING: Final = '<span class="none">–</span>'
_SIGNS: Final = {"left": "&lt;", "right": "&gt;"}


def esc(text: object) -> str:
    """Return the text with markup made harmless."""
    return escape(str(text), quote=True)


def number(value: float, digits: int = 2) -> str:
    """Return a number with fixed digits and a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def amount(value: float) -> str:
    """Return a cost with at most four significant digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004


def siemens(log10_sigma: float) -> str:
    """Return a conductivity given as log10(S/cm), in S/cm.

    >>> siemens(-2.0)
    '1.0 × 10<sup>−2</sup>'
    """
    exponent = math.floor(log10_sigma)
    mantissa = f"{10 ** (log10_sigma - exponent):.1f}"
    if mantissa == "10.0":
        mantissa, exponent = "1.0", exponent + 1
    return f"{mantissa} × 10<sup>{number(exponent, 0)}</sup>"


def formula(text: str) -> str:
    """Return a formula with its amounts as subscripts."""
    parts, digits = [], ""
    for character in [*text, ""]:
        if character and (character.isdigit() or character == "."):
            digits += character
            continue
        if digits:
            parts.append(f"<sub>{digits}</sub>")
            digits = ""
        parts.append(esc(character))
    return "".join(parts)


def plus_minus(mean: float, std: float | None) -> str:
    """Return a mean with its standard deviation, where known."""
    return number(mean) if std is None else f"{number(mean)} ± {number(std)}"


def interval(mean: float, std: float | None) -> str:
    """Return the central 90 % interval of a normal distribution, or nothing without a width."""
    ends = central(mean, std)
    return "" if ends is None else f"[{number(ends[0])}, {number(ends[1])}]"


def forecast(belief: Forecast) -> str:
    """Return what was believed, with its 90 % interval."""
    if belief.mean is None:
        return NOTHING
    range_ = interval(belief.mean, belief.std)
    return plus_minus(belief.mean, belief.std) + (f"<small>{range_}</small>" if range_ else "")


def bound(limit: Bound) -> str:
    """Return a bound with its sign, e.g. ``< −10.00``."""
    return f"{_SIGNS[limit.side]} {number(limit.value)}"


def answer(observation: Observation | None) -> str:
    """Return a value with its standard error and 90 % interval, or a bound, in its own unit."""
    if observation is None:
        return NOTHING
    if observation.bound is not None:
        return bound(observation.bound)
    if observation.value is None:
        return f'<span class="none">{esc(observation.status)}</span>'
    range_ = interval(observation.value, observation.standard_error)
    small = f"<small>{range_}</small>" if range_ else ""
    return plus_minus(observation.value, observation.standard_error) + small


def conductivity(observation: Observation | None) -> str:
    """Return the answer of the target fidelity in S/cm."""
    if observation is None:
        return NOTHING
    if observation.bound is not None:
        return f"{_SIGNS[observation.bound.side]} {siemens(observation.bound.value)}"
    return NOTHING if observation.value is None else siemens(observation.value)
