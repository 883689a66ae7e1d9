"""A policy that learns to build objects in proportion to their reward."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from discovery.protocols import State
from discovery.rng import derive, stream
from samplers.gflownet import persistence
from samplers.gflownet.adam import Adam
from samplers.gflownet.batches import (
    Batch,
    entries_of,
    fresh,
    joined,
    objects_of,
    parted,
    remembered,
)
from samplers.gflownet.contract import Environment
from samplers.gflownet.evaluation import evaluate
from samplers.gflownet.objectives import OBJECTIVES
from samplers.gflownet.policy import Policy
from samplers.gflownet.replay import Replay
from samplers.gflownet.rewards import Judge, Progress, Reward
from samplers.gflownet.rollout import Exploration, build
from samplers.gflownet.settings import Settings
from samplers.gflownet.trajectories import Objects, taken_apart

_AT_ONCE: Final = 2_000
"""Objects that are sampled together; more of them would only take memory."""
_LAST_RATE: Final = 0.1
"""Share of the learning rate that is left at the end of a training."""


class GFlowNet:
    """Learns p(x) ∝ exp(beta w·score(x)) over the objects of an environment.

    Training goes on where the last one ended, with whatever reward it is given next. Everything
    is a function of the seeds.

    Args:
        environment: What can be built.
        settings: How to learn.
        seed: Of the initial weights.

    Raises:
        InvalidInputError: The settings leave no new object in a batch.
    """

    def __init__(self, environment: Environment, settings: Settings, seed: int) -> None:
        self.environment, self.settings = environment, settings
        if self._made(known=settings.known) < 1:
            raise InvalidInputError(
                f"of a batch of {settings.batch}, {settings.replayed:.0%} are replayed and "
                f"{settings.known:.0%} known, and the rest is split between {settings.rounds + 1} "
                f"rounds: nothing new is made; enlarge the batch or lower the shares"
            )
        start = environment.initial(1)
        self._device, conditioning = start.device, settings.conditioning
        self.policy = Policy(
            environment,
            conditioning.width,
            settings.hidden,
            settings.components,
            self._generator(seed, "policy"),
        )
        weights = dict(self.policy.named_parameters())
        rates = {
            name: settings.log_z_rate if name.startswith("log_z.") else settings.rate
            for name in weights
        }
        self._optimiser = Adam(weights, rates, settings.clip)
        sizes = (start.shape[1], environment.dims, conditioning.rewards)
        self.replay = Replay(settings.capacity, *sizes)
        self.known = Replay(settings.capacity, *sizes)
        self._started = False

    @property
    def new(self) -> int:
        """Objects that a step makes, and has scored."""
        return self._made(known=self.settings.known if len(self.known) else 0.0)

    def _made(self, known: float) -> int:
        """New objects in a batch with a share of known ones."""
        settings, rounds = self.settings, self.settings.rounds + 1
        rest = settings.batch - sum(round(settings.batch * s) for s in (settings.replayed, known))
        return rest // rounds * rounds

    def train(self, reward: Reward, steps: int, seed: int) -> Progress:
        """Learn from ``steps`` batches, each with :attr:`new` calls of the reward.

        Raises:
            InvalidInputError: The reward has a wrong shape, is +inf, or NaN for all objects that
                are made first.
        """
        generator, rng = self._generator(seed, "train"), stream(seed, "replay")
        progress = Progress()
        judge = self._judge(reward, progress)
        for first in range(0, steps, self.settings.ahead):
            parts = min(self.settings.ahead, steps - first)
            batches = self._batches(parts, judge, generator, rng)
            if progress.unscored == progress.calls:
                raise InvalidInputError(
                    f"the reward is NaN for all of the first {progress.calls} objects, so there "
                    f"is nothing to learn from; give finite log rewards, or -inf for the worst"
                )
            for step, batch in enumerate(batches, first):
                progress.losses.append(self._learn(batch, _rate(step / steps)))
        return progress

    def warm_start(self, objects: Objects, steps: int, seed: int) -> list[float]:
        """Learn to build known objects, by maximum likelihood; needs no reward.

        Returns:
            The mean log-probability of each step's objects.
        """
        generator = self._generator(seed, "warm start")
        conditioning, size = self.settings.conditioning, self.settings.batch
        one = None if conditioning.width else objects.coordinates[:, :0]
        everything = taken_apart(self.environment, objects, one)
        said = []
        for step in range(steps):
            lots = torch.rand(len(objects), generator=generator, device=self._device)
            part = everything.select(lots <= lots.sort().values[:size][-1])
            conditions = conditioning.draw(len(part.objects), generator)
            total = evaluate(self.environment, self.policy, part, conditions.features).total
            said.append(-self._descend(-total.mean(), _rate(step / steps)))
        return said

    def know(self, objects: Objects, reward: Reward) -> Progress:
        """Score objects, each once, and mix them into the batches of all further trainings.

        They replace those of an earlier call.
        """
        progress = Progress()
        self.known.clear()
        entries = entries_of(objects, self._judge(reward, progress)(objects))
        self.known.add(entries, stream(0, "known"))
        return progress

    def rescore(self, reward: Reward, most: int) -> Progress:
        """Score the best ``most`` remembered objects anew and forget the others.

        For a reward that is not the one they were scored with.
        """
        progress, best = Progress(), objects_of(self.replay.best(most), self._device)
        self.replay.clear()
        if len(best):
            entries = entries_of(best, self._judge(reward, progress)(best))
            self.replay.add(entries, stream(0, "rescored"))
        return progress

    def sample(
        self,
        count: int,
        seed: int,
        beta: float | None = None,
        weights: tuple[float, ...] | None = None,
    ) -> tuple[Objects, Tensor]:
        """Build objects with the policy as it is.

        Args:
            count: How many.
            seed: Source of randomness.
            beta: Inverse temperature; by default the highest that the policy was trained for.
            weights: Preferences between rewards; by default all the same.

        Returns:
            The objects, and their (count,) log-probabilities.

        Raises:
            InvalidInputError: The policy was not trained for that condition.
        """
        generator = self._generator(seed, "sample")
        features = self.settings.conditioning.fixed(count, beta, weights, self._device).features
        built = [
            build(self.environment, self.policy, part, generator)
            for part in features.split(_AT_ONCE)
        ]
        states = torch.cat([made.states for made, _ in built])
        coordinates = torch.cat([made.coordinates for made, _ in built])
        return Objects(states, coordinates), torch.cat([log for _, log in built])

    def random(self, count: int, seed: int) -> Objects:
        """Build objects by steps that are drawn evenly from those allowed."""
        conditioning, generator = self.settings.conditioning, self._generator(seed, "random")
        features = conditioning.fixed(count, None, None, self._device).features
        even = Exploration(uniform=1.0)
        return build(self.environment, self.policy, features, generator, even)[0]

    def state(self) -> State:
        """Return what was learned and remembered, see :class:`discovery.protocols.Persistent`."""
        return persistence.state(self.policy, self._optimiser, self.replay, started=self._started)

    def restore(self, state: State) -> None:
        """Go on as the policy whose state it is would have, given the same settings.

        Objects that it knew must be told again.

        Raises:
            InvalidInputError: The state is not that of such a policy.
        """
        self._started = persistence.restore(state, self.policy, self._optimiser, self.replay)

    def _generator(self, seed: int, purpose: str) -> torch.Generator:
        return torch.Generator(self._device).manual_seed(derive(seed, "gflownet", purpose))

    def _judge(self, reward: Reward, progress: Progress) -> Judge:
        settings = self.settings
        return Judge(reward, settings.conditioning.rewards, settings.floor, progress)

    def _batches(
        self, parts: int, judge: Judge, generator: torch.Generator, rng: np.random.Generator
    ) -> list[Batch]:
        """New objects first, so that the replayed ones may be among them; then known ones."""
        settings, new, total = self.settings, self.new * parts, self.settings.batch * parts
        conditions = settings.conditioning.draw(total, generator, parts)
        first = conditions.rows(slice(new // (settings.rounds + 1)))
        made = fresh(self.environment, self.policy, settings, first, judge, generator)
        for batch in made:
            self.replay.add(entries_of(batch.trajectories.objects, batch.scores), rng)
        known = round(settings.batch * settings.known) * parts if len(self.known) else 0
        for replay, rows in (
            (self.replay, slice(new, total - known)),
            (self.known, slice(total - known, total)),
        ):
            if len(replay) and rows.start < rows.stop:
                made.append(remembered(self.environment, replay, conditions.rows(rows), rng))
        return parted(joined(made), parts)

    def _learn(self, batch: Batch, rate: float) -> float:
        if not len(batch):
            return math.nan
        conditions = batch.conditions
        log_rewards = conditions.log_rewards(batch.scores)
        said = evaluate(self.environment, self.policy, batch.trajectories, conditions.features)
        if not self._started:
            self.policy.log_z.start(conditions.features, log_rewards - said.total.detach())
            self._started = True
            said = evaluate(self.environment, self.policy, batch.trajectories, conditions.features)
        objective = OBJECTIVES[self.settings.objective]
        return self._descend(objective(said, log_rewards, conditions.groups), rate)

    def _descend(self, loss: Tensor, rate: float) -> float:
        """Make one step; return the loss, or NaN where there was no step to make."""
        self._optimiser.clear()
        value = loss.item()
        if not math.isfinite(value):
            return math.nan
        loss.backward()
        return value if self._optimiser.step(rate) else math.nan


def _rate(share: float) -> float:
    """Full learning rates for the first half of a training, and then less and less."""
    return 1 - (1 - _LAST_RATE) * max(0.0, 2 * share - 1)
