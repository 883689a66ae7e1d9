"""Columns that say the same, found so that they can be shuffled together."""

from typing import Final

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from discovery.types import FloatArray

SAME: Final = 0.9
"""Spearman correlation (absolute) that every two columns of a cluster reach."""

_FEWEST: Final = 5  # rows that know both columns


def correlated_columns(values: FloatArray, least: float = SAME) -> list[list[int]]:
    """Return clusters of two or more columns of (n, d) values, the largest first.

    Complete linkage: every pair within a cluster correlates at least so much, in the rows that
    know both. Constant columns and pairs that hardly any row knows correlate with nothing.

    Args:
        values: (n, d), NaN where unknown.
        least: Absolute Spearman correlation.
    """
    count = values.shape[1]
    varying = [
        column
        for column in range(count)
        if len(np.unique(values[np.isfinite(values[:, column]), column])) > 1
    ]
    if len(varying) < 2:  # noqa: PLR2004 - a pair
        return []
    found = pd.DataFrame(values[:, varying]).corr(method="spearman", min_periods=_FEWEST)
    apart = 1 - np.abs(np.nan_to_num(found.to_numpy()))
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), method="complete")
    label = fcluster(tree, 1 - least, criterion="distance")
    clusters = [
        [varying[place] for place in np.flatnonzero(label == name)] for name in np.unique(label)
    ]
    return sorted((c for c in clusters if len(c) > 1), key=lambda c: (-len(c), c[0]))
