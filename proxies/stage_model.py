"""One fidelity learned by trees on three stages of knowledge.

There is one ensemble per stage. Each is trained on *all* rows, NaN where a row does not support
the stage: so every observation teaches every stage it supports, and predictions at different
stages are estimates of the same mean on the same scale, with no offset between them. A candidate
is predicted by a weighted mean over the stages that it supports (and that enough observations
support). The weights are learned on held-out materials: on OBELiX the richest stage alone is
worse than the geometry, as most of what decides is known from formula and cell and each further
block of features dilutes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import STAGES, Stage, featurise, richest_stage
from discovery.rng import derive
from discovery.types import BoolArray, Candidate, FloatArray
from proxies.blend import stage_weights
from proxies.censoring import expectation
from proxies.conformal import Deviation, fit_deviation
from proxies.folds import chemistry_folds, composition_folds
from proxies.learners import Ensemble, Learner, fit_ensemble
from proxies.scale import Scale, Transform, fit_scale

Side: TypeAlias = NDArray[np.int8]
_Told: TypeAlias = dict[int, tuple[FloatArray, FloatArray]]  # by level: mean and deviation (n,)

FEWEST = 5
"""Fewer observations than this teach no model; see :func:`proxies.beliefs.fallback`."""

LEAST_STD = 0.05
"""Score units; nothing measured is known better than that."""

_FEWEST_AT_STAGE = 15
_FEWEST_TREES = 10
_PREFERRED = STAGES.index("geometry")  # physics must earn its weight
_MOST_STD = 1.5  # all scores seen deviate by 1; a handful of values may claim any spread


@dataclass(frozen=True)
class TreeSettings:
    """How trees are grown: learner, trees per forest, richest stage, axis, folds.

    ``groups`` says what is held out together: equal compositions, or equal sets of elements;
    ``leaf`` is the fewest rows in a leaf of a forest.
    """

    learner: Learner
    trees: int
    stage: Stage
    transform: Transform
    folds: int
    groups: Literal["composition", "chemistry"] = "composition"
    leaf: int = 1


@dataclass(frozen=True)
class StageModel:
    """A fitted model of one fidelity.

    Args:
        scale: Between values and scores.
        ensembles: By level, an index in :data:`discovery.features.stages.STAGES`.
        weights: By the richest level that a candidate supports, the weight (levels,) of each
            level up to it.
        deviation: Of a prediction from the spread of its ensembles, in mean scores (units over
            ``scale.slope``).
        blur: Root mean squared held-out error, scores.
        scores: (n,) training scores; a bound stands with its expectation.
        held_out: (n,) prediction for each training row by a model that did not see its
            composition (or its elements, see :class:`TreeSettings`).
        held_out_std: (n,) calibrated deviation of it.
    """

    scale: Scale
    ensembles: dict[int, Ensemble]
    weights: dict[int, FloatArray]
    deviation: Deviation
    blur: float
    scores: FloatArray
    held_out: FloatArray
    held_out_std: FloatArray

    def predict(
        self, candidates: Sequence[Candidate], extra: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and calibrated deviation of the scores, (n,) each."""
        mean, spread = self.spread(candidates, extra)
        return mean, self.deviate(mean, spread)

    def spread(
        self, candidates: Sequence[Candidate], extra: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean of the scores and how far the ensembles disagree about it, (n,) each."""
        told = _predict_levels(self.ensembles, candidates, extra)
        return _combine(told, richest_stage(candidates), self.weights)

    def deviate(self, mean: FloatArray, spread: FloatArray) -> FloatArray:
        """Return the calibrated deviation (n,) of means that ensembles disagree about so far."""
        return _deviate(self.deviation, self.scale, mean, spread, self.blur)


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
    supported = richest_stage(candidates)
    told, known = _held_out(candidates, scores, extra, levels, settings, seed)
    weights = _weights(told, scores, supported, known)
    mean, spread = _combine(told, supported, weights)
    blur = float(np.clip(np.sqrt(np.mean((mean - scores)[known] ** 2)), 0, 1)) if known.any() else 0
    measured = (side == 0) & known
    error = (scale.to_units(mean, spread, blur)[0] - value)[measured] / scale.slope
    steepness = scale.steepness(mean, blur)
    deviation = fit_deviation(error, spread[measured], steepness[measured])
    std = np.where(known, _deviate(deviation, scale, mean, spread, blur), 1.0)
    scores = _expect(position, side, mean, std)
    ensembles = _fit_levels(candidates, scores, extra, levels, settings, derive(seed, "all"))
    return StageModel(scale, ensembles, weights, deviation, blur, scores, mean, std)


def _held_out(
    candidates: Sequence[Candidate],
    scores: FloatArray,
    extra: FloatArray,
    levels: Sequence[int],
    settings: TreeSettings,
    seed: int,
) -> tuple[_Told, BoolArray]:
    """Return predictions for each row by models that have not seen its group, and where known."""
    # errors and spreads need fewer trees than a mean
    half = replace(settings, trees=max(_FEWEST_TREES, settings.trees // 2))
    told = {k: (np.zeros(len(scores)), np.ones(len(scores))) for k in levels}
    known = np.zeros(len(scores), dtype=np.bool_)
    folds = chemistry_folds if settings.groups == "chemistry" else composition_folds
    for fold, held_out in enumerate(folds(candidates, settings.folds, seed)):
        if held_out.all():
            continue  # a single composition: nothing can be said of others
        outside = [c for c, out in zip(candidates, held_out, strict=True) if out]
        inside = [c for c, out in zip(candidates, held_out, strict=True) if not out]
        models = _fit_levels(
            inside, scores[~held_out], extra[~held_out], levels, half, derive(seed, "fold", fold)
        )
        for level, (mean, std) in _predict_levels(models, outside, extra[held_out]).items():
            told[level][0][held_out], told[level][1][held_out] = mean, std
        known |= held_out
    return told, known


def _weights(
    told: _Told, scores: FloatArray, supported: NDArray[np.intp], known: BoolArray
) -> dict[int, FloatArray]:
    """Return the weights of the levels up to each richest one, from rows that support it."""
    found = {}
    for richest in told:
        used = [k for k in sorted(told) if k <= richest]
        rows = np.flatnonzero(known & (supported >= richest))
        predictions = np.array([told[k][0][rows] for k in used])
        prior = np.array([float(k == min(richest, _PREFERRED)) for k in used])
        # the preferred level may be missing where few rows support it
        prior = prior if prior.any() else np.full(len(used), 1 / len(used))
        found[richest] = stage_weights(predictions, scores[rows], prior)
    return found


def _combine(
    told: _Told, supported: NDArray[np.intp], weights: Mapping[int, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return mean and deviation (n,) of the mixture of the levels that each row supports."""
    mean, spread = np.zeros(len(supported)), np.zeros(len(supported))
    levels = sorted(told)
    for richest in set(supported.tolist()):
        rows = np.flatnonzero(supported == richest)
        used = [k for k in levels if k <= richest]
        share = weights[used[-1]]
        means = np.array([told[k][0][rows] for k in used])
        stds = np.array([told[k][1][rows] for k in used])
        mean[rows] = share @ means
        spread[rows] = np.sqrt(share @ (stds**2 + (means - mean[rows]) ** 2))
    return mean, spread


def _deviate(
    deviation: Deviation, scale: Scale, mean: FloatArray, spread: FloatArray, blur: float
) -> FloatArray:
    return np.clip(deviation(spread, scale.steepness(mean, blur)), LEAST_STD, _MOST_STD)


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
            leaf=settings.leaf,
        )
        for level in levels
    }


def _predict_levels(
    ensembles: Mapping[int, Ensemble], candidates: Sequence[Candidate], extra: FloatArray
) -> _Told:
    """Return mean and deviation (n,) of each ensemble; a level does not need its features."""
    told = {}
    for level, ensemble in ensembles.items():
        if len(candidates):
            members = ensemble.predict(_features(candidates, level, extra))
            told[level] = members.mean(axis=0), members.std(axis=0)
        else:
            told[level] = np.zeros(0), np.zeros(0)
    return told


def _features(candidates: Sequence[Candidate], level: int, extra: FloatArray) -> FloatArray:
    return np.hstack([featurise(candidates, STAGES[level]).values, extra])
