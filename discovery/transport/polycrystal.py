"""The conductivity of a polycrystal from that of its crystals.

Grains of every orientation conduct side by side or one after the other. The true value lies between
the two means over orientations (Voigt 1889, Reuss 1929; for conductivities Wiener 1912): of
conductivities, as if all grains lay side by side, and of resistivities, as if the current had to
cross grains of every orientation. The best direction rules the first, the worst the second.
What is measured on pellets is nearer the second: where a few defects block the channels of a
crystal that conducts along one direction, even a single grain conducts no better than across them
(Malik et al., Nano Lett. 10, 4123 (2010)).
"""

import math
from typing import Final, Literal, TypeAlias

import numpy as np

from discovery.types import FloatArray

Average: TypeAlias = Literal["series", "parallel"]

RULING_DIMENSION: Final[dict[Average, int]] = {"series": 3, "parallel": 1}
"""In how many dimensions ions must get through for the average not to vanish."""


def polycrystal(tensors: FloatArray, average: Average) -> tuple[float, float]:
    """Return the mean over orientations and its standard error, both by the jackknife over blocks.

    The mean of resistivities of noisy tensors is too low in the order of the noise squared; the
    jackknife takes that away (Quenouille, Biometrika 43, 353 (1956)).

    Args:
        tensors: (blocks, 3, 3) symmetric, of independent blocks of one trajectory; at least two.
        average: Of resistivities (``series``) or of conductivities (``parallel``).

    Returns:
        Value and error in the unit of the tensors; zero in ``series`` if a direction does not
        conduct beyond the noise of the blocks.
    """
    count = len(tensors)
    total = tensors.sum(axis=0)
    value = _mean(total / count, average)
    left_out = [_mean((total - tensor) / (count - 1), average) for tensor in tensors]
    unbiased = count * value - (count - 1) * float(np.mean(left_out))
    return max(unbiased, 0.0), math.sqrt((count - 1) * float(np.var(left_out)))


def _mean(tensor: FloatArray, average: Average) -> float:
    principal = np.linalg.eigvalsh(tensor)
    if average == "parallel":
        return float(principal.mean())
    return float(3 / np.sum(1 / principal)) if principal[0] > 0 else 0.0
