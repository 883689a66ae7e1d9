"""Crystals that a generator makes by what a trained proxy makes of them, outside any campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from discovery.assessment.novelty import novelty
from discovery.errors import InvalidInputError
from discovery.generation import Generator, Prepared
from discovery.prediction import Trained
from discovery.protocols import Score, State
from discovery.store.models import StoredModel
from discovery.types import Candidate, FloatArray

POLICY: Final = "policy"
"""Kind of stored model: what a generator has learned."""


@dataclass(frozen=True)
class Sample:
    """A crystal that was made.

    Args:
        candidate: The crystal.
        mean: What the proxy believes of it, in the unit of its training data.
        std: Standard deviation of that belief.
        known: Whether composition, space group and cell are those of something known.
    """

    candidate: Candidate
    mean: float
    std: float
    known: bool


@dataclass(frozen=True)
class Sampling:
    """What a generator made.

    Args:
        samples: The crystals, the best mean first.
        notes: What the generator counted.
        memory: What it has learned; ``None`` when it learns nothing.
    """

    samples: tuple[Sample, ...]
    notes: Mapping[str, float]
    memory: State | None


def reward(trained: Trained) -> Score:
    """Return the score (n, 1) of candidates: the mean that a proxy predicts at its target."""

    def score(candidates: Sequence[Candidate]) -> FloatArray:
        if not candidates:
            return np.zeros((0, 1))
        return trained.proxy.predict(candidates).target_mean[:, None]

    return score


def prepared(generator: Generator) -> Generator:
    """Return a generator that can make something.

    Raises:
        InvalidInputError: It cannot.
    """
    if isinstance(generator, Prepared):
        generator.prepare(1)
    return generator


def sample(
    generator: Generator,
    trained: Trained,
    count: int,
    seed: int,
    memory: State | None = None,
    *,
    known: Sequence[Candidate] = (),
) -> Sampling:
    """Let a generator make crystals.

    Args:
        generator: Makes them.
        trained: Proxy whose predicted mean is the reward.
        count: Crystals wanted, at most.
        seed: Everything random follows from it.
        memory: What the generator has learned before.
        known: Materials that are no discoveries.

    Raises:
        InvalidInputError: Fewer than one crystal is wanted, or the generator's limits leave none.
    """
    if count < 1:
        raise InvalidInputError(f"a sample has at least one crystal, not {count}")
    made = generator.generate(count, reward(trained), seed, memory=memory)
    candidates = [draft.candidate for draft in made.drafts]
    if not candidates:
        return Sampling((), made.notes, made.memory)
    belief = trained.proxy.predict(candidates)
    samples = [
        Sample(candidate, float(mean), float(std), bool(old))
        for candidate, mean, std, old in zip(
            candidates,
            belief.target_mean,
            belief.target_std,
            novelty(candidates, known).known,
            strict=True,
        )
    ]
    samples.sort(key=lambda one: -one.mean)
    return Sampling(tuple(samples), made.notes, made.memory)


def stored_policy(
    name: str, options: Mapping[str, Any], found: Sampling, trained: Trained
) -> StoredModel:
    """Return what a generator has learned in the form that goes to disk.

    Raises:
        InvalidInputError: It learns nothing.
    """
    if found.memory is None:
        raise InvalidInputError(f"generator {name!r} learns nothing that could be kept")
    return StoredModel(name, dict(options), found.memory, {"reward": dict(trained.about)}, POLICY)
