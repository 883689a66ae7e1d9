"""A table with one candidate per row becomes a problem."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import ArrowException

from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.problems.rows import Duplicates, Rows, merged
from discovery.chemistry.units import parse_value
from discovery.errors import BudgetError, DatasetError, InvalidInputError, suggest
from discovery.types import Bound, Fidelity, FloatArray

Sense: TypeAlias = Literal["maximise", "minimise"]

_TINY = 1e-4


def read_frame(path: Path) -> pd.DataFrame:
    """Return a CSV or parquet file, cells of a CSV as text.

    Raises:
        DatasetError: It is missing, cannot be read or has no row.
    """
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, ArrowException) as error:
        raise DatasetError(f"{path} cannot be read as a table: {error}") from error
    if frame.empty:
        raise DatasetError(f"{path} has no row below its header")
    return frame.rename(columns=lambda name: str(name).strip())


def problem_of(
    frame: pd.DataFrame,
    *,
    source: str,
    name: str,
    objective: str,
    sense: Sense,
    cost: float = 1.0,
    cheap: Mapping[str, float | None] | None = None,
    features: Sequence[str] = (),
    duplicates: Duplicates = "error",
    quantity: str = "",
    unit: str = "",
    citation: str = "",
    notes: Iterable[str] = (),
) -> Problem:
    """Return the problem of a table; fidelities are named after their columns.

    Args:
        frame: One row per candidate, or several.
        source: Names the table in messages; rows are counted as a spreadsheet does.
        name: Of the problem.
        objective: Column of the target; it is the last fidelity.
        sense: What is better.
        cost: Of an answer at the target.
        cheap: Further columns of answers -> cost.
        features: Numeric columns; by default all that hold no answers.
        duplicates: See :func:`discovery.benchmark.problems.rows.merged`.
        quantity: Of the target; by default the name of its column.
        unit: Of the target.
        citation: How to cite it.
        notes: To begin with.

    Raises:
        DatasetError: A column is missing, a cell cannot be used, rows contradict each other.
        BudgetError: A fidelity has no cost.
    """
    if objective in (cheap or {}):
        raise DatasetError(
            f"{source}: {objective!r} is the objective; write its cost as cost, not as a fidelity"
        )
    asked = {**(cheap or {}), objective: cost}
    _check_columns(frame, source, objective, asked, features)
    prices = {column: price for column, price in asked.items() if price is not None}
    columns = list(features) or [column for column in frame.columns if column not in prices]
    negate = sense == "minimise"
    value, side = _answers(frame, list(prices), source)
    table = merged(Rows(_numbers(frame, columns, source), value, side), duplicates, source=source)
    sign = -1.0 if negate else 1.0
    bounded = table.side != 0
    remarks = [*notes, table.note]
    answers, powers = _of_usual_size(table.value)
    remarks += [
        f"answers of {column!r} are counted in units of 1e{power}"
        for column, power in zip(prices, powers, strict=True)
        if power
    ]
    if negate:
        remarks.append(f"{objective!r} is to be minimised: all answers are negated")
    unknown = int(np.isnan(table.value[:, -1]).sum())
    if unknown:
        remarks.append(f"{unknown} candidates have no answer at the target")
    return Problem(
        name=name,
        names=tuple(columns),
        features=table.features,
        fidelities=tuple(Fidelity(f, price, f == objective) for f, price in prices.items()),
        values=sign * np.where(bounded, np.nan, answers),
        limits=sign * np.where(bounded, answers, np.nan),
        sides=(int(sign) * table.side).astype(np.int8),
        negated=negate,
        quantity=quantity or objective,
        unit=f"1e{powers[-1]} {unit}".strip() if powers[-1] else unit,
        citation=citation,
        notes=tuple(remark for remark in remarks if remark),
    )


def _of_usual_size(value: FloatArray) -> tuple[FloatArray, list[int]]:
    """Return answers (n, m), columns of tiny spread in another unit, and its power of ten.

    Acquisition functions and other libraries take what is far below one for nothing.
    """
    # a column without any answer has no spread, and is none of those
    spread = np.fmax.reduce(value) - np.fmin.reduce(value)
    powers = [math.floor(math.log10(s)) if 0 < s < _TINY else 0 for s in spread.tolist()]
    return value * 10.0 ** -np.array(powers, dtype=np.float64), powers


def _check_columns(
    frame: pd.DataFrame,
    source: str,
    objective: str,
    prices: Mapping[str, float | None],
    features: Sequence[str],
) -> None:
    wanted = {
        "objective": [objective],
        "fidelities": [column for column in prices if column != objective],
        "features": features,
    }
    for field, columns in wanted.items():
        for column in columns:
            if column not in frame.columns:
                raise DatasetError(
                    f"{source} has no column {column!r} ({field}); {suggest(column, frame.columns)}"
                )
    if double := sorted({column for column in features if features.count(column) > 1}):
        raise DatasetError(f"{source}: features names {double[0]!r} twice; name each column once")
    for column, price in prices.items():
        if price is None:
            raise BudgetError(
                f"{source}: fidelity {column!r} has no cost; write what one answer costs, in "
                f"the unit of the others, e.g. {column}: 0.1"
            )
    answers = [column for column in features if column in prices]
    if answers:
        raise DatasetError(f"{source}: {answers[0]!r} is an answer and cannot be a feature, too")
    if not features and len(prices) == len(frame.columns):
        raise DatasetError(f"{source} has no column of features")


def _numbers(frame: pd.DataFrame, columns: Sequence[str], source: str) -> FloatArray:
    numbers = frame[list(columns)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    if not np.isfinite(numbers).all():
        row, place = np.argwhere(~np.isfinite(numbers))[0]
        raise DatasetError(
            f"{source} row {row + 2}: feature {columns[place]!r} is "
            f"{frame[columns[place]].iloc[row]!r}, no finite number; write categories as numbers, "
            "or name the numeric columns in features"
        )
    return numbers


def _answers(
    frame: pd.DataFrame, columns: Sequence[str], source: str
) -> tuple[FloatArray, NDArray[np.int8]]:
    value = np.full((len(frame), len(columns)), np.nan)
    side = np.zeros(value.shape, dtype=np.int8)
    for place, column in enumerate(columns):
        for row, cell in enumerate(frame[column]):
            if pd.isna(cell) or not str(cell).strip():
                continue
            try:
                outcome = parse_value(str(cell), f"{source} row {row + 2}, {column}")
            except InvalidInputError as error:
                raise DatasetError(str(error)) from error
            value[row, place] = outcome.value
            if isinstance(outcome, Bound):
                side[row, place] = -1 if outcome.side == "left" else 1
    return value, side
