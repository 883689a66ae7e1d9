"""Which rows of a data set know of each other, and so must not stand on both sides of a split."""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.clusters import clusters, composition_key
from discovery.types import Dataset

IntArray: TypeAlias = NDArray[np.intp]


def same_source(dataset: Dataset) -> IntArray:
    """Return (n,) the group of each candidate: one composition or one paper, or a chain of these.

    Rows are as in ``dataset.candidates``; groups are numbered 0 ... k-1. A candidate without an
    entry in the column ``doi`` is related by its composition alone.
    """
    return clusters(dataset.candidates, _entries(dataset, "doi"))


def same_composition(dataset: Dataset) -> IntArray:
    """Return (n,) the group of each candidate: one composition, any number of formula units."""
    return _numbered(map(composition_key, dataset.candidates))


def same_entry(dataset: Dataset, column: str) -> IntArray:
    """Return (n,) the group of each candidate: one entry in a column, e.g. ``doi`` or ``family``.

    A candidate without an entry is a group of its own; upper and lower case are one.
    """
    entry = _entries(dataset, column)
    return _numbered(entry.get(c.id, ("none", c.id)) for c in dataset.candidates)


def _entries(dataset: Dataset, column: str) -> dict[str, str]:
    # the letters of a DOI mean the same in either case, and papers are cited in both
    return {key: entry.casefold() for key, entry in dataset.groups.get(column, {}).items()}


def _numbered(keys: Iterable[object]) -> IntArray:
    number: dict[object, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.intp)
