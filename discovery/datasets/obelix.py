"""OBELiX: 599 synthesised lithium electrolytes with measured room-temperature conductivity."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from discovery.chemistry.formula import candidate_from_formula, parse_formula
from discovery.crystal import Crystal, Lattice
from discovery.datasets.archives import read_archive
from discovery.datasets.fetch import RemoteFile, fetch
from discovery.datasets.rows import Row, collect, composition_gap, conductivity
from discovery.errors import DatasetError, InvalidInputError
from discovery.types import Bound, Candidate, Dataset

_RELEASE: Final = (
    "https://raw.githubusercontent.com/NRC-Mila/OBELiX/"
    "4eaac889809dd489e3bae468c45d5c0e02b9147a/data/downloads/"
)
_SUMS: Final = {
    "all.csv": "54f6265ef84d16a919d08c6815f14b0fd7465fa00090bee2511c16c042e57f3c",
    "test.csv": "b2c266eb74e22f403743d52959bea7c43b1531a850994870a70dd909200e5297",
    "all_cifs.tar.gz": "bfa2a3c92e3b8ca1b9859992e686c9e19f98924e7ff369c05db7006548217d49",
}
FILES: Final[dict[str, RemoteFile]] = {
    name: RemoteFile(_RELEASE + name, checksum, name, "obelix") for name, checksum in _SUMS.items()
}
CITATION: Final = (
    "F. Therrien et al., OBELiX: a curated dataset of crystal structures and experimentally "
    "measured ionic conductivities for lithium solid-state electrolytes, arXiv:2502.14234 (2025); "
    "CC BY 4.0"
)

_CONDUCTIVITY: Final = "Ionic conductivity (S cm-1)"
_COLUMNS: Final = (
    "ID", "Reduced Composition", "Z", "True Composition", _CONDUCTIVITY, "Space group #",
    "a", "b", "c", "alpha", "beta", "gamma", "Family", "DOI",
)  # fmt: skip
_GAP: Final = 0.02  # atomic fraction; refined occupancies differ less from the nominal formula


class ObelixDataset:
    """Loads OBELiX (Therrien et al., arXiv:2502.14234, 2025; CC BY 4.0).

    Composition and formula units per cell come from the columns 'Reduced Composition' and 'Z',
    the space group and the conventional cell from the table, the structure from the CIF where
    one is published. ``<1E-10`` becomes a left bound. Groups: ``doi``, ``family``, ``split``.

    Args:
        data_dir: Folder of the published files; by default they are found or downloaded, see
            :func:`discovery.datasets.fetch.fetch`.
        split: Rows of the official split: ``all`` (599), ``train`` (478) or ``test`` (121).
        structures: Whether to attach the published structures.
    """

    def __init__(
        self,
        *,
        data_dir: str | None = None,
        split: Literal["all", "train", "test"] = "all",
        structures: bool = True,
    ) -> None:
        if split not in ("all", "train", "test"):
            raise InvalidInputError(f"split {split!r} is not one of 'all', 'train', 'test'")
        self.data_dir = data_dir
        self.split = split
        self.structures = structures

    def load(self) -> Dataset:
        """Return the candidates with their log10 conductivity at room temperature.

        Raises:
            DatasetError: A file or a column is missing, or rows contradict each other.
            ChecksumError: A file is not the published one.
        """
        table = fetch(FILES["all.csv"], self.data_dir)
        test = {record["ID"] for record in _records(fetch(FILES["test.csv"], self.data_dir))}
        records = [
            record
            for record in _records(table)
            if self.split == "all" or (record["ID"] in test) == (self.split == "test")
        ]
        crystals: Mapping[str, Crystal] = {}
        if self.structures:
            crystals = read_archive(fetch(FILES["all_cifs.tar.gz"], self.data_dir), "obelix")
        rows, without_lithium = [], []
        for record in records:
            row = _row(record, "test" if record["ID"] in test else "train")
            crystal = crystals.get(record["ID"])
            if crystal is not None and "Li" in crystal.composition:
                row = replace(row, candidate=replace(row.candidate, structure=crystal))
            elif crystal is not None:
                without_lithium.append(record["ID"])
            rows.append(row)
        remarks = _remarks(records, rows, without_lithium)
        return collect("obelix", rows, citation=CITATION, remarks=remarks)


def _records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = [
            {str(key).strip(): str(value or "").strip() for key, value in record.items()}
            for record in csv.DictReader(stream)
        ]
    missing = [column for column in _COLUMNS if not records or column not in records[0]]
    if missing:
        raise DatasetError(f"{path} has no column {missing[0]!r}; it is not a table of OBELiX")
    return records


def _row(record: Mapping[str, str], split: str) -> Row:
    where = f"OBELiX {record['ID']}"
    try:
        a, b, c, alpha, beta, gamma = (float(record[column]) for column in _COLUMNS[6:12])
        candidate = candidate_from_formula(
            record["Reduced Composition"],
            z=float(record["Z"]),
            space_group=int(record["Space group #"]),
            lattice=Lattice(a, b, c, alpha, beta, gamma),
            name=f"{record['ID']} {''.join(record['Reduced Composition'].split())}",
        )
    except (ValueError, InvalidInputError) as error:
        raise DatasetError(f"{where}: {error}") from error
    groups = {"doi": record["DOI"], "family": record["Family"], "split": split}
    known = {column: group for column, group in groups.items() if group}
    return Row(candidate, conductivity(record[_CONDUCTIVITY], where), where, known)


def _remarks(
    records: Iterable[Mapping[str, str]], rows: Iterable[Row], without_lithium: Iterable[str]
) -> list[str]:
    pairs = [(record, row.candidate, row) for record, row in zip(records, rows, strict=True)]
    findings = {
        "conductivity is a bound, not a value": [
            record["ID"] for record, _, row in pairs if isinstance(row.label, Bound)
        ],
        "CIF without lithium, structure not attached": list(without_lithium),
        "composition of the CIF differs from the table's by more than "
        f"{_GAP:.0%} of the atoms, both kept": [
            record["ID"]
            for record, candidate, _ in pairs
            if candidate.structure is not None
            and composition_gap(candidate.fractions, candidate.structure) > _GAP
        ],
        "'True Composition' is not Z times 'Reduced Composition', the latter used": [
            record["ID"] for record, candidate, _ in pairs if _disagrees(record, candidate)
        ],
        "hydrate, its water counted": [
            record["ID"] for record, _, _ in pairs if "*" in record["Reduced Composition"]
        ],
        "test row with the composition of a train row": _shared(pairs),
    }
    return [f"{len(ids)} x {what}: {' '.join(ids)}" for what, ids in findings.items() if ids]


def _disagrees(record: Mapping[str, str], candidate: Candidate) -> bool:
    cell = parse_formula(record["True Composition"])
    total = sum(cell.values())
    fractions = candidate.fractions
    return any(
        abs(fractions.get(element, 0.0) - cell.get(element, 0.0) / total) > _GAP
        for element in fractions.keys() | cell.keys()
    )


def _shared(pairs: Iterable[tuple[Mapping[str, str], Candidate, Row]]) -> list[str]:
    by_split: dict[str, dict[tuple[tuple[str, float], ...], str]] = {"train": {}, "test": {}}
    for record, candidate, row in pairs:
        key = tuple(sorted((e, round(x, 6)) for e, x in candidate.fractions.items()))
        by_split[row.groups["split"]][key] = record["ID"]
    train, test = by_split["train"], by_split["test"]
    return [f"{name} ({train[key]})" for key, name in test.items() if key in train]
