"""Feature files of the tests stay out of the user's cache."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_feature_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCOVERY_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
