"""Trees that learn the median and both ends of an interval, which held-out materials correct."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from scipy.special import ndtri

from discovery.features.stages import FeatureTable, Stage, featurise
from discovery.rng import derive
from discovery.types import Candidate, FloatArray
from proxies.beliefs import Column
from proxies.conformal import conformal_quantile
from proxies.folds import chemistry_folds
from proxies.forest import Forest
from proxies.growing import boosting, grown
from proxies.scale import Scale, fit_scale
from proxies.separate import SeparateProxy, expected
from proxies.stage_model import Side

LEVEL: Final = 0.9
"""Of the interval."""

_TAILS: Final = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)
_REACH: Final = float(ndtri(_TAILS[1]))  # deviations from centre to end, if it were normal
_LEAST_STD: Final = 0.05  # of all values; nothing measured is known better than that
_Edges: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]
_Forests: TypeAlias = tuple[Forest, Forest, Forest]


@dataclass(frozen=True)
class QuantileModel:
    """One fidelity, in standard units: three boosted models and a margin.

    Args:
        scale: Between values and scores.
        forest: Of the median.
        below: Of the lower end of the interval.
        above: Of its upper end.
        margin: By which both ends move outwards, or inwards where negative, in scores.
        least: Smallest deviation, in scores.
    """

    scale: Scale
    forest: Forest
    below: Forest
    above: Forest
    margin: float
    least: float

    def interval(self, features: FloatArray) -> _Edges:
        """Return lower end, median and upper end (n,) in scores; they never cross."""
        low, middle, high = _raw((self.forest, self.below, self.above), features)
        return np.minimum(low - self.margin, middle), middle, np.maximum(high + self.margin, middle)

    def terms(self) -> Sequence[tuple[float, Forest]]:
        """Return the trees of the mean."""
        return [(1.0, self.forest)]

    def column(self, features: FloatArray) -> Column:
        """Return median and deviation of n candidates."""
        low, middle, high = self.interval(features)
        std = np.maximum((high - low) / (2 * _REACH), self.least)
        return Column(self.scale, middle, std, 0.0)


class QuantileProxy(SeparateProxy[QuantileModel]):
    """Conformalised quantile regression (Romano, Patterson and Candes, NeurIPS 2019).

    Gradient boosting of the pinball loss (Koenker and Bassett, Econometrica 46, 33 (1978); Ke et
    al., NeurIPS 2017) at 5, 50 and 95 %. How far held-out sets of elements lie outside of the
    interval decides how much wider it becomes (their eq. 8, over folds as in cross-conformal
    prediction), so it covers 90 % of what is like the observations, and follows the noise where
    that differs from place to place. Ends that would cross the median stop there.

    A belief is normal: its mean is the median, and its deviation is chosen so that the normal
    interval of 90 % is as wide as the corrected one. The normal interval is centred on the median
    and the corrected one need not be; :meth:`interval` returns that. Other levels rest on the
    shape of the normal distribution alone.

    Bounds enter by their expectation; one far below the belief moves the end of the interval and
    hardly the median, as any single material does. One model per fidelity; with fewer than five
    observations it falls back to their mean, with fewer than nine held-out values the deviation is
    at least that of all values.

    Args:
        stage: Richest stage of features to use.
        trees: Boosted trees of each quantile.
        folds: Folds of held-out sets of elements.
    """

    def __init__(self, *, stage: Stage = "geometry", trees: int = 200, folds: int = 3) -> None:
        super().__init__("quantile", QuantileModel)
        self._stage: Stage = stage
        self._trees = trees
        self._folds = folds

    def interval(self, candidates: Sequence[Candidate]) -> tuple[FloatArray, FloatArray]:
        """Return both ends (n,) of the corrected 90 % interval of the target, in its unit.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        model = self._target_model()
        low, _, high = model.interval(self.inputs(candidates).values)
        return model.scale.backward(low), model.scale.backward(high)

    def _features(self, candidates: Sequence[Candidate]) -> FeatureTable:
        return featurise(candidates, self._stage)

    def _learn(
        self,
        candidates: Sequence[Candidate],
        features: FloatArray,
        value: FloatArray,
        side: Side,
        seed: int,
    ) -> QuantileModel:
        scale = fit_scale(value, "standard")
        position = scale.forward(value)
        told = expected(position, side, np.zeros(len(value)), np.ones(len(value)))
        low, middle, high = (np.zeros(len(value)) for _ in range(3))
        known = np.zeros(len(value), dtype=np.bool_)
        for fold, out in enumerate(chemistry_folds(candidates, self._folds, seed)):
            if not out.all():
                models = _fit(features[~out], told[~out], self._trees, derive(seed, fold))
                low[out], middle[out], high[out] = _raw(models, features[out])
                known |= out
        outside = np.maximum(low - position, position - high)[known & (side == 0)]
        margin = conformal_quantile(outside, LEVEL)
        least = _LEAST_STD
        if not np.isfinite(margin):
            margin, least = float(outside.max(initial=0.0)), 1.0
        std = np.maximum((high - low + 2 * margin) / (2 * _REACH), least)
        told = expected(position, side, middle, np.where(known, std, 1.0))
        models = _fit(features, told, self._trees, derive(seed, "all"))
        return QuantileModel(scale, *models, margin, least)


def _fit(features: FloatArray, scores: FloatArray, trees: int, seed: int) -> _Forests:
    """Return the models of the median, the lower and the upper end."""
    from lightgbm import LGBMRegressor  # noqa: PLC0415 - heavy, and few proxies need it

    middle, below, above = (
        grown(
            LGBMRegressor(
                objective="quantile", alpha=quantile, **boosting(len(scores), trees, seed)
            ),
            features,
            scores,
        )
        for quantile in (0.5, *_TAILS)
    )
    return middle, below, above


def _raw(models: _Forests, features: FloatArray) -> _Edges:
    """Return lower end, median and upper end (n,) before any correction."""
    middle, low, high = (forest.predict(features)[0] for forest in models)
    return np.minimum(low, middle), middle, np.maximum(high, middle)
