"""A pool of candidates whose answers are known, at one or several fidelities, each at a cost."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.rank_statistics import Values
from discovery.benchmark.metrics import top
from discovery.errors import BudgetError, DatasetError, InvalidInputError, UnknownNameError
from discovery.types import (
    BoolArray,
    Bound,
    Candidate,
    Estimate,
    Fidelity,
    FloatArray,
    Outcome,
    Refusal,
)

IntArray = NDArray[np.intp]
_UNKNOWN = "the answer is not in the table"


@dataclass(frozen=True, eq=False)
class Problem:
    """N candidates with d features and their answers at m fidelities.

    Larger target values are better: where the published objective is to be minimised, all values
    and bounds are negated on loading, at every fidelity, and ``negated`` says so.

    Args:
        name: What tables and figures call it.
        names: (d,) of the features.
        features: (N, d) finite numbers, known before anything is asked.
        fidelities: (m,) with the cost of one answer; exactly one is the target.
        values: (N, m) answers; NaN where there is none, or a bound only.
        limits: (N, m) bounds; NaN where there is none. By default there is none at all.
        sides: (N, m) -1 where the truth lies below the limit, +1 where above, else 0.
        candidates: (N,) the materials, for strategies that know them; empty for numbers only.
        groups: (N,) which group each belongs to, e.g. a structure family.
        negated: Whether published values are minus those here.
        quantity: Of the target.
        unit: Of the target.
        citation: How to cite it.
        notes: What was done to the published table, and what a reader should know.

    Raises:
        InvalidInputError: The arrays do not fit, or a feature is not finite.
        BudgetError: The target costs nothing.
        DatasetError: Fewer than two candidates have a value at the target, or all have the same.
    """

    name: str
    names: tuple[str, ...]
    features: FloatArray
    fidelities: tuple[Fidelity, ...]
    values: FloatArray
    limits: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    sides: NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int8))
    candidates: tuple[Candidate, ...] = ()
    groups: IntArray | None = None
    negated: bool = False
    quantity: str = ""
    unit: str = ""
    citation: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.limits.size:
            object.__setattr__(self, "limits", np.full(self.values.shape, np.nan))
            object.__setattr__(self, "sides", np.zeros(self.values.shape, dtype=np.int8))
        self._check_shapes()
        self._check_content()

    def __len__(self) -> int:
        return len(self.features)

    @property
    def column(self) -> int:
        """Column of the target fidelity."""
        return next(i for i, fidelity in enumerate(self.fidelities) if fidelity.target)

    @property
    def costs(self) -> FloatArray:
        """(m,) cost of one answer."""
        return np.array([fidelity.cost for fidelity in self.fidelities])

    @property
    def target(self) -> FloatArray:
        """(N,) values at the target; NaN where there is none, or a bound only."""
        return self.values[:, self.column]

    @property
    def askable(self) -> BoolArray:
        """(N, m) whether there is an answer, be it a bound."""
        known: BoolArray = np.isfinite(self.values) | (self.sides != 0)
        return known

    @property
    def whole(self) -> float:
        """What measuring every candidate at the target costs: W of the metrics."""
        return float(self.askable[:, self.column].sum() * self.costs[self.column])

    def top(self, share: float) -> BoolArray:
        """Return (N,) the best share of those with an answer at the target, ties included."""
        known = self.askable[:, self.column]
        sides = self.sides[known, self.column]
        value = np.where(sides != 0, self.limits[known, self.column], self.target[known])
        best: BoolArray = np.zeros(len(self), dtype=np.bool_)
        best[known] = top(Values(value, sides), share)
        return best

    def answer(self, row: int, column: int) -> Outcome:
        """Return what asking a candidate at a fidelity gives; a refusal where nothing is known."""
        if np.isfinite(self.values[row, column]):
            return Estimate(float(self.values[row, column]))
        if self.sides[row, column]:
            below = self.sides[row, column] < 0
            return Bound("left" if below else "right", float(self.limits[row, column]))
        return Refusal(_UNKNOWN)

    def published(self, values: FloatArray) -> FloatArray:
        """Return values of this problem as the paper states them."""
        return -values if self.negated else values

    def at(self, names: Sequence[str]) -> "Problem":
        """Return the problem with some of its fidelities only, the target among them.

        Raises:
            UnknownNameError: A fidelity does not exist.
            InvalidInputError: The target is not among them.
        """
        known = [fidelity.name for fidelity in self.fidelities]
        for name in names:
            if name not in known:
                raise UnknownNameError("fidelity", name, known)
        kept = [column for column, name in enumerate(known) if name in names]
        return replace(
            self,
            fidelities=tuple(self.fidelities[column] for column in kept),
            values=self.values[:, kept],
            limits=self.limits[:, kept],
            sides=self.sides[:, kept],
        )

    @cached_property
    def digest(self) -> str:
        """Hash of all that a strategy can see or be told, 64 hexadecimal digits."""
        total = hashlib.sha256()
        for array in (self.features, self.values, self.limits, self.sides.astype(float)):
            # one bit pattern for all NaN, and one for zero
            total.update(np.where(np.isnan(array), np.nan, array + 0.0).tobytes())
        told = [(f.name, f.cost, f.target) for f in self.fidelities]
        ids = [candidate.id for candidate in self.candidates]
        groups = None if self.groups is None else self.groups.tolist()
        total.update(repr((self.names, told, ids, groups, self.features.shape)).encode())
        return total.hexdigest()

    def _check_shapes(self) -> None:
        count, width = len(self.features), len(self.fidelities)
        shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
            "features": (self.features.shape, (count, len(self.names))),
            "values": (self.values.shape, (count, width)),
            "limits": (self.limits.shape, (count, width)),
            "sides": (self.sides.shape, (count, width)),
        }
        if self.candidates:
            shapes["candidates"] = ((len(self.candidates),), (count,))
        if self.groups is not None:
            shapes["groups"] = (self.groups.shape, (count,))
        for name, (got, expected) in shapes.items():
            if got != expected:
                raise InvalidInputError(f"{self.name}: {name} has shape {got}, expected {expected}")

    def _check_content(self) -> None:
        named = [fidelity.name for fidelity in self.fidelities]
        targets = [fidelity.name for fidelity in self.fidelities if fidelity.target]
        if len(targets) != 1 or len(set(named)) < len(named):
            raise InvalidInputError(
                f"{self.name}: exactly one of differently named fidelities is the target, not "
                f"{targets} of {named}"
            )
        if not self.costs[self.column] > 0:
            raise BudgetError(f"{self.name}: an answer at the target {targets[0]!r} costs nothing")
        if not np.isfinite(self.features).all():
            row, place = np.argwhere(~np.isfinite(self.features))[0]
            raise InvalidInputError(
                f"{self.name}: feature {self.names[place]!r} of candidate {row} is "
                f"{self.features[row, place]}; fill it in or leave the feature out"
            )
        if (
            not ((self.sides != 0) == np.isfinite(self.limits)).all()
            or (np.isfinite(self.limits) & np.isfinite(self.values)).any()
        ):
            raise InvalidInputError(f"{self.name}: an answer is a value or a bound with its side")
        known = self.target[np.isfinite(self.target)]
        if len(known) < 2 or np.ptp(known) == 0:  # noqa: PLR2004 - a better and a worse one
            told = f"all are {self.published(known)[0]:g}" if len(known) else "there is none"
            raise DatasetError(
                f"{self.name}: nothing to find: it takes two different values at the target "
                f"{targets[0]!r}, and {told}"
            )


@runtime_checkable
class ProblemLoader(Protocol):
    """Loads a problem, from the package, a cache, a directory or the network."""

    def load(self) -> Problem:
        """Return the problem.

        Raises:
            DatasetError: A file is missing, or a table cannot be used.
        """
        ...
