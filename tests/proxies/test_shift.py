import numpy as np
import pytest
from scipy.stats import norm

from discovery import registry
from discovery.types import Candidate, Fidelity, Observation, Query
from proxies.shift import fitted_to, odds, widening
from proxies.stage_model import TreeSettings, fit_stage_model

POOL = [
    Candidate((("Li", n / 4), (metal, 1.0), (anion, 4.0)))
    for metal in ("Mg", "Al", "Si", "P", "Y", "Zr", "Nb", "In", "Ge", "Sn")
    for anion in ("O", "S", "Cl", "Br")
    for n in range(2, 8)
]
NOTHING = np.empty((len(POOL), 0))
SETTINGS = TreeSettings("extra_trees", 20, "composition", "standard", 3, "chemistry")


def model_of(rows, values):
    candidates = [POOL[row] for row in rows]
    side = np.zeros(len(rows), dtype=np.int8)
    return fit_stage_model(candidates, values, side, NOTHING[rows], SETTINGS, 0), side


def test_odds_are_the_ratio_of_two_densities():
    rng = np.random.default_rng(0)
    bought, left = rng.normal(0.5, size=(2000, 1)), rng.normal(-0.5, size=(3000, 1))
    of_bought, of_left = odds(bought, left)
    for rows, told in ((bought, of_bought), (left, of_left)):
        truth = np.exp(-rows[:, 0])  # of two normal densities one deviation apart
        inside = (truth > 0.1) & (truth < 10)
        assert np.abs(np.log(told / truth)[inside]).max() < 0.25
    assert of_bought.mean() == pytest.approx(1, abs=0.1)


def test_what_is_constant_tells_nothing_apart():
    of_bought, of_left = odds(np.ones((30, 2)), np.ones((60, 2)))
    assert np.concatenate([of_bought, of_left]) == pytest.approx(np.ones(90), abs=1e-3)


def test_errors_of_the_kind_that_is_left_decide():
    rng = np.random.default_rng(1)
    error = np.abs(rng.normal(size=3000)) * np.repeat([1.0, 2.0], 1500)
    rare = np.repeat([0.05, 0.95], 1500)
    assert widening(error, rare, 1.0) == pytest.approx(2, abs=0.15)
    assert widening(np.abs(rng.normal(size=3000)), np.ones(3000), 1.0) == pytest.approx(1, abs=0.05)
    assert widening(error / 5, np.ones(3000), 1.0) == 1.0


def test_intervals_cover_what_a_biased_choice_has_left():
    """The chosen are the best by a rough guess, and errors are larger among the worse."""
    rng = np.random.default_rng(2)
    covered, before = [], []
    for _ in range(40):
        belief = rng.normal(size=400)
        spread = np.exp(-0.7 * belief)
        truth = belief + spread * rng.normal(size=400)
        chosen = belief + rng.normal(size=400) > 0.8
        told = np.column_stack([belief, np.ones(400)])
        error = np.abs(truth - belief)
        size = np.quantile(error[chosen], 0.9) / norm.ppf(0.95)
        weight, of_left = odds(told[chosen], told[~chosen])
        grown = size * widening(error[chosen] / size, weight, of_left.mean())
        before.append(np.mean(error[~chosen] < norm.ppf(0.95) * size))
        covered.append(np.mean(error[~chosen] < norm.ppf(0.95) * grown))
    assert np.mean(before) < 0.72
    assert 0.82 < np.mean(covered) < 0.97


def test_a_model_keeps_its_means_and_grows_its_deviations_where_the_rest_is_harder():
    rng = np.random.default_rng(3)
    sulphur = np.array(["S" in c.fractions or "Br" in c.fractions for c in POOL])
    lithium = np.array([c.fractions["Li"] for c in POOL])
    truth = 4 * sulphur - 3 * lithium + rng.normal(size=len(POOL)) * np.where(sulphur, 0.2, 2.0)
    rows = np.concatenate([np.flatnonzero(sulphur)[::2], np.flatnonzero(~sulphur)[::8]])
    left = np.setdiff1d(np.flatnonzero(~sulphur), rows)
    model, side = model_of(rows, truth[rows])
    candidates = [POOL[row] for row in left]
    again = fitted_to(model, truth[rows], side, candidates, NOTHING[left])
    (mean, std), (same, wider) = (m.predict(candidates, NOTHING[left]) for m in (model, again))
    np.testing.assert_array_equal(mean, same)
    assert (wider >= std).all()
    assert wider.mean() > 1.1 * std.mean()


def test_few_errors_or_few_materials_left_change_nothing():
    rows = np.arange(0, 200, 5)
    values = np.array([POOL[row].fractions["Li"] for row in rows])
    model, side = model_of(rows, values)
    left = [POOL[row] for row in range(1, 200, 3)]
    assert fitted_to(model, values, side, left[:19], NOTHING[:19]) is model
    side[:25] = -1
    assert fitted_to(model, values, side, left, NOTHING[: len(left)]) is model


def test_the_staged_proxy_widens_for_what_is_left_where_it_is_asked_to():
    rng = np.random.default_rng(4)
    sulphur = np.array(["S" in c.fractions or "Br" in c.fractions for c in POOL])
    truth = 4 * sulphur - 6 + rng.normal(size=len(POOL)) * np.where(sulphur, 0.2, 2.0)
    rows = np.concatenate([np.flatnonzero(sulphur)[::2], np.flatnonzero(~sulphur)[::8]])
    target = Fidelity("measured", 1.0, target=True)
    told = [
        Observation(Query(POOL[row], target.name), "ok", "log10_sigma", "", value=float(truth[row]))
        for row in rows
    ]
    left = [c for row, c in enumerate(POOL) if row not in rows and not sulphur[row]]
    plain, shifted = (
        registry.build("proxy", "staged", {"stage": "composition", "trees": 20, "shift": shift})
        for shift in (False, True)
    )
    beliefs = []
    for proxy in (plain, shifted):
        proxy.fit(told, [target], seed=0)
        beliefs.append(proxy.predict(left))
    assert (beliefs[0].target_mean == beliefs[1].target_mean).all()
    assert (beliefs[1].target_std > 1.1 * beliefs[0].target_std).mean() > 0.9
    few = left[:5]  # too few to tell anything apart
    assert (plain.predict(few).target_std == shifted.predict(few).target_std).all()
