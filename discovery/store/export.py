"""A journal as a table: one row per query, for people who have their own tools."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa
from pyarrow import parquet

from discovery.codec import candidate_from_json
from discovery.errors import InvalidInputError
from discovery.store.events import Event

Row: TypeAlias = dict[str, Any]

_COLUMNS: Final = {
    "query": pa.string(),
    "candidate": pa.string(),
    "formula": pa.string(),
    "name": pa.string(),
    "space_group": pa.int64(),
    "fidelity": pa.string(),
    "round": pa.int64(),
    "status": pa.string(),
    "property": pa.string(),
    "unit": pa.string(),
    "value": pa.float64(),
    "bound_side": pa.string(),
    "bound": pa.float64(),
    "standard_error": pa.float64(),
    "reason": pa.string(),
    "reserved": pa.float64(),
    "cost": pa.float64(),
    "wall_time": pa.float64(),
    "oracle": pa.string(),
    "version": pa.string(),
    "input_hash": pa.string(),
    "seed": pa.int64(),
    "details": pa.string(),
    "forecast_mean": pa.float64(),
    "forecast_std": pa.float64(),
    "score": pa.float64(),
    "asked_because": pa.string(),
    "asked": pa.string(),
    "answered": pa.string(),
}
_ANSWERED: Final = (
    "status", "property", "unit", "value", "standard_error", "reason", "wall_time", "oracle",
    "version", "input_hash", "seed",
)  # fmt: skip


def rows(events: Sequence[Event]) -> list[Row]:
    """Return one row per query, in the order they were asked, with the last answer to each.

    A bound never stands in the column ``value``: it has ``bound`` and ``bound_side`` (``left``:
    the truth is below). Open queries have the status ``open``; costs are in budget units, times
    UTC, ISO 8601.
    """
    table: dict[str, Row] = {}
    for event in events:
        if event.kind == "asked":
            for query in event.payload["queries"]:
                table[query["id"]] = _asked(query, event)
        elif event.kind == "settled":
            table[event.payload["query"]]["cost"] = event.payload["actual"]
        elif "observation" in event.payload:
            observation = event.payload["observation"]
            table[observation["query"]] |= _answered(observation, event)
    return list(table.values())


def write(events: Sequence[Event], path: Path) -> None:
    """Write the rows of a journal to a file, in the format of its suffix.

    Raises:
        InvalidInputError: Another suffix than .parquet, .csv or .json, or the file cannot be
            written.
    """
    if path.suffix not in (".parquet", ".csv", ".json"):
        raise InvalidInputError(f"cannot export to {path}: use .parquet, .csv or .json")
    table = rows(events)
    try:
        if path.suffix == ".parquet":
            parquet.write_table(pa.Table.from_pylist(table, pa.schema(_COLUMNS)), path)
        elif path.suffix == ".json":
            path.write_text(json.dumps(table, indent=1, ensure_ascii=False), encoding="utf-8")
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(_COLUMNS))
                writer.writeheader()
                writer.writerows(table)
    except OSError as error:
        raise InvalidInputError(f"cannot write {path}: {error.strerror or error}") from None


def _asked(query: Row, event: Event) -> Row:
    candidate, forecast = candidate_from_json(query["candidate"]), query["forecast"]
    return dict.fromkeys(_COLUMNS) | {
        "query": query["id"],
        "candidate": query["id"].rpartition("@" + query["fidelity"])[0],
        "formula": candidate.formula,
        "name": candidate.name,
        "space_group": candidate.space_group,
        "fidelity": query["fidelity"],
        "round": event.payload["round"],
        "status": "open",
        "reserved": query["cost"],
        "forecast_mean": forecast["mean"],
        "forecast_std": forecast["std"],
        "score": forecast["score"],
        "asked_because": forecast["reason"],
        "asked": event.time,
    }


def _answered(observation: Row, event: Event) -> Row:
    bound = observation["bound"] or {}
    return {key: observation[key] for key in _ANSWERED} | {
        "bound_side": bound.get("side"),
        "bound": bound.get("value"),
        "details": json.dumps(observation["details"]),
        "answered": event.time,
    }
