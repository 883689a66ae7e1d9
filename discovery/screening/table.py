"""A user's table as a pandas frame."""

from pathlib import Path

import pandas as pd

from discovery.errors import DatasetError, InvalidInputError, suggest


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or parquet file; the names of its columns lose surrounding spaces.

    Raises:
        DatasetError: The file is not there, is no table, or two columns have one name.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except FileNotFoundError:
        raise DatasetError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} is no table that can be read: {error}") from error
    frame.columns = pd.Index([str(column).strip() for column in frame.columns])
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DatasetError(f"{path} has two columns {twice[0]!r}; rename one")
    return frame


def check_columns(frame: pd.DataFrame, columns: list[str]) -> None:
    """Check that the table has all of the columns.

    Raises:
        InvalidInputError: One is missing; the message names those that are near.
    """
    for column in columns:
        if column not in frame.columns:
            known = [str(name) for name in frame.columns]
            raise InvalidInputError(f"there is no column {column!r}; {suggest(column, known)}")
