"""A data set of crystals as a problem, with oracles as cheap fidelities."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from discovery import registry
from discovery.agreement.columns import Column, column
from discovery.assessment.groups import IntArray, same_entry
from discovery.benchmark.problems.problem import Problem
from discovery.errors import UnknownNameError
from discovery.features.stages import FeatureTable, Stage, featurise
from discovery.labelling import Labeller, remembering
from discovery.protocols import DatasetLoader
from discovery.types import Dataset, Fidelity, FloatArray, Observation

TARGET: Final = "experiment"


class CrystalProblem:
    """The pool of a data set; its labels are the target, oracles answer at the other fidelities.

    Candidates without a label stay in the pool and cannot be measured. A cheap oracle is asked
    for all candidates when the problem is loaded for the first time, with its default options;
    its answers are remembered on disk. What it refuses cannot be bought. Its answers stay in the
    oracle's own unit and sense: they need only tell of the target, not equal it.

    Features are those of a stage, for strategies that know no crystals: unknown numbers are the
    median of their column, and columns that never change are left out. Labels take no part.

    Args:
        dataset: For example :class:`discovery.datasets.obelix.ObelixDataset`.
        cost: Of a target measurement.
        cheap: Name of an oracle -> cost of its answer.
        stage: Of the features.
        group: Column of ``dataset.groups`` that groups candidates, e.g. ``family``.
    """

    def __init__(
        self,
        dataset: DatasetLoader,
        *,
        cost: float = 1.0,
        cheap: Mapping[str, float] | None = None,
        stage: Stage = "geometry",
        group: str | None = None,
    ) -> None:
        self.dataset = dataset
        self.cost = cost
        self.cheap = dict(cheap or {})
        self.stage: Stage = stage
        self.group = group

    def load(self) -> Problem:
        """Return the problem.

        Raises:
            DatasetError: The data set cannot be loaded, or there is nothing to find.
            UnknownNameError: There is no such oracle, stage or column of groups.
        """
        data = self.dataset.load()
        groups = None if self.group is None else _groups(data, self.group)
        labels = [data.labels.get(candidate.id) for candidate in data.candidates]
        measured = column(TARGET, data.property, data.unit, labels)
        answers = [*self._cheap_answers(data), measured]
        names, features, filled = _numbers(featurise(data.candidates, self.stage))
        value = np.column_stack([answer.value for answer in answers])
        sides = np.column_stack([answer.side for answer in answers])
        return Problem(
            name=data.name,
            names=names,
            features=features,
            fidelities=(
                *(Fidelity(name, cost) for name, cost in self.cheap.items()),
                Fidelity(TARGET, self.cost, target=True),
            ),
            values=np.where(sides != 0, np.nan, value),
            limits=np.where(sides != 0, value, np.nan),
            sides=sides,
            candidates=data.candidates,
            groups=groups,
            quantity=data.property,
            unit=data.unit,
            citation=data.citation,
            notes=(*_counts(answers, len(data.candidates)), *filled),
        )

    def _cheap_answers(self, data: Dataset) -> list[Column]:
        if not self.cheap:
            return []
        oracles = {}
        for name in self.cheap:
            part, options = remembering(name, {})
            oracles[name] = (part, registry.build("oracle", part, options, dataset=data))
        told: dict[str, list[Observation]] = {name: [] for name in self.cheap}
        with Labeller(oracles) as labeller:
            for observation in labeller.label(data.candidates):
                told[observation.query.fidelity].append(observation)
        return [
            column(name, oracle.property, oracle.unit, told[name])
            for name, (_, oracle) in oracles.items()
        ]


def _groups(data: Dataset, name: str) -> IntArray:
    if name not in data.groups:
        raise UnknownNameError(f"column of groups of {data.name}", name, data.groups)
    return same_entry(data, name)


def _numbers(table: FeatureTable) -> tuple[tuple[str, ...], FloatArray, list[str]]:
    """Columns that change, unknown cells filled in, and what to say of that."""
    known = np.isfinite(table.values)
    some = known.any(axis=0)
    kept, known = table.values[:, some], known[:, some]
    median = np.nanmedian(np.where(known, kept, np.nan), axis=0)
    filled = np.where(known, kept, median)
    changing = np.ptp(filled, axis=0) > 0
    names = np.array(table.names)[some][changing]
    unknown = int((~known[:, changing]).sum())
    note = f"{unknown} of {filled[:, changing].size} features are unknown: median of their column"
    return tuple(names.tolist()), filled[:, changing], [note] if unknown else []


def _counts(answers: list[Column], count: int) -> list[str]:
    notes = []
    for answer in answers:
        unknown, bounds = int((~answer.known).sum()), int((~answer.exact).sum())
        if unknown:
            notes.append(f"{answer.name} has no answer for {unknown} of {count} candidates")
        if bounds:
            notes.append(f"{answer.name} answers {bounds} of {count} candidates with a bound")
    return notes
