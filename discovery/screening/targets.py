"""The column to predict: values, classes, or classes made of values by a threshold."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from discovery.agreement.rank_statistics import Values, reaches
from discovery.chemistry.units import parse_value
from discovery.errors import InvalidInputError
from discovery.screening.problem import Task
from discovery.types import Bound, FloatArray

MOST_CLASSES: Final = 20
_FEW: Final = 10  # a numeric target with no more different values is taken for classes


@dataclass(frozen=True)
class Target:
    """What is to be predicted, for the rows where it is known.

    Args:
        task: Whether classes or values are predicted.
        value: (n,) value or number of the class; NaN where not known.
        classes: Names of the classes, by number; empty for values.
        origin: (n,) what the column holds, for those rows.
    """

    task: Task
    value: FloatArray
    classes: tuple[str, ...]
    origin: NDArray[Any]


def read_target(column: pd.Series, task: Task | None, threshold: float | None) -> Target:
    """Return the target that a column holds.

    With a threshold there are two classes, and ``<1e-10`` is in the lower one where that is
    certain. Without, text and numbers with at most 10 different values are classes.

    Raises:
        InvalidInputError: The column is empty, a cell is no number where numbers are needed, or
            task, threshold and column contradict each other.
    """
    known = column.notna().to_numpy()
    if not known.any():
        raise InvalidInputError(f"the target column {column.name!r} is empty")
    if threshold is not None:
        if task == "regression":
            raise InvalidInputError("a threshold makes classes: leave out --task regression")
        return _two_classes(column, threshold)
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if task is None:
        values = numeric and column.nunique() > _FEW
        task = "regression" if values else "classification"
    if task == "regression":
        if not numeric:
            raise InvalidInputError(_no_number(column))
        value = column.to_numpy(dtype=float, na_value=np.nan)
        value = np.where(np.isfinite(value), value, np.nan)
        return Target(task, value, (), value)
    names = column.astype(str).where(known)
    classes = tuple(sorted(names.dropna().unique()))
    if len(classes) > MOST_CLASSES:
        raise InvalidInputError(
            f"the target {column.name!r} has {len(classes)} different values, too many for "
            "classes; use --task regression, or --threshold VALUE to make two classes"
        )
    codes = pd.Categorical(names, categories=list(classes)).codes
    return Target(task, np.where(codes >= 0, codes, np.nan).astype(float), classes, codes)


def _two_classes(column: pd.Series, threshold: float) -> Target:
    where = f"target {column.name!r}"
    cells = [None if pd.isna(cell) else parse_value(str(cell), where) for cell in column]
    value = np.array([np.nan if cell is None else cell.value for cell in cells])
    known = np.isfinite(value)
    sides = [_side(cell) for cell in cells if cell is not None]
    positive, decided = reaches(Values(value[known], np.array(sides, dtype=np.int8)), threshold)
    classes = np.full(len(cells), np.nan)
    classes[known] = np.where(decided, positive, np.nan)
    names = (f"below {threshold:g}", f"{threshold:g} or more")
    return Target("classification", classes, names, value)


def _side(cell: object) -> int:
    return {"left": -1, "right": 1}[cell.side] if isinstance(cell, Bound) else 0


def _no_number(column: pd.Series) -> str:
    numbers = pd.to_numeric(column, errors="coerce")
    strange = column[numbers.isna() & column.notna()]
    example = str(strange.iloc[0]) if len(strange) else str(column.dtype)
    hint = "a bound is not a value" if example.strip()[:1] in "<>≤≥" else "clean the column"
    return (
        f"the target {column.name!r} holds {example!r}, which is no number: {hint}, or make "
        "classes with --threshold VALUE"
    )
