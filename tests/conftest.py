"""What every test may rely on: one thread, a feature cache of its own, data when present."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import real_data

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two test processes share two cores


@pytest.fixture(scope="session", autouse=True)
def own_feature_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Feature files of the tests stay out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCOVERY_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def obelix_directory() -> Path:
    """Folder of the OBELiX files."""
    return real_data.folder("obelix")
