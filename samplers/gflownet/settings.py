"""What can be set about a policy and its training, with defaults that work on one CPU thread."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from samplers.gflownet.conditioning import Conditioning

ObjectiveName: TypeAlias = Literal[
    "trajectory_balance", "vargrad", "detailed_balance", "subtrajectory_balance"
]


@dataclass(frozen=True)
class Settings:
    """How a policy is built and trained.

    Args:
        objective: What is minimised, see :mod:`samplers.gflownet.objectives`.
        conditioning: Inverse temperatures and preferences that the policy learns to obey.
        hidden: Neurons per layer.
        components: Components of the mixture on the unit cube.
        batch: Objects per step: new, replayed and from the data set together.
        ahead: Batches that are made together, before the policy learns from the first of them.
            The objectives do not mind; the environment and most rewards have much to do that does
            not grow with the number of objects.
        replayed: Share of a batch that is drawn from the best objects so far.
        known: Share of a batch that is drawn from the data set, when there is one.
        capacity: Objects that are remembered for replay.
        uniform: Probability of a random step while learning.
        heat: Temperature of the policy's own steps while learning.
        rounds: Rounds of local search per step; each scores the new objects of a step once more.
        depth: Steps that local search goes back.
        rate: Learning rate; it falls to a tenth in the second half of a training.
        log_z_rate: Learning rate of log Z.
        clip: Largest norm of a gradient.
        floor: Scores below it, -inf among them, count as it.
    """

    objective: ObjectiveName = "trajectory_balance"
    conditioning: Conditioning = field(default_factory=Conditioning)
    hidden: int = 128
    components: int = 8
    batch: int = 100
    ahead: int = 10
    replayed: float = 0.2
    known: float = 0.1
    capacity: int = 10_000
    uniform: float = 0.05
    heat: float = 1.0
    rounds: int = 0
    depth: int = 4
    rate: float = 5e-3
    log_z_rate: float = 5e-2
    clip: float = 10.0
    floor: float = -20.0
