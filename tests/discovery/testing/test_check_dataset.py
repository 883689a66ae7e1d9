from dataclasses import dataclass, field, replace

import pytest

from discovery.errors import ContractError, DatasetError
from discovery.testing import check_dataset
from discovery.testing.probes import model_probes
from discovery.types import Dataset, Estimate


@dataclass
class Fixed:
    changes: dict = field(default_factory=dict)

    def load(self):
        pool = tuple(model_probes()[:4])
        labels = {c.id: Estimate(-6.0) for c in pool[:3]}
        return replace(Dataset("toy", pool, labels), **self.changes)


class Shuffled(Fixed):
    def load(self):
        self.turns = getattr(self, "turns", 0) + 1
        plain = super().load()
        return replace(plain, candidates=plain.candidates[:: (-1) ** self.turns])


class Absent(Fixed):
    def load(self):
        raise DatasetError("there is no obelix/all.csv; `discovery data fetch obelix`")


class Broken(Fixed):
    def load(self):
        return {}["Reduced Composition"]


def test_a_correct_loader_passes_and_its_data_are_returned():
    assert len(check_dataset(Fixed()).labels) == 3


def test_absent_data_are_reported_in_the_words_of_the_loader():
    with pytest.raises(DatasetError, match="there is no obelix"):
        check_dataset(Absent())


@pytest.mark.parametrize(
    ("loader", "message"),
    [
        (Fixed({"candidates": ()}), "load returns no candidates"),
        (Fixed({"candidates": (*model_probes()[:4], model_probes()[0])}), "repeats 1 candidates"),
        (Fixed({"labels": {"abc": Estimate(1.0)}}), r"labels 1 unknown candidates \(abc\)"),
        (Fixed({"unit": ""}), "declares no property or unit"),
        (Shuffled(), "load is not deterministic"),
        (Broken(), "load raises KeyError: 'Reduced Composition'"),
    ],
)
def test_each_fault_is_named(loader, message):
    with pytest.raises(ContractError, match=message):
        check_dataset(loader)
