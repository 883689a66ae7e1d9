import numpy as np
from scipy.stats import spearmanr

from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies.ranker import RankerProxy

TARGET = (Fidelity("measured", 1.0, target=True),)
METALS = ("Mg", "Al", "Si", "P", "Y", "Zr", "Nb", "In", "Ge", "Sn")
POOL = [
    Candidate((("Li", float(n)), (metal, 1.0), (anion, 4.0)))
    for metal in METALS
    for anion in ("O", "S", "Cl")
    for n in (1, 2, 3, 4)
]
TRUTH = np.array([6 * c.fractions["Li"] + 8 * c.fractions.get("S", 0) - 11 for c in POOL])
SEEN = np.random.default_rng(0).permutation(len(POOL))[:70]
UNSEEN = np.setdiff1d(np.arange(len(POOL)), SEEN)


def told(rows, values, bound=None):
    made = []
    for row, number in zip(rows, values, strict=True):
        query, unit = Query(POOL[row], "measured"), ("log10_sigma", "log10(S/cm)")
        hidden = bound is not None and number < bound
        answer = {"bound": Bound("left", bound)} if hidden else {"value": float(number)}
        made.append(Observation(query, "ok", *unit, **answer))
    return made


def fitted(observations, seed=0):
    proxy = RankerProxy(trees=60)
    proxy.fit(observations, TARGET, seed)
    return proxy


def test_values_follow_from_ranks():
    belief = fitted(told(SEEN, TRUTH[SEEN])).predict([POOL[i] for i in UNSEEN])
    assert spearmanr(belief.target_mean, TRUTH[UNSEEN])[0] > 0.85
    assert np.abs(belief.target_mean - TRUTH[UNSEEN]).mean() < np.std(TRUTH)


def test_only_the_order_of_the_values_decides_the_order_of_the_predictions():
    candidates = [POOL[i] for i in UNSEEN]
    plain = fitted(told(SEEN, TRUTH[SEEN])).predict(candidates).target_mean
    bent = fitted(told(SEEN, -np.exp(-TRUTH[SEEN] / 3))).predict(candidates).target_mean
    assert spearmanr(plain, bent)[0] > 0.999


def test_bounds_stand_at_the_bottom():
    limit = float(np.quantile(TRUTH, 0.4))
    belief = fitted(told(SEEN, TRUTH[SEEN], limit)).predict([POOL[i] for i in UNSEEN])
    low = TRUTH[UNSEEN] < limit
    assert belief.target_mean[low].mean() < belief.target_mean[~low].mean() - 1


def test_one_chemistry_alone_can_be_learned():
    rows = [i for i, c in enumerate(POOL) if {"Mg", "O"} <= set(c.fractions)] * 2
    extra = [Candidate((("Li", float(n)), ("Mg", 1.0), ("O", 4.0))) for n in range(5, 12)]
    observations = told(rows, TRUTH[rows]) + [
        Observation(Query(c, "measured"), "ok", "log10_sigma", "log10(S/cm)", value=-float(k))
        for k, c in enumerate(extra)
    ]
    belief = fitted(observations).predict(extra)
    assert np.isfinite(belief.mean).all()
    assert (belief.target_std > 0).all()
