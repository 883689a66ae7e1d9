"""What fidelities say about the same candidates, one column each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.rank_statistics import Values
from discovery.types import BoolArray, Bound, Estimate, FloatArray, Observation

_SIDES: Final = {"left": -1, "right": 1}


@dataclass(frozen=True)
class Column:
    """What one fidelity says about n candidates.

    Args:
        name: Of the fidelity.
        quantity: What it measures.
        unit: Its unit.
        value: (n,) NaN where it has no answer.
        side: (n,) 0 for a value, -1 where the truth lies below, +1 where above.
    """

    name: str
    quantity: str
    unit: str
    value: FloatArray
    side: NDArray[np.int8]

    @property
    def known(self) -> BoolArray:
        """(n,) whether there is an answer."""
        known: BoolArray = np.isfinite(self.value)
        return known

    @property
    def exact(self) -> BoolArray:
        """(n,) whether the answer, if there is one, is no bound."""
        exact: BoolArray = self.side == 0
        return exact

    def at(self, rows: BoolArray) -> Values:
        """Return the values of some candidates, all of which must be known."""
        return Values(self.value[rows], self.side[rows])


def column(
    name: str, quantity: str, unit: str, answers: Sequence[Estimate | Bound | Observation | None]
) -> Column:
    """Return answers as a column; refusals, failures and ``None`` are unknown."""
    value, side = np.full(len(answers), np.nan), np.zeros(len(answers), dtype=np.int8)
    for row, answer in enumerate(answers):
        bound = answer.bound if isinstance(answer, Observation) else answer
        if isinstance(bound, Bound):
            value[row], side[row] = bound.value, _SIDES[bound.side]
        elif answer is not None and not isinstance(answer, Bound) and answer.value is not None:
            value[row] = answer.value
    return Column(name, quantity, unit, value, side)
