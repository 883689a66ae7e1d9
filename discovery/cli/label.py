"""``discovery label``: an oracle over crystal files or a table, outside of any campaign."""

import json as jsonlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discovery.cli.arguments import Json

if TYPE_CHECKING:
    from discovery.types import Candidate, Observation

_TABLES = (".csv", ".parquet")
_COLUMNS = (
    "source", "id", "formula", "status", "property", "value", "bound", "unit", "standard_error",
    "cost", "reason", "oracle", "version", "details",
)  # fmt: skip


def label(
    oracle: Annotated[str, typer.Argument(help="Name of the oracle, or file.py:Class.")],
    files: Annotated[
        list[Path], typer.Argument(help="CIF files, folders of them, or a table with a formula.")
    ],
    options: Annotated[str, typer.Option(help="Options of the oracle as JSON.")] = "{}",
    seed: Annotated[int, typer.Option(help="For oracles that draw.")] = 0,
    *,
    json: Json = False,
) -> None:
    """Label crystals with an oracle: one line each, whatever happens to the others.

    Exits with 1 when a crystal could not be read or an evaluation failed; a refusal is an answer.
    """
    from discovery.cli.parts import find_oracle, parse_options
    from discovery.evaluation import evaluate
    from discovery.types import Query

    part = find_oracle(oracle, parse_options(options))
    failed = False
    for source, found in _candidates(files):
        if isinstance(found, str):
            line = dict.fromkeys(_COLUMNS) | {"source": source, "status": "failed", "reason": found}
        else:
            query = Query(found, oracle)
            line = row(source, evaluate(part, oracle, query, cost=part.cost(found), seed=seed))
        failed |= line["status"] == "failed"
        typer.echo(jsonlib.dumps(line) if json else sentence(line))
    if failed:
        raise typer.Exit(1)


def _candidates(files: list[Path]) -> Iterator[tuple[str, "Candidate | str"]]:
    """Yield (source, candidate), or (source, why it cannot be read)."""
    from discovery.chemistry.structures import candidate_from_structure, read_cif
    from discovery.errors import InvalidInputError

    for path in files:
        if path.suffix in _TABLES:
            yield from _rows(path)
            continue
        found = sorted(path.glob("*.cif")) if path.is_dir() else [path]
        if not found:
            raise InvalidInputError(f"there is no .cif file in {path}")
        for cif in found:
            try:
                yield str(cif), candidate_from_structure(read_cif(cif), name=cif.stem)
            except InvalidInputError as error:
                yield str(cif), str(error)


def _rows(path: Path) -> Iterator[tuple[str, "Candidate | str"]]:
    from discovery.datasets.table import TableDataset

    for candidate in TableDataset(path=str(path)).load().candidates:
        yield f"{path}:{candidate.name or candidate.formula}", candidate


def row(source: str, observation: "Observation") -> dict[str, object]:
    """Return what is printed of a labelled crystal, plain JSON."""
    bound = observation.bound
    return {
        "source": source,
        "id": observation.query.candidate.id,
        "formula": observation.query.candidate.formula,
        "status": observation.status,
        "property": observation.property,
        "value": observation.value,
        "bound": None if bound is None else {"side": bound.side, "value": bound.value},
        "unit": observation.unit,
        "standard_error": observation.standard_error,
        "cost": observation.cost,
        "reason": observation.reason,
        "oracle": observation.oracle,
        "version": observation.version,
        "details": dict(observation.details),
    }


def sentence(row: Mapping[str, object]) -> str:
    """Return a row as a line for people."""
    if row["status"] != "ok":
        return f"{row['source']}: {row['status']}: {row['reason']}"
    bound, error = row["bound"], row["standard_error"]
    spread = "" if error is None else f" ± {error:.3g}"
    sign = {"left": "<", "right": ">"}[bound["side"]] if isinstance(bound, dict) else ""
    value = bound["value"] if isinstance(bound, dict) else row["value"]
    return f"{row['source']}: {row['formula']}: {sign}{value:.6g}{spread} {row['unit']}"
