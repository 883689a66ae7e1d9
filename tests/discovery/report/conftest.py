import pytest
from report_story import Story, three_rounds


@pytest.fixture
def story() -> Story:
    return three_rounds()
