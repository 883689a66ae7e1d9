"""What the staged proxy makes of data that teach little or contradict themselves."""

import numpy as np
import pytest
import real_data

from discovery.assessment.metrics import coverage
from discovery.assessment.training import observations, truths
from discovery.datasets.obelix import ObelixDataset
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies.staged import StagedProxy

TARGET = (Fidelity("measured", 1.0, target=True),)
POOL = [
    Candidate((("Li", float(n)), (metal, 1.0), (anion, 4.0)))
    for metal in ("Mg", "Al", "Si", "P", "Zr")
    for anion in ("O", "S")
    for n in (1, 2, 3)
]


def tell(candidate, value=None, bound=None):
    answer = {"value": value} if bound is None else {"bound": Bound("left", bound)}
    return Observation(Query(candidate, "measured"), "ok", "log10_sigma", "log10(S/cm)", **answer)


def believe(told, candidates):
    proxy = StagedProxy(trees=20)
    proxy.fit(told, TARGET, 0)
    return proxy.predict(candidates)


def test_bounds_alone_put_everything_below_them():
    belief = believe([tell(c, bound=-10.0) for c in POOL[:20]], POOL[20:])
    assert (belief.target_mean <= -10.0).all()
    assert np.isfinite(belief.covariance).all()


def test_one_observation_falls_back_to_its_value_and_a_wide_doubt():
    belief = believe([tell(POOL[0], -4.0)], POOL[1:])
    assert belief.target_mean == pytest.approx([-4.0] * (len(POOL) - 1))
    assert belief.target_std.min() >= 3.0


def test_of_two_labels_for_one_candidate_one_is_kept_whatever_their_order():
    told = [tell(c, -4.0 - 0.1 * k) for k, c in enumerate(POOL[:20])]
    twice = [*told, tell(POOL[0], -9.0)]
    first, second = believe(twice, POOL), believe(twice[::-1], POOL)
    np.testing.assert_array_equal(first.mean, second.mean)
    assert np.isfinite(first.mean).all()


def test_candidates_without_lithium_or_cell_are_predicted_among_others():
    told = [tell(c, -4.0 - 0.1 * k) for k, c in enumerate(POOL[:20])]
    strange = [Candidate((("Na", 1.0), ("Cl", 1.0))), Candidate((("Fe", 1.0),))]
    assert np.isfinite(believe(told, strange).mean).all()


@pytest.mark.slow
def test_intervals_hold_for_what_a_campaign_has_not_bought():
    dataset = ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()
    drawn = np.random.default_rng(0).permutation(len(dataset.candidates))
    bought, left = drawn[:30], drawn[30:]
    covered = []
    for round_ in range(5):
        told, fidelities = observations(dataset, bought)
        proxy = StagedProxy()
        proxy.fit(told, fidelities, round_)
        belief = proxy.predict([dataset.candidates[row] for row in left])
        mean, std = belief.target_mean, belief.target_std
        covered.append(coverage(truths(dataset, left), mean, std, 0.9))
        best = np.argsort(-(mean + std))[:20]
        bought, left = np.concatenate([bought, left[best]]), np.delete(left, best)
    assert 0.8 < np.mean(covered) < 0.97
