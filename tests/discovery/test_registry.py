from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest

from discovery import registry
from discovery.errors import ConfigError, PluginError, UnknownNameError


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
