"""Candidates that know of each other: the same composition, or from the same source."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from discovery.types import Candidate

_SAME = 6  # decimals of an atomic fraction


def clusters(candidates: Sequence[Candidate], origin: Mapping[str, str]) -> NDArray[np.intp]:
    """Return (n,) the number of the cluster that each candidate belongs to.

    Two candidates are in one cluster when they have the same composition or the same origin, or
    when a chain of such pairs connects them.

    Args:
        candidates: The n candidates.
        origin: Candidate id -> where it comes from, e.g. its paper; where known.
    """
    features: dict[object, int] = {}
    places = [
        (row, features.setdefault(feature, len(features)))
        for row, candidate in enumerate(candidates)
        for feature in (composition_key(candidate), origin.get(candidate.id))
        if feature is not None
    ]
    rows, columns = np.array(places, dtype=np.intp).reshape(-1, 2).T
    size = len(candidates) + len(features)
    links = coo_array((np.ones(len(rows)), (rows, columns + len(candidates))), shape=(size, size))
    _, label = connected_components(links, directed=False)
    return label[: len(candidates)].astype(np.intp)


def composition_key(candidate: Candidate) -> tuple[tuple[str, float], ...]:
    """Return the composition as a key: equal for any number of formula units."""
    return tuple(sorted((element, round(x, _SAME)) for element, x in candidate.fractions.items()))
