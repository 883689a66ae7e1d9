"""What a network sees of a crystal that is being built.

Stage, crystal system, point group, space group and fidelity as indicators; the logarithm of every
element's count; which element waits for its count; and a few numbers: elements and atoms so far,
the range of their charge, means and spreads of element properties.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from pymatgen.core.periodic_table import Element
from torch import Tensor
from torch.nn.functional import one_hot

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

_NUMBERS: Final = 4
_CHARGE: Final = 50.0  # elementary charges; a scale only


@dataclass(frozen=True)
class Encoding:
    """Encodes states on one device.

    Args:
        columns: Of the states.
        groups: Number of space groups.
        fidelities: Number of fidelities.
        most: Largest number of atoms.
        charges: (elements, 2) lowest and highest oxidation state.
        properties: (elements, properties) scaled to mean 0 and variance 1.
    """

    columns: Columns
    groups: int
    fidelities: int
    most: int
    charges: Tensor
    properties: Tensor

    @property
    def width(self) -> int:
        """Length of an encoding."""
        elements, properties = self.properties.shape
        indicators = len(Stage) + SYSTEMS + POINTS + self.groups + self.fidelities
        return indicators + 2 * elements + _NUMBERS + 2 * properties

    def encode(self, states: Tensor, stage: Tensor) -> Tensor:
        """Return (b, width) float32.

        Args:
            states: (b, s).
            stage: (b,) what is chosen next.
        """
        columns, elements = self.columns, len(self.charges)
        chosen = states[:, columns.elements : columns.elements + columns.slots]
        amounts = states[:, columns.counts : columns.counts + columns.slots].float()
        counts = torch.zeros((len(states), elements + 1), device=states.device)
        counts = counts.scatter_add_(1, chosen, amounts)[:, 1:]
        atoms = counts.sum(1, keepdim=True)
        share = counts / atoms.clamp(min=1)
        mean = share @ self.properties
        spread = (share @ self.properties**2 - mean**2).clamp(min=0).sqrt()
        return torch.cat(
            [
                one_hot(stage, len(Stage)).float(),
                _indicators(states[:, SYSTEM], SYSTEMS),
                _indicators(states[:, POINT], POINTS),
                _indicators(states[:, GROUP], self.groups),
                _indicators(states[:, FIDELITY], self.fidelities),
                torch.log1p(counts) / np.log1p(self.most),
                _indicators(states[:, PENDING], elements),
                states[:, NUMBER, None] / columns.slots,
                atoms / self.most,
                counts @ self.charges / _CHARGE,
                mean,
                spread,
            ],
            1,
        )

    def to(self, device: torch.device) -> "Encoding":
        """Return the same on another device."""
        return replace(self, charges=self.charges.to(device), properties=self.properties.to(device))


def encoding(columns: Columns, groups: int, fidelities: int, most: int, ions: Ions) -> Encoding:
    """Return the encoding of crystals made of these ions."""
    charges = [(states[0], states[-1]) for states in ions.states]
    table = np.array([_properties(symbol) for symbol in ions.symbols])
    spread = table.std(axis=0)
    scaled = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return Encoding(
        columns,
        groups,
        fidelities,
        most,
        torch.tensor(charges, dtype=torch.float32),
        torch.from_numpy(scaled).float(),
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


def _indicators(values: Tensor, size: int) -> Tensor:
    """Return (b, size), all zero where the value is 0, else 1 at the value less one."""
    return one_hot(values, size + 1)[:, 1:].float()
