"""The few inputs a Gaussian process sees: the features that split a forest best, standardised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import Stage, featurise
from discovery.types import Candidate, FloatArray
from proxies.learners import fit_ensemble


@dataclass(frozen=True)
class Inputs:
    """A reduction of the features of a stage.

    Args:
        stage: Stage of the features.
        columns: (d,) columns of the stage's table.
        centre: (d,) mean in training.
        width: (d,) deviation in training.
    """

    stage: Stage
    columns: NDArray[np.intp]
    centre: FloatArray
    width: FloatArray

    def of(self, candidates: Sequence[Candidate]) -> FloatArray:
        """Return standardised inputs (n, d); an unknown feature stands at its mean, zero."""
        values = featurise(candidates, self.stage).values[:, self.columns]
        return np.nan_to_num((values - self.centre) / self.width, nan=0.0)


def choose_inputs(
    candidates: Sequence[Candidate], scores: FloatArray, stage: Stage, *, count: int, seed: int
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
    width = np.array([np.std(x[np.isfinite(x)]) if np.isfinite(x).any() else 1.0 for x in known.T])
    return Inputs(stage, columns, centre, np.where(width > 1e-9, width, 1.0))  # noqa: PLR2004
