"""The base of every part's options, and mistakes in options told as lines a person can act on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from discovery.errors import suggest

TAG: Final = "name"
"""The field that says which part is meant where several are possible."""


class Options(BaseModel):
    """Options of a part, as written in a configuration file; fields are constructor arguments.

    Unknown fields are mistakes, values do not change.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    without_effect: ClassVar[frozenset[str]] = frozenset({"price"})
    """Fields that change no answer: what is remembered stays valid when they change."""


@dataclass(frozen=True)
class Section:
    """Marks a field that names another part: ``oracle: Annotated[Any, Section("oracle")]``.

    The registry checks the section with the options of the part that it names, builds that part
    and hands it to the constructor in the place of the section.

    Args:
        role: Role of the part.
    """

    role: str


def mistakes(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one line per mistake: the path of the field, what is wrong, what would work."""
    lines = []
    for item in error.errors(include_url=False):
        location, kind, context = item["loc"], item["type"], item.get("ctx", {})
        message = f"{item['msg'].removeprefix('Value error, ')}"
        if kind == "extra_forbidden":
            message = f"unknown field; {suggest(str(location[-1]), _fields(model, location[:-1]))}"
        elif kind == "missing":
            message = "required, and missing"
        elif kind == "union_tag_invalid":
            known = [tag.strip("' ") for tag in str(context["expected_tags"]).split(",")]
            message = f"unknown name {context['tag']!r}; {suggest(str(context['tag']), known)}"
        elif kind == "union_tag_not_found":
            message = f"say which one: {{{TAG}: ...}}"
        elif not isinstance(item["input"], dict | list):
            message = f"{message}, not {item['input']!r}"
        path = ".".join(str(step) for step in location) or "options"
        lines.append(f"{path}: {message}")
    return lines


def _fields(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of the model that ``location`` leads to."""
    here: list[type[BaseModel]] = [model]
    for step in location:
        tagged = [m for m in here if step in get_args(_annotation(m, TAG))]
        here = (
            tagged or [found for m in here for found in _models(_annotation(m, str(step)))] or here
        )
    return [name for m in here for name in m.model_fields]


def _annotation(model: type[BaseModel], name: str) -> Any:  # noqa: ANN401
    field = model.model_fields.get(name)
    return None if field is None else field.annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
