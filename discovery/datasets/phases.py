"""Energies and structures of competing phases: files of the user and the Materials Project.

Each phase carries the source of its energy, because energies of different sources have different
zeros and errors (:func:`discovery.chemistry.stability.stability_window` refuses a mixture).
"""

import json
import logging
import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure
from pymatgen.entries.computed_entries import ComputedEntry

from discovery.chemistry.formula import parse_formula
from discovery.chemistry.stability import Phase
from discovery.chemistry.structures import from_pymatgen, read_cif
from discovery.crystal import Crystal, Species
from discovery.datasets import materials_project
from discovery.datasets.fetch import cache_dir, write_atomically
from discovery.errors import DatasetError, InvalidInputError

THERMO_TYPE: Final = "GGA_GGA+U"
"""Of the Materials Project, the energies whose corrections are those of the compound alone. The
default there, mixed with r2SCAN, counts each chemical system from a zero of its own."""

_SCHEMA: Final = (
    "a list of {composition: Li2S, energy: <eV of the formula as written>, name: ..., source: ...} "
    "or of pymatgen ComputedEntry dictionaries"
)
_log: Final = logging.getLogger(__name__)


def read_phases(path: Path | str) -> tuple[Phase, ...]:
    """Return the phases of a JSON file.

    The file holds a list. An item is either ``{"composition": "Li2S" or {"Li": 2, "S": 1},
    "energy": eV of the composition as written}``, with an optional ``name`` and ``source``, or a
    ``ComputedEntry`` of pymatgen as dictionary (with or without structure), whose corrections are
    added; its ``run_type`` counts as source, GGA+U as GGA where it is corrected for that.

    Raises:
        DatasetError: The file is missing or no such list, or an item cannot be used; the message
            names file and item.
    """
    return _phases(_items(Path(path)), str(path))


def read_structures(path: Path | str) -> dict[str, Crystal]:
    """Return crystals by name: the CIF files of a folder, or the structures in a JSON file.

    The JSON file holds a list of pymatgen structures as dictionaries, or of items that have one as
    ``structure`` and a name as ``entry_id``, ``material_id`` or ``name``.

    Raises:
        DatasetError: The path is missing, empty or no such list.
        InvalidStructureError: A structure cannot be used; the message names the file.
    """
    path = Path(path)
    if path.is_dir():
        found = {file.stem: read_cif(file) for file in sorted(path.glob("*.cif"))}
        if not found:
            raise DatasetError(f"{path} has no .cif file")
        return found
    crystals = {}
    for index, item in enumerate(_items(path)):
        try:
            structure = Structure.from_dict(item.get("structure", item))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(
                f"{path}: item {index} holds no structure ({type(error).__name__}: {error})"
            ) from error
        names = (str(item[key]) for key in ("entry_id", "material_id", "name") if key in item)
        crystals[next(names, str(index))] = from_pymatgen(structure)
    return crystals


def materials_project_phases(elements: Iterable[str]) -> tuple[Phase, ...]:
    """Return all phases of a chemical system and its subsystems from the Materials Project.

    Energies are those of PBE and PBE+U with the corrections of Wang et al., Sci. Rep. 11, 15496
    (2021), doi 10.1038/s41598-021-94550-5. Answers are cached; delete the cache folder to ask
    again. The key is read from the environment variable ``MP_API_KEY``.

    Raises:
        InvalidInputError: There is neither a key nor a cached answer; starts with ``unavailable``.
        DatasetError: The service does not answer, or has nothing.
    """
    system = "-".join(sorted(set(elements)))
    cache = cache_dir("materials_project") / "phases" / f"{THERMO_TYPE}-{system}.json"
    if cache.is_file():
        return read_phases(cache)
    content = _download(system)
    try:
        write_atomically(cache, json.dumps(content, separators=(",", ":")).encode())
    except OSError as error:
        _log.info("the answer is not cached: %s", error)
    return _phases(content, system)


def _download(system: str) -> list[dict[str, Any]]:
    api_key = os.environ.get("MP_API_KEY")
    if not api_key:
        raise InvalidInputError(
            "unavailable: the Materials Project needs a key: get one at "
            "https://materialsproject.org/api and set the environment variable MP_API_KEY"
        )
    try:
        with materials_project.connect(api_key) as rester, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # mp-api warns of its other thermo types
            entries = rester.get_entries_in_chemsys(
                system.split("-"), additional_criteria={"thermo_types": [THERMO_TYPE]}
            )
    except Exception as error:  # mp-api wraps whatever went wrong
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DatasetError(
            f"the Materials Project did not give the phases of {system}: {reason}"
        ) from error
    if not entries:
        raise DatasetError(f"the Materials Project has no phases of {system}")
    return [
        {
            "composition": dict(_species(entry.composition)),
            "energy": float(entry.energy),
            "name": str(entry.entry_id),
            "source": f"Materials Project {THERMO_TYPE}",
        }
        for entry in entries
    ]


def _items(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DatasetError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, list) or not content:
        raise DatasetError(f"{path} holds no list, or an empty one; expected {_SCHEMA}")
    return content


def _phases(items: Iterable[dict[str, Any]], where: str) -> tuple[Phase, ...]:
    phases = []
    for index, item in enumerate(items):
        try:
            phases.append(_computed(item) if "@class" in item else _plain(item))
        except (InvalidInputError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(
                f"{where}: item {index} is no phase ({type(error).__name__}: {error}); expected "
                f"{_SCHEMA}"
            ) from error
    return tuple(phases)


def _plain(item: Mapping[str, Any]) -> Phase:
    written = item["composition"]
    return Phase(
        _species(
            Composition(parse_formula(written) if isinstance(written, str) else dict(written))
        ),
        float(item["energy"]),
        name=str(item.get("name", "")),
        source=str(item.get("source", "")),
    )


def _computed(item: Mapping[str, Any]) -> Phase:
    entry = ComputedEntry.from_dict({key: item[key] for key in item if key != "structure"})
    source = str(entry.parameters.get("run_type", "")).upper()
    if source == "GGA+U" and entry.energy_adjustments:
        source = "GGA"
    return Phase(
        _species(entry.composition),
        float(entry.energy),
        name=str(entry.entry_id or ""),
        source=source,
    )


def _species(content: Composition) -> Species:
    amounts = content.element_composition
    # a name that is no element raises here; pymatgen takes it for a dummy species
    return tuple((Element(str(key)).symbol, float(amount)) for key, amount in amounts.items())
