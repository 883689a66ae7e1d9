"""Intervals for what a campaign has left, learned from what it has bought.

An acquisition function buys what is believed to be good and leaves the rest, so held-out errors of
bought materials are those of a sample that differs from the pool. Weighted conformal prediction
(Tibshirani, Barber, Candes and Ramdas, NeurIPS 2019) gives each held-out error the weight of its
material in the pool relative to that in the sample, dp(pool)/dp(bought); a classifier that tells
the two apart estimates that ratio (their section 2.3). It sees what is believed of a material
alone, mean and deviation: that is what the acquisition function chose by.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from discovery.types import Candidate, FloatArray
from proxies.conformal import Deviation, conformal_quantile
from proxies.stage_model import Side, StageModel

_LEVELS: Final = (0.5, 0.8, 0.9)  # as for the deviation itself
_FEWEST: Final = 20  # fewer errors, or fewer materials left, say nothing of a shift
_SURE: Final = 0.98  # no material is believed to be in one of the two with more


def odds(bought: FloatArray, left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how much likelier each row is among those left than among those bought.

    Logistic regression on standardised columns; one row in fifty of the other side is always
    thought possible, so no weight exceeds 49 times the share of the two.

    Args:
        bought: (n, d) what is believed of bought materials by models that have not seen them.
        left: (q, d) what is believed of those left.

    Returns:
        Of the bought (n,) and of those left (q,), of mean about 1 among the bought.
    """
    rows = np.vstack([bought, left])
    spread = rows.std(axis=0)
    rows = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    is_left = np.arange(len(rows)) >= len(bought)
    told = LogisticRegression().fit(rows, is_left).predict_proba(rows)[:, 1]
    share = np.clip(told, 1 - _SURE, _SURE)
    ratio = share / (1 - share) * len(bought) / len(left)
    return ratio[~is_left], ratio[is_left]


def widening(error: FloatArray, weight: FloatArray, asked: float) -> float:
    """Return by how much deviations grow to cover errors that are weighed.

    Args:
        error: (n,) absolute, in deviations.
        weight: (n,) of each.
        asked: Typical weight of a material whose error is not known.

    Returns:
        1 or more: a sample of the best is never taken for more difficult than the rest.
    """
    sizes = [
        min(conformal_quantile(error, level, weight / asked), float(error.max()))
        / norm.ppf(0.5 + level / 2)
        for level in _LEVELS
    ]
    return max(1.0, float(np.mean(sizes)))


def fitted_to(
    model: StageModel,
    value: FloatArray,
    side: Side,
    left: Sequence[Candidate],
    extra: FloatArray,
) -> StageModel:
    """Return a model whose deviations are those of the materials that are left.

    Means stay as they are. With fewer than twenty errors, or fewer than twenty materials left, it
    is the same model.

    Args:
        model: Fitted.
        value: (n,) values or bounds that it was fitted to.
        side: (n,) see :class:`proxies.evidence.Evidence`.
        left: Materials without an answer, all of them or a sample.
        extra: (q, k) their further columns, as for :meth:`proxies.stage_model.StageModel.predict`.
    """
    exact = side == 0
    if exact.sum() < _FEWEST or len(left) < _FEWEST:
        return model
    weight, of_left = odds(
        np.column_stack([model.held_out, model.held_out_std]),
        np.column_stack(model.predict(left, extra)),
    )
    centre, std = model.scale.to_units(model.held_out, model.held_out_std, model.blur)
    error = np.abs(centre - value) / std
    grown = widening(error[exact], weight[exact], float(np.mean(of_left)))
    floor, gain, tilt = (
        term * grown**2
        for term in (model.deviation.floor, model.deviation.gain, model.deviation.tilt)
    )
    return replace(model, deviation=Deviation(floor, gain, tilt))
