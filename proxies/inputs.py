"""The few inputs a Gaussian process sees: what splits a forest best, standardised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import Stage, featurise
from discovery.types import Candidate, FloatArray
from proxies.described import columns_of, names_of
from proxies.kernels_composition import embed
from proxies.learners import fit_ensemble


@dataclass(frozen=True)
class Inputs:
    """A reduction of the features of a stage and of descriptors.

    Args:
        stage: Stage of the features.
        columns: (d,) columns of the stage's table, with the descriptors behind.
        centre: (d,) mean in training.
        spread: (d,) deviation in training.
        composed: Whether points for the composition kernel follow.
        described: Names of the descriptors.
    """

    stage: Stage
    columns: NDArray[np.intp]
    centre: FloatArray
    spread: FloatArray
    composed: bool
    described: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number d of features."""
        return len(self.columns)

    def of(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return inputs (n, d), or (n, d + 94) with :func:`proxies.kernels_composition.embed`.

        Features are standardised; an unknown one stands at its mean, zero.
        """
        values = _table(candidates, self.stage, self.described)[:, self.columns]
        inputs: FloatArray = np.nan_to_num((values - self.centre) / self.spread, nan=0.0)
        return np.hstack([inputs, embed(candidates)]) if self.composed else inputs


def choose_inputs(
    candidates: Sequence[Candidate],
    scores: FloatArray,
    stage: Stage,
    *,
    count: int,
    composed: bool,
    seed: int,
) -> Inputs:
    """Choose the ``count`` columns that matter most to extremely randomised trees on the scores.

    Principal components would spend themselves on which elements are present.
    """
    described = names_of(candidates)
    values = _table(candidates, stage, described)
    forest = fit_ensemble("extra_trees", values, scores, size=100, seed=seed)
    # ties (constant columns) break by position, whatever the platform's sort does
    best = np.argsort(-forest.importance, kind="stable")[:count]
    columns = np.sort(forest.columns[best])
    known = values[:, columns]
    centre = np.array(
        [np.mean(x[np.isfinite(x)]) if np.isfinite(x).any() else 0.0 for x in known.T]
    )
    spread = np.array([np.std(x[np.isfinite(x)]) if np.isfinite(x).any() else 1.0 for x in known.T])
    spread = np.where(spread > 1e-9, spread, 1.0)  # noqa: PLR2004
    return Inputs(stage, columns, centre, spread, composed, described)


def _table(candidates: Sequence[Candidate], stage: Stage, described: Sequence[str]) -> FloatArray:
    features = featurise(candidates, stage).values
    return np.hstack([features, columns_of(candidates, described)]) if described else features
