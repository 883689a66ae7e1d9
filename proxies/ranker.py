"""A model that learns the order of the materials and only then their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

from discovery.features.stages import FeatureTable, Stage, featurise
from discovery.rng import derive, stream
from discovery.types import Candidate, FloatArray
from proxies.beliefs import Column
from proxies.conformal import Deviation, fit_deviation
from proxies.folds import chemistry_folds
from proxies.forest import Forest
from proxies.growing import boosting, grown
from proxies.scale import Scale, fit_scale
from proxies.separate import SeparateProxy, expected
from proxies.stage_model import Side

_GRADES: Final = 16  # of relevance; the gain of a grade is the grade itself
_QUERY: Final = 15  # rows compared with each other; longer lists are decided by their top alone
_ROUNDS: Final = 4  # lists that each row is in
_LEAST_STD: Final = 0.05  # score units; nothing measured is known better than that
_MOST_STD: Final = 1.5
_TIE: Final = 1e-3  # slope below the isotonic steps, so that equal steps keep their order


@dataclass(frozen=True)
class Steps:
    """An isotonic map, linear between its corners and constant beyond them.

    Args:
        ranks: (k,) corners, increasing.
        scores: (k,) at them, not decreasing.
    """

    ranks: FloatArray
    scores: FloatArray

    def __call__(self, rank: FloatArray) -> FloatArray:
        """Return the scores (n,) of ranks (n,); within a step, the order of the ranks is kept."""
        return np.interp(rank, self.ranks, self.scores) + _TIE * np.tanh(rank)


@dataclass(frozen=True)
class RankModel:
    """One fidelity: trees that rank, steps from ranks to scores, and how far off those are."""

    scale: Scale
    forest: Forest
    steps: Steps
    deviation: Deviation
    blur: float

    def terms(self) -> Sequence[tuple[float, Forest]]:
        """Return the trees of the mean."""
        return [(1.0, self.forest)]

    def column(self, features: FloatArray) -> Column:
        """Return the scores of n candidates."""
        mean = self.steps(_ranks(self.forest, features))
        return Column(self.scale, mean, _deviate(self.deviation, len(mean)), 0.0, self.blur)


class RankerProxy(SeparateProxy[RankModel]):
    """LambdaRank on graded values, mapped back to units by isotonic regression.

    Boosted trees with the gradient of the ranking itself (Burges et al., NeurIPS 2006), as in
    LightGBM (Ke et al., NeurIPS 2017), over many short lists drawn from all rows. A mistake at
    the top of a list counts most, which is not what a rank correlation asks: on OBELiX this ranks
    worse than regression on normal scores (:class:`proxies.staged.StagedProxy`). A rank has no
    unit; the map to normal scores, and the deviation, are learned from held-out sets of elements.
    The deviation is that of the held-out errors, the same for every candidate. One model per
    fidelity; with fewer than five observations it falls back to their mean.

    Args:
        stage: Richest stage of features to use.
        trees: Boosted trees.
        folds: Folds for the held-out errors.
    """

    def __init__(self, *, stage: Stage = "geometry", trees: int = 200, folds: int = 3) -> None:
        super().__init__("ranker", RankModel)
        self._stage: Stage = stage
        self._trees = trees
        self._folds = folds

    def _features(self, candidates: Sequence[Candidate]) -> FeatureTable:
        return featurise(candidates, self._stage)

    def _learn(
        self,
        candidates: Sequence[Candidate],
        features: FloatArray,
        value: FloatArray,
        side: Side,
        seed: int,
    ) -> RankModel:
        scale = fit_scale(value, "normal_score")
        position = scale.forward(value)
        # a bound stands with what all values, then held-out predictions, say of those beyond it
        scores = expected(position, side, np.zeros(len(value)), np.ones(len(value)))
        rank, known = np.zeros(len(value)), np.zeros(len(value), dtype=np.bool_)
        for fold, out in enumerate(chemistry_folds(candidates, self._folds, seed)):
            if not out.all():
                forest = _fit(features[~out], scores[~out], self._trees, derive(seed, fold))
                rank[out], known = _ranks(forest, features[out]), known | out
        if not known.any():  # a single set of elements: only its own ranks can be mapped
            rank = _ranks(_fit(features, scores, self._trees, derive(seed, "own")), features)
            known = ~known
        steps = _steps(rank[known], scores[known])
        mean = steps(rank)
        held = known & (side == 0)
        deviation = fit_deviation((mean - scores)[held], np.zeros(held.sum()), np.ones(held.sum()))
        std = _deviate(deviation, len(value))
        scores = expected(position, side, mean, std)
        final = _fit(features, scores, self._trees, derive(seed, "all"))
        blur = float(np.clip(np.std((mean - scores)[known]), 0, 1))
        return RankModel(scale, final, steps, deviation, blur)


def _deviate(deviation: Deviation, count: int) -> FloatArray:
    return np.clip(deviation(np.zeros(count), np.ones(count)), _LEAST_STD, _MOST_STD)


def _steps(rank: FloatArray, scores: FloatArray) -> Steps:
    fitted = IsotonicRegression().fit(rank, scores)
    corners = np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_)
    return Steps(*(corner.astype(np.float64) for corner in corners))


def _ranks(forest: Forest, features: FloatArray) -> FloatArray:
    return forest.predict(features)[0]


def _fit(features: FloatArray, scores: FloatArray, trees: int, seed: int) -> Forest:
    """Return boosted trees whose output ranks, in no unit."""
    from lightgbm import LGBMRanker  # noqa: PLC0415 - heavy, and few proxies need it

    place = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    grades = np.minimum(place * _GRADES // len(scores), _GRADES - 1)
    # equal scores have equal grades
    _, inverse = np.unique(scores, return_inverse=True)
    grades = np.array([grades[inverse == i].min() for i in range(inverse.max() + 1)])[inverse]
    # rows come sorted, and a list must be a sample of all
    rng, count = stream(seed, "lists"), -(-len(scores) // _QUERY)
    drawn = [rng.permutation(len(scores)) for _ in range(_ROUNDS)]
    sizes = [len(part) for order in drawn for part in np.array_split(order, count)]
    rows = np.concatenate(drawn)
    ranker = LGBMRanker(
        label_gain=list(range(_GRADES)),
        lambdarank_truncation_level=_QUERY,
        **boosting(len(scores), trees, seed),
    )
    return grown(ranker, features[rows], grades[rows], group=sizes)
