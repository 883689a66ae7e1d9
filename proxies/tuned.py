"""Trees whose parameters are searched for by what they rank that they have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from discovery.features.stages import FeatureTable, Stage, featurise
from discovery.rng import derive
from discovery.types import BoolArray, Candidate, FloatArray
from proxies.beliefs import Column
from proxies.blend import stage_weights
from proxies.conformal import Deviation, fit_deviation
from proxies.folds import chemistry_folds
from proxies.forest import Forest
from proxies.scale import Scale, fit_scale
from proxies.separate import SeparateProxy, expected
from proxies.stage_model import Side
from proxies.tuned_search import (
    KINDS,
    START,
    Kind,
    Parameters,
    grow,
    held_out,
    rank_correlation,
    search,
    trials_within,
)

_LEAST_STD: Final = 0.05  # score units; nothing measured is known better than that
_MOST_STD: Final = 1.5
_PRIOR: Final = np.array([1 / 3, 0.0, 2 / 3])  # weights of the kinds before any row was seen


@dataclass(frozen=True)
class Found:
    """What became of one kind of learner.

    Args:
        parameters: That it was grown with.
        started: Rank correlation of held-out predictions with the parameters it starts from;
            ``None`` without a search.
        reached: With those that were chosen by it: too good to be expected of new materials.
        weight: Share in the mean.
        forest: The fitted learner.
    """

    parameters: Parameters
    started: float | None
    reached: float | None
    weight: float
    forest: Forest


@dataclass(frozen=True)
class TunedModel:
    """One fidelity; deviations come from the first kind, extremely randomised trees.

    Args:
        scale: Between values and scores.
        found: By kind.
        deviation: Of a prediction from the spread of the trees.
        blur: Root mean squared held-out error, scores.
        note: What the search did, or why there was none.
    """

    scale: Scale
    found: dict[str, Found]
    deviation: Deviation
    blur: float
    note: str

    def terms(self) -> Sequence[tuple[float, Forest]]:
        """Return the trees of the mean."""
        return [(one.weight, one.forest) for one in self.found.values()]

    def column(self, features: FloatArray) -> Column:
        """Return mean and deviation of n candidates."""
        told = [one.forest.predict(features) for one in self.found.values()]
        weights = [one.weight for one in self.found.values()]
        mean = np.sum(
            [w * members.mean(axis=0) for w, members in zip(weights, told, strict=True)], axis=0
        )
        std = _deviate(self.deviation, self.scale, mean, told[0].std(axis=0), self.blur)
        return Column(self.scale, mean, std, 0.0, self.blur)


class TunedProxy(SeparateProxy[TunedModel]):
    """Extremely randomised trees and two kinds of boosting, each with parameters of its own.

    Optuna (Akiba et al., KDD 2019) tries parameters of each kind on the same folds of held-out
    sets of elements and keeps those whose held-out predictions rank best; the kinds weigh as
    stacked regression on these predictions says (:mod:`proxies.blend`). Candidates are described
    at one stage, entries unknown where they do not support it. The deviation follows the spread of
    the randomised trees as it does in :class:`proxies.staged.StagedProxy`; errors that
    parameters were chosen by are a little too small, which many trials make worse.

    A search costs minutes, so this is a proxy to predict with rather than one for every round of a
    campaign. One model per fidelity; below ``fewest`` values there is no search
    (:meth:`notes` says so), below five observations it falls back to their mean.

    Args:
        stage: Richest stage of features to use.
        trials: Parameters tried of each kind of learner.
        seconds: Try no more than are expected to take so long, counted and not timed, see
            :func:`proxies.tuned_search.trials_within`.
        fewest: Values below which parameters stay at their start.
        folds: Folds of held-out sets of elements.
    """

    def __init__(
        self,
        *,
        stage: Stage = "geometry",
        trials: int = 30,
        seconds: float | None = None,
        fewest: int = 60,
        folds: int = 3,
    ) -> None:
        super().__init__("tuned", TunedModel)
        self._stage: Stage = stage
        self._trials = trials
        self._seconds = seconds
        self._fewest = fewest
        self._folds = folds

    def notes(self) -> dict[str, str]:
        """Return what the search did, or why there was none, by fidelity.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        models = zip(self._known().fidelities, self._models, strict=True)
        few = "too few observations for any model"
        return {name: few if model is None else model.note for name, model in models}

    def _features(self, candidates: Sequence[Candidate]) -> FeatureTable:
        return featurise(candidates, self._stage)

    def _learn(
        self,
        candidates: Sequence[Candidate],
        features: FloatArray,
        value: FloatArray,
        side: Side,
        seed: int,
    ) -> TunedModel:
        scale = fit_scale(value, "normal_score")
        position, exact = scale.forward(value), side == 0
        scores = expected(position, side, np.zeros(len(value)), np.ones(len(value)))
        folds = [out for out in chemistry_folds(candidates, self._folds, seed) if not out.all()]
        known = np.any(folds, axis=0) if folds else np.zeros(len(value), dtype=np.bool_)
        judged = exact & known
        trials = self._trials_for(int(judged.sum()))
        chosen = {
            kind: _choose(kind, features, scores, folds, judged, trials, seed) for kind in KINDS
        }
        told = [
            held_out(partial(grow, k, chosen[k][0]), features, scores, folds, seed) for k in KINDS
        ]
        means = np.array([mean for mean, _ in told])
        weights = stage_weights(means[:, known], scores[known], _PRIOR)
        mean, spread = weights @ means, told[0][1]
        blur = float(np.clip(np.sqrt(np.mean((mean - scores)[known] ** 2)), 0, 1)) if folds else 0.0
        centre, _ = scale.to_units(mean, spread, blur)
        error = (centre - value)[judged] / scale.slope
        deviation = fit_deviation(error, spread[judged], scale.steepness(mean, blur)[judged])
        std = np.where(known, _deviate(deviation, scale, mean, spread, blur), 1.0)
        scores = expected(position, side, mean, std)
        found: dict[str, Found] = {
            kind: Found(
                *chosen[kind], float(weight), grow(kind, chosen[kind][0], features, scores, seed)
            )
            for kind, weight in zip(KINDS, weights, strict=True)
        }
        return TunedModel(
            scale, found, deviation, blur, _note(found, trials, int(judged.sum()), self._fewest)
        )

    def _trials_for(self, rows: int) -> int:
        if rows < self._fewest:
            return 0
        if self._seconds is None:
            return self._trials
        return min(self._trials, trials_within(self._seconds, rows, self._folds))


def _choose(
    kind: Kind,
    features: FloatArray,
    scores: FloatArray,
    folds: Sequence[BoolArray],
    judged: BoolArray,
    trials: int,
    seed: int,
) -> tuple[Parameters, float | None, float | None]:
    """Return parameters, the rank correlation that they start from, and that which is reached.

    Without trials they stay at their start, of which nothing is known.
    """

    def rank(parameters: Parameters) -> float:
        mean, _ = held_out(partial(grow, kind, parameters), features, scores, folds, seed)
        return rank_correlation(mean[judged], scores[judged])

    if trials:
        return search(kind, rank, trials=trials, seed=derive(seed, "tuned"))
    return dict(START[kind]), None, None


def _note(found: dict[str, Found], trials: int, rows: int, fewest: int) -> str:
    if not trials:
        return f"no search: {rows} values to judge by, fewer than {fewest}; parameters as they come"
    told = ", ".join(
        f"{kind} {one.started:.3f} to {one.reached:.3f} (weight {one.weight:.2f})"
        for kind, one in found.items()
    )
    return f"{trials} trials of each kind on {rows} values, rank correlation: {told}"


def _deviate(
    deviation: Deviation, scale: Scale, mean: FloatArray, spread: FloatArray, blur: float
) -> FloatArray:
    return np.clip(deviation(spread, scale.steepness(mean, blur)), _LEAST_STD, _MOST_STD)
