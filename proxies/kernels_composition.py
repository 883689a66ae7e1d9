"""Compositions as points whose distance knows which elements resemble each other.

Two compositions with atomic fractions f and f' are as far apart as sqrt((f - f')^T S (f - f')),
where S holds the similarity of elements. S is a Gaussian kernel of element properties, hence
positive definite, hence S = L L^T and the distance is the Euclidean one between f L and f' L:
any kernel that is positive definite on Euclidean points is one on compositions. The same distance
with a Mahalanobis S from data is that of Zhang et al. (Patterns 1, 100083 (2020), eq. 2).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from discovery.features.elements import HEAVIEST, column, table
from discovery.types import Candidate, FloatArray


@cache
def element_similarity() -> FloatArray:
    """Return S (94, 94): 1 on the diagonal, near 1 between neighbours in a group.

    From electronegativity, first ionisation energy, Mendeleev number, row and logarithm of the
    polarisability, each standardised over the elements; what is unknown stands at the mean.
    """
    elements = table()
    properties = np.column_stack(
        [
            elements.electronegativity,
            elements.ionisation,
            elements.mendeleev,
            elements.row,
            np.log(elements.polarisability),
        ]
    )
    properties = (properties - np.nanmean(properties, axis=0)) / np.nanstd(properties, axis=0)
    properties = np.nan_to_num(properties, nan=0.0)
    square = np.sum((properties[:, None] - properties[None]) ** 2, axis=2)
    similarity: FloatArray = np.exp(-0.5 * square)
    return similarity


def embed(candidates: Sequence[Candidate]) -> FloatArray:
    """Return points (n, 94) whose Euclidean distances are those of the compositions.

    Raises:
        InvalidInputError: An element is heavier than plutonium.
    """
    fractions = np.zeros((len(candidates), HEAVIEST))
    for row, candidate in enumerate(candidates):
        for symbol, fraction in candidate.fractions.items():
            fractions[row, column(symbol)] += fraction
    return fractions @ _root()


@cache
def _root() -> FloatArray:
    values, vectors = np.linalg.eigh(element_similarity())
    root: FloatArray = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
