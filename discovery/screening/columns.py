"""Columns of a table as features: numbers as they are, short lists of texts one-hot."""

from typing import Final

import numpy as np
import pandas as pd

from discovery.errors import InvalidInputError
from discovery.types import FloatArray

MOST_TEXTS: Final = 20
"""A column with more different texts is refused: it names rows rather than describing them."""


def as_features(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return the columns as numbers, infinite ones and gaps as NaN, and what each column became.

    Texts become one column per text, ``column=text``, with a gap where the text is missing. The
    texts are those of the whole table: a column that is empty in a training part is constant
    there and does no harm.

    Raises:
        InvalidInputError: Columns hold more than 20 different texts; all are named.
    """
    refused: list[str] = []
    parts: list[pd.DataFrame] = []
    origin: dict[str, list[str]] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        if _is_number(column):
            part = pd.DataFrame({name: _numbers(column)}, index=frame.index)
        elif column.nunique() > MOST_TEXTS:
            refused.append(_refusal(column))
            continue
        else:
            part = _one_hot(column)
        parts.append(part)
        origin[name] = list(map(str, part.columns))
    if refused:
        lines = "".join(f"\n  - {line}" for line in refused)
        names = [line.split("'")[1] for line in refused]
        advice = " ".join(f"--exclude {_quoted(name)}" for name in names)
        raise InvalidInputError(
            f"{len(refused)} columns are neither numbers nor at most {MOST_TEXTS} different "
            f"texts:{lines}\nleave them out: {advice}"
        )
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=frame.index), origin


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or column.isna().all())


def _numbers(column: pd.Series) -> FloatArray:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _one_hot(column: pd.Series) -> pd.DataFrame:
    texts = column.astype(str).where(column.notna())
    dummies = pd.get_dummies(texts, prefix=str(column.name), prefix_sep="=", dtype=float)
    return dummies.where(column.notna(), np.nan)


def _refusal(column: pd.Series) -> str:
    numbers = pd.to_numeric(column, errors="coerce")
    strange = column[numbers.isna() & column.notna()]
    told = f"'{column.name}': {column.nunique()} different texts"
    if 0 < len(strange) < len(column) / 2:
        return f"{told}, numbers but for {len(strange)} cells such as {str(strange.iloc[0])!r}"
    return f"{told}, such as {str(strange.iloc[0])!r}"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
