"""A model that learns the order of the materials and only then their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

from discovery.errors import NotFittedError
from discovery.features.stages import Stage, featurise
from discovery.rng import derive, stream
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.beliefs import Column, assemble
from proxies.censoring import expectation
from proxies.conformal import Deviation, fit_deviation
from proxies.evidence import Evidence, gather
from proxies.folds import chemistry_folds
from proxies.scale import Scale, fit_scale
from proxies.stage_model import FEWEST, Side

_GRADES: Final = 16  # of relevance; the gain of a grade is the grade itself
_QUERY: Final = 15  # rows compared with each other; longer lists are decided by their top alone
_ROUNDS: Final = 4  # lists that each row is in
_LEAST_STD: Final = 0.05  # score units; nothing measured is known better than that
_MOST_STD: Final = 1.5
_TIE: Final = 1e-3  # slope below the isotonic steps, so that equal steps keep their order


class RankerProxy:
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
        self._stage: Stage = stage
        self._trees = trees
        self._folds = folds
        self._evidence: Evidence | None = None
        self._models: list[_RankModel | None] = []

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        evidence = gather(observations, fidelities)
        self._evidence, self._models = evidence, []
        for k, name in enumerate(evidence.fidelities):
            known = evidence.known[:, k]
            model = None
            if known.sum() >= FEWEST:
                candidates = [c for c, it in zip(evidence.candidates, known, strict=True) if it]
                value, side = evidence.value[known, k], evidence.side[known, k]
                model = self._model(candidates, value, side, derive(seed, "ranker", name))
            self._models.append(model)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if self._evidence is None:
            raise NotFittedError("the ranker has no observations yet; call fit first")
        features = featurise(candidates, self._stage).values
        columns = [None if model is None else model.column(features) for model in self._models]
        return assemble(self._evidence, len(candidates), columns, np.eye(len(columns)))

    def _model(
        self, candidates: Sequence[Candidate], value: FloatArray, side: Side, seed: int
    ) -> "_RankModel":
        scale = fit_scale(value, "normal_score")
        position = scale.forward(value)
        # a bound stands with what all values, then held-out predictions, say of those beyond it
        guess, _ = expectation(np.zeros(len(value)), np.ones(len(value)), position, side)
        scores = np.where(side == 0, position, guess)
        features = featurise(candidates, self._stage).values
        rank, known = np.zeros(len(value)), np.zeros(len(value), dtype=np.bool_)
        for fold, out in enumerate(chemistry_folds(candidates, self._folds, seed)):
            if not out.all():
                ranks = _fit(features[~out], scores[~out], self._trees, derive(seed, fold))
                rank[out], known = ranks.predict(features[out]), known | out
        if not known.any():  # a single set of elements: only its own ranks can be mapped
            rank = _fit(features, scores, self._trees, derive(seed, "own")).predict(features)
            known = ~known
        steps = IsotonicRegression(out_of_bounds="clip").fit(rank[known], scores[known])
        mean = _centre(steps, rank)
        held = known & (side == 0)
        deviation = fit_deviation((mean - scores)[held], np.zeros(held.sum()), np.ones(held.sum()))
        std = _deviate(deviation, len(value))
        told, _ = expectation(mean, std, position, side)
        scores = np.where(side == 0, position, told)
        final = _fit(features, scores, self._trees, derive(seed, "all"))
        blur = float(np.clip(np.std((mean - scores)[known]), 0, 1))
        return _RankModel(scale, final, steps, deviation, blur)


@dataclass(frozen=True)
class _RankModel:
    """One fidelity: trees that rank, steps from ranks to scores, and how far off those are."""

    scale: Scale
    ranks: "_Ranks"
    steps: IsotonicRegression
    deviation: Deviation
    blur: float

    def column(self, features: FloatArray) -> Column:
        """Return the scores of n candidates."""
        mean = _centre(self.steps, self.ranks.predict(features))
        return Column(self.scale, mean, _deviate(self.deviation, len(mean)), 0.0, self.blur)


def _deviate(deviation: Deviation, count: int) -> FloatArray:
    return np.clip(deviation(np.zeros(count), np.ones(count)), _LEAST_STD, _MOST_STD)


def _centre(steps: IsotonicRegression, rank: FloatArray) -> FloatArray:
    if not len(rank):
        return np.zeros(0)
    return np.asarray(steps.predict(rank) + _TIE * np.tanh(rank), dtype=np.float64)


@dataclass(frozen=True)
class _Ranks:
    """Boosted trees whose output ranks."""

    trees: Any

    def predict(self, features: FloatArray) -> FloatArray:
        """Return ranks (n,) in no unit."""
        if not len(features):
            return np.zeros(0)
        return np.asarray(self.trees.predict(features), dtype=np.float64)


def _fit(features: FloatArray, scores: FloatArray, trees: int, seed: int) -> _Ranks:
    from lightgbm import LGBMRanker  # noqa: PLC0415 - heavy, and only this proxy needs it

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
        n_estimators=trees,
        learning_rate=0.05,
        num_leaves=15,
        min_child_samples=min(8, max(2, len(scores) // 10)),
        colsample_bytree=0.3,
        reg_lambda=3.0,
        max_bin=63,
        label_gain=list(range(_GRADES)),
        lambdarank_truncation_level=_QUERY,
        random_state=seed % 2**31,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    return _Ranks(ranker.fit(features[rows], grades[rows], group=sizes))
