"""The materials of a data set and of a campaign, placed on one plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from discovery.explanation.contract import Explainable
from discovery.explanation.plane import Plane, plane
from discovery.rng import stream
from discovery.types import Candidate, Dataset, Observation

MOST: Final = 5000
"""Materials on a map at most: what is measured or bought, and a random choice of the others."""


@dataclass(frozen=True)
class Purchase:
    """A query that a campaign has an answer for, be it a refusal.

    Args:
        round: Number of its batch, counted from 1.
        target: Whether it was asked of the target fidelity.
        observation: What came back.
    """

    round: int
    target: bool
    observation: Observation


@dataclass(frozen=True)
class PoolMap:
    """Materials on a plane.

    Args:
        candidates: n materials, those of the data set first.
        plane: Their places.
        purchases: What a campaign bought, in order; all are among the candidates.
        left_out: Number of materials that were not drawn.
    """

    candidates: tuple[Candidate, ...]
    plane: Plane
    purchases: tuple[Purchase, ...]
    left_out: int


def pool_map(
    model: Explainable, dataset: Dataset, purchases: Sequence[Purchase], seed: int
) -> PoolMap:
    """Return the map of a data set and of what was bought, by the columns that a model sees.

    Args:
        model: A fitted model.
        dataset: Its candidates are the pool.
        purchases: Of a campaign; a material beyond the data set is drawn too.
        seed: Of the choice, where there are more than :data:`MOST`, and of the map.
    """
    bought = [purchase.observation.query.candidate for purchase in purchases]
    every = list(dict.fromkeys([*dataset.candidates, *bought]))
    wanted = {c.id for c in bought} | dataset.labels.keys()
    order = stream(seed, "pool").permutation(len(every)).tolist()
    order.sort(key=lambda place: every[place].id not in wanted)
    chosen = [every[place] for place in sorted(order[:MOST])]
    here = {candidate.id for candidate in chosen}
    return PoolMap(
        tuple(chosen),
        plane(model.inputs(chosen).values, seed),
        tuple(p for p in purchases if p.observation.query.candidate.id in here),
        len(every) - len(chosen),
    )
