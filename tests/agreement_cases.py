"""Columns and studies whose agreement is known, for the tests of comparisons and their reports."""

import numpy as np

from discovery.agreement.columns import Column
from discovery.agreement.comparison import Judge, compare
from discovery.agreement.study import Study, coverage
from discovery.chemistry.formula import candidate_from_formula
from discovery.types import Observation, Query

COUNT = 60
POOL = tuple(candidate_from_formula(f"Li{i + 1}PS4", name=f"sample {i}") for i in range(COUNT))


def column_of(name, value, side=None, quantity="score", unit="1"):
    value = np.asarray(value, dtype=float)
    return Column(
        name, quantity, unit, value, np.zeros(len(value), np.int8) if side is None else side
    )


def columns():
    """A truth with five bounds, a good score, its reverse with gaps, and noise."""
    rng = np.random.default_rng(4)
    truth = np.linspace(-12, -2, COUNT)
    side = np.where(truth < -11.2, -1, 0).astype(np.int8)
    good = truth + rng.normal(0, 1.0, COUNT)
    reverse = np.where(np.arange(COUNT) % 4 == 0, np.nan, -truth + rng.normal(0, 3.0, COUNT))
    return [
        column_of(
            "experiment", np.where(side < 0, -11.2, truth), side, "log10_sigma", "log10(S/cm)"
        ),
        column_of("good", good),
        column_of("reverse", reverse, unit="eV"),
        column_of("noise", rng.normal(size=COUNT)),
    ]


def refusals(column):
    """One refusal for every candidate that a column does not know."""
    return [
        Observation(Query(POOL[row], column.name), "refused", "score", "1", reason=f"no {row} Li")
        for row in np.flatnonzero(~column.known)
    ]


def study(*, truth="experiment", listed=None, threshold=-4.0, found=None, title="toys"):
    found = columns() if found is None else found
    judge = Judge(3, np.arange(COUNT) // 2, resamples=300)
    return Study(
        title=title,
        candidates=POOL,
        columns=tuple(found),
        coverage=tuple(coverage(each, refusals(each)) for each in found),
        comparison=compare(found, judge, truth=truth, threshold=threshold, listed=listed),
        command="discovery agree toys",
        version="0.0",
        seed=3,
        related="pairs",
        clusters=COUNT // 2,
        listed=0 if listed is None else int(listed.sum()),
        remarks=("nothing <b>else</b>",),
        citation="nobody (2026)",
    )
