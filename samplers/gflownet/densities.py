"""Densities on the unit cube that are exact, cheap to draw from, and never zero.

A coordinate x is logistic in logit space: logit x = c + s logit u with u uniform, so that
log p(x) = log s^-1 - z - 2 log(1 + e^-z) - log x - log(1 - x) with z = (logit x - c) / s.
For c = 0 and s = 1 that is the uniform density; scales never exceed 1, so no density is infinite.
Components of a mixture span all coordinates, which is how coordinates correlate (the logistic
mixture of Ho et al., Flow++, arXiv:1902.00275).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_EDGE = 1e-6
"""How near to 0 and 1 a coordinate may come; nearer, single precision cannot tell."""
_NARROWEST = 0.01
"""Smallest scale: a peak of half a percent of the cube."""


def numbers(components: int, dims: int) -> int:
    """Return how many raw numbers per row a mixture takes."""
    return components * (1 + 2 * dims) + 1 if dims else 0


@dataclass(frozen=True)
class Mixture:
    """One mixture per row; the component after the last is uniform, so that nothing is impossible.

    Args:
        weights: (b, k + 1) log weights.
        centres: (b, k, d) in logit space.
        scales: (b, k, d) in logit space, at most 1.
    """

    weights: Tensor
    centres: Tensor
    scales: Tensor

    @classmethod
    def of(cls, raw: Tensor, components: int, dims: int) -> "Mixture":
        """Read mixtures from (b, numbers(components, dims)) unconstrained numbers."""
        weights, centres, scales = raw.split(
            [components + 1, components * dims, components * dims], dim=1
        )
        shape = (len(raw), components, dims)
        return cls(
            weights.log_softmax(1),
            centres.reshape(shape),
            _NARROWEST + (1 - _NARROWEST) * torch.sigmoid(scales).reshape(shape),
        )

    def log_prob(self, coordinates: Tensor, free: Tensor) -> Tensor:
        """Return (b,) log densities with respect to Lebesgue measure on the free coordinates.

        Args:
            coordinates: (b, d) in the unit cube; values at its faces count as just inside.
            free: (b, d) bool.
        """
        x = coordinates.clamp(_EDGE, 1 - _EDGE)
        logit = torch.logit(x)
        jacobian = (torch.log(x) + torch.log1p(-x))[:, None]
        z = (logit[:, None] - self.centres) / self.scales
        each = -z - self.scales.log() - 2 * functional.softplus(-z) - jacobian
        inside = torch.where(free[:, None], each, 0.0).sum(2)
        return torch.logsumexp(self.weights + functional.pad(inside, (0, 1)), dim=1)

    def sample(self, free: Tensor, uniform: Tensor, generator: torch.Generator) -> Tensor:
        """Return (b, d) coordinates, 0.5 where not free.

        Args:
            free: (b, d) bool.
            uniform: (b,) bool, rows to draw uniformly whatever the mixture says.
            generator: Source of randomness.
        """
        rows, count = torch.arange(len(free), device=free.device), self.weights.shape[1]
        ceiling = self.weights.exp().cumsum(1)
        device = free.device
        pick = torch.rand((len(free), 1), generator=generator, device=device) * ceiling[:, -1:]
        chosen = (ceiling < pick).sum(1).clamp(max=count - 1)
        flat = (chosen == count - 1) | uniform
        component = chosen.clamp(max=count - 2)
        draw = torch.rand(free.shape, generator=generator, device=device).clamp(_EDGE, 1 - _EDGE)
        shaped = torch.sigmoid(
            self.centres[rows, component] + self.scales[rows, component] * torch.logit(draw)
        )
        drawn = torch.where(flat[:, None], draw, shaped).clamp(_EDGE, 1 - _EDGE)
        return torch.where(free, drawn, 0.5)
