"""Adam, Kingma and Ba, arXiv:1412.6980, algorithm 1, with clipped gradients.

That of torch.optim brings torch's compiler with it: 75 MB and a second for what is done here.
Parameters are moved into one vector, so that a step is a few operations however many there are.
"""

import math
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import Parameter

_DECAYS: Final = (0.9, 0.999)
_SMALLEST: Final = 1e-8
_NORMAL: Final = 1e-30
"""Least mean square: far below what the smallest scale lets through, and no denormal number, whose
root takes a processor forty times as long."""


class Adam:
    """Descends along gradients, each scaled by its running mean square.

    Args:
        parameters: By name; one or more.
        rates: Learning rate of each.
        clip: Largest norm of a gradient, all parameters together; longer ones are shortened to it.

    Attributes:
        steps: Steps taken.
        means: Running mean of each gradient.
        squares: Running mean of each squared gradient.
    """

    def __init__(
        self, parameters: Mapping[str, Parameter], rates: Mapping[str, float], clip: float
    ) -> None:
        self._parameters, self._clip, self.steps = dict(parameters), clip, 0
        flat = [p.detach().flatten() for p in self._parameters.values()]
        self._values = torch.cat(flat)
        self._rates = torch.cat(
            [torch.full_like(p, rates[n]) for n, p in zip(self._parameters, flat, strict=True)]
        )
        self._mean = torch.zeros_like(self._values)
        self._square = torch.zeros_like(self._values)
        self.means, self.squares = self._parts(self._mean), self._parts(self._square)
        for name, part in self._parts(self._values).items():
            self._parameters[name].data = part

    def _parts(self, flat: Tensor) -> dict[str, Tensor]:
        """Views of a vector in the shapes of the parameters."""
        parameters = self._parameters
        parts = flat.split([p.numel() for p in parameters.values()])
        return {
            name: part.view_as(p) for (name, p), part in zip(parameters.items(), parts, strict=True)
        }

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters.values():
            parameter.grad = None

    @torch.no_grad()
    def step(self, share: float = 1.0) -> bool:
        """Move the parameters along their gradients; one without a gradient counts as flat.

        Args:
            share: Of the learning rates.

        Returns:
            Whether there was a step to make: nothing moves where a gradient is not finite.
        """
        gradient = torch.cat(
            [
                (torch.zeros_like(p) if p.grad is None else p.grad).flatten()
                for p in self._parameters.values()
            ]
        )
        norm = torch.linalg.vector_norm(gradient).item()
        if not math.isfinite(norm):
            return False
        self.steps += 1
        first, second = (1 - decay**self.steps for decay in _DECAYS)
        gradient *= min(1.0, self._clip / (norm + _SMALLEST))
        self._mean.lerp_(gradient, 1 - _DECAYS[0])
        self._square.mul_(_DECAYS[1]).addcmul_(gradient, gradient, value=1 - _DECAYS[1])
        self._square.clamp_(min=_NORMAL)
        scale = self._square.sqrt().div_(math.sqrt(second)).add_(_SMALLEST)
        self._values.addcdiv_(self._rates * self._mean, scale, value=-share / first)
        return True
