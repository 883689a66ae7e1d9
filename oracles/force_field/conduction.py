"""From trajectories at several temperatures to a conductivity at room temperature."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import Arrhenius, fit_arrhenius
from discovery.transport.diffusion import diffusion, nernst_einstein
from discovery.types import BoolArray, FloatArray
from oracles.force_field.protocol import Trajectory

_WINDOW: Final = (0.2, 0.7)
"""Lag times as fractions of a block: past the vibrations, with many time origins left."""

_SIGNIFICANT: Final = 2.0
"""Diffusion below so many standard errors is none."""

_FEWEST_HOPS: Final = 5.0
_HOP: Final = 2.0  # Angstrom; no two sites of Li lie nearer
_MOLTEN: Final = 0.1
"""A framework that diffuses faster than this share of Li is no solid any more."""


@dataclass(frozen=True)
class Measurement:
    """What one trajectory says.

    Args:
        temperature: K.
        tracer: Diffusion coefficient of Li, cm^2/s.
        tracer_error: Its standard error over blocks.
        framework: Diffusion coefficient of all other atoms, cm^2/s.
        framework_error: Its standard error.
        sigma: Conductivity of independent ions, S/cm (Nernst-Einstein, Haven ratio 1).
        hops: Jumps of 2 Angstrom that the diffusion amounts to.
    """

    temperature: float
    tracer: float
    tracer_error: float
    framework: float
    framework_error: float
    sigma: float
    hops: float

    @property
    def is_molten(self) -> bool:
        """Whether the framework diffuses too."""
        excess = self.framework - _SIGNIFICANT * self.framework_error
        return excess > _MOLTEN * max(self.tracer, 0.0)

    @property
    def is_usable(self) -> bool:
        """Whether Li diffuses, measurably, through a solid."""
        diffuses = self.tracer > _SIGNIFICANT * self.tracer_error and self.hops >= _FEWEST_HOPS
        return diffuses and not self.is_molten


def measure(
    trajectory: Trajectory,
    mobile: BoolArray,
    masses: FloatArray,
    *,
    temperature: float,
    volume: float,
    blocks: int,
) -> Measurement:
    """Return the diffusion of the mobile ions relative to the centre of mass of all others.

    Args:
        trajectory: With all atoms.
        mobile: (atoms,) which are the ions; at least one is and one is not.
        masses: (atoms,) in any unit.
        temperature: Of the thermostat, K.
        volume: Of the cell, cubic Angstrom.
        blocks: How many blocks the error comes from.

    Raises:
        InvalidInputError: The trajectory is too short for the blocks.
    """
    drift = np.average(trajectory.positions[:, ~mobile], axis=1, weights=masses[~mobile])
    still = trajectory.positions - drift[:, None]
    ions, others = (
        diffusion(still[:, which], trajectory.interval, blocks=blocks, window=_WINDOW)
        for which in (mobile, ~mobile)
    )
    seconds = trajectory.interval * len(still)
    return Measurement(
        temperature=temperature,
        tracer=ions.tracer,
        tracer_error=ions.tracer_error,
        framework=others.tracer,
        framework_error=others.tracer_error,
        sigma=nernst_einstein(ions.tracer, mobile.sum() / volume, temperature),
        hops=6 * ions.tracer * 1e16 * seconds * int(mobile.sum()) / _HOP**2,
    )


def extrapolate(measurements: Sequence[Measurement]) -> Arrhenius:
    """Return the Arrhenius line through the usable measurements.

    Raises:
        InvalidInputError: Fewer than two are usable; the message says what was seen.
    """
    usable = [one for one in measurements if one.is_usable]
    if len(usable) < 2:  # noqa: PLR2004 - two points make a line
        seen = "; ".join(map(_sentence, measurements))
        raise InvalidInputError(
            f"Li diffuses measurably through a solid at {len(usable)} of {len(measurements)} "
            f"temperatures, a line needs 2 ({seen}); run longer or at other temperatures"
        )
    sigma = np.array([one.sigma for one in usable])
    relative = np.array([one.tracer_error / one.tracer for one in usable])
    return fit_arrhenius(
        np.array([one.temperature for one in usable]),
        np.log10(sigma),
        relative / math.log(10),
    )


def _sentence(one: Measurement) -> str:
    molten = ", the framework melts" if one.is_molten else ""
    return f"{one.temperature:g} K: D = {one.tracer:.2g} ± {one.tracer_error:.1g} cm^2/s{molten}"
