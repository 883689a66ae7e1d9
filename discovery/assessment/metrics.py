"""How far predictions are from the truth, when some truths are only known to be bounds.

Every function takes the truth of n rows and what was predicted of them: ``mean`` (n,) and, where
needed, ``std`` (n,) of a normal distribution, all in the same unit (decades, for a conductivity).
A row whose truth is a bound stands at the bound, with the reading that each function states.
"""

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import log_ndtr, ndtr, ndtri
from scipy.stats import rankdata

from discovery.agreement.rank_statistics import Values, reaches
from discovery.errors import InvalidInputError
from discovery.types import BoolArray, FloatArray

_LEVELS = np.linspace(0.0, 1.0, 101)


def spearman(truth: Values, mean: FloatArray) -> float:
    """Return Spearman's rank correlation; bounds are ranked at their place, equal ones as ties.

    NaN where one of the two is constant.
    """
    if len(truth) < 2 or np.ptp(truth.value) == 0 or np.ptp(mean) == 0:  # noqa: PLR2004 - a pair
        return float("nan")
    return float(np.corrcoef(rankdata(truth.value), rankdata(mean))[0, 1])


def r_squared(truth: Values, mean: FloatArray) -> float:
    """Return one minus squared error over variance, bounds taken for values, as is usual.

    NaN where the truth is constant.
    """
    spread = float(np.sum((truth.value - np.mean(truth.value)) ** 2))
    return 1 - float(np.sum((truth.value - mean) ** 2)) / spread if spread > 0 else float("nan")


def rmse(truth: Values, mean: FloatArray) -> float:
    """Return the root of the mean squared error; a prediction beyond a bound has no error."""
    return float(np.sqrt(np.mean(_errors(truth, mean) ** 2)))


def mae(truth: Values, mean: FloatArray) -> float:
    """Return the mean absolute error; a prediction beyond a bound has no error."""
    return float(np.mean(np.abs(_errors(truth, mean))))


def auc(truth: Values, mean: FloatArray, threshold: float) -> float:
    """Return the area under the ROC curve of ``mean`` for "the truth reaches the threshold".

    Rows whose bound does not decide that are left out. NaN where all are on one side.
    """
    positive, known = reaches(truth, threshold)
    reached = int((positive & known).sum())
    others = int(known.sum()) - reached
    if not reached or not others:
        return float("nan")
    # H. B. Mann & D. R. Whitney, Ann. Math. Stat. 18, 50 (1947)
    ranks = float(rankdata(mean[known])[positive[known]].sum())
    return (ranks - reached * (reached + 1) / 2) / (reached * others)


def accuracy(truth: Values, mean: FloatArray, threshold: float) -> float:
    """Return the share of rows on the right side of the threshold, undecided bounds left out.

    NaN where no row is decided.
    """
    positive, known = reaches(truth, threshold)
    if not known.any():
        return float("nan")
    return float(np.mean(positive[known] == (mean[known] >= threshold)))


def coverage(truth: Values, mean: FloatArray, std: FloatArray, level: float) -> float:
    """Return the share of truths within the central interval that should hold ``level`` of them.

    A bound counts with the probability that a truth behind it, drawn from the prediction, lies
    in the interval: a calibrated prediction covers ``level`` of such rows, too, and one that
    excludes the bound's side covers none (the probability integral transform of censored data,
    C. Czado et al., Biometrics 65, 1254 (2009), for counts).
    """
    return float(coverages(truth, mean, std, np.array([level]))[0])


def coverages(truth: Values, mean: FloatArray, std: FloatArray, levels: FloatArray) -> FloatArray:
    """Return :func:`coverage` at each of some levels (k,)."""
    low, high = _transform_range(truth, mean, std)
    width = np.maximum(high - low, 1e-300)[:, None]
    inner, outer = 0.5 - levels / 2, 0.5 + levels / 2
    bounded = np.maximum(np.minimum(high[:, None], outer) - np.maximum(low[:, None], inner), 0)
    # of an exact truth both ends are one number
    exact = np.abs(2 * low - 1)[:, None] <= levels
    covered: FloatArray = np.where(truth.exact[:, None], exact, bounded / width)
    return covered.mean(axis=0)


def width(std: FloatArray, level: float) -> float:
    """Return the mean width of the central intervals, in the unit of the deviation."""
    return float(2 * ndtri((1 + level) / 2) * np.mean(std))


def miscalibration_area(truth: Values, mean: FloatArray, std: FloatArray) -> float:
    """Return the area between observed and expected coverage of central intervals, 0 ... 0.5.

    V. Kuleshov, N. Fenner & S. Ermon, ICML (2018), arXiv:1807.00263; K. Tran et al., Mach. Learn.:
    Sci. Technol. 1, 025006 (2020). By the trapezoidal rule on 101 levels.
    """
    return float(trapezoid(np.abs(coverages(truth, mean, std, _LEVELS) - _LEVELS), _LEVELS))


def nll(truth: Values, mean: FloatArray, std: FloatArray) -> float:
    """Return the mean negative log likelihood, a bound by the probability of its side.

    J. Tobin, Econometrica 26, 24 (1958).

    Raises:
        InvalidInputError: A deviation is not positive.
    """
    z = _standardised(truth, mean, std)
    of_value = 0.5 * z**2 + np.log(std) + 0.5 * np.log(2 * np.pi)
    return float(np.mean(np.where(truth.exact, of_value, -log_ndtr(-truth.side * z))))


def crps(truth: Values, mean: FloatArray, std: FloatArray) -> float:
    """Return the mean continuous ranked probability score, in the unit of the truth.

    Closed form of the normal (T. Gneiting & A. E. Raftery, J. Am. Stat. Assoc. 102, 359 (2007),
    eq. 21). Behind a bound the truth is taken where it suits the prediction best: at the mean
    where the bound allows it, else at the bound; so a row's score is a lower limit of the unknown.

    Raises:
        InvalidInputError: A deviation is not positive.
    """
    _standardised(truth, mean, std)
    z = -_errors(truth, mean) / std
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return float(np.mean(std * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))))


def hits(truth: Values, best: float) -> BoolArray:
    """Return (n,) whether each truth is among the ``best`` share of them, at least one, or ties."""
    wanted = max(1, round(best * len(truth)))
    hit: BoolArray = truth.value >= np.sort(truth.value)[-wanted]
    return hit


def enrichment(truth: Values, mean: FloatArray, send: int, best: float = 0.1) -> float:
    """Return how many times more hits than by chance are among the ``send`` best predictions.

    Args:
        truth: Of n rows; the ``best`` share of them are hits (more, where truths tie).
        mean: (n,) predictions; of equal ones at the cut each counts in part.
        send: Number of rows chosen.
        best: Share of hits, 0 ... 1.

    Raises:
        InvalidInputError: ``send`` is not 1 ... n.
    """
    count = len(truth)
    if not 1 <= send <= count:
        raise InvalidInputError(f"choose 1 to {count} of {count} rows, not {send}")
    hit = hits(truth, best)
    cut = np.sort(mean)[-send]
    above, equal = mean > cut, mean == cut
    found = hit[above].sum() + (send - above.sum()) * hit[equal].mean()
    return float(found / send / hit.mean())


def _errors(truth: Values, mean: FloatArray) -> FloatArray:
    """(n,) prediction minus truth, zero where the truth is a bound that the prediction respects."""
    error = mean - truth.value
    respected = truth.side * error > 0
    allowed: FloatArray = np.where(respected, 0.0, error)
    return allowed


def _standardised(truth: Values, mean: FloatArray, std: FloatArray) -> FloatArray:
    if not (std > 0).all():
        raise InvalidInputError(f"a deviation must be positive, not {np.min(std)}")
    z: FloatArray = (truth.value - mean) / std
    return z


def _transform_range(
    truth: Values, mean: FloatArray, std: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(n,) ends of the predicted probability that the truth is smaller, given what is known."""
    place = ndtr(_standardised(truth, mean, std))
    return np.where(truth.side < 0, 0.0, place), np.where(truth.side > 0, 1.0, place)
