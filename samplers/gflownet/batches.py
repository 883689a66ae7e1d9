"""What a step learns from: new objects, their neighbours, and remembered ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from samplers.gflownet import local_search
from samplers.gflownet.conditioning import Conditions
from samplers.gflownet.contract import Environment
from samplers.gflownet.policy import Policy
from samplers.gflownet.replay import Entries, Replay
from samplers.gflownet.rewards import Judge
from samplers.gflownet.rollout import Exploration, build, rollout
from samplers.gflownet.settings import Settings
from samplers.gflownet.trajectories import Objects, Trajectories, merged, taken_apart


@dataclass(frozen=True)
class Batch:
    """Objects with their trajectories, conditions (b), and (b, r) scores, none of them NaN."""

    trajectories: Trajectories
    conditions: Conditions
    scores: Tensor

    def __len__(self) -> int:
        return len(self.scores)


def joined(batches: Sequence[Batch]) -> Batch:
    """Return all batches as one."""
    conditions = [batch.conditions for batch in batches]
    return Batch(
        merged([batch.trajectories for batch in batches]),
        Conditions(
            torch.cat([c.betas for c in conditions]),
            torch.cat([c.weights for c in conditions]),
            torch.cat([c.features for c in conditions]),
            torch.cat([c.groups for c in conditions]),
        ),
        torch.cat([batch.scores for batch in batches]),
    )


def parted(batch: Batch, parts: int) -> list[Batch]:
    """Return the batches for which conditions were drawn together."""
    of = batch.conditions.groups % parts
    return [_selected(batch, of == part) for part in range(parts)]


def judged(trajectories: Trajectories, conditions: Conditions, scores: Tensor) -> Batch:
    """Return what could be judged."""
    return _selected(Batch(trajectories, conditions, scores), ~scores.isnan().any(1))


def fresh(
    environment: Environment,
    policy: Policy,
    settings: Settings,
    conditions: Conditions,
    judge: Judge,
    generator: torch.Generator,
) -> list[Batch]:
    """Return new objects, one per condition, and one batch of neighbours per round of search."""
    exploration = Exploration(settings.uniform, settings.heat)
    features = conditions.features
    built, _ = rollout(environment, policy, features, generator, exploration)
    current, scores = built.objects, judge(built.objects)
    made = [judged(built, conditions, scores)]
    for _ in range(settings.rounds):
        start = local_search.receded(environment, current.states, settings.depth)
        neighbours, _ = build(environment, policy, features, generator, exploration, start)
        found = judge(neighbours)
        made.append(judged(taken_apart(environment, neighbours, features), conditions, found))
        better = local_search.accepted(
            conditions.log_rewards(scores), conditions.log_rewards(found), generator
        )
        scores = torch.where(better[:, None], found, scores)
        current = Objects(
            torch.where(better[:, None], neighbours.states, current.states),
            torch.where(better[:, None], neighbours.coordinates, current.coordinates),
        )
    return made


def remembered(
    environment: Environment, replay: Replay, conditions: Conditions, rng: np.random.Generator
) -> Batch:
    """Return remembered objects, one per condition and chosen for it, taken apart again."""
    device = conditions.betas.device
    drawn = replay.draw(conditions.weights.cpu().numpy(), rng)
    objects = objects_of(drawn, device)
    scores = torch.from_numpy(drawn.scores).to(device)
    built = taken_apart(environment, objects, conditions.features)
    return Batch(built, conditions, scores)


def objects_of(entries: Entries, device: torch.device) -> Objects:
    """Return remembered objects on the device of a policy."""
    states, coordinates = torch.from_numpy(entries.states), torch.from_numpy(entries.coordinates)
    return Objects(states.to(device), coordinates.to(device))


def entries_of(objects: Objects, scores: Tensor) -> Entries:
    """Return objects and their (b, r) scores as a replay remembers them."""
    return Entries(
        objects.states.cpu().numpy(), objects.coordinates.cpu().numpy(), scores.cpu().numpy()
    )


def _selected(batch: Batch, keep: Tensor) -> Batch:
    if bool(keep.all()):
        return batch
    conditions = batch.conditions.rows(keep)
    return Batch(batch.trajectories.select(keep), conditions, batch.scores[keep])
