"""What a network sees of a crystal that is being built.

Stage, crystal system, point group, space group, fidelity and the element that waits for its count
as indicators; the logarithm of every element's count; and a few more numbers: elements and atoms so
far, the range of their charge, means and spreads of element properties.
"""

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

import numpy as np
import torch
from pymatgen.core.periodic_table import Element
from torch import Tensor

from discovery.chemistry.charges import electronegativity
from samplers.gflownet.balance import Ions
from samplers.gflownet.columns import (
    FIDELITY,
    GROUP,
    NUMBER,
    PENDING,
    POINT,
    POINTS,
    SYSTEM,
    SYSTEMS,
    Columns,
    Stage,
)
from samplers.gflownet.contract import Encoded

_SHOWN: Final = (SYSTEM, POINT, GROUP, FIDELITY, PENDING)
"""Columns whose values are indicators; 0, for what is not chosen, is a value like the others."""
_NUMBERS: Final = 4
_CHARGE: Final = 50.0  # elementary charges; a scale only
_ROUNDING: Final = 1e-4
"""Least variance: the root of less would show how single precision rounded."""


@dataclass(frozen=True)
class Encoding:
    """Encodes states on one device.

    Args:
        columns: Of the states.
        groups: Number of space groups.
        fidelities: Number of fidelities.
        most: Largest number of atoms.
        sums: (elements + 1, 3 + 2 properties): what an atom of each element adds to the number of
            atoms, the lowest and the highest charge, the properties and their squares; the first
            row is no element.
    """

    columns: Columns
    groups: int
    fidelities: int
    most: int
    sums: Tensor

    @property
    def _sizes(self) -> tuple[int, ...]:
        """Number of values of each indicator."""
        elements = len(self.sums) - 1
        most = (SYSTEMS, POINTS, self.groups, self.fidelities, elements)
        return (len(Stage), *(values + 1 for values in most))

    @property
    def places(self) -> int:
        """Number of indicators."""
        return sum(self._sizes)

    @property
    def numbers(self) -> int:
        """Number of other numbers."""
        elements, sums = self.sums.shape
        return elements - 1 + _NUMBERS + sums - 3

    def encode(self, states: Tensor, stage: Tensor) -> Encoded:
        """Return what a network sees.

        Args:
            states: (b, s).
            stage: (b,) what is chosen next.
        """
        columns, device = self.columns, states.device
        chosen = states[:, columns.elements : columns.elements + columns.slots]
        amounts = states[:, columns.counts : columns.counts + columns.slots].float()
        counts = torch.zeros((len(states), len(self.sums)), device=device)
        counts.scatter_add_(1, chosen, amounts)
        sums = counts @ self.sums
        atoms, charges, properties = sums.split([1, 2, sums.shape[1] - 3], 1)
        mean, square = (properties / atoms.clamp(min=1)).chunk(2, 1)
        before = [0, *accumulate(self._sizes[:-1])]
        shown = torch.tensor(_SHOWN, device=device)
        places = torch.cat([stage[:, None], states[:, shown]], 1)
        numbers = [
            torch.log1p(counts[:, 1:]) / np.log1p(self.most),
            states[:, NUMBER, None] / columns.slots,
            atoms / self.most,
            charges / _CHARGE,
            mean,
            (square - mean**2).clamp(min=_ROUNDING).sqrt(),
        ]
        return Encoded(places + torch.tensor(before, device=device), torch.cat(numbers, 1))

    def to(self, device: torch.device) -> "Encoding":
        """Return the same on another device."""
        return replace(self, sums=self.sums.to(device))


def encoding(columns: Columns, groups: int, fidelities: int, most: int, ions: Ions) -> Encoding:
    """Return the encoding of crystals made of these ions."""
    charges = np.array([(states[0], states[-1]) for states in ions.states], dtype=float)
    table = np.array([_properties(symbol) for symbol in ions.symbols])
    spread = table.std(axis=0)
    scaled = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    sums = np.concatenate([np.ones((len(table), 1)), charges, scaled, scaled**2], 1)
    return Encoding(
        columns,
        groups,
        fidelities,
        most,
        torch.from_numpy(np.pad(sums, ((1, 0), (0, 0)))).float(),
    )


def _properties(symbol: str) -> tuple[float, ...]:
    element = Element(symbol)
    return (
        electronegativity(symbol),
        float(np.log(float(element.atomic_mass))),
        float(element.atomic_radius or 1.0),
        float(element.group),
        float(element.row),
    )
