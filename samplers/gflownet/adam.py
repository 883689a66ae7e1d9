"""Adam, Kingma and Ba, arXiv:1412.6980, algorithm 1.

That of torch.optim brings torch's compiler with it: 75 MB and a second for what is done here.
"""

import math
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import Parameter

_DECAYS: Final = (0.9, 0.999)
_SMALLEST: Final = 1e-8


class Adam:
    """Descends along gradients, each scaled by its running mean square.

    Args:
        parameters: By name.

    Attributes:
        steps: Steps taken.
        means: Running mean of each gradient.
        squares: Running mean of each squared gradient.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = dict(parameters)
        self.steps = 0
        self.means = {name: torch.zeros_like(p) for name, p in self._parameters.items()}
        self.squares = {name: torch.zeros_like(p) for name, p in self._parameters.items()}

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters.values():
            parameter.grad = None

    @torch.no_grad()
    def step(self, rates: Mapping[str, float]) -> None:
        """Move the parameters that have gradients, each at its own learning rate."""
        self.steps += 1
        first, second = (1 - decay**self.steps for decay in _DECAYS)
        for name, parameter in self._parameters.items():
            if parameter.grad is None:
                continue
            mean: Tensor = self.means[name].lerp_(parameter.grad, 1 - _DECAYS[0])
            square = self.squares[name].mul_(_DECAYS[1])
            square.addcmul_(parameter.grad, parameter.grad, value=1 - _DECAYS[1])
            scale = square.sqrt().div_(math.sqrt(second)).add_(_SMALLEST)
            parameter.addcdiv_(mean, scale, value=-rates[name] / first)
