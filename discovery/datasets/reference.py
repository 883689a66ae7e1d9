"""The embedded reference electrolytes: measured lithium compounds that ship with the package."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final

from pymatgen.core.composition import Composition
from pymatgen.core.lattice import Lattice as PymatgenLattice
from pymatgen.core.structure import Structure

from discovery.chemistry.formula import candidate_from_formula
from discovery.chemistry.structures import from_pymatgen
from discovery.crystal import Crystal, Lattice
from discovery.datasets.rows import Row, collect, composition_gap, conductivity
from discovery.errors import DatasetError, InvalidInputError
from discovery.types import Candidate, Dataset

CITATION: Final = (
    "Reference electrolytes of ion-discovery. Each row names the paper of its conductivity and "
    "the source of its structure; conductivities were gathered through OBELiX (F. Therrien et "
    "al., arXiv:2502.14234, 2025; CC BY 4.0) and A. D. Sendek et al., Energy Environ. Sci. 10, "
    "306 (2017), relaxed structures through the Materials Project (A. Jain et al., APL Mater. 1, "
    "011002, 2013; CC BY 4.0)"
)

_FOLDER: Final = "_reference"
_COMPOUNDS: Final = "compounds.csv"
_SITES: Final = "sites.csv"
_COLUMNS: Final = {
    _COMPOUNDS: (
        "id", "name", "family", "formula", "z", "space_group", "setting",
        "a", "b", "c", "alpha", "beta", "gamma", "sigma", "censored", "temperature_K",
        "doi", "structure_source", "sendek40", "note",
    ),
    _SITES: ("id", "label", "species", "occupancy", "x", "y", "z"),
}  # fmt: skip
_CELL: Final = ("a", "b", "c", "alpha", "beta", "gamma")
_GAP: Final = 0.02  # atomic fraction; refined occupancies differ less from the nominal formula


@dataclass(frozen=True)
class SiteRow:
    """One species on one site of the asymmetric unit; rows of one label share the site."""

    label: str
    species: str
    occupancy: float
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Compound:
    """One row of the table of compounds, with its sites.

    Args:
        id: Short name, unique.
        name: What people call it.
        family: Structure family, e.g. ``garnet``.
        formula: Composition as measured.
        z: Formula units in the conventional cell, where known.
        space_group: International number, where known.
        setting: Hermann-Mauguin symbol of the setting in which the sites are written, or empty.
        lattice: Conventional cell, where known.
        sigma: Total ionic conductivity, S/cm.
        censored: Whether ``sigma`` is an upper bound only.
        temperature: Of the measurement, K.
        doi: Of the conductivity.
        structure_source: Where cell and sites come from, separated by spaces.
        sendek40: Whether the composition is one of the 39 of Sendek et al. (2017).
        note: What a reader should know.
        sites: Asymmetric unit, empty where unknown.
    """

    id: str
    name: str
    family: str
    formula: str
    z: float | None
    space_group: int | None
    setting: str
    lattice: Lattice | None
    sigma: float
    censored: bool
    temperature: float
    doi: str
    structure_source: str
    sendek40: bool
    note: str
    sites: tuple[SiteRow, ...]

    def candidate(self) -> Candidate:
        """Return the material, with its structure where the sites are known.

        Raises:
            DatasetError: The structure has another composition than the formula.
            InvalidInputError: The formula or the space group is none.
            InvalidStructureError: A site cannot be used.
        """
        candidate = candidate_from_formula(
            self.formula,
            z=self.z,
            space_group=self.space_group,
            lattice=self.lattice,
            name=self.name,
        )
        if not self.sites:
            return candidate
        crystal = self._crystal()
        gap = composition_gap(candidate.fractions, crystal)
        if gap > _GAP:
            raise DatasetError(
                f"{self.id}: the sites make {crystal.composition}, which is {gap:.3f} in atomic "
                f"fraction away from {self.formula}; check {_SITES}"
            )
        return replace(candidate, structure=crystal)

    def _crystal(self) -> Crystal:
        if self.lattice is None or not self.setting:
            raise DatasetError(f"{self.id}: sites need a cell and a setting in {_COMPOUNDS}")
        species: dict[str, dict[str, float]] = {}
        positions: dict[str, tuple[float, float, float]] = {}
        for site in self.sites:
            species.setdefault(site.label, {})[site.species] = site.occupancy
            if positions.setdefault(site.label, site.position) != site.position:
                raise DatasetError(f"{self.id}: site {site.label} has two positions in {_SITES}")
        try:
            structure = Structure.from_spacegroup(
                self.setting,
                PymatgenLattice.from_parameters(*self.lattice.parameters),
                [Composition(amounts) for amounts in species.values()],
                list(positions.values()),
            )
        except ValueError as error:
            raise DatasetError(f"{self.id}: {error}") from error
        return from_pymatgen(structure)


class ReferenceDataset:
    """Loads the embedded reference electrolytes; needs neither network nor files of the user.

    Groups: ``doi``, ``family`` and ``sendek40`` (``yes`` when the composition is one of the 39 of
    Sendek et al., doi 10.1039/C6EE02697D, else ``no``).
    """

    def load(self) -> Dataset:
        """Return the compounds with their log10 conductivity (S/cm) at room temperature.

        Raises:
            DatasetError: The tables of the installation are damaged.
        """
        return _load()


@lru_cache(maxsize=1)
def _load() -> Dataset:
    rows = [_row(compound) for compound in compounds()]
    return collect("reference", rows, citation=CITATION, remarks=_remarks(rows))


def compounds() -> tuple[Compound, ...]:
    """Return the rows of the embedded tables.

    Raises:
        DatasetError: The tables of the installation are damaged.
    """
    sites: dict[str, list[SiteRow]] = {}
    for record in _records(_SITES):
        sites.setdefault(record["id"], []).append(_site(record))
    result = tuple(_compound(record, sites) for record in _records(_COMPOUNDS))
    unknown = sites.keys() - {compound.id for compound in result}
    if unknown:
        raise DatasetError(f"{_SITES} has sites of {min(unknown)!r}, which {_COMPOUNDS} lacks")
    return result


def _records(name: str) -> list[dict[str, str]]:
    try:
        text = (files("discovery.datasets") / _FOLDER / name).read_text(encoding="utf-8")
    except OSError as error:
        raise DatasetError(
            f"the embedded table {name} cannot be read ({error}); reinstall ion-discovery"
        ) from error
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != _COLUMNS[name]:
        raise DatasetError(f"{name} has columns {reader.fieldnames}, not {_COLUMNS[name]}")
    return list(reader)


def _site(record: Mapping[str, str]) -> SiteRow:
    try:
        x, y, z = (float(record[axis]) for axis in "xyz")
        occupancy = float(record["occupancy"])
    except ValueError as error:
        raise DatasetError(f"{_SITES}, {record['id']} {record['label']}: {error}") from error
    return SiteRow(record["label"], record["species"], occupancy, (x, y, z))


def _compound(record: Mapping[str, str], sites: Mapping[str, Sequence[SiteRow]]) -> Compound:
    try:
        return Compound(
            id=record["id"],
            name=record["name"],
            family=record["family"],
            formula=record["formula"],
            z=float(record["z"]) if record["z"] else None,
            space_group=int(record["space_group"]) if record["space_group"] else None,
            setting=record["setting"],
            lattice=Lattice(*(float(record[key]) for key in _CELL)) if record["a"] else None,
            sigma=float(record["sigma"]),
            censored=record["censored"] == "<",
            temperature=float(record["temperature_K"]),
            doi=record["doi"],
            structure_source=record["structure_source"],
            sendek40=record["sendek40"] == "1",
            note=record["note"],
            sites=tuple(sites.get(record["id"], ())),
        )
    except (ValueError, InvalidInputError) as error:
        raise DatasetError(f"{_COMPOUNDS}, {record['id']}: {error}") from error


def _row(compound: Compound) -> Row:
    try:
        candidate = compound.candidate()
    except InvalidInputError as error:
        raise DatasetError(f"{compound.id}: {error}") from error
    label = conductivity(f"{'<' if compound.censored else ''}{compound.sigma!r}", compound.id)
    groups = {
        "doi": compound.doi,
        "family": compound.family,
        "sendek40": "yes" if compound.sendek40 else "no",
    }
    return Row(candidate, label, compound.id, groups)


def _remarks(rows: Sequence[Row]) -> list[str]:
    findings = {
        "composition only, no cell": [r.where for r in rows if r.candidate.lattice is None],
        "cell without sites": [
            r.where
            for r in rows
            if r.candidate.lattice is not None and r.candidate.structure is None
        ],
    }
    return [f"{len(ids)} x {what}: {' '.join(ids)}" for what, ids in findings.items() if ids]
