"""From what a user wants to know to the models that have to be fitted for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

import numpy as np

from discovery.assessment.assess import ProxyFactory
from discovery.assessment.baselines import BASELINES, BaselineProxy
from discovery.assessment.curves import fraction_parts, with_fewer
from discovery.assessment.groups import IntArray, same_source
from discovery.assessment.protocols import FOLDED, Protocol, protocol
from discovery.assessment.search import SearchedProxy
from discovery.assessment.study import Task
from discovery.assessment.training import labelled
from discovery.errors import InvalidInputError
from discovery.types import Dataset

Build: TypeAlias = Callable[[Mapping[str, Any]], ProxyFactory]
"""Changes of options -> what makes the model with these options."""

PRINCIPAL: Final = "source"
"""Protocol of baselines, curves and nested choices, unless another one is asked for."""

NESTED: Final = "nested"


@dataclass(frozen=True)
class Wishes:
    """What a user wants to know.

    Args:
        protocols: Names of protocols, :data:`NESTED` among them where wanted; those that a data
            set cannot have are left out when there are none (which means all with folds).
        folds: Of the protocols with folds.
        repeats: Of the same.
        learning: Shares of the training groups.
        vary: Option -> the values to try.
        fractions: Training, validation and test part; empty for none.
        seed: Of all divisions.
    """

    protocols: tuple[str, ...]
    folds: int
    repeats: int
    learning: tuple[float, ...]
    vary: Mapping[str, Sequence[Any]]
    fractions: tuple[float, ...]
    seed: int


@dataclass(frozen=True)
class Plan:
    """The models to fit.

    Args:
        tasks: In the order of the report.
        searched: Filled while a nested protocol runs: its models, which tell what they chose.
        remarks: What cannot be done, and why.
    """

    tasks: tuple[Task, ...]
    searched: list[SearchedProxy]
    remarks: tuple[str, ...]

    @property
    def fits(self) -> int:
        """How many outer models are fitted."""
        return sum(task.protocol.fits for task in self.tasks)


def plan(dataset: Dataset, rows: IntArray, wishes: Wishes, build: Build) -> Plan:
    """Return the models to fit.

    Args:
        dataset: Candidates and labels.
        rows: Rows that may be divided.
        wishes: What to find out.
        build: Makes models.

    Raises:
        InvalidInputError: A protocol that was asked for cannot be had, or a nested one has
            nothing to choose from.
        UnknownNameError: There is no such protocol.
    """

    def divided(name: str, repeats: int = wishes.repeats) -> Protocol:
        return protocol(
            name, dataset, folds=wishes.folds, repeats=repeats, seed=wishes.seed, rows=rows
        )

    remarks: list[str] = []
    found: list[Protocol] = []
    searched: list[SearchedProxy] = []
    tasks = []
    for name in wishes.protocols or FOLDED:
        outer = PRINCIPAL if name == NESTED else name
        try:
            found.append(divided(outer))
        except InvalidInputError as error:
            if wishes.protocols:
                raise
            remarks.append(f"No protocol {name!r}: {error}.")
            continue
        factory = build({})
        if name == NESTED:
            factory = _searching(dataset, _grid(wishes.vary, build), searched)
        tasks.append(Task("protocols", name, factory, found[-1]))
    if not found:
        raise InvalidInputError(f"{dataset.name!r} cannot be divided. {' '.join(remarks)}")
    principal = _principal(found)
    tasks += [Task("baselines", kind, _baseline(kind), principal) for kind in BASELINES]
    if wishes.learning or wishes.vary:
        curve = divided(principal.name if principal.name in FOLDED else PRINCIPAL, 1)
        tasks += _curves(dataset, curve, wishes, build)
    if wishes.fractions:
        tasks += _parts(dataset, rows, wishes, build)
    return Plan(tuple(tasks), searched, tuple(remarks))


def _curves(dataset: Dataset, curve: Protocol, wishes: Wishes, build: Build) -> list[Task]:
    sources = same_source(dataset)
    learning = [
        Task("learning", f"{share:.4g}", build({}), with_fewer(curve, share, sources, wishes.seed))
        for share in wishes.learning
    ]
    validation = [
        Task("validation", str(value), build({option: value}), curve, series=option)
        for option, values in wishes.vary.items()
        for value in values
    ]
    return learning + validation


def _parts(dataset: Dataset, rows: IntArray, wishes: Wishes, build: Build) -> list[Task]:
    parts = fraction_parts(
        np.intersect1d(labelled(dataset), rows),
        same_source(dataset),
        wishes.fractions,
        repeats=wishes.repeats,
        seed=wishes.seed,
    )
    models = {"as given": build({})} | {
        _named({option: value}): build({option: value})
        for option, values in wishes.vary.items()
        for value in values
    }
    return [Task("parts", name, model, parts.protocol, parts) for name, model in models.items()]


def _principal(found: Sequence[Protocol]) -> Protocol:
    """The strictest of the protocols that were asked for: source where it is one, else the last."""
    return next((each for each in found if each.name == PRINCIPAL), found[-1])


def _baseline(kind: Any) -> ProxyFactory:  # noqa: ANN401 - one of BASELINES
    return lambda: BaselineProxy(kind)


def _grid(vary: Mapping[str, Sequence[Any]], build: Build) -> dict[str, ProxyFactory]:
    if not vary:
        raise InvalidInputError(
            "a nested protocol chooses options, and none is given to choose from; "
            "say which, e.g. --vary trees=30,100,300"
        )
    choices = (dict(zip(vary, values, strict=True)) for values in product(*vary.values()))
    return {_named(choice): build(choice) for choice in choices}


def _named(choice: Mapping[str, Any]) -> str:
    return ", ".join(f"{option} = {value}" for option, value in choice.items())


def _searching(
    dataset: Dataset, choices: Mapping[str, ProxyFactory], searched: list[SearchedProxy]
) -> ProxyFactory:
    pairs = zip(dataset.candidates, same_source(dataset).tolist(), strict=True)
    groups = {candidate.id: group for candidate, group in pairs}

    def make() -> SearchedProxy:
        searched.append(SearchedProxy(choices, groups))
        return searched[-1]

    return make
