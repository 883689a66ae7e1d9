"""What makes stopping rules combine."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

from pydantic import BaseModel

from discovery.errors import UnknownNameError
from discovery.options import TAG
from discovery.protocols import CampaignState, StoppingRule
from loops.stopping import CATALOGUE

RuleLike: TypeAlias = StoppingRule | BaseModel | Mapping[str, Any]
"""A rule, or its name and options as written in a configuration file."""


class Rule(ABC):
    """A stopping rule that combines with others: ``a & b`` when both say so, ``a | b`` when any."""

    @abstractmethod
    def reason(self, campaign: CampaignState) -> str | None:
        """Return why the campaign should stop now, or ``None`` to go on."""

    def __and__(self, other: StoppingRule) -> "AllOf":
        return AllOf(rules=(self, other))

    def __or__(self, other: StoppingRule) -> "AnyOf":
        return AnyOf(rules=(self, other))


class AnyOf(Rule):
    """Stops when any of its rules does, for the reason of the first that does.

    Args:
        rules: Rules, or their names and options.
    """

    def __init__(self, *, rules: Sequence[RuleLike]) -> None:
        self._rules = [_rule(rule) for rule in rules]

    def reason(self, campaign: CampaignState) -> str | None:
        """Return the first reason to stop."""
        reasons = (rule.reason(campaign) for rule in self._rules)
        return next((reason for reason in reasons if reason is not None), None)


class AllOf(Rule):
    """Stops when all of its rules do, for all of their reasons.

    Args:
        rules: Rules, or their names and options.
    """

    def __init__(self, *, rules: Sequence[RuleLike]) -> None:
        self._rules = [_rule(rule) for rule in rules]

    def reason(self, campaign: CampaignState) -> str | None:
        """Return all reasons, or ``None`` while one rule would go on."""
        reasons = [rule.reason(campaign) for rule in self._rules]
        said = [reason for reason in reasons if reason is not None]
        return " and ".join(said) if len(said) == len(reasons) > 0 else None


def _rule(rule: RuleLike) -> StoppingRule:
    if isinstance(rule, BaseModel):
        rule = {name: getattr(rule, name) for name in type(rule).model_fields}
    if not isinstance(rule, Mapping):
        return rule
    options = dict(rule)
    name = options.pop(TAG, "")
    if name not in CATALOGUE:
        raise UnknownNameError("stopping rule", name, CATALOGUE)
    module, _, attribute = CATALOGUE[name].partition(":")
    built: StoppingRule = getattr(import_module(module), attribute)(**options)
    return built
