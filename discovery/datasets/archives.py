"""Archives of CIF files: parsed once, then read from the user's cache."""

import json
import logging
import tarfile
from pathlib import Path, PurePosixPath
from typing import Final

from discovery.codec import candidate_from_json, candidate_to_json
from discovery.crystal import Crystal
from discovery.datasets.fetch import cache_dir, sha256, write_atomically
from discovery.errors import DatasetError, InvalidInputError
from discovery.types import Candidate

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
        content = json.loads(cache.read_bytes())
        candidates = {name: candidate_from_json(data) for name, data in content.items()}
        return {name: c.structure for name, c in candidates.items() if c.structure is not None}
    except (OSError, ValueError, AttributeError, InvalidInputError):
        crystals = _parse_archive(path)
    content = {name: candidate_to_json(_bare(crystal)) for name, crystal in crystals.items()}
    try:
        write_atomically(cache, json.dumps(content, separators=(",", ":")).encode())
    except OSError as error:
        _log.info("structures are not cached: %s", error)
    return crystals


def _bare(crystal: Crystal) -> Candidate:
    return Candidate(tuple(crystal.composition.items()), structure=crystal)


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
