"""What the staged proxy takes for ignorance, and what for noise."""

import numpy as np
import pytest

from discovery import registry
from discovery.errors import ConfigError
from discovery.types import Candidate, Fidelity, Observation, Query

TARGET = Fidelity("lab", 1.0, target=True)
POOL = [
    Candidate((("Li", n / 4), (metal, 1.0), (anion, 4.0)))
    for metal in ("Mg", "Al", "Si", "P", "Y", "Zr", "Nb", "In", "Ge", "Sn")
    for anion in ("O", "S", "Cl", "Br")
    for n in range(2, 8)
]


def fitted(doubt, told, **options):
    options |= {"learner": "extra_trees", "stage": "composition", "trees": 40, "doubt": doubt}
    proxy = registry.build("proxy", "staged", options)
    draws = np.random.default_rng(0).normal(size=len(POOL))
    observations = [
        Observation(Query(c, "lab"), "ok", "log10_sigma", "log10(S/cm)", value=float(draw))
        for c, draw in zip(POOL, draws, strict=True)
        if c in told
    ]
    proxy.fit(observations, (TARGET,), 0)
    return proxy


def oxides_and_sulphides():
    return [c for c in POOL if {"O", "S"} & {element for element, _ in c.composition}]


def test_disagreement_is_ignorance_and_the_rest_is_noise_so_intervals_are_as_wide():
    told = oxides_and_sulphides()
    whole, split = (fitted(doubt, told).predict(POOL) for doubt in ("all", "disagreement"))
    np.testing.assert_array_equal(split.mean, whole.mean)
    assert (split.target_std <= whole.target_std).all()
    assert split.noise[0] > whole.noise[0] == 0.0
    assert np.mean(split.target_std**2) + split.noise[0] == pytest.approx(
        np.mean(whole.target_std**2)
    )


def test_of_pure_noise_there_is_less_ignorance_where_materials_were_measured():
    told = oxides_and_sulphides()
    belief = fitted("disagreement", told).predict(POOL)
    known = np.array([candidate in told for candidate in POOL])
    assert belief.target_std[known].max() < np.median(belief.target_std[~known])


def test_larger_leaves_do_not_learn_every_value_by_heart():
    told = oxides_and_sulphides()
    alone, shared = (fitted("disagreement", told, leaf=leaf).predict(told) for leaf in (1, 3))
    assert shared.target_mean.std() < 0.8 * alone.target_mean.std()


def test_an_unknown_doubt_is_refused():
    with pytest.raises(ConfigError, match="doubt: Input should be 'all' or 'disagreement'"):
        registry.build("proxy", "staged", {"doubt": "none"})
