"""A user's own table: any CSV or parquet file, with or without a folder of CIF files."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from pyarrow import ArrowException, parquet

from discovery.chemistry.formula import candidate_from_formula, format_formula
from discovery.chemistry.structures import read_cif
from discovery.crystal import Crystal, Lattice
from discovery.datasets.rows import UNITS, Row, collect, composition_gap, conductivity
from discovery.errors import DatasetError, InvalidInputError, UnknownNameError, suggest
from discovery.types import Candidate, Dataset

ROLES: Final = (
    "formula", "sigma", "standard_error", "space_group", "z",
    "a", "b", "c", "alpha", "beta", "gamma", "id", "name",
)  # fmt: skip
_CELL: Final = ("a", "b", "c", "alpha", "beta", "gamma")
_GAP: Final = 0.05
_Record = Mapping[str, Any]


class TableDataset:
    """Loads a user's table, one material per row.

    Rows with an empty conductivity are candidates without a label; ``<1E-10`` is a bound. The
    ``id`` column names the CIF file ``<cif_dir>/<id>.cif``; a row without one has no structure.
    Messages count rows as a spreadsheet does: the header is row 1.

    Args:
        path: CSV or parquet file.
        columns: Role -> column name; a role not mentioned is read from a column of its own name,
            where there is one. See :data:`ROLES`; only ``formula`` is needed, and not even that
            where there are descriptors.
        descriptors: Columns of numbers that are known before any measurement, e.g. how a sample
            is made; rows that differ in one are different candidates.
        groups: Columns that name where a row comes from, e.g. ``doi``.
        cif_dir: Folder of CIF files.
        log10: Whether conductivities (and their standard errors) are decimal logarithms.
        unit: Unit of the conductivities, see :data:`discovery.datasets.rows.UNITS`.
        duplicates: What to do with rows of one material that report different values: an error,
            or the mean of their logarithms.
    """

    def __init__(
        self,
        path: str,
        *,
        columns: Mapping[str, str] | None = None,
        descriptors: Sequence[str] = (),
        groups: Sequence[str] = (),
        cif_dir: str | None = None,
        log10: bool = False,
        unit: Literal["S/cm", "mS/cm", "S/m"] = "S/cm",
        duplicates: Literal["error", "mean"] = "error",
    ) -> None:
        for role in columns or {}:
            if role not in ROLES:
                raise UnknownNameError("column role", role, ROLES)
        if unit not in UNITS:
            raise UnknownNameError("unit", unit, UNITS)
        if duplicates not in ("error", "mean"):
            raise InvalidInputError(f"duplicates is 'error' or 'mean', not {duplicates!r}")
        self.path = Path(path).expanduser()
        self.columns = dict(columns or {})
        self.descriptors = tuple(descriptors)
        self.groups = tuple(groups)
        self.cif_dir = None if cif_dir is None else Path(cif_dir).expanduser()
        self.log10 = log10
        self.unit = unit
        self.duplicates = duplicates

    def load(self) -> Dataset:
        """Return the candidates of the table and the labels of its measured rows.

        Raises:
            DatasetError: A file or a column is missing, a cell cannot be used (the message names
                the row), or rows contradict each other.
        """
        records = _read(self.path)
        columns = self._resolve(records[0])
        rows = [self._row(record, columns, number) for number, record in enumerate(records, 2)]
        return collect(
            self.path.stem, rows, duplicates=self.duplicates, remarks=self._remarks(rows)
        )

    def _resolve(self, header: _Record) -> dict[str, str]:
        """Role -> column, for the roles that the table has."""
        columns = {role: role for role in ROLES if role in header} | self.columns
        wanted = {f"columns.{role}": column for role, column in columns.items()}
        wanted |= {f"groups[{index}]": column for index, column in enumerate(self.groups)}
        wanted |= {f"descriptors[{index}]": name for index, name in enumerate(self.descriptors)}
        if not self.descriptors:
            wanted.setdefault("columns.formula", "formula")
        for field, column in wanted.items():
            if column not in header:
                raise DatasetError(
                    f"{self.path} has no column {column!r} ({field}); {suggest(column, header)}"
                )
        if self.cif_dir is not None and "id" not in columns:
            raise DatasetError(
                f"{self.path}: cif_dir is given, so columns.id must name the column whose text is "
                f"the name of the CIF file; {suggest('id', header)}"
            )
        return columns

    def _row(self, record: _Record, columns: Mapping[str, str], number: int) -> Row:
        where = f"{self.path.name} row {number}"
        cells = {role: _text(record[column]) for role, column in columns.items()}
        try:
            known = tuple((d, _descriptor(_text(record[d]), d)) for d in self.descriptors)
            candidate = replace(_candidate(cells, known), structure=self._structure(cells))
            error = _number(cells, "standard_error")
        except InvalidInputError as mistake:
            raise DatasetError(f"{where}: {mistake}") from mistake
        label = None
        if cells.get("sigma"):
            label = conductivity(
                cells["sigma"], where, log10=self.log10, unit=self.unit, standard_error=error
            )
        groups = {column: _text(record[column]) for column in self.groups}
        return Row(candidate, label, where, {k: v for k, v in groups.items() if v})

    def _structure(self, cells: Mapping[str, str]) -> Crystal | None:
        if self.cif_dir is None or not cells.get("id"):
            return None
        path = self.cif_dir / f"{cells['id'].removesuffix('.cif')}.cif"
        if not path.is_file():
            return None
        crystal = read_cif(path)
        if "Li" not in crystal.composition:
            raise InvalidInputError(
                f"{path} has no lithium, only {format_formula(crystal.composition)}; "
                "add the lithium sites or take the file away"
            )
        return crystal

    def _remarks(self, rows: Sequence[Row]) -> list[str]:
        findings = {
            "without a conductivity, not labelled": [r.where for r in rows if r.label is None],
            f"composition of the CIF differs by more than {_GAP:.0%} of the atoms": [
                row.where
                for row in rows
                if row.candidate.structure is not None
                and composition_gap(row.candidate.fractions, row.candidate.structure) > _GAP
            ],
        }
        if self.cif_dir is not None:
            findings[f"without a CIF in {self.cif_dir}"] = [
                row.where for row in rows if row.candidate.structure is None
            ]
        remarks = [
            f"{len(rows)} x {what}: {_some(rows)}" for what, rows in findings.items() if rows
        ]
        labels = [row.label for row in rows if row.label is not None]
        if len(labels) > 1 and all(label == labels[0] for label in labels):
            remarks.append("all conductivities are the same: nothing can be learned from them")
        return remarks


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".parquet":
            records = parquet.read_table(path).to_pylist()
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                records = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error, ArrowException) as error:
        raise DatasetError(f"{path} cannot be read as a table: {error}") from error
    if not records:
        raise DatasetError(f"{path} has no row below its header")
    return [{str(key).strip(): value for key, value in record.items()} for record in records]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _number(cells: Mapping[str, str], role: str) -> float | None:
    text = cells.get(role)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise InvalidInputError(f"{role} {text!r} is no number") from None
    if not math.isfinite(number):
        raise InvalidInputError(f"{role} is {text}; leave the cell empty where it is unknown")
    return number


def _candidate(cells: Mapping[str, str], descriptors: tuple[tuple[str, float], ...]) -> Candidate:
    name = cells.get("name") or cells.get("id", "")
    if "formula" not in cells:
        return Candidate((), name=name, descriptors=descriptors)
    material = candidate_from_formula(
        cells["formula"],
        z=_number(cells, "z"),
        space_group=_space_group(cells),
        lattice=_lattice(cells),
        name=name,
    )
    return replace(material, descriptors=descriptors)


def _descriptor(text: str, name: str) -> float:
    number = _number({name: text}, name)
    if number is None:
        raise InvalidInputError(
            f"descriptor {name!r} is empty; fill it in, or leave the column out of descriptors"
        )
    return number


def _space_group(cells: Mapping[str, str]) -> int | None:
    number = _number(cells, "space_group")
    if number is not None and not number.is_integer():
        raise InvalidInputError(f"space_group {number:g} is no international number, 1-230")
    return None if number is None else int(number)


def _lattice(cells: Mapping[str, str]) -> Lattice | None:
    parameters = {role: _number(cells, role) for role in _CELL}
    known = {role: value for role, value in parameters.items() if value is not None}
    if not known:
        return None
    missing = [role for role in _CELL if role not in known]
    if missing:
        raise InvalidInputError(
            f"the cell lacks {', '.join(missing)}; give all six parameters or none"
        )
    return Lattice(**known)


def _some(rows: Sequence[str], most: int = 10) -> str:
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(rows[:most]) + more
