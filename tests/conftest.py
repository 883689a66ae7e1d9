"""What every test may rely on: no network, one thread, a cache of its own, data when present."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two test processes share two cores

ROOT = Path(__file__).resolve().parent.parent


def data_directory(name: str) -> Path:
    """Return the folder of a real data set, or skip the test with the reason."""
    named = os.environ.get("DISCOVERY_DATA")
    for folder in ([Path(named), Path(named) / name] if named else []) + [
        ROOT.parent / "shared" / "data" / name
    ]:
        if folder.name == name and folder.is_dir():
            return folder
    pytest.skip(f"data set {name!r} is not here; name its folder in DISCOVERY_DATA")


@pytest.fixture(scope="session")
def obelix_directory() -> Path:
    """Folder of the OBELiX files."""
    return data_directory("obelix")
