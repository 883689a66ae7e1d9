"""What a data set knows, as a model is told it and as it is judged by it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.agreement.columns import column
from discovery.agreement.rank_statistics import Values
from discovery.assessment.groups import IntArray
from discovery.errors import InvalidInputError
from discovery.types import Bound, Dataset, Estimate, Fidelity, Observation, Query

EXPERIMENT: Final = "experiment"


def labelled(dataset: Dataset) -> IntArray:
    """Return the rows of ``dataset.candidates`` that have a label."""
    known = [candidate.id in dataset.labels for candidate in dataset.candidates]
    return np.flatnonzero(known)


def truths(dataset: Dataset, rows: Sequence[int] | IntArray) -> Values:
    """Return the labels of some rows, in the unit of the data set.

    Raises:
        InvalidInputError: A row has no label.
    """
    answers = [_label(dataset, int(row)) for row in rows]
    told = column(EXPERIMENT, dataset.property, dataset.unit, answers)
    return Values(told.value, told.side)


def observations(
    dataset: Dataset, rows: Sequence[int] | IntArray, fidelity: str = EXPERIMENT
) -> tuple[list[Observation], tuple[Fidelity, ...]]:
    """Return the labels of some rows as observations of one target fidelity, free of charge.

    Args:
        dataset: Candidates and labels.
        rows: Of ``dataset.candidates``.
        fidelity: Name of the fidelity.

    Raises:
        InvalidInputError: A row has no label.
    """
    told = []
    for row in rows:
        label = _label(dataset, int(row))
        measured = label if isinstance(label, Estimate) else None
        told.append(
            Observation(
                query=Query(dataset.candidates[row], fidelity),
                status="ok",
                property=dataset.property,
                unit=dataset.unit,
                value=None if measured is None else measured.value,
                bound=label if isinstance(label, Bound) else None,
                standard_error=None if measured is None else measured.standard_error,
                cost=0.0,
                oracle=dataset.name,
            )
        )
    return told, (Fidelity(fidelity, cost=1.0, target=True),)


def _label(dataset: Dataset, row: int) -> Estimate | Bound:
    candidate = dataset.candidates[row]
    label = dataset.labels.get(candidate.id)
    if label is None:
        raise InvalidInputError(
            f"row {row} of {dataset.name!r} ({candidate.formula}) has no label; "
            "leave out what is not measured"
        )
    return label
