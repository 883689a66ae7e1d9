from pathlib import Path
from typing import Any

import pytest
import yaml

from discovery import config
from discovery.errors import ConfigError, InvalidInputError

GOOD: dict[str, Any] = {
    "name": "small",
    "budget": 5,
    "dataset": {"name": "reference"},
    "fidelities": [
        {"name": "sendek", "oracle": {"name": "sendek"}, "cost": 0.1},
        {"name": "experiment", "oracle": {"name": "table"}, "cost": 1, "target": True},
    ],
    "proxy": {"name": "staged"},
    "acquisition": {"name": "ucb"},
    "sampler": {"name": "greedy"},
    "loop": {"name": "sequential"},
}


def mistakes_of(**changes: object) -> str:
    with pytest.raises(ConfigError) as caught:
        config.validate(GOOD | changes)
    return str(caught.value)


def test_a_good_configuration_is_read() -> None:
    checked: Any = config.validate(GOOD)
    assert checked.name == "small"
    assert checked.executor.name == "inline"
    assert [fidelity.target for fidelity in checked.fidelities] == [False, True]


def test_all_mistakes_are_listed_together() -> None:
    text = mistakes_of(
        budget=0,
        proxy={"name": "stagd"},
        dataset={"name": "obelix", "splitt": "all"},
        sampler={"nam": "greedy"},
        colour="red",
    )
    assert "unknown name 'stagd'; did you mean 'staged'?" in text
    assert "dataset.obelix.splitt: unknown field; did you mean 'split'?" in text
    assert "sampler: say which one" in text
    assert "colour: unknown field" in text


@pytest.mark.parametrize("budget", [0, -3, "0%", "plenty", float("nan"), "200%", True, "inf", None])
def test_a_budget_must_buy_something(budget: object) -> None:
    assert "budget" in mistakes_of(budget=budget)


def test_a_budget_that_yaml_reads_as_text_is_a_number() -> None:
    assert config.validate(GOOD | {"budget": "1e3"}).budget == 1000.0


def test_a_negative_cost_is_refused_with_its_path() -> None:
    fidelities = [GOOD["fidelities"][0] | {"cost": -1}, GOOD["fidelities"][1]]
    text = mistakes_of(fidelities=fidelities)
    assert "fidelities.0.cost: Input should be greater than or equal to 0, not -1" in text


def test_exactly_one_fidelity_is_the_target() -> None:
    cheap, dear = GOOD["fidelities"]
    assert "exactly one fidelity has 'target: true', got none" in mistakes_of(fidelities=[cheap])
    both = [cheap | {"target": True}, dear]
    assert "got sendek, experiment" in mistakes_of(fidelities=both)


def test_fidelities_have_different_names() -> None:
    cheap, dear = GOOD["fidelities"]
    assert "different names" in mistakes_of(fidelities=[cheap, dear | {"name": "sendek"}])


def test_a_fidelity_without_oracle_needs_a_cost() -> None:
    told = {"name": "laboratory", "target": True}
    assert "'laboratory' has no oracle" in mistakes_of(fidelities=[told])


def test_something_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ConfigError, match="a mapping of fields is expected, not list"):
        config.validate([1])


def test_text_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("a: [1", encoding="utf-8")
    with pytest.raises(ConfigError, match="not YAML"):
        config.read(path)


def test_an_unknown_configuration_names_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="did you mean 'quickstart'"):
        config.find("quickstar")
    with pytest.raises(InvalidInputError, match=r"no configuration file 'nowhere\.yaml'"):
        config.find("nowhere.yaml")


def test_dump_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(config.dump(config.validate(GOOD)), encoding="utf-8")
    assert config.read(path) == config.validate(GOOD)


@pytest.mark.parametrize("name", config.shipped())
def test_every_shipped_configuration_is_valid(name: str) -> None:
    checked = config.read(config.find(name))
    assert checked.name == name


def test_the_schema_names_every_part() -> None:
    text = yaml.safe_dump(config.schema())
    for name in ("sendek", "staged", "greedy", "sequential", "reference"):
        assert name in text


WRAPPED: dict[str, Any] = {
    "name": "cached",
    "oracle": {"name": "time_limited", "seconds": 60, "oracle": {"name": "ewald"}},
}


def test_oracles_nest_and_read_back(tmp_path: Path) -> None:
    given = GOOD | {"fidelities": [{"name": "field", "oracle": WRAPPED}, GOOD["fidelities"][1]]}
    checked: Any = config.validate(given)
    inner = checked.fidelities[0].oracle.oracle
    assert (inner.name, inner.seconds, inner.oracle.name) == ("time_limited", 60.0, "ewald")
    path = tmp_path / "again.yaml"
    path.write_text(config.dump(checked), encoding="utf-8")
    assert config.read(path) == checked


def test_mistakes_in_nested_oracles_have_paths_and_nearest_names() -> None:
    wrong = WRAPPED | {
        "oracle": {"name": "time_limited", "second": 1, "oracle": {"name": "ewlad"}},
        "directry": "x",
    }
    text = mistakes_of(fidelities=[{"name": "field", "oracle": wrong}, GOOD["fidelities"][1]])
    path = "fidelities.0.oracle.cached"
    assert f"{path}.oracle.time_limited.second: unknown field; did you mean 'seconds'?" in text
    assert f"{path}.oracle.time_limited.oracle: unknown name 'ewlad'; did you mean 'ewald'?" in text
    assert f"{path}.directry: unknown field; did you mean 'directory'?" in text


def test_the_schema_lets_oracles_nest_in_any_depth() -> None:
    definitions = config.schema()["$defs"]
    for wrapper in ("cached", "noisy", "costed", "time_limited"):
        inside = definitions[f"oracle_{wrapper}"]["properties"]["oracle"]
        refs = {each["$ref"].rpartition("/")[2] for each in inside["oneOf"]}
        assert refs == {name for name in definitions if name.startswith("oracle_")}
        assert inside["description"]


def test_a_share_counts_against_the_whole_pool() -> None:
    assert config.resolve_budget("25%", 400.0) == 100.0
    assert config.resolve_budget(7, 400.0) == 7.0
