"""One fidelity learned by trees on three stages of knowledge.

There is one ensemble per stage. Each is trained on *all* rows, NaN where a row does not support
the stage: so every observation teaches every stage it supports, and predictions at different
stages are estimates of the same mean on the same scale, with no offset between them. A candidate
is predicted by the average over the stages that it supports (and that enough observations
support): on OBELiX the richest stage alone is worse than the average, as most of what decides is
known from the formula and each further block of features dilutes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import STAGES, Stage, featurise, richest_stage
from discovery.rng import derive
from discovery.types import Candidate, FloatArray
from proxies.censoring import expectation
from proxies.folds import composition_folds, inflation
from proxies.learners import Ensemble, Learner, fit_ensemble
from proxies.scale import Scale, Transform, fit_scale

Side: TypeAlias = NDArray[np.int8]

FEWEST = 5
"""Fewer observations than this teach no model; see :func:`proxies.beliefs.fallback`."""

_FEWEST_AT_STAGE = 15
_FEWEST_TREES = 10
_LEAST_STD = 0.05  # score units; nothing measured is known better than that
_MOST_STD = 1.5  # all scores seen deviate by 1; a handful of values may claim any spread


@dataclass(frozen=True)
class TreeSettings:
    """How trees are grown: learner, trees per forest, richest stage, axis, folds."""

    learner: Learner
    trees: int
    stage: Stage
    transform: Transform
    folds: int


@dataclass(frozen=True)
class StageModel:
    """A fitted model of one fidelity.

    Args:
        scale: Between values and scores.
        ensembles: By level, an index in :data:`discovery.features.stages.STAGES`.
        inflation: By which the spread of an ensemble is too small, from held-out compositions.
        scores: (n,) training scores; a bound stands with its expectation.
        held_out: (n,) prediction for each training row by a model that did not see its
            composition.
        held_out_std: (n,) calibrated deviation of it.
    """

    scale: Scale
    ensembles: dict[int, Ensemble]
    inflation: float
    scores: FloatArray
    held_out: FloatArray
    held_out_std: FloatArray

    def predict(
        self, candidates: Sequence[Candidate], extra: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and calibrated deviation of the scores, (n,) each."""
        mean, std = _predict(self.ensembles, candidates, extra)
        return mean, np.clip(std * self.inflation, _LEAST_STD, _MOST_STD)


def fit_stage_model(
    candidates: Sequence[Candidate],
    value: FloatArray,
    side: Side,
    extra: FloatArray,
    settings: TreeSettings,
    seed: int,
) -> StageModel:
    """Fit the model of one fidelity.

    Bounds are first expected from the distribution of all values, then from the held-out
    prediction for their own material (see :mod:`proxies.censoring`); they are never dropped.

    Args:
        candidates: The n materials.
        value: (n,) values or bounds, finite.
        side: (n,) -1, 0 or +1 as in :class:`proxies.evidence.Evidence`.
        extra: (n, k) further columns, NaN where unknown.
        settings: How to grow trees.
        seed: Decides everything random.
    """
    scale = fit_scale(value, settings.transform)
    position = scale.forward(value)
    scores = _expect(position, side, np.zeros(len(value)), np.ones(len(value)))
    levels = _levels_to_train(candidates, settings.stage)
    # errors and spreads need fewer trees than a mean
    half = replace(settings, trees=max(_FEWEST_TREES, settings.trees // 2))
    mean, std = np.zeros(len(value)), np.ones(len(value))
    for fold, held_out in enumerate(composition_folds(candidates, settings.folds, seed)):
        if held_out.all():
            continue  # a single composition: nothing can be said of others
        outside = [c for c, out in zip(candidates, held_out, strict=True) if out]
        inside = [c for c, out in zip(candidates, held_out, strict=True) if not out]
        models = _fit_levels(
            inside, scores[~held_out], extra[~held_out], levels, half, derive(seed, "fold", fold)
        )
        mean[held_out], std[held_out] = _predict(models, outside, extra[held_out])
    measured = side == 0
    factor = inflation((mean - scores)[measured], std[measured]) if measured.any() else 1.0
    std = np.clip(std * factor, _LEAST_STD, _MOST_STD)
    scores = _expect(position, side, mean, std)
    ensembles = _fit_levels(candidates, scores, extra, levels, settings, derive(seed, "all"))
    return StageModel(scale, ensembles, factor, scores, mean, std)


def _expect(position: FloatArray, side: Side, mean: FloatArray, std: FloatArray) -> FloatArray:
    expected, _ = expectation(mean, std, position, side)
    return np.where(side == 0, position, expected)


def _levels_to_train(candidates: Sequence[Candidate], richest: Stage) -> list[int]:
    """Return composition, and each richer stage that enough rows support."""
    supported = richest_stage(candidates)
    last = STAGES.index(richest)
    wanted = min(_FEWEST_AT_STAGE, len(candidates))
    return [0, *(k for k in range(1, last + 1) if np.sum(supported >= k) >= wanted)]


def _fit_levels(
    candidates: Sequence[Candidate],
    scores: FloatArray,
    extra: FloatArray,
    levels: Sequence[int],
    settings: TreeSettings,
    seed: int,
) -> dict[int, Ensemble]:
    return {
        level: fit_ensemble(
            settings.learner,
            _features(candidates, level, extra),
            scores,
            size=settings.trees,
            seed=derive(seed, level),
        )
        for level in levels
    }


def _predict(
    ensembles: dict[int, Ensemble], candidates: Sequence[Candidate], extra: FloatArray
) -> tuple[FloatArray, FloatArray]:
    mean, std = np.zeros(len(candidates)), np.zeros(len(candidates))
    supported = richest_stage(candidates)
    members = {
        level: ensemble.predict(_features(candidates, level, extra))
        for level, ensemble in (ensembles.items() if len(candidates) else ())
    }
    for richest in set(supported):
        rows = np.flatnonzero(supported == richest)
        blend = np.concatenate([m[:, rows] for level, m in members.items() if level <= richest])
        mean[rows], std[rows] = blend.mean(axis=0), blend.std(axis=0)
    return mean, std


def _features(candidates: Sequence[Candidate], level: int, extra: FloatArray) -> FloatArray:
    return np.hstack([featurise(candidates, STAGES[level]).values, extra])
