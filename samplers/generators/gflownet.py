"""A generator that learns: crystals in proportion to what they are worth."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, Final

import torch

from discovery.errors import InvalidInputError
from discovery.generation import Generation
from discovery.protocols import Score, State
from discovery.rng import stream
from discovery.types import Candidate
from samplers.generators.preferences import WISHES, Preferring, Wish, weights_of
from samplers.gflownet.conditioning import Conditioning
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.scoring import Scoring, Space
from samplers.gflownet.settings import ObjectiveName, Settings
from samplers.gflownet.trainer import GFlowNet
from samplers.gflownet.trajectories import Objects
from samplers.limits import Limits

_LIMITS: Final = Limits()
_TENTH: Final = 10
_FLOOR: Final = -5.0
"""Reward of what must not be asked, in standard deviations of random crystals."""
_RANDOM: Final = 200
"""Random crystals by which rewards are measured, at most."""
_REMEMBERED: Final = 1000
"""Crystals that go from one generation to the next."""


class GFlowNetGenerator:
    """Trains a policy that samples p(x) ∝ exp(beta z), z the score in spreads of random crystals.

    A share of the calls goes to random crystals, which set the scale; most go to training, and the
    last ones to samples of the trained policy at its highest beta. The best of all that was scored
    is returned, one crystal for each discrete state. Bengio et al., arXiv:2106.04399; crystals by
    stages as in Crystal-GFN, arXiv:2310.04925.

    With ``preferences`` z is a weighted sum of three rewards (:mod:`samplers.generators.
    preferences`), and the policy learns to sample for any weights, all of them at once: its memory
    serves other preferences too.

    The policy goes on learning when it is handed its memory.

    Args:
        calls: Crystals that are scored, at most.
        limits: What the crystals keep to.
        objective: What training minimises.
        betas: Lowest and highest inverse temperature that the policy learns to obey.
        final: Share of the calls that is left for samples of the trained policy.
        warm: Steps of maximum likelihood on the known crystals before the first training.
        batch: Crystals per step of training.
        replayed: Share of a batch that is drawn from the best so far; more of it is more training
            for the same number of calls.
        known_share: Share of a batch that is drawn from the known crystals.
        uniform: Probability of a random step while training.
        rounds: Rounds of local search per step.
        depth: Steps that local search goes back.
        hidden: Neurons per layer of the policy.
        rate: Learning rate.
        fidelities: Fidelities between which the policy chooses for each crystal; 0 leaves that to
            the acquisition function.
        preferences: How much score, stability and novelty count in what is returned; ``None`` for
            the score alone, and a policy that knows nothing else.
        known: Known crystals to learn from.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    needs: ClassVar[tuple[str, ...]] = ("known",)

    def __init__(
        self,
        *,
        calls: int = 10_000,
        limits: Limits = _LIMITS,
        objective: ObjectiveName = "trajectory_balance",
        betas: tuple[float, float] = (16.0, 16.0),
        final: float = 0.2,
        warm: int = 200,
        batch: int = 100,
        replayed: float = 0.6,
        known_share: float = 0.1,
        uniform: float = 0.05,
        rounds: int = 0,
        depth: int = 4,
        hidden: int = 64,
        rate: float = 5e-3,
        fidelities: int = 0,
        preferences: Mapping[Wish, float] | None = None,
        known: Sequence[Candidate] = (),
    ) -> None:
        if calls < 1:
            raise InvalidInputError(f"calls is 1 or more, not {calls}")
        if not 0 <= final <= 1:
            raise InvalidInputError(f"final is a share between 0 and 1, not {final}")
        self.calls, self._final, self._warm = calls, final, warm
        self._limits, self._fidelities = limits, fidelities
        self._known = tuple(known)
        self._weights = None if preferences is None else weights_of(preferences)
        self._settings = Settings(
            objective=objective,
            conditioning=Conditioning(betas, rewards=1 if preferences is None else len(WISHES)),
            hidden=hidden,
            batch=batch,
            replayed=replayed,
            known=known_share,
            uniform=uniform,
            rounds=rounds,
            depth=depth,
            rate=rate,
            floor=_FLOOR,
        )

    def prepare(self, fidelities: int) -> None:
        """Build the tables of what crystals may become.

        Raises:
            InvalidInputError: The limits leave no crystal to make, or the policy would choose
                between other fidelities than there are.
        """
        if self._fidelities not in (0, fidelities):
            raise InvalidInputError(
                f"fidelities = {self._fidelities}, and there are {fidelities}: the policy chooses "
                f"between all of them (fidelities: {fidelities}) or none (0)"
            )
        _crystals(self._limits, self._fidelities)

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return the ``count`` best crystals that were scored.

        Args:
            count: Crystals wanted.
            score: Judges candidates.
            seed: Everything random follows from it.
            memory: The policy as it was; it goes on learning from there.

        Raises:
            InvalidInputError: The limits leave no crystal to make, the memory is that of another
                policy, or no crystal can be judged.
        """
        space = _crystals(self._limits, self._fidelities)
        network = GFlowNet(space, self._settings, seed)
        scoring = self._scoring(space, score, count)
        share = max(1, self.calls // _TENTH)
        scoring.calibrate(network.random(min(_RANDOM, share), seed))
        known, lost = self._representable(space)
        if memory is not None:
            network.restore(self._policy(memory))
            network.rescore(scoring, min(_REMEMBERED, share, scoring.left))
        elif len(known):
            network.warm_start(known, self._warm, seed)
        if len(known) and self._settings.known:
            some = stream(seed, "known").permutation(len(known))[: min(share, scoring.left)]
            network.know(known.rows(torch.from_numpy(some)), scoring.known)
        steps = max(0, scoring.left - round(self._final * self.calls)) // network.new
        progress = network.train(scoring, steps, seed)
        if scoring.left:
            last, _ = network.sample(scoring.left, seed, weights=self._weights)
            scoring(last.states, last.coordinates)
        notes = {
            **scoring.notes,
            "known": float(len(known)),
            "known, not representable": float(lost),
            "steps": float(steps),
            "steps skipped": float(progress.skipped),
        }
        network.replay.shrink(_REMEMBERED)
        return Generation(
            scoring.best(), notes, {"limits": repr(self._limits), "policy": network.state()}
        )

    def _scoring(self, space: Space, score: Score, count: int) -> Scoring | Preferring:
        if self._weights is None:
            return Scoring(space, score, self.calls, count)
        return Preferring(space, score, self.calls, count, self._weights, self._known)

    def _policy(self, memory: State) -> State:
        """The state of the policy, whose actions mean something within the same limits only."""
        limits = memory.get("limits")
        if limits != repr(self._limits):
            raise InvalidInputError(
                f"the memory is that of a policy within {limits or 'no limits'}, not within "
                f"{self._limits!r}; use the limits that it was trained with, or begin anew"
            )
        policy: State = memory["policy"]
        return policy

    def _representable(self, space: CrystalEnvironment) -> tuple[Objects, int]:
        """The known crystals as objects of the space, at every fidelity, and how many are none."""
        if not self._known:
            start = space.initial(0)
            return Objects(start, torch.zeros((0, space.dims), device=start.device)), 0
        found, lost = [], 0
        for column in range(self._fidelities) or (None,):
            columns = None if column is None else [column] * len(self._known)
            states, coordinates, reasons = space.states_of(self._known, columns)
            fits = torch.tensor([reason is None for reason in reasons], device=states.device)
            found.append((states[fits], coordinates[fits].float()))
            lost = int((~fits).sum())
        states, coordinates = (torch.cat(parts) for parts in zip(*found, strict=True))
        return Objects(states, coordinates), lost


@lru_cache(maxsize=2)
def _crystals(limits: Limits, fidelities: int) -> CrystalEnvironment:
    """Return the crystals of some limits; their tables are made once."""
    return CrystalEnvironment(limits, fidelities=fidelities)
