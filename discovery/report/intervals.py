"""Central 90 % intervals of normal distributions."""

from typing import Final, TypeAlias

Interval: TypeAlias = tuple[float, float]

Z90: Final = 1.6448536269514722
"""Half width of a central 90 % interval, in standard deviations."""


def central(mean: float | None, std: float | None) -> Interval | None:
    """Return the central 90 % interval; ``None`` without a mean or without a known width."""
    if mean is None or not std:
        return None
    return mean - Z90 * std, mean + Z90 * std
