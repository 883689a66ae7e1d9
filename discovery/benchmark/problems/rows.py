"""Rows with the same features are one candidate; what to do when they answer differently."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.errors import DatasetError
from discovery.types import FloatArray

Duplicates: TypeAlias = Literal["error", "mean", "median", "keep"]

_SHOWN: Final = 4


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table, or the candidates made of them.

    Args:
        features: (r, d).
        value: (r, m) answer or limit; NaN where there is neither.
        side: (r, m) 0 for an answer, -1 where the truth lies below the limit, +1 where above.
        note: What was merged; empty where nothing was.
    """

    features: FloatArray
    value: FloatArray
    side: NDArray[np.int8]
    note: str = ""


def merged(rows: Rows, duplicates: Duplicates, *, source: str, first: int = 2) -> Rows:
    """Return one row per candidate, in the order in which candidates first appear.

    Where all rows of a candidate that have an answer agree, that is its answer; of different ones
    the average over all of them is taken, where that is asked for; each fidelity by itself.

    Args:
        rows: As read.
        duplicates: ``error``, ``mean``, ``median``, or ``keep`` to make each row a candidate.
        source: Names the table in messages.
        first: Number of the first row in messages; a spreadsheet counts its header as 1.

    Raises:
        DatasetError: Rows of one candidate answer differently and no average is asked for, or
            one of them is a bound, which has no place in an average.
    """
    features = rows.features + 0.0  # -0 is 0
    _, earliest, candidate, counts = np.unique(
        features, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    several = int((counts > 1).sum())
    if not several:
        return rows
    fewest, most = counts[counts > 1].min(), counts.max()
    sizes = f"{most}" if fewest == most else f"{fewest} to {most}"
    if duplicates == "keep":
        note = f"{several} rows of features stand {sizes} times in the table, each a candidate"
        return Rows(rows.features, rows.value, rows.side, note)
    order = np.argsort(earliest, kind="stable")
    value, side = rows.value[earliest[order]], rows.side[earliest[order]]
    place = np.argsort(order, kind="stable")  # of each group of equal rows among the candidates
    members = np.split(np.argsort(candidate.ravel(), kind="stable"), np.cumsum(counts)[:-1])
    averaged = 0
    for group in np.flatnonzero(counts > 1):
        for column in range(value.shape[1]):
            told = members[group][~np.isnan(rows.value[members[group], column])]
            if _differ(rows, told, column):
                _refuse(rows, told, column, duplicates, source, first)
                average = np.mean if duplicates == "mean" else np.median
                value[place[group], column] = average(rows.value[told, column])
                averaged += 1
            elif len(told):
                value[place[group], column] = rows.value[told[0], column]
                side[place[group], column] = rows.side[told[0], column]
    note = f"{len(features)} rows are {len(order)} candidates: {several} stand {sizes} times in the"
    note += " table with the same features"
    if averaged:
        note += f"; {averaged} answers are the {duplicates} of different ones"
    return Rows(features[earliest[order]], value, side, note)


def _differ(rows: Rows, told: NDArray[np.intp], column: int) -> bool:
    return len({(rows.value[row, column], rows.side[row, column]) for row in told}) > 1


def _refuse(
    rows: Rows,
    told: NDArray[np.intp],
    column: int,
    duplicates: Duplicates,
    source: str,
    first: int,
) -> None:
    places = ", ".join(str(row + first) for row in told[:_SHOWN])
    places += f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    signs = {-1: "<", 0: "", 1: ">"}
    answers = ", ".join(
        f"{signs[int(rows.side[row, column])]}{rows.value[row, column]:.6g}"
        for row in told[:_SHOWN]
    )
    same = f"{source}: rows {places} have the same features and different answers ({answers})"
    if duplicates == "error":
        raise DatasetError(
            f"{same}; set duplicates to mean or median to make them one candidate, to keep if "
            "they are different candidates, or add the feature that tells them apart"
        )
    if rows.side[told, column].any():
        raise DatasetError(f"{same}; a bound has no place in a {duplicates}: keep one of the rows")
