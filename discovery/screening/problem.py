"""What a screening works on: features and a target, as plain arrays."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from discovery.assessment.groups import IntArray
from discovery.types import BoolArray, FloatArray

Task: TypeAlias = Literal["classification", "regression"]
Variant: TypeAlias = Literal["full", "cut"]
"""All rows, gaps filled by the mean of the training part; or rows known in the named columns."""


@dataclass(frozen=True)
class Problem:
    """Features of n rows, and what is to be predicted of them.

    Args:
        name: Of the table.
        task: Whether classes or values are predicted.
        features: (n, d), NaN where not known.
        names: Of the d features.
        target: (n,) value, or number of the class as a float.
        target_name: Column that the target was read from.
        classes: Names of the classes, by number; empty for values.
        needed: (d,) features that a row of the variant ``cut`` knows.
        rows: (n,) row of the table, counted from 0.
        groups: (n,) number of the group that a row belongs to; ``None`` without groups.
        group_name: Column that the groups were read from.
        remarks: What was left out or noticed when the table was read.
    """

    name: str
    task: Task
    features: FloatArray
    names: tuple[str, ...]
    target: FloatArray
    target_name: str
    classes: tuple[str, ...]
    needed: BoolArray
    rows: IntArray
    groups: IntArray | None = None
    group_name: str = ""
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.target)

    @property
    def complete(self) -> BoolArray:
        """(n,) whether all needed features of a row are known."""
        return np.asarray(np.isfinite(self.features[:, self.needed]).all(axis=1))

    def take(self, rows: IntArray) -> "Problem":
        """Return the problem of some of the rows, by their place here."""
        return replace(
            self,
            features=self.features[rows],
            target=self.target[rows],
            rows=self.rows[rows],
            groups=None if self.groups is None else self.groups[rows],
        )

    def variants(self) -> "dict[Variant, Problem]":
        """Return the problem with all rows and, where rows have gaps, with the complete ones."""
        complete = self.complete
        if complete.all():
            return {"full": self}
        return {"full": self, "cut": self.take(np.flatnonzero(complete))}
