"""Archives of CIF files: parsed once, then read from the user's cache."""

import json
import logging
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from discovery.datasets.fetch import cache_dir, sha256, write_atomically
from discovery.errors import DatasetError
from discovery.types import Crystal, Site

_FORMAT: Final = 1  # raise it when parsing changes, so that old caches are not read
_log: Final = logging.getLogger(__name__)


def read_archive(path: Path, dataset: str) -> dict[str, Crystal]:
    """Return the crystals of a ``.tar.gz`` of CIF files, by file name without its ending.

    Parsing takes seconds; the result is kept in the cache of ``dataset`` under the checksum of
    the archive. A cache that cannot be read or written is passed over.

    Raises:
        DatasetError: The archive is damaged.
        InvalidStructureError: One of its CIF files cannot be used.
    """
    cache = cache_dir(dataset) / f"structures-{_FORMAT}-{sha256(path)[:16]}.json"
    try:
        return {
            name: crystal_from_json(data) for name, data in json.loads(cache.read_bytes()).items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        crystals = _parse_archive(path)
    content = {name: crystal_to_json(crystal) for name, crystal in crystals.items()}
    try:
        write_atomically(cache, json.dumps(content, separators=(",", ":")).encode())
    except OSError as error:
        _log.info("structures are not cached: %s", error)
    return crystals


def crystal_to_json(crystal: Crystal) -> dict[str, Any]:
    """Return a crystal as plain JSON; floats survive exactly."""
    sites = [[[list(pair) for pair in site.species], list(site.position)] for site in crystal.sites]
    return {"matrix": [list(row) for row in crystal.matrix], "sites": sites}


def crystal_from_json(data: Mapping[str, Any]) -> Crystal:
    """Return the crystal that :func:`crystal_to_json` wrote."""
    a, b, c = (tuple(row) for row in data["matrix"])
    sites = tuple(
        Site(tuple((element, amount) for element, amount in species), (x, y, z))
        for species, (x, y, z) in data["sites"]
    )
    return Crystal((a, b, c), sites)


def _parse_archive(path: Path) -> dict[str, Crystal]:
    from discovery.chemistry.structures import parse_cif  # noqa: PLC0415 - heavy, and often cached

    crystals = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                stream = archive.extractfile(member) if name.suffix == ".cif" else None
                if stream is not None and not name.name.startswith("."):
                    text = stream.read().decode("utf-8", errors="replace")
                    crystals[name.stem] = parse_cif(text, source=f"{path}:{name}")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DatasetError(f"{path} is a damaged archive: {error}") from error
    return crystals
