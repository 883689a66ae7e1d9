"""Inputs of a kernel that a small network makes of chosen features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from discovery.types import Candidate, FloatArray
from proxies.inputs import Inputs

Layers: TypeAlias = tuple[tuple[FloatArray, FloatArray], ...]
"""(weights (p, q), shift (q,)) per layer, with tanh between the layers."""


@dataclass(frozen=True)
class LearnedInputs:
    """Chosen features, passed through a network; plain arrays, so predicting needs no torch.

    Args:
        inputs: The chosen features.
        layers: Of the network.
    """

    inputs: Inputs
    layers: Layers

    def of(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return inputs (n, q), with those of the composition kernel behind, if there is one."""
        return self.transform(self.inputs.of(candidates))

    def transform(self, inputs: FloatArray) -> FloatArray:
        """Return what the network makes of the features in inputs (n, d + e), (n, q + e)."""
        width = self.inputs.width
        hidden = inputs[:, :width]
        for number, (weights, shift) in enumerate(self.layers):
            hidden = (np.tanh(hidden) if number else hidden) @ weights + shift
        return np.hstack([hidden, inputs[:, width:]])
