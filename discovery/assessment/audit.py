"""What a data set holds twice, and how much of it stands on both sides of a split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.agreement.clusters import composition_key
from discovery.assessment.groups import IntArray, same_composition, same_entry
from discovery.assessment.protocols import Protocol
from discovery.assessment.training import truths
from discovery.types import Candidate, Dataset

_EDGE = 1  # decimals of Angstrom and degree: what two refinements of one phase agree in


@dataclass(frozen=True)
class Leak:
    """Test rows that have something in common with the rows the model learnt from.

    Args:
        what: What is in common: ``composition``, or a column of the data set.
        rows: Test rows of a repeat that share it, on average.
        share: The same as a share of the test rows that have an entry at all.
    """

    what: str
    rows: float
    share: float


def leaks(dataset: Dataset, protocol: Protocol) -> tuple[Leak, ...]:
    """Return, for compositions, papers and families, how many test rows a protocol gives away."""
    kinds = {"composition": same_composition(dataset)}
    known = {"composition": np.ones(len(dataset.candidates), dtype=bool)}
    for column in ("doi", "family"):
        entries = dataset.groups.get(column)
        if entries:
            kinds[column] = same_entry(dataset, column)
            known[column] = np.array([c.id in entries for c in dataset.candidates])
    found = []
    for what, groups in kinds.items():
        shared, judged = 0, 0
        for split in (split for splits in protocol.repeats for split in splits):
            shared += int(np.isin(groups[split.test], groups[split.train]).sum())
            judged += int(known[what][split.test].sum())
        found.append(Leak(what, shared / len(protocol.repeats), shared / max(judged, 1)))
    return tuple(found)


@dataclass(frozen=True)
class Collision:
    """Different materials that no model of composition, group and cell can tell apart.

    Args:
        formula: Of the first.
        names: Of all of them.
        values: Their labels; bounds are written with a sign.
        spread: Largest minus smallest measured value, decades for a conductivity.
    """

    formula: str
    names: tuple[str, ...]
    values: tuple[str, ...]
    spread: float


@dataclass(frozen=True)
class Repeats:
    """Rows of one composition.

    Args:
        compositions: Compositions with at least two measured values.
        rows: Measured values of these.
        pooled: Pooled standard deviation of a value of one composition; ``None`` without repeats.
        largest: Largest difference between two of them.
    """

    compositions: int
    rows: int
    pooled: float | None
    largest: float


def collisions(dataset: Dataset, rows: IntArray) -> tuple[Collision, ...]:
    """Return the rows that share composition, space group and lattice to 0.1 Å and 0.1 degrees.

    Candidates differ by content, so they differ in what the key rounds away or in the positions
    of their atoms. Rows without lattice or group are not compared.
    """
    places: dict[object, list[int]] = {}
    for row in rows.tolist():
        candidate = dataset.candidates[row]
        if candidate.lattice is not None and candidate.space_group is not None:
            places.setdefault(_key(candidate), []).append(row)
    found = [_collision(dataset, same) for same in places.values() if len(same) > 1]
    return tuple(sorted(found, key=lambda each: -each.spread))


def repeated_compositions(dataset: Dataset, rows: IntArray) -> Repeats:
    """Return how far the measured values of one composition differ.

    The pooled deviation is the least error that a model of the composition alone can have.
    """
    groups, truth = same_composition(dataset)[rows], truths(dataset, rows)
    series = [truth.value[truth.exact & (groups == group)] for group in np.unique(groups)]
    series = [values for values in series if len(values) > 1]
    freedom = sum(len(values) - 1 for values in series)
    squares = sum(float(np.sum((values - values.mean()) ** 2)) for values in series)
    return Repeats(
        len(series),
        sum(map(len, series)),
        float(np.sqrt(squares / freedom)) if freedom else None,
        max((float(np.ptp(values)) for values in series), default=0.0),
    )


def _key(candidate: Candidate) -> tuple[object, ...]:
    assert candidate.lattice is not None
    edges = tuple(round(x, _EDGE) for x in candidate.lattice.parameters)
    return composition_key(candidate), candidate.space_group, edges


def _collision(dataset: Dataset, rows: Sequence[int]) -> Collision:
    truth = truths(dataset, rows)
    measured = truth.value[truth.exact]
    signs = {-1: "<", 0: "", 1: ">"}
    return Collision(
        dataset.candidates[rows[0]].formula,
        tuple(dataset.candidates[row].name or dataset.candidates[row].id for row in rows),
        tuple(
            f"{signs[int(side)]}{value:.2f}"
            for side, value in zip(truth.side, truth.value, strict=True)
        ),
        float(np.ptp(measured)) if len(measured) else 0.0,
    )
