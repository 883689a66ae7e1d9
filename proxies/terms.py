"""The mean of a staged model as a weighed sum of trees over one set of columns."""

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import STAGES, featurise
from discovery.types import Candidate, FloatArray
from proxies.forest import Forest
from proxies.learners import PARTNER_SHARE
from proxies.stage_model import StageModel

_ANY = Candidate((("Li", 1.0),))


def terms(model: StageModel, values: FloatArray) -> list[tuple[FloatArray, Forest]]:
    """Return trees with their weight (n,) in the mean score of each row.

    Args:
        model: Fitted.
        values: (n, d) features of its richest stage, then what was bought. A row supports a stage
            when something of that stage's own features is known.
    """
    levels = sorted(model.ensembles)
    ends = {level: len(featurise([_ANY], STAGES[level]).names) for level in levels}
    richest = _richest(values, levels, ends)
    found = []
    for place, level in enumerate(levels):
        weight = np.zeros(len(values))
        for supported in levels[place:]:
            weight[richest == supported] = model.weights[supported][place]
        ensemble = model.ensembles[level]
        # what was bought follows the features of each stage, and here those of the richest
        beyond = ensemble.columns >= ends[level]
        columns = ensemble.columns + beyond * (ends[levels[-1]] - ends[level])
        share = 0.0 if ensemble.partner is None else PARTNER_SHARE
        found.append((weight * (1 - share), _over(ensemble.forest, columns)))
        if ensemble.partner is not None:
            found.append((weight * share, _over(ensemble.partner, columns)))
    return found


def _richest(values: FloatArray, levels: list[int], ends: dict[int, int]) -> NDArray[np.intp]:
    richest = np.full(len(values), levels[0], dtype=np.intp)
    for poorer, level in itertools.pairwise(levels):
        richest[np.isfinite(values[:, ends[poorer] : ends[level]]).any(axis=1)] = level
    return richest


def _over(forest: Forest, columns: NDArray[np.intp]) -> Forest:
    """Return the forest with its features counted as columns of the whole table."""
    return replace(forest, feature=columns[forest.feature].astype(np.int64))
