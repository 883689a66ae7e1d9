"""Arrhenius law of conductivities: activation energy, and what it says of another temperature."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.constants import Boltzmann, elementary_charge

from discovery.errors import InvalidInputError
from discovery.types import FloatArray

BOLTZMANN: Final = Boltzmann / elementary_charge
"""Boltzmann's constant, 8.617e-5 eV/K."""

_EV_PER_SLOPE: Final = 1000 * BOLTZMANN * math.log(10)


@dataclass(frozen=True)
class Arrhenius:
    """The line log10(sigma T) = intercept + slope 1000/T; sigma in S/cm, T in K.

    Args:
        intercept: log10(sigma T) at infinite temperature.
        slope: Per 1000/T, in 1000 K.
        covariance: (2, 2) of intercept and slope; ``None`` where errors cannot be known.
    """

    intercept: float
    slope: float
    covariance: FloatArray | None

    @property
    def activation_energy(self) -> float:
        """Activation energy of sigma T, eV."""
        return -self.slope * _EV_PER_SLOPE

    @property
    def activation_energy_error(self) -> float | None:
        """Standard error of the activation energy, eV."""
        if self.covariance is None:
            return None
        return math.sqrt(float(self.covariance[1, 1])) * _EV_PER_SLOPE

    def log10_sigma(self, temperature: float = 300.0) -> tuple[float, float | None]:
        """Return log10 of the conductivity (S/cm) at a temperature (K), and its standard error."""
        row = np.array([1.0, 1000 / temperature])
        value = float(row @ (self.intercept, self.slope)) - math.log10(temperature)
        if self.covariance is None:
            return value, None
        return value, math.sqrt(max(float(row @ self.covariance @ row), 0.0))


def fit_arrhenius(
    temperatures: FloatArray, log10_sigma: FloatArray, errors: FloatArray | None = None
) -> Arrhenius:
    """Fit the line by least squares, each point weighted by its inverse variance.

    With errors, the covariance follows from them, enlarged by chi^2 per degree of freedom where
    the points miss the line by more than their errors (Birge, Phys. Rev. 40, 207 (1932)): a
    curved Arrhenius plot is not extrapolated with confidence. Without errors the scatter about
    the line is the error; two points then have none.

    Args:
        temperatures: (n,) K, at least two different ones.
        log10_sigma: (n,) log10 of conductivities in S/cm.
        errors: (n,) standard errors of ``log10_sigma``, positive.

    Raises:
        InvalidInputError: Fewer than two temperatures, lengths that differ, or numbers that are
            not finite or not positive where they must be.
    """
    t, y = np.asarray(temperatures, dtype=float), np.asarray(log10_sigma, dtype=float)
    sigma = np.ones(len(t)) if errors is None else np.asarray(errors, dtype=float)
    if not len(t) == len(y) == len(sigma):
        raise InvalidInputError(
            f"{len(t)} temperatures, {len(y)} conductivities and {len(sigma)} errors do not match"
        )
    if not (np.isfinite(t) & (t > 0)).all() or not (np.isfinite(sigma) & (sigma > 0)).all():
        raise InvalidInputError(
            f"temperatures {t.tolist()} and errors {sigma.tolist()} must be positive numbers"
        )
    if not np.isfinite(y).all():
        raise InvalidInputError(f"log10 conductivities must be finite numbers, not {y.tolist()}")
    if len(np.unique(t)) < 2:  # noqa: PLR2004
        raise InvalidInputError(f"a line needs two temperatures, not {np.unique(t).tolist()}")
    design = np.stack([np.ones_like(t), 1000 / t], axis=1) / sigma[:, None]
    target = (y + np.log10(t)) / sigma
    covariance = np.linalg.inv(design.T @ design)
    line = covariance @ design.T @ target
    freedom = len(t) - 2
    chi2 = float(np.square(target - design @ line).sum())
    if errors is None:
        scaled = covariance * chi2 / freedom if freedom else None
    else:
        scaled = covariance * (max(1.0, chi2 / freedom) if freedom else 1.0)
    return Arrhenius(float(line[0]), float(line[1]), scaled)
