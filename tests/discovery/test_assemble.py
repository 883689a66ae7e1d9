from pathlib import Path

import pytest

from discovery import config
from discovery.assemble import assemble
from discovery.chemistry.formula import candidate_from_formula
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import ConfigError, InvalidInputError, JournalError
from discovery.types import Bound, Dataset, Estimate

KNOWN, BOUNDED, OPEN = (candidate_from_formula(f) for f in ("Li3N", "Li2S", "Li4SiO4"))
DATA = Dataset(
    name="three",
    candidates=(KNOWN, BOUNDED, OPEN),
    labels={KNOWN.id: Estimate(-3.2, 0.1), BOUNDED.id: Bound("left", -10.0)},
)
SMALL = {
    "name": "small",
    "budget": 1,
    "dataset": {"name": "reference"},
    "fidelities": [{"name": "laboratory", "cost": 1, "target": True, "known": True}],
    "proxy": {"name": "staged", "stage": "composition", "trees": 10},
    "acquisition": {"name": "ucb"},
    "sampler": {"name": "greedy"},
    "loop": {"name": "sequential", "initial": 0, "batch_size": 1},
}


@pytest.mark.parametrize("name", config.shipped())
def test_every_shipped_configuration_asks_its_first_batch(name, tmp_path, request) -> None:
    checked = config.read(config.find(name))
    if checked.dataset.name == "obelix":
        data = {"name": "obelix", "data_dir": str(request.getfixturevalue("obelix_directory"))}
        checked = config.validate(checked.model_dump() | {"dataset": data})
    with assemble(checked, f"sqlite:///{tmp_path / 'journal.db'}") as assembly:
        batch = assembly.loop.ask(assembly.campaign)
        assert len(batch) > 0
        assert assembly.campaign.ledger.allowance >= 0


def test_known_labels_are_told_for_nothing_and_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    for _ in range(2):
        with assemble(config.validate(SMALL), url, dataset=DATA) as assembly:
            told = {o.query.candidate.id: o for o in assembly.campaign.observations}
            assert told[KNOWN.id].value == -3.2
            assert told[KNOWN.id].standard_error == 0.1
            assert told[BOUNDED.id].bound == Bound("left", -10.0)
            assert len(told) == len(assembly.campaign.observations) == 2
            assert assembly.campaign.spent == 0


def test_the_unknown_rest_is_asked_at_its_price(tmp_path: Path) -> None:
    with assemble(config.validate(SMALL), tmp_path / "journal.db", dataset=DATA) as assembly:
        (query,) = assembly.loop.ask(assembly.campaign).queries
        assert query.candidate == OPEN
        assert assembly.campaign.ledger.allowance == 0


def test_known_labels_need_a_target_that_is_told() -> None:
    fidelity = SMALL["fidelities"][0] | {"oracle": {"name": "table"}}
    with pytest.raises(ConfigError, match="'laboratory' is 'known': that is for a target whose"):
        config.validate(SMALL | {"fidelities": [fidelity]})


def test_an_empty_data_set_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ReferenceDataset, "load", lambda _: Dataset("none", (), {}))
    with pytest.raises(InvalidInputError, match="'none' has no candidate"):
        assemble(config.validate(SMALL), f"sqlite:///{tmp_path / 'journal.db'}")


def test_a_journal_is_released_when_it_does_not_fit(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    with assemble(config.validate(SMALL), url, dataset=DATA):
        pass
    with pytest.raises(JournalError, match="another campaign"):
        assemble(config.validate(SMALL | {"seed": 5}), url, dataset=DATA)
    with assemble(config.validate(SMALL), url, dataset=DATA) as assembly:
        assert assembly.campaign.round == 1


def test_a_campaign_resumes_with_another_time_limit_and_place_of_remembered_answers(
    tmp_path: Path,
) -> None:
    def wrapped(seconds: float, directory: str) -> dict[str, object]:
        field = {"name": "time_limited", "seconds": seconds, "oracle": {"name": "ewald"}}
        oracle = {"name": "cached", "directory": str(tmp_path / directory), "oracle": field}
        cheap = {"name": "field", "oracle": oracle, "cost": 0.1}
        return SMALL | {"fidelities": [cheap, *SMALL["fidelities"]]}

    journal = tmp_path / "journal.db"
    with assemble(config.validate(wrapped(60, "here")), journal, dataset=DATA) as assembly:
        name = assembly.campaign.fidelities[0].name
    with assemble(config.validate(wrapped(5, "there")), journal, dataset=DATA) as assembly:
        assert assembly.campaign.fidelities[0].name == name == "field"
