"""From a table to a problem: what is predicted, from what, and what must not be used."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from discovery.assessment.groups import IntArray
from discovery.errors import InvalidInputError
from discovery.screening.columns import MOST_TEXTS, as_features
from discovery.screening.copies import follows, renames
from discovery.screening.problem import Problem, Task
from discovery.screening.table import check_columns
from discovery.screening.targets import Target, read_target

FEWEST_ROWS: Final = 10

_NEARLY: Final = 0.97  # two methods of measuring one conductivity


def prepare(
    frame: pd.DataFrame,
    target: str,
    *,
    name: str = "table",
    task: Task | None = None,
    threshold: float | None = None,
    exclude: Sequence[str] = (),
    keep: Sequence[str] = (),
    groups: str | None = None,
    complete: Sequence[str] = (),
) -> Problem:
    """Return the problem of predicting one column of a table from the others.

    Rows without a target are left out, and so are columns without information. No feature is made
    of the target, of ``exclude``, of the column of groups, or of a column that was made from the
    target (:mod:`discovery.screening.copies`), unless that one is named in ``keep``.

    Args:
        frame: The table.
        target: Column to predict.
        name: Of the table.
        task: By default classes for text and for few different values.
        threshold: Makes two classes of a column of numbers.
        exclude: Columns that are no features.
        keep: Columns that are features although they tell the target.
        groups: Column whose equal values belong together in all splits; a row without one is a
            group of its own.
        complete: Columns that the rows of the variant ``cut`` know; by default all.

    Raises:
        InvalidInputError: A column is missing or cannot be used, or too little is left: 10 rows,
            a feature, two classes of two rows.
    """
    named = [groups] if groups is not None else []
    check_columns(frame, [target, *exclude, *keep, *named, *complete])
    if target in complete or target in keep:
        raise InvalidInputError(f"{target!r} is the target and no feature")
    found = read_target(frame[target], task, threshold)
    known = np.flatnonzero(np.isfinite(found.value))
    remarks = _left_out_rows(frame, target, known)
    _check_target(found, target, known)
    frame = frame.iloc[known]
    found = Target(found.task, found.value[known], found.classes, found.origin[known])
    hidden = {target, *exclude, *named}
    columns = [str(column) for column in frame.columns if column not in hidden]
    told = [c for c in columns if c not in keep and _tells(frame[c], found)]
    if told:
        remarks.append(
            f"left out, made from the target or the target from them: {', '.join(told)} "
            "(use them with --keep)"
        )
    features, origin = as_features(frame[[c for c in columns if c not in told]])
    empty = [str(c) for c in features if features[c].nunique() < 2]  # noqa: PLR2004 - constant
    if empty:
        remarks.append(f"left out, constant or empty: {', '.join(empty)}")
    features = features.drop(columns=empty)
    near = [str(c) for c in features if _nearly(features[c], found)]
    if near:
        remarks.append(
            f"ranks the rows nearly as the target does (|ρ| at least {_NEARLY}): "
            f"{', '.join(near)}; --exclude what was made from it"
        )
    if features.empty:
        raise InvalidInputError(f"no column is left to predict {target!r} from")
    names = tuple(map(str, features.columns))
    for column in complete:
        if not set(origin.get(column, ())) & set(names):
            raise InvalidInputError(f"{column!r} is to be complete, but it is no feature here")
    wanted = {c for column in complete or origin for c in origin[column]}
    return Problem(
        name=name,
        task=found.task,
        features=features.to_numpy(dtype=float),
        names=names,
        target=found.value,
        target_name=target,
        classes=found.classes,
        needed=np.array([feature in wanted for feature in names]),
        rows=known,
        groups=None if groups is None else _groups(frame[groups]),
        group_name=groups or "",
        remarks=tuple(remarks),
    )


def _left_out_rows(frame: pd.DataFrame, target: str, known: IntArray) -> list[str]:
    missing = len(frame) - len(known)
    if not missing:
        return []
    return [f"{missing} of {len(frame)} rows left out: {target} not known or not decided"]


def _check_target(found: Target, name: str, known: IntArray) -> None:
    if len(known) < FEWEST_ROWS:
        raise InvalidInputError(
            f"{len(known)} rows have a target {name!r}; a screening needs at least {FEWEST_ROWS}"
        )
    value = found.value[known]
    if found.task == "regression":
        if len(np.unique(value)) == 1:
            raise InvalidInputError(f"the target {name!r} is {value[0]:g} in all rows")
        return
    counts = {text: int((value == place).sum()) for place, text in enumerate(found.classes)}
    few = [text for text, count in counts.items() if count < 2]  # noqa: PLR2004
    if few:
        told = ", ".join(f"{text!r} ({count} rows)" for text, count in counts.items())
        raise InvalidInputError(
            f"every class of {name!r} needs two rows or more, one to learn from and one to be "
            f"judged on; there are {told}: join classes, or choose another --threshold"
        )
    if len(counts) == 1:
        raise InvalidInputError(f"the target {name!r} is {found.classes[0]!r} in all rows")


def _tells(column: pd.Series, target: Target) -> bool:
    """Whether the target can be read from a column."""
    known = column.notna().to_numpy()
    told = (target.value[known], target.origin[known].astype(float))
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        finite = np.isfinite(values[known])
        return any(
            follows(values[known][finite], truth[finite])
            or renames(values[known][finite], truth[finite])
            for truth in told
        )
    texts = column[known].astype(str).to_numpy()
    if column.nunique() > MOST_TEXTS:
        return any(renames(texts, truth) for truth in told)
    return any(
        renames(texts, truth)
        or any(follows((texts == text).astype(float), truth) for text in np.unique(texts))
        for truth in told
    )


def _nearly(column: pd.Series, target: Target) -> bool:
    if not np.issubdtype(target.origin.dtype, np.floating):  # codes of classes have no order
        return False
    truth = pd.Series(target.origin, index=column.index)
    with np.errstate(invalid="ignore", divide="ignore"):
        ranks = column.rank().corr(truth.where(column.notna()).rank())
    return bool(abs(ranks) >= _NEARLY)


def _groups(column: pd.Series) -> IntArray:
    codes, _ = pd.factorize(column)
    alone = codes < 0
    return np.where(alone, codes.max() + 1 + np.cumsum(alone), codes).astype(np.intp)
