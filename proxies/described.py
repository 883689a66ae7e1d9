"""Descriptors of materials (how they were made, say) as columns beside their features."""

from collections.abc import Sequence

import numpy as np

from discovery.errors import InvalidInputError
from discovery.types import Candidate, FloatArray


def check_materials(candidates: Sequence[Candidate]) -> None:
    """Check that candidates are materials, with descriptors or without.

    Raises:
        InvalidInputError: One has no composition.
    """
    bare = [candidate.formula for candidate in candidates if not candidate.composition]
    if bare:
        raise InvalidInputError(
            f"{len(bare)} of {len(candidates)} candidates have no composition ({bare[0]!r} is one) "
            "and this proxy learns from compositions; use points_gp or points_forest, which learn "
            "from descriptors"
        )


def names_of(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the names of the descriptors that any of the candidates has, sorted."""
    return tuple(sorted({name for c in candidates for name, _ in c.descriptors}))


def columns_of(candidates: Sequence[Candidate], names: Sequence[str]) -> FloatArray:
    """Return descriptors (n, k) by name, NaN where a candidate lacks one."""
    values: FloatArray = np.full((len(candidates), len(names)), np.nan)
    if names:
        for row, candidate in enumerate(candidates):
            own = dict(candidate.descriptors)
            values[row] = [own.get(name, np.nan) for name in names]
    return values
