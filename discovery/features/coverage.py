"""For how many materials a feature is known."""

from dataclasses import dataclass

import numpy as np

from discovery.features.stages import FeatureTable


@dataclass(frozen=True)
class Coverage:
    """How often a feature is known.

    Args:
        name: Of the feature.
        count: Materials for which it is a finite number.
        share: Their share of all materials, 0 to 1; 0 if there is none.
    """

    name: str
    count: int
    share: float


def coverage(table: FeatureTable) -> tuple[Coverage, ...]:
    """Return the coverage of each feature, in the order of the columns."""
    known = np.isfinite(table.values).sum(axis=0)
    total = max(len(table.values), 1)
    return tuple(
        Coverage(name, int(count), float(count) / total)
        for name, count in zip(table.names, known, strict=True)
    )
