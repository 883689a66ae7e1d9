"""Options of the stopping rules, as written in a configuration file.

Rules nest: ``{name: all, rules: [{name: confident}, {name: max_rounds, rounds: 10}]}``.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, create_model

from discovery.options import TAG, Options


class BudgetOptions(Options):
    """Options of the budget rule."""

    fidelity: Literal["target", "any"] = Field(
        default="target",
        description="Stop when no query of the target, or no query at all, can be paid.",
    )


class TargetFoundOptions(Options):
    """Options of the rule that stops at success."""

    value: float = Field(description="Target value that counts as found, in log10(S/cm).")
    count: int = Field(default=1, ge=1, description="Number of such candidates wanted.")


class NoImprovementOptions(Options):
    """Options of the rule that stops at a standstill."""

    queries: int = Field(
        default=20, ge=1, description="Target answers in a row that brought nothing better."
    )


class ConfidentOptions(Options):
    """The rule that trusts the proxy has no options."""


class MaxRoundsOptions(Options):
    """Options of the rule that counts rounds."""

    rounds: int = Field(default=50, ge=1, description="Number of batches asked.")


class AnyOptions(Options):
    """Options of the rule that stops when any of its rules does."""

    rules: list["Rule"] = Field(min_length=1, description="Any of these stops.")


class AllOptions(Options):
    """Options of the rule that stops when all of its rules do."""

    rules: list["Rule"] = Field(min_length=1, description="Only all of these stop.")


OPTIONS: dict[str, type[Options]] = {
    "budget": BudgetOptions,
    "target_found": TargetFoundOptions,
    "no_improvement": NoImprovementOptions,
    "confident": ConfidentOptions,
    "max_rounds": MaxRoundsOptions,
    "any": AnyOptions,
    "all": AllOptions,
}


def _tagged(name: str, model: type[Options]) -> type[Options]:
    """Return the model with the field that tells it apart from the others."""
    tag: Any = (Literal[name], Field(description=f"The stopping rule {name!r}."))
    tagged: type[Options] = create_model(
        f"Rule_{name}", __base__=model, __module__=__name__, **{TAG: tag}
    )
    return tagged


if TYPE_CHECKING:
    Rule: TypeAlias = Options
else:
    Rule = Annotated[
        reduce(or_, (_tagged(name, model) for name, model in OPTIONS.items())),
        Field(discriminator=TAG),
    ]
AnyOptions.model_rebuild()
AllOptions.model_rebuild()
