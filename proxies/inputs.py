"""The few inputs a Gaussian process sees: the features that split a forest best, standardised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import Stage, featurise
from discovery.types import Candidate, FloatArray
from proxies.kernels_composition import embed
from proxies.learners import fit_ensemble


@dataclass(frozen=True)
class Inputs:
    """A reduction of the features of a stage.

    Args:
        stage: Stage of the features.
        columns: (d,) columns of the stage's table.
        centre: (d,) mean in training.
        spread: (d,) deviation in training.
        composed: Whether points for the composition kernel follow.
    """

    stage: Stage
    columns: NDArray[np.intp]
    centre: FloatArray
    spread: FloatArray
    composed: bool

    @property
    def width(self) -> int:
        """Number d of features."""
        return len(self.columns)

    def of(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return inputs (n, d), or (n, d + 94) with :func:`proxies.kernels_composition.embed`.

        Features are standardised; an unknown one stands at its mean, zero.
        """
        values = featurise(candidates, self.stage).values[:, self.columns]
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
    """Choose the ``count`` features that matter most to extremely randomised trees on the scores.

    Principal components would spend themselves on which elements are present.
    """
    values = featurise(candidates, stage).values
    forest = fit_ensemble("extra_trees", values, scores, size=100, seed=seed)
    # ties (constant columns) break by position, whatever the platform's sort does
    best = np.argsort(-forest.importance, kind="stable")[:count]
    columns = np.sort(forest.columns[best])
    known = values[:, columns]
    centre = np.array(
        [np.mean(x[np.isfinite(x)]) if np.isfinite(x).any() else 0.0 for x in known.T]
    )
    spread = np.array([np.std(x[np.isfinite(x)]) if np.isfinite(x).any() else 1.0 for x in known.T])
    return Inputs(stage, columns, centre, np.where(spread > 1e-9, spread, 1.0), composed)  # noqa: PLR2004
