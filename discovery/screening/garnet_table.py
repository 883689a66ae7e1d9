"""Doped garnets of a table or a data set, described by site."""

from collections.abc import Sequence

import pandas as pd

from discovery.chemistry.formula import parse_formula
from discovery.chemistry.garnets import descriptors
from discovery.errors import InvalidInputError
from discovery.types import Bound, Dataset


def described(
    frame: pd.DataFrame, formula: str, *, among: Sequence[str] = ("Li", "O")
) -> tuple[pd.DataFrame, list[str]]:
    """Return the garnets of a table with their descriptors, and why other rows are none.

    Args:
        frame: The table; all its columns are kept.
        formula: Column of formulas.
        among: Elements that a formula must hold; rows without them are left out without a reason.

    Raises:
        InvalidInputError: The table has a column with the name of a descriptor.
    """
    rows: list[int] = []
    numbers: list[dict[str, float]] = []
    refused: list[str] = []
    for place, text in enumerate(frame[formula].astype(str)):
        try:
            if set(among) <= set(parse_formula(text)):
                numbers.append(descriptors(text))
                rows.append(place)
        except InvalidInputError as error:
            refused.append(f"row {place + 2}: {error}")  # as a spreadsheet counts
    found = frame.iloc[rows].reset_index(drop=True)
    made = pd.DataFrame(numbers)
    twice = sorted(set(found.columns) & set(made.columns))
    if twice:
        raise InvalidInputError(f"the table has a column {twice[0]!r} already; rename it")
    return pd.concat([found, made], axis=1), refused


def rows_of(dataset: Dataset, formula: str) -> pd.DataFrame:
    """Return the candidates of a data set as a table: formula, groups, label.

    A label that is a bound is written with its sign, as ``<-10``.

    Args:
        dataset: The data set.
        formula: What to call the column of formulas.
    """
    rows = []
    for candidate in dataset.candidates:
        label = dataset.labels.get(candidate.id)
        sign = {"left": "<", "right": ">"}[label.side] if isinstance(label, Bound) else ""
        rows.append(
            {
                formula: candidate.formula,
                **{name: of.get(candidate.id) for name, of in dataset.groups.items()},
                dataset.property: None if label is None else f"{sign}{label.value:.6g}",
            }
        )
    return pd.DataFrame(rows)
