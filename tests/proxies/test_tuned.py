import warnings

import numpy as np
import optuna
import pytest
from scipy.stats import spearmanr

from discovery.types import Candidate, Fidelity, Observation, Query
from proxies.tuned import TunedProxy
from proxies.tuned_search import KINDS, START, grow, search, trials_within

TARGET = (Fidelity("measured", 1.0, target=True),)
METALS = ("Mg", "Al", "Si", "P", "Y", "Zr", "Nb", "In", "Ge", "Sn")
POOL = [
    Candidate((("Li", float(n)), (metal, 1.0), (anion, 4.0)))
    for metal in METALS
    for anion in ("O", "S", "Cl")
    for n in (1, 2, 3, 4)
]
TRUTH = np.array([6 * c.fractions["Li"] + 8 * c.fractions.get("S", 0) - 11 for c in POOL])
SEEN = np.random.default_rng(0).permutation(len(POOL))[:80]
UNSEEN = np.setdiff1d(np.arange(len(POOL)), SEEN)


def fitted(count=80, **options):
    """Return a proxy tuned on the first rows of a shuffled pool."""
    told = [
        Observation(Query(POOL[i], "measured"), "ok", "p", "u", value=float(TRUTH[i]))
        for i in SEEN[:count]
    ]
    proxy = TunedProxy(**{"stage": "composition", "trials": 3, "folds": 2, **options})
    proxy.fit(told, TARGET, 0)
    return proxy


def models(proxy):
    return proxy.state()["models"][0]


@pytest.fixture(scope="module")
def proxy():
    return fitted()


def test_what_was_found_ranks_what_was_held_out_at_least_as_well_as_the_start(proxy):
    found = models(proxy)["found"]
    assert set(found) == set(KINDS)
    assert all(one["reached"] >= one["started"] for one in found.values())
    assert sum(one["weight"] for one in found.values()) == pytest.approx(1)
    assert min(one["weight"] for one in found.values()) >= 0
    mean = proxy.predict([POOL[i] for i in UNSEEN]).target_mean
    assert spearmanr(mean, TRUTH[UNSEEN])[0] > 0.8
    assert proxy.notes()["measured"].startswith("3 trials of each kind on 80 values")


def test_the_same_seed_finds_the_same_whatever_else_optuna_was_asked(proxy):
    optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).optimize(
        lambda trial: trial.suggest_float("x", 0, 1), n_trials=2
    )
    first, again = models(proxy), models(fitted())
    for kind in KINDS:
        assert first["found"][kind]["parameters"] == again["found"][kind]["parameters"]


def test_too_few_values_leave_the_parameters_at_their_start_and_say_so():
    proxy = fitted(count=30)
    found = models(proxy)["found"]
    assert {kind: one["parameters"] for kind, one in found.items()} == START
    assert proxy.notes()["measured"] == (
        "no search: 30 values to judge by, fewer than 60; parameters as they come"
    )
    assert fitted(count=3).notes()["measured"] == "too few observations for any model"


def test_seconds_become_a_number_of_trials_and_no_deadline():
    assert trials_within(60, 700, 3) == 20
    assert trials_within(60, 700, 6) == 10
    assert trials_within(0.1, 500, 3) == 1
    assert fitted(seconds=0.5).notes()["measured"].startswith("1 trials of each kind")


def test_a_search_finds_a_hidden_optimum_and_leaves_the_logging_alone():
    before = optuna.logging.get_verbosity()
    best, started, reached = search(
        "extra_trees", lambda p: -abs(p["max_features"] - 0.8), trials=25, seed=3
    )
    assert abs(best["max_features"] - 0.8) < 0.1
    assert started == pytest.approx(-0.5)
    assert reached > started
    assert optuna.logging.get_verbosity() == before


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_which_nothing_is_known_are_no_obstacle(kind):
    rng = np.random.default_rng(0)
    features, scores = rng.normal(size=(40, 5)), rng.normal(size=40)
    features[:, 1] = np.nan
    features[::2, 2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = grow(kind, dict(START[kind]), features, scores, 0).predict(features)
        nothing = grow(kind, dict(START[kind]), np.full((40, 5), np.nan), scores, 0)
    assert np.corrcoef(told.mean(axis=0), scores)[0, 1] > 0.5
    assert np.ptp(nothing.predict(features).mean(axis=0)) == pytest.approx(0)
