"""Where evolution finds random crystals, and who tells it which ones are valid."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch

from discovery.types import Candidate
from samplers.generators.random_crystals import random_crystals
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.limits import Limits


class Source(Protocol):
    """Makes valid crystals, and says which ones are."""

    def random(self, count: int, rng: np.random.Generator) -> Sequence[Candidate]:
        """Return as many valid crystals as asked for, at random."""
        ...

    def reasons(self, candidates: Sequence[Candidate]) -> Sequence[str | None]:
        """Return why each candidate is not valid, ``None`` for those that are."""
        ...


class Crystals:
    """The crystals that keep to some limits.

    Args:
        limits: What they keep to; in random ones, all space groups are as likely.
    """

    def __init__(self, limits: Limits) -> None:
        self._space = CrystalEnvironment(replace(limits, order="group_first", staged=False))

    def random(self, count: int, rng: np.random.Generator) -> Sequence[Candidate]:
        """Return crystals built by steps that are drawn evenly from those allowed."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        return random_crystals(self._space, count, generator)

    def reasons(self, candidates: Sequence[Candidate]) -> Sequence[str | None]:
        """Return why each candidate is not among the crystals of these limits."""
        return self._space.states_of(candidates)[2] if candidates else []


@lru_cache(maxsize=4)
def crystals(limits: Limits) -> Source:
    """Return the crystals of some limits; their tables are made once."""
    return Crystals(limits)
