import json
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest

from discovery import config, registry
from discovery.errors import ConfigError, PluginError, UnknownNameError
from discovery.testing.probes import antifluorite, oracle_probes
from discovery.types import Dataset, Estimate

EXAMPLE = Path(__file__).resolve().parents[1] / "plugin_example"


@pytest.mark.parametrize("role", registry.SHELVES)
def test_every_shelf_holds_parts(role: str) -> None:
    assert registry.names(role)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="unknown oracle 'sendec'; did you mean 'sendek'"):
        registry.load("oracle", "sendec")


def test_an_unknown_role_lists_the_roles() -> None:
    with pytest.raises(UnknownNameError, match="unknown role 'orakel'; did you mean 'oracle'"):
        registry.names("orakel")


def test_a_wrong_option_names_the_nearest_field() -> None:
    with pytest.raises(ConfigError, match="prise: unknown field; did you mean 'price'"):
        registry.build("oracle", "sendek", {"prise": 1})


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(PluginError, match="oracle 'table' needs 'dataset'"):
        registry.build("oracle", "table", {})


class Stranger:
    needs: ClassVar[tuple[str, ...]] = ("seed",)

    def __init__(self, *, width: float = 2.0, seed: int) -> None:
        self.width, self.seed = width, seed


def test_a_plugin_that_redefines_a_built_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: [EntryPoint("sendek", "x:y", group)]
    )
    with pytest.raises(PluginError, match="redefines the built-in oracle 'sendek'; rename"):
        registry._plugins.__wrapped__("oracle")


def test_two_plugins_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("mine", "a:A", "g"), EntryPoint("mine", "b:B", "g")]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: points)  # noqa: ARG005
    with pytest.raises(PluginError, match="two plug-ins define oracle 'mine'"):
        registry._plugins.__wrapped__("oracle")


def test_options_of_a_plugin_are_read_from_its_constructor() -> None:
    model = registry._model_of_constructor(Stranger)
    assert list(model.model_fields) == ["width"]
    assert model.model_validate({"width": "3"}).model_dump() == {"width": 3.0}


def nested(*names: str, **innermost: object) -> dict[str, Any]:
    """The options of an oracle that asks others, each by its name."""
    inner: dict[str, Any] = {"name": names[-1], **innermost}
    for name in reversed(names[:-1]):
        needed = {"costed": {"price": 1.0}, "noisy": {"standard_deviation": 0.1}}.get(name, {})
        inner = {"name": name, **needed, "oracle": inner}
    return {"oracle": inner}


def test_a_part_within_a_part_is_built_with_its_resources() -> None:
    known = antifluorite()
    dataset = Dataset("mine", (known,), {known.id: Estimate(-6.0)})
    oracle = registry.build(
        "oracle", "costed", nested("costed", "table") | {"price": 2}, dataset=dataset
    )
    assert oracle.cost(known) == 2.0
    assert oracle.label([known], 1) == [Estimate(-6.0)]
    assert oracle.version.startswith("mine-")


def test_a_resource_that_a_part_within_needs_is_known_beforehand() -> None:
    assert registry.needs("oracle", "cached", nested("costed", "table")) == {"dataset"}
    assert registry.needs("oracle", "cached", nested("costed", "sendek")) == set()
    assert registry.needs("oracle", "table", {}) == {"dataset"}
    with pytest.raises(PluginError, match="oracle 'table' needs 'dataset', which is not at hand"):
        registry.build("oracle", "cached", nested("costed", "table"))


def test_mistakes_within_parts_are_listed_together_with_their_paths() -> None:
    wrong = nested("time_limited", "cached", "sendek", prise=1) | {"sed": 1}
    wrong["oracle"]["secnds"] = 3
    with pytest.raises(ConfigError, match="options of oracle 'cached': 3 mistakes") as caught:
        registry.build("oracle", "cached", wrong)
    path = "oracle.time_limited"
    assert set(caught.value.mistakes) == {
        f"{path}.oracle.cached.oracle.sendek.prise: unknown field; did you mean 'price'?",
        f"{path}.secnds: unknown field; did you mean 'seconds'?",
        "sed: unknown field; did you mean 'seed'?",
    }


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ({}, "oracle: required, and missing"),
        ({"oracle": "sendek"}, "oracle: Input should be a valid dictionary"),
        ({"oracle": {"price": 1}}, "oracle: say which one: {name: ...}"),
        (nested("sendec"), "oracle: unknown name 'sendec'; did you mean 'sendek'?"),
        (nested("noisy", "sendek") | {"name": "noisy"}, "name: Input should be 'cached'"),
    ],
)
def test_a_section_names_a_part(options: dict[str, Any], mistake: str) -> None:
    with pytest.raises(ConfigError) as caught:
        registry.build("oracle", "cached", options)
    (line,) = caught.value.mistakes
    assert line.startswith(mistake)


class Describing:
    needs: ClassVar[tuple[str, ...]] = ("described",)

    def __init__(self, *, described: str, **_: object) -> None:
        self.described = described


def test_a_description_holds_what_answers_depend_on_and_no_price_or_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "load", lambda *_: Describing)
    options = nested("time_limited", "noisy", "sendek", price=7)
    assert json.loads(registry.build("oracle", "cached", options).described) == {
        "oracle": {
            "name": "time_limited",
            "oracle": {
                "name": "noisy",
                "standard_deviation": 0.1,
                "bias": 0.0,
                "oracle": {"name": "sendek", "max_sites": 1000, "disorder": "sampled"},
            },
        }
    }


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two plug-ins, one of which cannot be imported."""
    found = {
        name: EntryPoint(name, target, "discovery.oracles")
        for name, target in {
            "li_density": "ion_discovery_example:LithiumDensity",
            "half": "a_library_that_nobody_has:Oracle",
        }.items()
    }
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.setattr(registry, "_plugins", lambda role: found if role == "oracle" else {})
    remembered = (registry._members, config.campaign_model)
    for each in remembered:
        each.cache_clear()
    yield
    for each in remembered:
        each.cache_clear()


@pytest.mark.usefixtures("plugged")
def test_a_plug_in_is_built_within_built_in_parts(tmp_path: Path) -> None:
    options = nested("time_limited", "li_density", price=3) | {"directory": str(tmp_path)}
    oracle = registry.build("oracle", "cached", options)
    bare = registry.build("oracle", "li_density", {})
    assert oracle.label(oracle_probes(), 1) == bare.label(oracle_probes(), 1)
    assert (oracle.unit, oracle.cost(antifluorite())) == ("1/nm^3", 3)
    with pytest.raises(ConfigError, match="prize: unknown field; did you mean 'price'"):
        registry.build("oracle", "cached", nested("li_density", prize=3))


@pytest.mark.usefixtures("plugged")
def test_a_broken_plug_in_within_is_a_mistake_where_it_is_named() -> None:
    with pytest.raises(ConfigError, match=r"oracle\.half: .*No module named 'a_library_that"):
        registry.build("oracle", "cached", nested("half"))
    assert registry.build("oracle", "cached", nested("sendek"))
