import json

import pytest

from discovery.errors import InvalidInputError
from discovery.studies.memory import Memory


def test_what_was_computed_once_is_read_back_to_the_last_bit(tmp_path):
    memory, calls = Memory(tmp_path / "new"), []

    def compute():
        calls.append(1)
        return {"x": 0.1 + 0.2}

    first = memory.recall("a", {"seed": 1}, compute)
    assert memory.recall("a", {"seed": 1}, compute) == first == {"x": 0.1 + 0.2}
    memory.recall("a", {"seed": 2}, compute)
    assert len(calls) == 2
    files = sorted((tmp_path / "new").iterdir())
    assert len(files) == 2
    assert all(json.loads(file.read_text())["of"]["seed"] in (1, 2) for file in files)


def test_without_a_folder_nothing_is_remembered():
    memory = Memory(None)
    assert [memory.recall("a", {}, lambda: 1), memory.recall("a", {}, lambda: 2)] == [1, 2]


def test_a_failure_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        Memory(tmp_path).recall("a", {}, lambda: 1 / 0)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"cannot keep results in .*file"):
        Memory(tmp_path / "file").recall("a", {}, lambda: 1)
