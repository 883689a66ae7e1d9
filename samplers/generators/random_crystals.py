"""New crystals at random: valid ones, each choice as likely as any other that can be completed."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

import torch

from discovery.errors import InvalidInputError
from discovery.generation import Generation
from discovery.protocols import Score, State
from discovery.rng import derive
from discovery.types import Candidate
from samplers.generators.judged import Judge
from samplers.gflownet.columns import Stage
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.ragged import draw
from samplers.limits import Limits

_LIMITS: Final = Limits()
_BATCH: Final = 1000
_EMPTY_HANDED: Final = 5  # batches without a new crystal: there are hardly any more


class RandomCrystals:
    """Draws crystals, has them scored and keeps the best: what every other generator must beat.

    The space group is drawn first, all with a crystal in the limits as likely. Then each element
    and count is one of those that some neutral crystal of the group continues, all as likely, and
    the lattice is uniform in the coordinates of :mod:`samplers.gflownet.lattices`.

    Args:
        calls: Crystals that are scored, at most.
        limits: What the crystals keep to.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    def __init__(self, *, calls: int = 1000, limits: Limits = _LIMITS) -> None:
        if calls < 1:
            raise InvalidInputError(f"calls is 1 or more, not {calls}")
        self.calls = calls
        self._limits = limits

    def prepare(self, fidelities: int) -> None:
        """Build what crystals are drawn from.

        Raises:
            InvalidInputError: The limits leave no crystal to make.
        """
        del fidelities
        self._crystals()

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return the ``count`` best of the crystals that were scored.

        Args:
            count: Crystals wanted.
            score: Judges candidates.
            seed: Everything random follows from it.
            memory: Nothing is learnt, so none is needed.

        Raises:
            InvalidInputError: The limits leave no crystal to make.
        """
        del memory
        space = self._crystals()
        generator = torch.Generator().manual_seed(derive(seed, "samplers.random_crystals"))
        judge = Judge(score, self.calls)
        idle = 0
        while judge.left and idle < _EMPTY_HANDED:
            before = judge.left
            judge(random_crystals(space, min(_BATCH, judge.left), generator))
            idle = idle + 1 if judge.left == before else 0
        return Generation(judge.best(count), judge.notes)

    def _crystals(self) -> CrystalEnvironment:
        return _space(replace(self._limits, order="group_first", staged=False))


def random_crystals(
    space: CrystalEnvironment, count: int, generator: torch.Generator
) -> list[Candidate]:
    """Return crystals built by steps that are drawn evenly from those allowed.

    Args:
        space: What is built.
        count: How many.
        generator: Draws.
    """
    states = space.initial(count)
    going = torch.arange(count)
    while len(going := going[space.stage(states[going]) != Stage.DONE]):
        here = states[going]
        states[going] = space.step(here, draw(space.allowed(here), generator))
    lots = torch.rand((count, space.dims), generator=generator, dtype=torch.float64)
    return space.candidates(states, torch.where(space.free(states), lots, 0.5))


@lru_cache(maxsize=4)
def _space(limits: Limits) -> CrystalEnvironment:
    return CrystalEnvironment(limits)
