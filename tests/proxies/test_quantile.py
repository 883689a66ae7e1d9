import numpy as np
import pytest
import real_data
from scipy.stats import norm, spearmanr

from discovery.assessment.groups import same_source
from discovery.assessment.metrics import coverage
from discovery.assessment.splits import grouped_folds
from discovery.assessment.training import labelled, observations, truths
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import NotFittedError
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies.quantile import QuantileProxy

TARGET = (Fidelity("measured", 1.0, target=True),)
METALS = ("Mg", "Al", "Si", "P", "Y", "Zr", "Nb", "In", "Ge", "Sn")
POOL = [
    Candidate((("Li", n / 4), (metal, 1.0), (anion, 4.0)))
    for metal in METALS
    for anion in ("O", "S", "Cl")
    for n in range(2, 14)
]
SULPHIDE = np.array(["S" in c.fractions for c in POOL])
TRUTH = np.array([6 * c.fractions["Li"] - 11 for c in POOL])
RNG = np.random.default_rng(0)
NOISY = TRUTH + RNG.normal(size=len(POOL)) * np.where(SULPHIDE, 1.5, 0.2)
SEEN = RNG.permutation(len(POOL))[:240]
UNSEEN = np.setdiff1d(np.arange(len(POOL)), SEEN)


def tell(row, value=None, bound=None):
    answer = {"value": float(value)} if bound is None else {"bound": Bound("left", bound)}
    query = Query(POOL[row], "measured")
    return Observation(query, "ok", "log10_sigma", "log10(S/cm)", **answer)


def fitted(told):
    proxy = QuantileProxy(trees=100)
    proxy.fit(told, TARGET, 0)
    return proxy


@pytest.fixture(scope="module")
def proxy():
    return fitted([tell(row, NOISY[row]) for row in SEEN])


def test_the_interval_covers_unseen_materials_and_follows_their_noise(proxy):
    asked = [POOL[row] for row in UNSEEN]
    low, high = proxy.interval(asked)
    inside = (low <= NOISY[UNSEEN]) & (NOISY[UNSEEN] <= high)
    assert 0.84 < inside.mean() <= 0.99
    noisy = SULPHIDE[UNSEEN]
    assert (high - low)[noisy].mean() > 1.5 * (high - low)[~noisy].mean()
    assert spearmanr(proxy.predict(asked).target_mean, TRUTH[UNSEEN])[0] > 0.8


def test_a_belief_is_the_median_with_the_width_of_the_interval(proxy):
    belief = proxy.predict(POOL)
    low, high = proxy.interval(POOL)
    assert (low <= belief.target_mean).all()
    assert (belief.target_mean <= high).all()
    assert 2 * norm.ppf(0.95) * belief.target_std == pytest.approx(high - low)


def test_the_axis_moves_the_interval_and_does_not_bend_it(proxy):
    moved = fitted([tell(row, 3 * NOISY[row] + 7) for row in SEEN])
    for ours, theirs in zip(proxy.interval(POOL), moved.interval(POOL), strict=True):
        assert 3 * ours + 7 == pytest.approx(theirs)


def test_bounds_alone_put_everything_below_them():
    proxy = fitted([tell(row, bound=-8.0) for row in SEEN[:40]])
    belief = proxy.predict(POOL[:20])
    assert (belief.target_mean < -8).all()
    assert np.isfinite(belief.covariance).all()


def test_few_values_leave_the_doubt_of_all_values():
    told = [tell(row, NOISY[row]) for row in SEEN[:8]]
    spread = np.std(NOISY[SEEN[:8]])
    assert (fitted(told).predict(POOL).target_std >= 0.99 * spread).all()
    with pytest.raises(NotFittedError, match="no trees for the target; they need 5 observations"):
        fitted(told[:4]).interval(POOL)


@pytest.mark.slow
def test_intervals_cover_held_out_papers_of_obelix():
    dataset = ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()
    rows = labelled(dataset)
    groups = same_source(dataset)[rows]
    covered = []
    for number, split in enumerate(grouped_folds(groups, 5, 0)):
        told, fidelities = observations(dataset, rows[split.train])
        proxy = QuantileProxy()
        proxy.fit(told, fidelities, number)
        belief = proxy.predict([dataset.candidates[row] for row in rows[split.test]])
        truth = truths(dataset, rows[split.test])
        covered.append(coverage(truth, belief.target_mean, belief.target_std, 0.9))
    assert 0.83 < np.mean(covered) < 0.97
