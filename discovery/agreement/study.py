"""A comparison of fidelities with all that a reader of it wants to know."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from discovery.agreement.columns import Column
from discovery.agreement.results import Comparison
from discovery.types import Candidate, Observation

_AMOUNTS: Final = re.compile(r"\S*\d\S*")


@dataclass(frozen=True)
class Coverage:
    """Whom a fidelity has answered, and why not the others.

    Args:
        fidelity: Its name.
        quantity: What it measures.
        unit: Its unit.
        values: Candidates with a value.
        bounds: Candidates with a bound.
        refused: Candidates it does not apply to.
        failed: Candidates whose evaluation failed, took too long or was lost.
        reasons: (reason, how often), the most frequent first; numbers in them are left out.
    """

    fidelity: str
    quantity: str
    unit: str
    values: int
    bounds: int
    refused: int = 0
    failed: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Study:
    """Candidates, what the fidelities say of them, and how these agree.

    Args:
        title: Where the candidates come from.
        candidates: The n candidates.
        columns: What each fidelity says of them.
        coverage: Whom each has answered.
        comparison: How they agree.
        command: The command that repeats it.
        version: Of this package.
        seed: Of the bootstrap and of oracles that draw.
        related: What makes candidates one cluster.
        clusters: Number of clusters of related candidates.
        listed: Candidates that the second comparison is made without; 0 without one.
        remarks: What else was noticed.
        citation: How to cite the candidates.
    """

    title: str
    candidates: tuple[Candidate, ...]
    columns: tuple[Column, ...]
    coverage: tuple[Coverage, ...]
    comparison: Comparison
    command: str
    version: str
    seed: int
    related: str
    clusters: int
    listed: int = 0
    remarks: Sequence[str] = ()
    citation: str = ""


def coverage(column: Column, observations: Sequence[Observation] = ()) -> Coverage:
    """Return whom a fidelity has answered; labels of a data set have no observations."""
    unanswered = [observation for observation in observations if observation.status != "ok"]
    reasons = Counter(_AMOUNTS.sub("…", observation.reason) for observation in unanswered)
    refused = sum(observation.status == "refused" for observation in unanswered)
    return Coverage(
        column.name,
        column.quantity,
        column.unit,
        values=int((column.known & column.exact).sum()),
        bounds=int((column.known & ~column.exact).sum()),
        refused=refused,
        failed=len(unanswered) - refused,
        reasons=tuple(reasons.most_common()),
    )


def table(study: Study) -> list[dict[str, str]]:
    """Return one row per candidate: id, formula, name, and each fidelity's value or bound.

    A bound is written with its sign, e.g. ``<-10.0``; what is not known is left empty.
    """
    return [
        {"id": candidate.id, "formula": candidate.formula, "name": candidate.name}
        | {column.name: _cell(column, row) for column in study.columns}
        for row, candidate in enumerate(study.candidates)
    ]


def _cell(column: Column, row: int) -> str:
    if not column.known[row]:
        return ""
    return ("", ">", "<")[column.side[row]] + repr(float(column.value[row]))
