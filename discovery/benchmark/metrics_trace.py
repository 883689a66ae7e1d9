"""What a strategy asked, in order, and curves against what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.types import BoolArray, FloatArray

_SLACK = 1e-9  # relative; a mean of shares such as 0.8 is rounded


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantity that changes in steps as cost is spent: ``value[i]`` holds from ``spent[i]`` on.

    Args:
        spent: (k,) cost, or number of measurements, never falling; the first is where the curve
            begins, usually 0. Of steps at one cost the last counts.
        value: (k,) what holds from there on.

    Raises:
        InvalidInputError: The arrays are empty or do not fit, or the cost falls.
    """

    spent: FloatArray
    value: FloatArray

    def __post_init__(self) -> None:
        if self.spent.ndim != 1 or self.spent.shape != self.value.shape or not len(self.spent):
            raise InvalidInputError(
                f"a curve has one value per cost, not {self.value.shape} for {self.spent.shape}"
            )
        if (np.diff(self.spent) < 0).any():
            raise InvalidInputError("what was spent cannot fall along a curve")

    def at(self, spent: FloatArray) -> FloatArray:
        """Return the value at each cost (g,); NaN before the curve begins.

        Behind its end the last value holds: a strategy that stopped has found what it had found.
        """
        step = np.searchsorted(self.spent, spent * (1 + _SLACK), side="right") - 1
        found: FloatArray = np.where(step >= 0, self.value[np.maximum(step, 0)], np.nan)
        return found

    def reaches(self, level: float) -> float:
        """Return the least cost at which the value is ``level`` or more; infinite if never."""
        return self._first(self.value >= level - _SLACK * max(abs(level), 1e-300))

    def falls_to(self, level: float) -> float:
        """Return the least cost at which the value is ``level`` or less; infinite if never."""
        return self._first(self.value <= level + _SLACK * max(abs(level), 1e-300))

    def area(self, budget: float) -> float:
        """Return the integral from 0 to ``budget`` divided by ``budget``; steps, no trapezoids.

        Raises:
            InvalidInputError: The budget is not positive, or the curve begins after 0.
        """
        if not (np.isfinite(budget) and budget > 0):
            raise InvalidInputError(f"a budget is a positive number, not {budget}")
        if self.spent[0] > 0:
            raise InvalidInputError(
                f"the curve begins at cost {self.spent[0]:g}; an area needs its value from 0 on"
            )
        ends = np.append(self.spent[1:], np.inf)
        width = np.clip(np.minimum(ends, budget) - self.spent, 0.0, None)
        inside = width > 0  # what has no width may be infinite
        return float(np.sum(self.value[inside] * width[inside]) / budget)

    def _first(self, met: BoolArray) -> float:
        return float(self.spent[met.argmax()]) if met.any() else float("inf")


@dataclass(frozen=True, eq=False)
class Trace:
    """Queries of one run in the order in which they were answered.

    Args:
        row: (q,) which candidate of the problem.
        column: (q,) at which fidelity.
        cost: (q,) what the answer cost, in budget units.
        batch: (q,) 0 for the initial design, then the number of the batch, never falling; by
            default each query is a batch of its own.

    Raises:
        InvalidInputError: The arrays do not fit, a cost is negative, a batch number falls.
    """

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    cost: FloatArray
    batch: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    def __post_init__(self) -> None:
        if not len(self.batch):
            object.__setattr__(self, "batch", np.arange(1, len(self.row) + 1))
        shapes = {self.row.shape, self.column.shape, self.cost.shape, self.batch.shape}
        if shapes != {(len(self.row),)}:
            raise InvalidInputError(
                f"a trace has one row, column, cost and batch per query, not {sorted(shapes)}"
            )
        if not (np.isfinite(self.cost) & (self.cost >= 0)).all():
            raise InvalidInputError("the cost of a query is a finite number, 0 or more")
        if (np.diff(self.batch) < 0).any():
            raise InvalidInputError("the number of the batch cannot fall along a trace")

    @property
    def spent(self) -> FloatArray:
        """(q,) cost of each query and all before it, the initial design included."""
        spent: FloatArray = np.cumsum(self.cost)
        return spent

    def stepwise(self, start: float, value: FloatArray) -> Curve:
        """Return the curve that is ``start`` at cost 0, then ``value`` (q,) after each query."""
        return Curve(np.append(0.0, self.spent), np.append(start, value))


def by_count(rows: Sequence[int] | NDArray[np.intp]) -> Trace:
    """Return the trace of measurements at the only fidelity, each of cost 1, one at a time."""
    count = len(rows)
    return Trace(np.asarray(rows, dtype=np.intp), np.zeros(count, dtype=np.intp), np.ones(count))


def on_grid(curves: Sequence[Curve], spent: FloatArray) -> FloatArray:
    """Return (s, g) the values of s curves at common costs (g,), see :meth:`Curve.at`."""
    return np.array([curve.at(spent) for curve in curves])


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """Return the mean of some curves at every cost at which one of them changes.

    Raises:
        InvalidInputError: There is none.
    """
    if not curves:
        raise InvalidInputError("there is no curve to average")
    spent = np.unique(np.concatenate([curve.spent for curve in curves]))
    return Curve(spent, on_grid(curves, spent).mean(axis=0))
