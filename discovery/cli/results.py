"""Reading results that a laboratory tells: CSV or JSON, partial and repeated ones welcome."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from discovery.chemistry.units import parse_conductivity, parse_value
from discovery.errors import InvalidInputError, UnknownQueryError, suggest
from discovery.types import Bound, Observation, Query, Status

_LEAST: Final = -25.0  # log10(S/cm); no instrument has seen less
_STATUSES: Final = ("ok", "failed", "refused", "timeout", "lost")
_FIELDS: Final = (
    "query", "value", "sigma", "standard_error", "cost", "status", "reason", "wall_time", "oracle",
)  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """What a fidelity measures."""

    property: str
    unit: str


def read_results(
    path: Path, queries: Sequence[Query], quantities: Mapping[str, Quantity]
) -> tuple[list[Observation], int]:
    """Read observations from a file with one row per query.

    Columns: ``query`` (the id that ``ask`` printed); ``value`` in the unit of the fidelity or
    ``sigma`` in S/cm, where ``<-10`` or ``<1e-10`` is an upper bound; optional
    ``standard_error``, ``cost``, ``status`` (ok, failed, refused, timeout, lost), ``reason``.
    Other columns are ignored.

    Returns:
        The observations, and the number of rows that are still open (no value, no status).

    Raises:
        InvalidInputError: The file cannot be read, a column is missing, a number is none.
        UnknownQueryError: A row is about a query that was never asked.
    """
    asked = {query.id: query for query in queries}
    observations: list[Observation] = []
    still_open = 0
    told: dict[str, int] = {}
    for number, row in _rows(path):
        where = f"{path}, row {number}"
        if not row.get("query"):
            raise InvalidInputError(f"{where}: no 'query'; copy the column from what `ask` printed")
        if row["query"] not in asked:
            raise UnknownQueryError(
                f"{where}: query {row['query']!r} was never asked; {suggest(row['query'], asked)}"
            )
        if row["query"] in told:
            raise InvalidInputError(
                f"{where}: query {row['query']!r} stands in row {told[row['query']]} already; "
                "keep one row per query"
            )
        told[row["query"]] = number
        query = asked[row["query"]]
        observation = _observation(where, row, query, quantities[query.fidelity])
        if observation is None:
            still_open += 1
        else:
            observations.append(observation)
    return observations, still_open


def _observation(
    where: str, row: Mapping[str, str], query: Query, quantity: Quantity
) -> Observation | None:
    value, sigma = row.get("value", ""), row.get("sigma", "")
    status = row.get("status", "") or ("ok" if value or sigma else "")
    if not status:
        return None
    if status not in _STATUSES:
        raise InvalidInputError(f"{where}: unknown status {status!r}; {suggest(status, _STATUSES)}")
    if status == "ok" and bool(value) == bool(sigma):
        raise InvalidInputError(f"{where}: give either 'value' ({quantity.unit}) or 'sigma' (S/cm)")
    if status != "ok" and (value or sigma):
        raise InvalidInputError(
            f"{where}: a result with status {status!r} has no value; leave out one of the two"
        )
    outcome = None
    if status == "ok":
        outcome = parse_conductivity(sigma, where) if sigma else parse_value(value, where)
        if sigma and quantity.property != "log10_sigma":
            raise InvalidInputError(
                f"{where}: fidelity {query.fidelity!r} measures {quantity.property} in "
                f"{quantity.unit}; give it as 'value', not as 'sigma'"
            )
        if quantity.property == "log10_sigma" and not _LEAST <= outcome.value < 0:
            raise InvalidInputError(
                f"{where}: {sigma or value!r} would be 1e{outcome.value:g} S/cm; 'value' is the "
                "decimal logarithm (-4.2, or <-10), a conductivity in S/cm goes to 'sigma'"
            )
    bound = outcome if isinstance(outcome, Bound) else None
    return Observation(
        query=query,
        status=cast("Status", status),
        property=quantity.property,
        unit=quantity.unit,
        value=None if outcome is None or bound else outcome.value,
        bound=bound,
        standard_error=_number(where, row, "standard_error"),
        reason=row.get("reason", ""),
        cost=_number(where, row, "cost"),
        wall_time=_number(where, row, "wall_time") or 0.0,
        oracle=row.get("oracle", "") or "told",
        input_hash=query.candidate.id,
    )


def _number(where: str, row: Mapping[str, str], column: str) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    outcome = parse_value(text, f"{where}, {column}")
    if isinstance(outcome, Bound) or outcome.value < 0:
        raise InvalidInputError(f"{where}: {column} must be a number of 0 or more, not {text!r}")
    return outcome.value


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {path}: {error}") from None
    if path.suffix == ".json":
        yield from _json_rows(path, text)
        return
    table = csv.DictReader(text.splitlines())
    columns = [column.strip() for column in table.fieldnames or ()]
    if "query" not in columns:
        raise InvalidInputError(
            f"{path}: column 'query' is missing; found {', '.join(columns) or 'nothing'}"
        )
    if not {"value", "sigma", "status"} & set(columns):
        near = "; ".join(f"{c!r}: {suggest(c, _FIELDS)}" for c in columns if c not in _FIELDS)
        raise InvalidInputError(
            f"{path}: a column 'value', 'sigma' or 'status' is missing" + (near and f" ({near})")
        )
    for number, row in enumerate(table, start=2):
        yield number, {str(k).strip(): str(v or "").strip() for k, v in row.items() if k}


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"{path}: not JSON: {error}") from None
    rows = data if isinstance(data, list) else [data]
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InvalidInputError(f"{path}, row {number}: an object is expected, not {row!r}")
        yield number, {key: "" if value is None else str(value) for key, value in row.items()}
