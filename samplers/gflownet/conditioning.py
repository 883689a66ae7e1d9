"""What one policy is conditioned on: how sharp its target is, and which rewards count how much.

The target of a condition is p(x) ∝ exp(beta w·score(x)) with inverse temperature beta and
weights w of the reward columns that sum to one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from discovery.errors import InvalidInputError


@dataclass(frozen=True)
class Conditions:
    """One condition per trajectory.

    Args:
        betas: (b,) inverse temperatures.
        weights: (b, r) preferences between rewards; rows sum to one.
        features: (b, c) what the network sees of them.
        groups: (b,) int64; rows of a group share their condition.
    """

    betas: Tensor
    weights: Tensor
    features: Tensor
    groups: Tensor

    def __len__(self) -> int:
        return len(self.betas)

    def rows(self, index: Tensor | slice) -> "Conditions":
        """Return the conditions of some rows."""
        return Conditions(
            self.betas[index], self.weights[index], self.features[index], self.groups[index]
        )

    def log_rewards(self, scores: Tensor) -> Tensor:
        """Return (b,) log rewards of (b, r) finite scores."""
        return self.betas * (self.weights * scores).sum(1)


@dataclass(frozen=True)
class Conditioning:
    """The conditions that a policy is trained for.

    Args:
        betas: Lowest and highest inverse temperature; drawn log-uniformly between them.
        rewards: Number r of reward columns; preferences are drawn from the flat Dirichlet
            distribution.
        groups: Conditions per batch. Fewer conditions of more trajectories each make log Z of a
            condition easier to estimate from the batch.
    """

    betas: tuple[float, float] = (1.0, 1.0)
    rewards: int = 1
    groups: int = 10

    @property
    def width(self) -> int:
        """Number c of features of a condition; 0 when there is only one condition."""
        return 2 * (self.betas[0] < self.betas[1]) + self.rewards * (self.rewards > 1)

    def draw(self, count: int, generator: torch.Generator, parts: int = 1) -> Conditions:
        """Draw conditions for ``count`` trajectories, the same for all of a group.

        Args:
            count: How many.
            generator: Source of randomness.
            parts: Batches that the trajectories are for; that of a row is its group modulo parts.
        """
        groups = parts * (min(self.groups, max(1, count // parts)) if self.width else 1)
        device = generator.device
        low, high = (math.log(beta) for beta in self.betas)
        betas = torch.exp(
            low + (high - low) * torch.rand(groups, generator=generator, device=device)
        )
        shares = -torch.log(
            torch.rand((groups, self.rewards), generator=generator, device=device).clamp_min(1e-12)
        )
        of = torch.arange(count, device=device) % groups
        return self._made(betas[of], (shares / shares.sum(1, keepdim=True))[of], of)

    def fixed(
        self,
        count: int,
        beta: float | None,
        weights: tuple[float, ...] | None,
        device: torch.device,
    ) -> Conditions:
        """Return the same condition ``count`` times.

        Args:
            count: How many rows.
            beta: Inverse temperature; by default the highest.
            weights: Preferences, normalised here; by default all the same.
            device: Where.

        Raises:
            InvalidInputError: The condition is outside what is drawn.
        """
        low, high = self.betas
        beta = high if beta is None else beta
        if not low <= beta <= high:
            raise InvalidInputError(f"beta is {beta}, but was trained between {low} and {high}")
        weights = (1.0,) * self.rewards if weights is None else weights
        if len(weights) != self.rewards or min(weights) < 0 or not sum(weights) > 0:
            raise InvalidInputError(
                f"weights are {weights}; {self.rewards} non-negative numbers were wanted, one for "
                f"each reward, and not all of them zero"
            )
        shares = torch.tensor(weights, dtype=torch.float32, device=device)
        return self._made(
            torch.full((count,), beta, device=device),
            (shares / shares.sum()).expand(count, -1),
            torch.zeros(count, dtype=torch.int64, device=device),
        )

    def _made(self, betas: Tensor, weights: Tensor, groups: Tensor) -> Conditions:
        seen = []
        low, high = self.betas
        if low < high:
            seen.append(2 * torch.log(betas / low) / math.log(high / low) - 1)
            seen.append(betas / high)
        if self.rewards > 1:
            seen.extend(weights.unbind(1))
        features = torch.stack(seen, 1) if seen else betas.new_empty((len(betas), 0))
        return Conditions(betas, weights, features, groups)
