"""What all proxies have in common, on a small world whose truth is known."""

import importlib
import inspect
import itertools
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import spearmanr

from discovery.crystal import Lattice
from discovery.errors import NotFittedError
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies import CATALOGUE
from proxies.beliefs import UNINFORMED_STD
from proxies.evidence import gather
from proxies.options import OPTIONS
from proxies.staged import _error_correlation

TARGET, CHEAP = Fidelity("measured", 10.0, target=True), Fidelity("hint", 1.0)
ALONE, BOTH = (TARGET,), (CHEAP, TARGET)
ANIONS = {"O": 2, "S": 2, "Cl": 1, "Br": 1}


def make(name, **options):
    """Return a proxy, with small forests unless told otherwise."""
    module, _, attribute = CATALOGUE[name].partition(":")
    small = {"trees": 40} if "trees" in OPTIONS[name].model_fields else {}
    return getattr(importlib.import_module(module), attribute)(**(small | options))


def pool():
    """Return 160 charge-balanced candidates, half of them with a cell."""
    made = []
    cations = {
        "Mg": 2,
        "Al": 3,
        "Si": 4,
        "P": 5,
        "Y": 3,
        "Zr": 4,
        "Nb": 5,
        "In": 3,
        "Ge": 4,
        "Sn": 4,
    }
    for (metal, charge), (anion, valence), extra in itertools.product(
        cations.items(), ANIONS.items(), range(4)
    ):
        lithium = 1 + extra
        count = (lithium + charge) / valence
        side = (15.0 * (lithium + 1 + count)) ** (1 / 3)
        cell = Lattice(side, side, side * (1 + extra / 10), 90, 90, 90) if len(made) % 2 else None
        composition = (("Li", float(lithium)), (metal, 1.0), (anion, count))
        made.append(Candidate(composition, z=1 if cell else None, lattice=cell))
    return made


def truth(candidate):
    share = candidate.fractions
    soft = share.get("S", 0) + 0.8 * share.get("Br", 0) + 0.4 * share.get("Cl", 0)
    return -11.0 + 6.0 * share["Li"] + 8.0 * soft - 3.0 * share.get("Mg", 0)


def value(candidate, number, fidelity=TARGET, error=None):
    return Observation(
        Query(candidate, fidelity.name),
        "ok",
        "log10_sigma",
        "log10(S/cm)",
        value=float(number),
        standard_error=error,
    )


def bound(candidate, number):
    query = Query(candidate, TARGET.name)
    return Observation(query, "ok", "log10_sigma", "log10(S/cm)", bound=Bound("left", number))


POOL = pool()
TRUTH = np.array([truth(candidate) for candidate in POOL])
SEEN = np.random.default_rng(3).permutation(len(POOL))[:60]
UNSEEN = np.setdiff1d(np.arange(len(POOL)), SEEN)
TOLD = [value(POOL[i], TRUTH[i]) for i in SEEN]

every_proxy = pytest.mark.parametrize("name", sorted(CATALOGUE))
# those of numbers of any kind do not know how large conductivities are
every_proxy_of_materials = pytest.mark.parametrize(
    "name", sorted(set(CATALOGUE) - {"points_forest", "points_gp"})
)
# a process of points learns its hyperparameters from the first answers
every_proxy_that_forgets_order = pytest.mark.parametrize(
    "name", sorted(set(CATALOGUE) - {"points_gp"})
)


@every_proxy
def test_ranks_what_it_has_not_seen_and_mostly_covers_it(name):
    proxy = make(name)
    proxy.fit(TOLD, ALONE, 0)
    belief = proxy.predict([POOL[i] for i in UNSEEN])
    least = {"report": 0.75}.get(name, 0.85)  # boosting of whole leaves of 20 on 60 rows
    assert spearmanr(belief.target_mean, TRUTH[UNSEEN])[0] > least
    error = np.abs(belief.target_mean - TRUTH[UNSEEN])
    assert np.mean(error < 1.645 * np.sqrt(belief.target_std**2 + belief.noise[0])) > 0.65
    assert belief.target_std.min() > 0


@every_proxy_that_forgets_order
def test_learns_the_same_in_any_order_and_after_pickling(name):
    candidates = [POOL[i] for i in UNSEEN[:20]]
    first, second = make(name), make(name)
    first.fit(TOLD[:30], ALONE, 4)
    second.fit(TOLD[20:], ALONE, 1)
    second.fit(TOLD[:30][::-1], ALONE, 4)
    belief = first.predict(candidates)
    for other in (
        second.predict(candidates),
        pickle.loads(pickle.dumps(first)).predict(candidates),
    ):
        np.testing.assert_array_equal(belief.mean, other.mean)
        np.testing.assert_array_equal(belief.covariance, other.covariance)


@every_proxy
def test_each_row_is_decided_by_its_candidate(name):
    proxy = make(name)
    proxy.fit(TOLD[:30], ALONE, 4)
    candidates = [POOL[i] for i in UNSEEN[:12]]
    belief, reverse = proxy.predict(candidates), proxy.predict(candidates[::-1])
    np.testing.assert_allclose(belief.mean, reverse.mean[::-1], rtol=1e-9)
    if belief.factor is not None:
        np.testing.assert_allclose(belief.factor, reverse.factor[::-1], atol=1e-9)
        assert (np.sum(belief.factor**2, axis=1) <= belief.target_std**2 + 1e-9).all()


@every_proxy
def test_a_loose_bound_changes_little_and_a_tight_one_pulls_down(name):
    subject = POOL[UNSEEN[np.argmax(TRUTH[UNSEEN])]]
    means, lows = {}, {}
    for label, extra in {
        "none": [],
        "loose": [bound(subject, 0.0)],
        "far": [bound(subject, -10.5)],
    }.items():
        proxy = make(name)
        proxy.fit(TOLD + extra, ALONE, 0)
        belief = proxy.predict([subject])
        means[label] = belief.target_mean[0]
        lows[label] = means[label] - 2 * belief.target_std[0]
    assert means["loose"] == pytest.approx(means["none"], abs=0.6)
    # one row moves no median, but the end of its interval
    pulled = lows if name == "quantile" else means
    assert pulled["far"] < pulled["none"] - 1.0


@every_proxy
def test_rows_with_bounds_are_not_dropped(name):
    limit = float(np.quantile(TRUTH, 0.4))
    told = [bound(POOL[i], limit) if TRUTH[i] < limit else TOLD[k] for k, i in enumerate(SEEN)]
    proxy = make(name)
    proxy.fit(told, ALONE, 0)
    mean = proxy.predict([POOL[i] for i in UNSEEN]).target_mean
    assert mean[TRUTH[UNSEEN] < limit].mean() < mean[TRUTH[UNSEEN] >= limit].mean() - 1


@every_proxy_of_materials
@pytest.mark.parametrize(
    "told",
    [
        [TOLD[0]],
        TOLD[:4],
        [bound(POOL[i], -10.0) for i in range(3)],
        [bound(POOL[i], -10.0) for i in range(12)],
        [value(POOL[i], -6.0) for i in range(12)],
        [value(POOL[0], -6.0 - i, error=0.1) for i in range(9)],
    ],
    ids=["one", "few", "few bounds", "bounds only", "constant target", "one material"],
)
def test_too_little_to_learn_from_gives_a_finite_belief(name, told):
    proxy = make(name)
    proxy.fit(told, BOTH, 0)
    belief = proxy.predict(POOL[:5])
    for array in (belief.mean, belief.covariance, belief.noise):
        assert np.isfinite(array).all()
    if len({o.query.candidate for o in told}) < 5:
        assert belief.target_std == pytest.approx(UNINFORMED_STD, rel=0.5)


@every_proxy_of_materials
def test_a_handful_of_labels_and_a_far_bound_promise_nothing_absurd(name):
    numbers = (-3.3, -2.8, -1.9, -3.5)
    for seed in range(6):
        drawn = [POOL[i] for i in np.random.default_rng(seed).permutation(len(POOL))]
        told = [value(*pair) for pair in zip(drawn[:4], numbers, strict=True)]
        proxy = make(name)
        proxy.fit([*told, bound(drawn[4], -10.0)], ALONE, seed)
        belief = proxy.predict(drawn[5:])
        assert belief.target_mean.min() > -20
        assert belief.target_mean.max() < 2
        assert belief.target_std.max() < 8


@every_proxy
def test_says_that_it_needs_observations(name):
    with pytest.raises(NotFittedError, match="call fit first"):
        make(name).predict(POOL[:1])
    with pytest.raises(NotFittedError, match="0 observations, none of them a value or bound"):
        make(name).fit([], ALONE, 0)


@every_proxy
def test_columns_are_the_fidelities_of_the_campaign_also_without_data(name):
    proxy = make(name)
    proxy.fit(TOLD, BOTH, 0)
    belief = proxy.predict(POOL[:4])
    assert belief.fidelities == ("hint", "measured")
    assert belief.column == 1
    assert belief.mean[:, 0] == pytest.approx(0)
    expected = 0.5 if name == "multitask" else 0.0
    assert belief.correlation[:, 0] == pytest.approx(expected)


@every_proxy
def test_no_candidates_give_an_empty_belief(name):
    proxy = make(name)
    proxy.fit(TOLD[:20], BOTH, 0)
    assert proxy.predict([]).mean.shape == (0, 2)


def with_hints(noise):
    """Return hints for everything and a target with a part that no feature tells."""
    rng = np.random.default_rng(11)
    hidden = rng.normal(size=len(POOL)) * 2
    target = TRUTH + hidden
    hint = 300 + 40 * hidden + noise * rng.normal(size=len(POOL))
    hints = [value(c, x, CHEAP) for c, x in zip(POOL, hint, strict=True)]
    return target, hints, [value(POOL[i], target[i]) for i in SEEN]


@pytest.mark.parametrize("name", ["staged", "multitask"])
def test_a_cheap_fidelity_that_correlates_improves_the_target(name):
    target, hints, told = with_hints(noise=5)
    rank = {}
    for label, observations in {"alone": told, "hinted": told + hints}.items():
        proxy = make(name)
        proxy.fit(observations, BOTH, 0)
        belief = proxy.predict([POOL[i] for i in UNSEEN])
        rank[label] = spearmanr(belief.target_mean, target[UNSEEN])[0]
    assert rank["hinted"] > rank["alone"] + 0.1
    assert rank["hinted"] > 0.75


def test_fidelities_correlate_as_the_errors_of_values_do_and_not_of_bounds():
    _, hints, told = with_hints(noise=5)
    evidence = gather([*hints, *told], BOTH)
    size = len(evidence.candidates)
    rng = np.random.default_rng(4)
    common = rng.normal(size=size)
    cheap = SimpleNamespace(scores=common, held_out=np.zeros(size))
    is_told = evidence.known[:, 1]
    errors = common[is_told].copy()
    target = SimpleNamespace(scores=errors, held_out=np.zeros(len(errors)))
    evidence.side[np.flatnonzero(is_told)[:30], 1] = -1
    errors[:30] *= -1  # would cancel what the values tell
    correlation = _error_correlation(evidence, [cheap, target])
    assert correlation[0, 1] == pytest.approx(30 / (30 + 10))


def test_multitask_knows_which_hints_are_worth_their_price():
    seen = {}
    for label, noise in {"good": 5, "useless": 400}.items():
        _, hints, told = with_hints(noise)
        proxy = make("multitask")
        proxy.fit(told + hints[:100], BOTH, 0)
        belief = proxy.predict(POOL)
        seen[label] = np.abs(belief.correlation[100:, 0]).mean()
        eigenvalues = np.linalg.eigvalsh(belief.covariance)
        assert eigenvalues.min() > -1e-9
    assert seen["good"] > 0.5
    assert seen["useless"] < seen["good"] / 2


def test_standard_errors_loosen_the_grip_of_a_value():
    far = POOL[UNSEEN[0]]
    mean = []
    for error in (0.01, 8.0):
        proxy = make("gp", inputs=6)
        proxy.fit([*TOLD[:30], value(far, 0.0, error=error)], ALONE, 0)
        mean.append(proxy.predict([far]).target_mean[0])
    assert mean[0] > mean[1] + 0.5


@pytest.mark.parametrize("learner", ["random_forest", "hist_gradient_boosting", "lightgbm"])
def test_other_learners_learn_too(learner):
    proxy = make("staged", learner=learner, trees=30, stage="composition", transform="standard")
    proxy.fit(TOLD, ALONE, 0)
    belief = proxy.predict([POOL[i] for i in UNSEEN])
    assert spearmanr(belief.target_mean, TRUTH[UNSEEN])[0] > 0.7


def test_options_are_the_constructor_arguments_with_their_defaults():
    assert set(OPTIONS) == set(CATALOGUE)
    for name, options in OPTIONS.items():
        module, _, attribute = CATALOGUE[name].partition(":")
        part = getattr(importlib.import_module(module), attribute)
        arguments = {k: p.default for k, p in inspect.signature(part).parameters.items()}
        assert options().model_dump() == arguments


def test_an_option_that_cannot_be_is_refused():
    with pytest.raises(ValidationError, match="learner"):
        OPTIONS["staged"](learner="magic")
    with pytest.raises(ValidationError, match="greater than or equal to 10"):
        OPTIONS["staged"](trees=0)
