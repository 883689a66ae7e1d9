"""The best candidates as files: one table and one CIF per known structure."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from discovery.campaign import CampaignRecord
from discovery.chemistry.structures import write_cif
from discovery.errors import InvalidInputError
from discovery.report.intervals import central
from discovery.report.ranking import TopCandidate, top_candidates
from discovery.types import Observation

Cell: TypeAlias = str | int | float | None

TABLE: Final = "top.csv"
COLUMNS: Final = (
    "rank", "id", "formula", "name", "space_group",
    "predicted_log10_sigma", "predicted_std", "predicted_low90", "predicted_high90",
    "measured_log10_sigma", "standard_error", "measured_low90", "measured_high90",
    "measured_below", "measured_above", "oracle", "version", "cost", "cif",
)  # fmt: skip

_SIGNS: Final = {"left": "<", "right": ">"}


def export_top(record: CampaignRecord, directory: Path, count: int) -> Path:
    """Write ``top.csv`` and one CIF per candidate that has a structure; return the table's path.

    Conductivities are log10(S/cm). A bound never stands in the column of values: it has the
    columns ``measured_below`` and ``measured_above``. What the other fidelities answered follows
    in one column each, ``<fidelity> [<unit>]``, bounds written as ``<-10``.

    Raises:
        InvalidInputError: The directory cannot be written.
    """
    tops = top_candidates(record, count)
    rows = [_row(top) | _others(top.others) for top in tops]
    extra = sorted({column for row in rows for column in row} - set(COLUMNS))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / TABLE, [*COLUMNS, *extra], rows)
        for top in tops:
            if top.cif is not None:
                (directory / top.cif).write_text(write_cif(top.candidate), encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            f"cannot write to {directory}: {error.strerror or error}; choose another folder"
        ) from None
    return directory / TABLE


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _row(top: TopCandidate) -> dict[str, Cell]:
    candidate, belief, measured = top.candidate, top.forecast, top.measured
    predicted = central(belief.mean, belief.std) or (None, None)
    row: dict[str, Cell] = {
        "rank": top.rank,
        "id": candidate.id,
        "formula": candidate.formula,
        "name": candidate.name,
        "space_group": candidate.space_group,
        "predicted_log10_sigma": belief.mean,
        "predicted_std": belief.std,
        "predicted_low90": predicted[0],
        "predicted_high90": predicted[1],
        "cost": top.cost,
        "cif": top.cif,
    }
    if measured is None:
        return row
    ends = central(measured.value, measured.standard_error) or (None, None)
    limits = {} if measured.bound is None else {measured.bound.side: measured.bound.value}
    return row | {
        "measured_log10_sigma": measured.value,
        "standard_error": measured.standard_error,
        "measured_low90": ends[0],
        "measured_high90": ends[1],
        "measured_below": limits.get("left"),
        "measured_above": limits.get("right"),
        "oracle": measured.oracle,
        "version": measured.version,
    }


def _others(observations: Sequence[Observation]) -> dict[str, Cell]:
    return {f"{o.query.fidelity} [{o.unit}]": _cell(o) for o in observations if o.status == "ok"}


def _cell(observation: Observation) -> Cell:
    if observation.bound is None:
        return observation.value
    return f"{_SIGNS[observation.bound.side]}{observation.bound.value}"
