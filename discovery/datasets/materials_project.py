"""Materials Project: a pool of computed crystals, without measured conductivities."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from pymatgen.core.structure import Structure

from discovery.chemistry.structures import candidate_from_structure, from_pymatgen
from discovery.codec import candidate_from_json, candidate_to_json
from discovery.datasets.fetch import cache_dir, write_atomically
from discovery.datasets.rows import Row, collect
from discovery.errors import DatasetError, InvalidInputError
from discovery.types import Dataset

CITATION: Final = (
    "A. Jain et al., Commentary: The Materials Project: a materials genome approach to "
    "accelerating materials innovation, APL Materials 1, 011002 (2013), doi 10.1063/1.4812323; "
    "CC BY 4.0"
)
_CHUNK: Final = 100  # identifiers that fit into one address
_PAUSE: Final = 0.2  # seconds between requests
_ATTEMPTS: Final = 5
_INDEX_FIELDS: Final = ("material_id", "energy_above_hull", "builder_meta")
_FIELDS: Final = ("material_id", "structure", "builder_meta")
_NON_COMMERCIAL: Final = "BY-NC"
_log: Final = logging.getLogger(__name__)
_T = TypeVar("_T")
_Record = Mapping[str, Any]


class MaterialsProjectDataset:
    """Loads unlabelled candidates from the Materials Project (Jain et al., 2013) by ``mp-api``.

    Records under a non-commercial licence (GNoME) are left out, both by the query and by the
    ``license`` that each record states. Answers are cached by query, chunk by chunk, so that an
    interrupted download goes on where it stopped; delete the cache folder to ask again. The key
    from https://materialsproject.org/api is read from the environment variable ``MP_API_KEY`` and
    is no option: options are written to the journal.

    Args:
        elements: Elements that every material contains.
        exclude_elements: Elements that no material contains.
        max_energy_above_hull: eV per atom.
        max_sites: Sites in the primitive cell, at most.
        theoretical: ``False`` for experimentally known materials only, ``True`` for others.
        limit: Number of materials, at most; those nearest to the hull come first.
    """

    def __init__(
        self,
        *,
        elements: Sequence[str] = ("Li",),
        exclude_elements: Sequence[str] = (),
        max_energy_above_hull: float = 0.05,
        max_sites: int | None = None,
        theoretical: bool | None = None,
        limit: int | None = None,
    ) -> None:
        if isinstance(elements, str) or not elements:
            raise InvalidInputError(f"elements is a list such as ['Li', 'S'], not {elements!r}")
        self.limit = limit
        self.query: dict[str, Any] = {
            "elements": sorted(elements),
            "energy_above_hull": (0.0, max_energy_above_hull),
            "deprecated": False,
            "include_gnome": False,
        }
        if exclude_elements:
            self.query["exclude_elements"] = sorted(exclude_elements)
        if max_sites is not None:
            self.query["num_sites"] = (1, max_sites)
        if theoretical is not None:
            self.query["theoretical"] = theoretical

    def load(self) -> Dataset:
        """Return the candidates, without labels.

        Raises:
            DatasetError: There is no key and no cached answer, the service does not answer, or
                nothing matches.
        """
        key = json.dumps([self.query, self.limit], sort_keys=True)
        folder = cache_dir("materials_project") / hashlib.sha256(key.encode()).hexdigest()[:16]
        service = _Service()
        found = _cached(folder / "index.json", lambda: self._index(service))
        identifiers: list[str] = found["ids"]
        entries: list[_Record] = []
        for start in range(0, len(identifiers), _CHUNK):
            chunk = identifiers[start : start + _CHUNK]
            entries += _cached(folder / f"{start:06d}.json", partial(_crystals, service, chunk))
        candidates = [candidate_from_json(entry) for entry in entries]
        rows = [Row(candidate, None, candidate.name) for candidate in candidates]
        excluded = int(found["excluded"]) + len(identifiers) - len(entries)
        remarks = ["no conductivities: candidates only"]
        if excluded:
            remarks.append(f"{excluded} x non-commercial licence (GNoME) or no structure, left out")
        return collect("materials_project", rows, citation=CITATION, remarks=remarks)

    def _index(self, service: "_Service") -> dict[str, Any]:
        records = service.search(**self.query, fields=list(_INDEX_FIELDS))
        free = [record for record in records if not _is_non_commercial(record)]
        free.sort(key=lambda r: (float(r.get("energy_above_hull") or 0), str(r["material_id"])))
        if not free:
            raise DatasetError(f"the Materials Project has nothing that matches {self.query}")
        identifiers = [str(record["material_id"]) for record in free[: self.limit]]
        return {"ids": identifiers, "excluded": len(records) - len(free)}


def connect(api_key: str) -> Any:  # noqa: ANN401 - mp-api is not typed
    """Return an ``MPRester``, a context manager with ``materials.summary.search``."""
    from mp_api.client import MPRester  # noqa: PLC0415 - slow to import, and often not needed

    return MPRester(api_key, mute_progress_bars=True, use_document_model=False)


class _Service:
    """The summary end point: connects when first asked, pauses, and tries again."""

    def search(self, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - forwarded
        api_key = os.environ.get("MP_API_KEY")
        if not api_key:
            raise DatasetError(
                "the Materials Project needs a key: get one at https://materialsproject.org/api "
                "and set the environment variable MP_API_KEY"
            )
        for attempt in range(_ATTEMPTS):
            time.sleep(_PAUSE if attempt == 0 else 2.0**attempt)
            try:
                with connect(api_key) as rester:
                    return [dict(record) for record in rester.materials.summary.search(**query)]
            except Exception as error:
                # mp-api wraps whatever went wrong; a refused key does not get better by waiting
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                if "api key" in reason.lower() or "403" in reason or "401" in reason:
                    raise DatasetError(
                        f"the Materials Project refuses the key: {reason}"
                    ) from error
                _log.warning("Materials Project, attempt %d: %s", attempt + 1, reason)
        raise DatasetError(
            f"the Materials Project did not answer {_ATTEMPTS} times, last: {reason}; what came "
            "so far is kept, so run the same command again later"
        )


def _crystals(service: _Service, identifiers: Sequence[str]) -> list[dict[str, Any]]:
    records = service.search(
        material_ids=list(identifiers), include_gnome=False, fields=list(_FIELDS)
    )
    by_name = {str(record["material_id"]): record for record in records}
    return [
        _to_json(by_name[name])
        for name in identifiers
        if by_name.get(name, {}).get("structure") and not _is_non_commercial(by_name[name])
    ]


def _is_non_commercial(record: _Record) -> bool:
    meta = record.get("builder_meta") or {}
    licence = meta.get("license") if isinstance(meta, Mapping) else meta.license
    return licence == _NON_COMMERCIAL


def _to_json(record: _Record) -> dict[str, Any]:
    structure = record["structure"]
    if isinstance(structure, Mapping):
        structure = Structure.from_dict(dict(structure))
    candidate = candidate_from_structure(from_pymatgen(structure))
    name = f"{record['material_id']} {candidate.formula}"
    return candidate_to_json(replace(candidate, name=name))


def _cached(path: Path, ask: Callable[[], _T]) -> _T:
    try:
        content: _T = json.loads(path.read_bytes())
    except (OSError, ValueError):
        content = ask()
        try:
            write_atomically(path, json.dumps(content, separators=(",", ":")).encode())
        except OSError as error:
            _log.info("the answer is not cached: %s", error)
    return content
