"""Feature rows remembered by the content of the candidate.

In memory the latest; on disk, below ``$DISCOVERY_CACHE`` or the user's cache directory, those
worth it. A file holds one row and is written under a temporary name and then renamed, so
that any number of processes may share the directory and a reader never sees half a file. A
directory that cannot be written costs speed, never a run.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from platformdirs import user_cache_path

from discovery.types import Candidate, FloatArray

FEATURE_VERSION = 3
"""Changes whenever a feature of the same candidate may get another value."""

MOST_ROWS = 400_000
"""Rows remembered in memory: half a gigabyte of the widest stage."""

_Compute: TypeAlias = Callable[[Sequence[Candidate]], tuple[tuple[str, ...], FloatArray]]

_memory: dict[tuple[str, str], FloatArray] = {}
_names: dict[str, tuple[str, ...]] = {}


def rows(
    candidates: Sequence[Candidate],
    stage: str,
    compute: _Compute,
    *,
    on_disk: Callable[[Candidate], bool],
) -> tuple[tuple[str, ...], FloatArray]:
    """Return column names and the (n, d) rows of the candidates, computing only what is new.

    Args:
        candidates: The n candidates.
        stage: Name of the kind of row.
        compute: Gives column names and rows of candidates.
        on_disk: Whether the row of a candidate costs more to compute than to keep in a file.
    """
    if stage not in _names:
        _names[stage] = compute([_PROBE])[0]
    names = _names[stage]
    keys = [content_key(candidate) for candidate in candidates]
    # found here, not looked up again below: another thread may call forget() in between
    found: dict[str, FloatArray] = {}
    missing: dict[str, Candidate] = {}
    for key, candidate in zip(keys, candidates, strict=True):
        row = _memory.get((stage, key))
        if row is None and key not in missing and on_disk(candidate):
            row = _read(_path(stage, key), len(names))
        if row is None:
            missing[key] = candidate
        else:
            found[key] = row
    if missing:
        _, values = compute(list(missing.values()))
        for (key, candidate), row in zip(missing.items(), values, strict=True):
            found[key] = row
            if on_disk(candidate):
                _write(_path(stage, key), row)
    _memory.update({(stage, key): row for key, row in found.items()})
    for oldest in list(_memory)[: max(len(_memory) - MOST_ROWS, 0)]:
        _memory.pop(oldest, None)
    return names, np.array([found[key] for key in keys]).reshape(len(keys), len(names))


def content_key(candidate: Candidate) -> str:
    """Return the hash of all that features depend on.

    That is more than the identity: of two candidates with the same structure, one may also carry
    its conventional lattice and space group.
    """
    lattice = None if candidate.lattice is None else candidate.lattice.parameters
    atoms = None if candidate.z is None else candidate.z * sum(x for _, x in candidate.composition)
    text = repr((candidate.id, candidate.space_group, lattice, atoms))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def forget() -> None:
    """Drop what is remembered in memory; files stay."""
    _memory.clear()


def root() -> Path:
    """Return the directory below which everything is remembered that can be computed again."""
    base = os.environ.get("DISCOVERY_CACHE")
    return Path(base) if base else user_cache_path("ion-discovery", appauthor=False)


def directory() -> Path:
    """Return the directory of feature files of this version."""
    return root() / "features" / f"v{FEATURE_VERSION}"


def _path(stage: str, key: str) -> Path:
    return directory() / stage / f"{key}.npy"


def _read(path: Path, width: int) -> FloatArray | None:
    try:
        row: FloatArray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return row if row.shape == (width,) else None


def _write(path: Path, row: FloatArray) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.save(file, row, allow_pickle=False)
        Path(temporary).replace(path)
    except OSError:
        return  # a read-only or full cache costs speed, never a run


_PROBE = Candidate((("Li", 1.0), ("F", 1.0)))
