"""Gaussian processes on data that teach little, or nothing."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from discovery.crystal import Lattice
from discovery.errors import NotFittedError
from discovery.features.stages import featurise
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies.gp import GaussianProcessProxy
from proxies.multitask import MultitaskProxy

TARGET, CHEAP = Fidelity("measured", 10.0, target=True), Fidelity("hint", 1.0)
METALS = {"Mg": 2, "Al": 3, "Si": 4, "P": 5, "Y": 3, "Zr": 4, "Nb": 5, "In": 3, "Ge": 4}
POOL = [
    Candidate((("Li", float(lithium)), (metal, 1.0), (anion, (lithium + charge) / valence)))
    for metal, charge in METALS.items()
    for anion, valence in (("O", 2), ("S", 2), ("Cl", 1), ("Br", 1))
    for lithium in (1, 2, 3, 4)
]
TRUTH = np.array([6 * c.fractions["Li"] + 8 * c.fractions.get("S", 0) - 11 for c in POOL])


def value(candidate, number, fidelity=TARGET, error=None):
    return Observation(
        Query(candidate, fidelity.name),
        "ok",
        "log10_sigma",
        "log10(S/cm)",
        value=float(number),
        standard_error=error,
    )


def bound(candidate, number, side="left"):
    query = Query(candidate, TARGET.name)
    return Observation(query, "ok", "log10_sigma", "log10(S/cm)", bound=Bound(side, number))


def believed(told, asked, proxy=None, fidelities=(TARGET,)):
    proxy = proxy or GaussianProcessProxy(stage="composition", inputs=6)
    proxy.fit(told, fidelities, 0)
    belief = proxy.predict(asked)
    for array in (belief.mean, belief.covariance, belief.noise, belief.factor):
        assert array is None or np.isfinite(array).all()
    return belief


def test_nothing_but_bounds_at_many_places_pulls_to_their_side():
    belief = believed([bound(c, -8.0) for c in POOL[::4]], POOL[::4])
    assert (belief.target_mean < -8.0).all()


def test_a_single_bound_is_less_sure_than_a_single_value():
    for told in ([bound(POOL[0], -8.0)], [value(POOL[0], -8.0)]):
        belief = believed(told, POOL[:3])
        assert belief.target_mean == pytest.approx(-8.0)
        assert belief.target_std.min() >= 3


def test_materials_that_no_feature_tells_apart_keep_their_own_values():
    composition = (("Li", 3.0), ("P", 1.0), ("S", 4.0))
    twins = [
        Candidate(composition, z=1, lattice=Lattice(a, a, a, 90, 90, 90))
        for a in np.linspace(5, 9, 12)
    ]
    told = [value(c, -4.0 - k % 3, error=0.01) for k, c in enumerate(twins)]
    belief = believed(told, twins)
    assert np.ptp(featurise(twins, "composition").values, axis=0).max() == pytest.approx(0)
    assert np.corrcoef(belief.target_mean, [o.value for o in told])[0, 1] > 0.8


def test_columns_without_any_value_are_no_obstacle():
    asked = POOL[1::3]
    assert np.isnan(featurise(asked, "physics").values).all(axis=0).any()
    told = [value(c, t) for c, t in zip(POOL[::3], TRUTH[::3], strict=True)]
    belief = believed(told, asked, GaussianProcessProxy(stage="physics", inputs=6))
    assert spearmanr(belief.target_mean, TRUTH[1::3])[0] > 0.8


def test_a_bound_above_the_belief_changes_nothing_and_one_below_only_its_surroundings():
    seen = list(range(0, len(POOL), 2))
    told = [value(POOL[i], TRUTH[i]) for i in seen]
    subject = POOL[1]
    plain = believed(told, [subject]).target_mean[0]
    loose = believed([*told, bound(subject, 5.0)], [subject]).target_mean[0]
    tight = believed([*told, bound(subject, -12.0)], [subject]).target_mean[0]
    assert loose == pytest.approx(plain, abs=0.3)  # the axis of scores has one more row
    assert -13.5 < tight < -11.9


def test_a_fidelity_that_tells_nothing_does_not_degrade_beyond_noise():
    rng = np.random.default_rng(0)
    change = []
    for _ in range(3):
        order = rng.permutation(len(POOL))
        seen, unseen = order[:40], order[40:]
        told = [value(POOL[i], TRUTH[i] + 0.3 * rng.normal()) for i in seen]
        noise = [value(c, rng.normal(), CHEAP) for c in POOL[:100]]
        rank = []
        for observations in (told, told + noise):
            proxy = MultitaskProxy(mean="constant", stage="composition", inputs=6)
            asked = [POOL[i] for i in unseen]
            belief = believed(observations, asked, proxy, (CHEAP, TARGET))
            rank.append(spearmanr(belief.target_mean, TRUTH[unseen])[0])
        change.append(rank[1] - rank[0])
        assert proxy.explained().alone["hint"] < 0.3
    assert np.mean(change) > -0.02
    assert min(change) > -0.05


def test_what_a_good_hint_explains_is_said_and_too_few_labels_say_nothing():
    told = [value(POOL[i], TRUTH[i]) for i in range(0, len(POOL), 3)]
    hints = [value(c, 100 * t, CHEAP) for c, t in zip(POOL, TRUTH, strict=True)]
    proxy = MultitaskProxy(mean="constant", stage="composition", inputs=6)
    with pytest.raises(NotFittedError, match="too few observations at the target"):
        proxy.explained()
    proxy.fit(told + hints[:100], (CHEAP, TARGET), 0)
    explained = proxy.explained()
    assert explained.alone["hint"] == explained.together == explained.beyond["hint"]
    assert 0.6 < explained.together <= 1
