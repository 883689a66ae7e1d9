"""The network: what to do next, where the coordinates lie, how much flow a state carries."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from samplers.gflownet import densities
from samplers.gflownet.contract import Encoded, Environment
from samplers.gflownet.densities import Mixture


class Policy(nn.Module):
    """A multilayer perceptron on encoded states, with its condition added to the first layer.

    Args:
        environment: Decides the sizes of the layers.
        conditions: Number of features of a condition.
        hidden: Neurons per layer.
        components: Components of the mixture on the unit cube, the uniform one not counted.
        generator: Source of the initial weights, on the device of the policy.
    """

    def __init__(
        self,
        environment: Environment,
        conditions: int,
        hidden: int,
        components: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.dims, self.components = environment.dims, components

        def layer(inputs: int, outputs: int, gain: float = 1.0, others: int = 0) -> nn.Linear:
            made = nn.utils.skip_init(nn.Linear, inputs, outputs, device=generator.device)
            bound = gain * math.sqrt(6 / (inputs + others + outputs))
            nn.init.uniform_(made.weight, -bound, bound, generator=generator)
            nn.init.zeros_(made.bias)
            return made

        places, numbers = environment.places, environment.numbers
        self.first = layer(numbers, hidden, others=places)
        self.places = nn.Parameter(layer(hidden, places, others=numbers).weight.detach())
        self.condition = layer(conditions, hidden) if conditions else None
        self.second = layer(hidden, hidden)
        self.head = layer(hidden, environment.actions, gain=0.1)
        self.flow = layer(hidden, 1, gain=0.1)
        raw = densities.numbers(components, environment.dims)
        self.density = layer(hidden, raw, gain=0.1) if raw else None
        if self.density is not None:
            centres = self.density.bias.data[
                components + 1 : components * (environment.dims + 1) + 1
            ]
            nn.init.uniform_(centres, -2.0, 2.0, generator=generator)
        self.log_z = LogZ(conditions, generator)

    def offsets(self, features: Tensor) -> Tensor | None:
        """Return (b, hidden) what the conditions (b, c) add to the first layer, if anything."""
        return None if self.condition is None else self.condition(features)

    def trunk(self, encoded: Encoded, offsets: Tensor | None) -> Tensor:
        """Return (n, hidden) features of n encoded states and their rows' offsets."""
        first, second = self.first, self.second
        layers = (self.places, first.weight, first.bias, second.weight, second.bias)
        features: Tensor = _Trunk.apply(encoded.places, encoded.numbers, offsets, *layers)
        return features

    def mixture(self, hidden: Tensor) -> Mixture:
        """Return the densities of the coordinates of finished states (b, hidden)."""
        assert self.density is not None
        return Mixture.of(self.density(hidden), self.components, self.dims)


class _Trunk(torch.autograd.Function):
    """Two layers of rectified units, written out with their gradient.

    The indicators choose rows of weights to add, which a product with a nearly empty matrix would
    do more slowly, and most results overwrite what they are made of.
    """

    @staticmethod
    def forward(  # noqa: PLR0917 - torch calls it by position
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        places: Tensor,
        numbers: Tensor,
        offsets: Tensor | None,
        by_place: Tensor,
        by_number: Tensor,
        bias: Tensor,
        weight: Tensor,
        second_bias: Tensor,
    ) -> Tensor:
        inner = functional.embedding_bag(places, by_place, mode="sum")
        inner.addmm_(numbers, by_number.T).add_(bias)
        if offsets is not None:
            inner += offsets
        inner.relu_()
        outer = torch.addmm(second_bias, inner, weight.T).relu_()
        ctx.save_for_backward(places, numbers, by_place, weight, inner, outer)
        ctx.conditioned = offsets is not None
        return outer

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:  # noqa: ANN401
        places, numbers, by_place, weight, inner, outer = ctx.saved_tensors
        into_outer = torch.ops.aten.threshold_backward(gradient, outer, 0)
        into_inner = into_outer @ weight
        torch.ops.aten.threshold_backward.grad_input(into_inner, inner, 0, grad_input=into_inner)
        into_places = torch.zeros_like(by_place)
        for place in places.unbind(1):
            into_places.index_add_(0, place, into_inner)
        return (
            None,
            None,
            into_inner if ctx.conditioned else None,
            into_places,
            into_inner.T @ numbers,
            into_inner.sum(0),
            into_outer.T @ inner,
            into_outer.sum(0),
        )


class LogZ(nn.Module):
    """The logarithm of the partition function of a condition: linear plus a small network.

    Args:
        conditions: Number c of features of a condition.
        generator: Source of the initial weights.
    """

    def __init__(self, conditions: int, generator: torch.Generator, neurons: int = 32) -> None:
        super().__init__()
        device = generator.device
        self.linear = nn.Parameter(torch.zeros(conditions + 1, device=device))
        self.inner = nn.Parameter(torch.zeros((neurons, conditions + 1), device=device))
        self.outer = nn.Parameter(torch.zeros(neurons, device=device))
        nn.init.normal_(self.inner, generator=generator)

    def forward(self, features: Tensor) -> Tensor:
        """Return (b,) log Z of conditions with features (b, c)."""
        seen = functional.pad(features, (0, 1), value=1.0)
        linear = seen @ self.linear
        return (
            linear + torch.tanh(seen @ self.inner.T) @ self.outer if features.shape[1] else linear
        )

    @torch.no_grad()
    def start(self, features: Tensor, values: Tensor) -> None:
        """Fit the linear part to (b,) estimates log R - log P of a first batch."""
        seen = functional.pad(features, (0, 1), value=1.0).double()
        ridge = 1e-3 * torch.eye(seen.shape[1], dtype=seen.dtype, device=seen.device)
        self.linear.copy_(torch.linalg.solve(seen.T @ seen + ridge, seen.T @ values.double()))
