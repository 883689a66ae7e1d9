"""``discovery label``: an oracle over crystal files or a table, outside of any campaign."""

import json as jsonlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from discovery.cli.arguments import Cache, DataDir, Json, Quiet, Workers

if TYPE_CHECKING:
    from discovery.cli.sources import Entry
    from discovery.labelling import Labeller
    from discovery.types import Dataset, Observation

_COLUMNS: Final = (
    "source", "id", "formula", "status", "property", "value", "bound", "unit", "standard_error",
    "cost", "reason", "oracle", "version", "details",
)  # fmt: skip
_READ_AT_ONCE: Final = 256


def label(
    oracle: Annotated[str, typer.Argument(help="Name of the oracle, or file.py:Class.")],
    files: Annotated[
        list[str],
        typer.Argument(help="CIF files, folders of them, tables with a formula, or data sets."),
    ],
    options: Annotated[str, typer.Option(help="Options of the oracle as JSON.")] = "{}",
    seed: Annotated[int, typer.Option(help="For oracles that draw.")] = 0,
    workers: Workers = 1,
    data_dir: DataDir = None,
    *,
    cache: Cache = True,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Label crystals with an oracle: one line each, whatever happens to the others.

    Lines come in the order of the files. Answers are remembered, so that the same command goes on
    where it was interrupted. Exits with 1 when a crystal could not be read or an evaluation
    failed; a refusal is an answer.
    """
    from discovery.cli.parts import parse_options
    from discovery.cli.progress import counting
    from discovery.cli.sources import entries
    from discovery.labelling import Labeller

    remembered = seed if cache else None
    asked = working_oracle(oracle, parse_options(options), seed=remembered, workers=workers)
    found, failed = entries(files, data_dir), False
    with (
        Labeller({oracle: (oracle, asked)}, seed=seed, workers=workers) as labeller,
        counting(oracle, len(found), quiet=quiet) as done,
    ):
        for line in _lines(labeller, found):
            failed |= line["status"] not in ("ok", "refused")
            typer.echo(jsonlib.dumps(line) if json else sentence(line))
            done()
    if failed:
        raise typer.Exit(1)


def working_oracle(
    name: str,
    options: Mapping[str, Any],
    *,
    seed: int | None,
    workers: int,
    dataset: "Dataset | None" = None,
) -> Any:  # noqa: ANN401 - an oracle
    """Return the oracle that the command line names; see :func:`discovery.cli.parts.find_oracle`.

    Args:
        name: Of the oracle.
        options: Its options.
        seed: Of the answers that are remembered; ``None`` to remember none.
        workers: How many processes it is to work in.
        dataset: For oracles that answer from one.

    Raises:
        InvalidInputError: A class in a file is to run in worker processes, which do not know it.
    """
    from discovery.cli.parts import find_oracle
    from discovery.errors import InvalidInputError
    from discovery.labelling import remembering

    if ".py:" in name and workers > 1:
        raise InvalidInputError(
            f"{name!r} runs in this process only; leave --workers out, or install its module"
        )
    if seed is not None and ":" not in name:
        name, options = remembering(name, options, seed=seed)
    return find_oracle(name, options, dataset)


def _lines(labeller: "Labeller", found: "list[Entry]") -> Iterator[dict[str, object]]:
    """Yield the row of each crystal; few of them are in memory at the same time."""
    from discovery.cli.sources import read

    for start in range(0, len(found), _READ_AT_ONCE):
        chunk = [(source, read(entry)) for source, entry in found[start : start + _READ_AT_ONCE]]
        answers = labeller.label([entry for _, entry in chunk if not isinstance(entry, str)])
        for source, entry in chunk:
            if isinstance(entry, str):
                nothing = dict.fromkeys(_COLUMNS)
                yield nothing | {"source": source, "status": "failed", "reason": entry}
            else:
                yield row(source, next(answers))


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
