"""``featurise``: candidates in, a table of numbers out, at one of three stages of knowledge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.errors import UnknownNameError
from discovery.features import cache
from discovery.features.composition import composition_features
from discovery.features.geometry import geometry_features, has_geometry
from discovery.features.physics import has_physics, physics_features
from discovery.types import BoolArray, Candidate, FloatArray

Stage: TypeAlias = Literal["composition", "geometry", "physics"]
STAGES: tuple[Stage, ...] = ("composition", "geometry", "physics")

_COMPUTE: dict[Stage, Callable[[Sequence[Candidate]], dict[str, FloatArray]]] = {
    "composition": composition_features,
    "geometry": geometry_features,
    "physics": physics_features,
}


@dataclass(frozen=True)
class FeatureTable:
    """Features of candidates.

    Args:
        names: Column names, length d.
        values: (n, d), NaN where unknown.
    """

    names: tuple[str, ...]
    values: FloatArray


def featurise(candidates: Sequence[Candidate], stage: Stage) -> FeatureTable:
    """Return the features of a stage, those of the earlier stages included.

    Every candidate gets a row; what it does not support is NaN. Rows are cached by content, so
    asking twice costs nothing (physics also across processes, see :mod:`discovery.features.cache`).

    Raises:
        UnknownNameError: There is no such stage.
    """
    if stage not in STAGES:
        raise UnknownNameError("feature stage", stage, STAGES)
    blocks = [_block(candidates, s) for s in STAGES[: STAGES.index(stage) + 1]]
    return FeatureTable(
        names=tuple(name for block in blocks for name in block.names),
        values=np.hstack([block.values for block in blocks]),
    )


def supports(candidates: Sequence[Candidate], stage: Stage) -> BoolArray:
    """Return which candidates know enough for a stage, (n,)."""
    if stage == "composition":
        return np.ones(len(candidates), dtype=np.bool_)
    test = has_geometry if stage == "geometry" else has_physics
    return np.array([test(candidate) for candidate in candidates], dtype=np.bool_)


def richest_stage(candidates: Sequence[Candidate]) -> NDArray[np.intp]:
    """Return the index of the richest stage that each candidate supports, (n,)."""
    level = np.zeros(len(candidates), dtype=np.intp)
    for index, stage in enumerate(STAGES):
        level[supports(candidates, stage)] = index
    return level


def _block(candidates: Sequence[Candidate], stage: Stage) -> FeatureTable:
    def compute(missing: Sequence[Candidate]) -> tuple[tuple[str, ...], FloatArray]:
        columns = _COMPUTE[stage](missing)
        return tuple(columns), np.column_stack(list(columns.values()))

    def on_disk(candidate: Candidate) -> bool:
        return stage == "physics" and has_physics(candidate)

    names, values = cache.rows(candidates, stage, compute, on_disk=on_disk)
    return FeatureTable(names, values)
