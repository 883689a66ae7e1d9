"""How different the best of many candidates are from each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.assessment.novelty import composition_distances, composition_fractions
from discovery.errors import InvalidInputError
from discovery.types import Candidate, FloatArray

Prototype: TypeAlias = tuple[int | None, tuple[float, ...]]
"""Space group, and the amounts of a formula without its elements: A2BX4 in group 227."""

_AT_ONCE: Final = 2000  # rows of a matrix of distances


@dataclass(frozen=True)
class Diversity:
    """What a set of candidates covers.

    Args:
        count: Candidates, one material counted once.
        distance: Mean over all pairs of the share of atoms by which two compositions differ, 0-1;
            not a number with fewer than two.
        systems: Different sets of elements.
        elements: Different elements.
        groups: Different space groups.
        prototypes: Different :data:`Prototype`.
        compositions: Different compositions.
    """

    count: int
    distance: float
    systems: int
    elements: int
    groups: int
    prototypes: int
    compositions: int


def top(candidates: Sequence[Candidate], rewards: FloatArray, k: int) -> NDArray[np.intp]:
    """Return the places of the k different candidates of highest reward, the best first.

    The true top k: of one material the highest reward counts, a reward that is not a number does
    not count, and ties go to the earlier one.

    Args:
        candidates: The n candidates.
        rewards: (n,), larger is better.
        k: How many; fewer where there are not so many.

    Raises:
        InvalidInputError: k is negative, or there is not one reward for each candidate.
    """
    if k < 0:
        raise InvalidInputError(f"the number of best candidates is 0 or more, not {k}")
    if np.shape(rewards) != (len(candidates),):
        raise InvalidInputError(
            f"{len(candidates)} candidates have one reward each, not {np.shape(rewards)}"
        )
    chosen: dict[str, int] = {}
    order = np.argsort(-np.asarray(rewards, dtype=float), kind="stable")  # NaN comes last
    for place in order[: len(order) - int(np.isnan(rewards).sum())].tolist():
        if len(chosen) == k:
            break
        chosen.setdefault(candidates[place].id, place)
    return np.array(list(chosen.values()), dtype=np.intp)


def diversity(candidates: Sequence[Candidate]) -> Diversity:
    """Return what candidates cover, each material counted once."""
    once = tuple({candidate.id: candidate for candidate in candidates}.values())
    fractions = composition_fractions(once)
    return Diversity(
        count=len(once),
        distance=_mean_distance(fractions),
        systems=len({frozenset(candidate.fractions) for candidate in once}),
        elements=len({element for candidate in once for element in candidate.fractions}),
        groups=len({c.space_group for c in once if c.space_group is not None}),
        prototypes=len({prototype(candidate) for candidate in once}),
        compositions=len({tuple(row) for row in fractions.round(6).tolist()}),
    )


def prototype(candidate: Candidate) -> Prototype:
    """Return the space group and the atomic fractions without their elements."""
    amounts = sorted(round(fraction, 6) for fraction in candidate.fractions.values())
    return candidate.space_group, tuple(amounts)


def _mean_distance(fractions: FloatArray) -> float:
    n = len(fractions)
    if n < 2:  # noqa: PLR2004 - a distance needs two
        return math.nan
    total = sum(
        float(composition_distances(fractions[start : start + _AT_ONCE], fractions).sum())
        for start in range(0, n, _AT_ONCE)
    )
    return total / (n * (n - 1))
