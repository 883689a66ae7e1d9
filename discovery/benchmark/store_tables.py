"""Results as files: the same bytes for the same cells, whenever and in what order they were run."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from discovery.benchmark.metrics_calibration import METRICS
from discovery.benchmark.results import Results, Run
from discovery.datasets.fetch import write_atomically

RESULTS: Final = "results.parquet"
"""One row per cell."""
QUERIES: Final = "queries.parquet"
"""One row per query."""
ROUNDS: Final = "rounds.parquet"
"""One row per round in which a proxy was asked for its beliefs."""
SECONDS: Final = "seconds.csv"
"""One row per cell; no two runs of a suite take the same time."""

_CELL: Final = [("problem", pa.string()), ("strategy", pa.string()), ("replicate", pa.int32())]
_RESULTS: Final = pa.schema(
    [
        *_CELL,
        ("proxy", pa.string()),
        ("acquisition", pa.string()),
        ("sampler", pa.string()),
        ("peer", pa.string()),
        ("policy", pa.string()),
        ("seed", pa.int64()),
        ("key", pa.string()),
        ("budget", pa.float64()),
        ("queries", pa.int32()),
        ("rounds", pa.int32()),
        *(
            (name, pa.float64())
            for name in (
                "spent",
                "recall",
                "recall_area",
                "regret",
                "regret_area",
                "best_found_at",
                "cumulative_regret",
                "target_share",
            )
        ),
        ("stopped", pa.string()),
        ("error", pa.string()),
        ("message", pa.string()),
    ]
)
_QUERIES: Final = pa.schema(
    [
        *_CELL,
        ("batch", pa.int32()),
        ("row", pa.int32()),
        ("fidelity", pa.string()),
        ("cost", pa.float64()),
        ("spent", pa.float64()),
        ("value", pa.float64()),
    ]
)
_ROUNDS: Final = pa.schema(
    [
        *_CELL,
        ("batch", pa.int32()),
        ("spent", pa.float64()),
        ("recommended", pa.int32()),
        *((name, pa.float64()) for name in METRICS),
    ]
)


def write_tables(results: Results, folder: Path) -> None:
    """Write results, queries and rounds as parquet, and the seconds beside them.

    Raises:
        OSError: The folder cannot be written.
    """
    for name, schema, rows in (
        (RESULTS, _RESULTS, map(_result, results.runs)),
        (QUERIES, _QUERIES, (row for run in results.runs for row in _queries(run))),
        (ROUNDS, _ROUNDS, (row for run in results.runs for row in _rounds(run))),
    ):
        write_atomically(folder / name, _parquet(schema, rows))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["problem", "strategy", "replicate", "cpu", "wall"])
    for run in results.runs:
        seconds = run.result["seconds"]
        table.writerow([*_cell(run).values(), seconds["cpu"], seconds["wall"]])
    write_atomically(folder / SECONDS, text.getvalue().encode())


def _parquet(schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(list(rows), schema=schema)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _cell(run: Run) -> dict[str, Any]:
    cell = run.cell
    return {
        "problem": run.problem.name,
        "strategy": cell.strategy.title,
        "replicate": cell.replicate,
    }


def _result(run: Run) -> dict[str, Any]:
    cell, told = run.cell, run.result
    parts = {role: section["name"] for role, section in cell.strategy.parts.items()}
    error = told["error"] or {"type": None, "message": None}
    numbers = run.numbers if told["queries"]["row"] else {}
    return {
        **_cell(run),
        **parts,
        "peer": cell.strategy.peer or None,
        "policy": " + ".join(cell.strategy.policy),
        "seed": cell.seed,
        "key": cell.key,
        "budget": cell.budget,
        "queries": len(told["queries"]["row"]),
        "rounds": max(told["queries"]["batch"], default=0),
        # what never happens has no cost
        **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
        "stopped": told["stopped"] or None,
        "error": error["type"],
        "message": error["message"],
    }


def _queries(run: Run) -> Iterable[dict[str, Any]]:
    trace, problem = run.trace, run.problem
    values = problem.values[trace.row, trace.column]
    for row, column, cost, batch, spent, value in zip(
        *(trace.row, trace.column, trace.cost, trace.batch, trace.spent, values), strict=True
    ):
        yield {
            **_cell(run),
            "batch": int(batch),
            "row": int(row),
            "fidelity": problem.fidelities[column].name,
            "cost": float(cost),
            "spent": float(spent),
            "value": float(value) if math.isfinite(value) else None,
        }


def _rounds(run: Run) -> Iterable[dict[str, Any]]:
    for note in run.result["rounds"]:
        yield {**_cell(run), **note}
