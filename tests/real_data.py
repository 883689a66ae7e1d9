"""Where real data sets are, for the tests that use them when present."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def find(name: str) -> Path | None:
    """Return the folder of a data set: below DISCOVERY_DATA, itself, or beside the repository."""
    beside = ROOT.parent / "shared" / "data" / name
    named = os.environ.get("DISCOVERY_DATA")
    folders = [beside] if named is None else [Path(named) / name, Path(named), beside]
    return next((folder for folder in folders if folder.name == name and folder.is_dir()), None)


def folder(name: str) -> Path:
    """Return the folder of a data set, or skip the test with the reason."""
    found = find(name)
    if found is None:
        pytest.skip(f"data set {name!r} is not here; name its folder in DISCOVERY_DATA")
    return found
