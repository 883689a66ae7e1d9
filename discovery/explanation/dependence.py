"""What a model would say if one column were set, for all rows and for each."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.explanation.contract import Explainable
from discovery.types import FloatArray

LEVELS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_POINTS: Final = 24
_ENDS: Final = (0.025, 0.975)  # beyond, a handful of rows would draw the curve


@dataclass(frozen=True)
class Dependence:
    """Of the response on one column.

    Args:
        name: Of the column.
        grid: (g,) values that the column was set to.
        mean: (g,) mean response over the rows (J. H. Friedman, Ann. Stat. 29, 1189 (2001)).
        quantiles: (5, g) of the curves of single rows, at :data:`LEVELS` (A. Goldstein et al.,
            J. Comput. Graph. Stat. 24, 44 (2015)), each moved so that its mean over the grid is
            that of ``mean``: they tell how the effect differs from row to row, not how rows do.
        known: (k,) values of the rows that know the column, ascending.
        unknown: Number of rows that do not; they take no part.
    """

    name: str
    grid: FloatArray
    mean: FloatArray
    quantiles: FloatArray
    known: FloatArray
    unknown: int


def dependence(
    model: Explainable, values: FloatArray, names: tuple[str, ...], column: int
) -> Dependence | None:
    """Return the dependence on a column, or ``None`` where the rows hold fewer than two values.

    Args:
        model: A fitted model.
        values: (n, d) columns of the rows.
        names: Of the d columns.
        column: The one that is set.
    """
    here = np.isfinite(values[:, column])
    known = np.sort(values[here, column])
    different = np.unique(known)
    if len(different) < 2:  # noqa: PLR2004 - a curve needs two points
        return None
    grid = different
    if len(different) > _POINTS:
        grid = np.unique(np.quantile(known, np.linspace(*_ENDS, _POINTS)))
        # more than nine rows in ten may share a value
        grid = grid if len(grid) > 1 else different[[0, -1]]
    rows = np.repeat(values[here][None], len(grid), axis=0)
    rows[:, :, column] = grid[:, None]
    told = model.respond(rows.reshape(-1, values.shape[1])).reshape(len(grid), -1)
    mean = told.mean(axis=1)
    centred = told - told.mean(axis=0) + mean.mean()
    return Dependence(
        names[column],
        grid,
        mean,
        np.quantile(centred, LEVELS, axis=1),
        known,
        int((~here).sum()),
    )
