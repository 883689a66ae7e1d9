"""Proxies on descriptors: what they learn, and that they learn it from the answers alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad

from discovery import registry
from discovery.errors import NotFittedError
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies import points_kernel
from proxies.points_inputs import axes
from proxies.points_kernel import learn

CHEAP, DEAR = Fidelity("cheap", 0.1), Fidelity("dear", 1.0, target=True)


def point(*values: float) -> Candidate:
    return Candidate((), descriptors=tuple((f"x{k}", v) for k, v in enumerate(values)))


def tell(candidate, value=None, bound=None, fidelity="dear"):
    return Observation(Query(candidate, fidelity), "ok", "f", "", value=value, bound=bound)


def truth(candidate: Candidate) -> float:
    x, y = (value for _, value in candidate.descriptors)
    return 100.0 + 20 * np.sin(4 * x) + 5 * y


def pool(count: int, seed: int = 0) -> list[Candidate]:
    return [point(*row) for row in np.random.default_rng(seed).random((count, 2)).round(6)]


def fitted(told, fidelities=(DEAR,), **options):
    proxy = registry.build("proxy", "points_gp", options)
    proxy.fit(told, fidelities, 0)
    return proxy


def test_it_predicts_a_smooth_function_and_knows_how_well() -> None:
    learnt, asked = pool(40), pool(300, seed=1)
    belief = fitted([tell(c, truth(c)) for c in learnt]).predict(asked)
    error = belief.target_mean - np.array([truth(c) for c in asked])
    assert np.sqrt(np.mean(error**2)) < 0.5
    inside = np.abs(error) < 1.645 * np.sqrt(belief.target_std**2 + belief.noise[0])
    assert inside.mean() > 0.85


@given(st.integers(0, 100), st.integers(1, 3))
@settings(max_examples=10, deadline=None)
def test_the_gradient_is_that_of_the_likelihood(seed, m) -> None:
    rng = np.random.default_rng(seed)
    x, task, y = rng.random((12, 3)), rng.integers(0, m, 12), rng.normal(size=12)
    who = rng.integers(0, 6, 12)  # the same candidate at several fidelities
    lower = np.tril_indices(m)
    chain = np.flatnonzero(lower[0] == lower[1]) + 3

    def told(at):
        return points_kernel._negative(points_kernel._unpacked(at, 3, m), x, who, task, y)

    def value(at):
        return told(at)[0]

    def slope(at):
        found = told(at)[1]
        found[chain] *= np.exp(at[chain])
        return found

    at = rng.normal(size=3 + len(lower[0]) + m + (m > 1)) * 0.5
    assert check_grad(value, slope, at) < 1e-4 * max(1.0, np.linalg.norm(slope(at)))


def test_candidates_that_lie_close_are_believed_together() -> None:
    proxy = fitted([tell(c, truth(c)) for c in pool(6)])
    near, far = point(0.5, 0.5), point(0.1, 0.95)
    belief = proxy.predict([near, point(0.51, 0.5), far])
    draws = belief.draw(4000, np.random.default_rng(0)) - belief.target_mean
    np.testing.assert_allclose(draws.std(axis=0), belief.target_std, rtol=0.1)
    together = np.corrcoef(draws.T)
    assert together[0, 1] > 0.9
    assert together[0, 2] < 0.8


def test_a_coordinate_without_influence_gets_a_long_scale() -> None:
    x = np.random.default_rng(0).random((60, 2))
    y = np.sin(6 * x[:, 0])
    who, task = np.arange(60), np.zeros(60, dtype=int)
    hyper = learn(x, who, task, (y - y.mean()) / y.std(), 1)
    assert hyper.length[1] > 10 * hyper.length[0]


def test_a_cheap_fidelity_teaches_about_the_target_in_its_own_unit() -> None:
    known, hinted, asked = pool(8), pool(60, seed=2), pool(100, seed=1)
    dear = [tell(c, truth(c)) for c in known]
    cheap = [tell(c, 1e-3 * truth(c) - 7, fidelity="cheap") for c in [*known, *hinted]]
    wanted = np.array([truth(c) for c in asked])
    alone = fitted(dear, (CHEAP, DEAR)).predict(asked)
    both = fitted([*dear, *cheap], (CHEAP, DEAR)).predict(asked)
    errors = [np.mean((belief.target_mean - wanted) ** 2) for belief in (alone, both)]
    assert errors[1] < 0.3 * errors[0]
    # far from all that is known, a cheap answer would say most of what there is to say
    far = fitted([*dear, *cheap], (CHEAP, DEAR)).predict([point(50.0, 50.0)])
    assert far.correlation[0, 0] > 0.9


def own_way(candidate: Candidate) -> float:
    """What no coordinate tells, the same for every fidelity."""
    x, _ = (value for _, value in candidate.descriptors)
    return 100.0 + 8 * np.sin(1e5 * x)


def hinted(noise: float = 0.0):
    """Targets of some candidates, cheap answers about more, and candidates that have none."""
    known, more, rest = pool(12), pool(30, seed=2), pool(30, seed=1)
    wrong = np.random.default_rng(3).normal(0.0, 8.0, 42) * noise
    dear = [tell(c, own_way(c)) for c in known]
    cheap = [
        tell(c, 0.1 * (own_way(c) + error) - 7, fidelity="cheap")
        for c, error in zip([*known, *more], wrong, strict=True)
    ]
    return fitted([*dear, *cheap], (CHEAP, DEAR)), more, rest


def test_a_cheap_answer_tells_what_no_coordinate_does() -> None:
    proxy, more, rest = hinted()
    told, untold = proxy.predict(more), proxy.predict(rest)
    wanted = np.array([own_way(c) for c in more])
    assert np.corrcoef(told.target_mean, wanted)[0, 1] > 0.98
    assert told.target_std.mean() < 0.4 * untold.target_std.mean()
    assert (untold.correlation[:, 0] ** 2).mean() > 0.85
    assert (told.correlation[:, 0] ** 2).mean() < 0.5  # most of it has been told


def test_a_cheap_answer_that_is_mostly_noise_tells_little() -> None:
    proxy, more, _ = hinted(noise=6.0)
    assert (proxy.predict(more).correlation[:, 0] ** 2).mean() < 0.2


def test_a_fidelity_that_nobody_asked_changes_nothing() -> None:
    told, asked = [tell(c, truth(c)) for c in pool(20)], pool(10, seed=1)
    alone, beside = (fitted(told, f).predict(asked) for f in ((DEAR,), (CHEAP, DEAR)))
    np.testing.assert_allclose(beside.target_mean, alone.target_mean, rtol=1e-9)
    np.testing.assert_allclose(beside.target_std, alone.target_std, rtol=1e-9)
    np.testing.assert_array_equal(beside.correlation[:, 0], 0.0)


def test_candidates_chosen_for_their_hints_do_not_lift_the_others() -> None:
    many = pool(60)
    best = sorted(many, key=own_way)[-30:]
    cheap = [tell(c, own_way(c), fidelity="cheap") for c in many]
    belief = fitted([*cheap, *(tell(c, own_way(c)) for c in best)], (CHEAP, DEAR)).predict(many)
    wanted = np.array([own_way(c) for c in many])
    assert np.mean([own_way(c) for c in best]) > wanted.mean() + 4.0
    assert abs(belief.target_mean.mean() - wanted.mean()) < 1.0


def test_hyperparameters_are_learnt_from_the_first_answers_of_each_fidelity(monkeypatch) -> None:
    counts = []

    def counted(points, who, task, *rest):
        counts.append(np.bincount(task, minlength=2).tolist())
        return learn(points, who, task, *rest)

    monkeypatch.setattr("proxies.points.learn", counted)
    many = pool(200)
    cheap = [tell(c, truth(c), fidelity="cheap") for c in many[:40]]
    fitted([*cheap, *(tell(c, truth(c)) for c in many[:5])], (CHEAP, DEAR))
    cheap += [tell(c, truth(c), fidelity="cheap") for c in many[40:]]
    fitted([*cheap, *(tell(c, truth(c)) for c in many[-5:])], (CHEAP, DEAR))
    assert counts[0][1] == 5
    assert counts[1][1] == 5  # although the last to be told, and more than are learnt from
    assert sum(counts[1]) <= 128


def test_units_do_not_matter() -> None:
    def grown(candidate):
        return point(*(1000 * v + 300 for _, v in candidate.descriptors))

    learnt, asked = pool(30), pool(20, seed=1)
    # the same range as the shares, so that both are scaled alike
    corners = [point(0.0, 0.0), point(1.0, 1.0)]
    told = [(c, truth(c)) for c in [*corners, *learnt]]
    plain = fitted([tell(c, v) for c, v in told]).predict(asked)
    other = fitted([tell(grown(c), 3 * v - 9) for c, v in told]).predict([grown(c) for c in asked])
    np.testing.assert_allclose(other.target_mean, 3 * plain.target_mean - 9, rtol=1e-4)
    np.testing.assert_allclose(other.target_std, 3 * plain.target_std, rtol=1e-2)


def test_columns_within_zero_and_one_are_left_as_they_are() -> None:
    found = axes([point(0.2, 5.0), point(0.4, 9.0), Candidate((("Li", 1.0), ("Cl", 1.0)))])
    assert found.names == ("x0", "x1", "share of Cl", "share of Li")
    np.testing.assert_allclose(found.points([point(0.3, 7.0)]), [[0.3, 0.5, 0.0, 0.0]])
    missing = found.points([Candidate((("Li", 1.0),), descriptors=(("other", 3.0),))])
    np.testing.assert_allclose(missing, [[0.3, 0.5, 0.0, 1.0]])


def test_a_bound_pulls_down_and_does_not_pin() -> None:
    told = [tell(c, truth(c)) for c in pool(15)]
    spot = point(0.4, 0.5)
    free = fitted(told).predict([spot])
    below = fitted([*told, tell(spot, bound=Bound("left", 60.0))]).predict([spot])
    above = fitted([*told, tell(spot, bound=Bound("left", 200.0))]).predict([spot])
    assert below.target_mean[0] < free.target_mean[0] - 10
    assert above.target_mean[0] == pytest.approx(free.target_mean[0], abs=0.5)


def test_bounds_alone_put_everything_on_their_side() -> None:
    told = [tell(c, bound=Bound("left", -8.0)) for c in pool(10)]
    assert (fitted(told).predict(pool(10)).target_mean < -8.0).all()


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0, 3.0], [0.0, 0.0]])
def test_few_or_equal_answers_are_believed_with_doubt(values) -> None:
    told = [tell(c, v) for c, v in zip(pool(5), values, strict=False)]
    belief = fitted(told).predict(pool(20, seed=1))
    np.testing.assert_allclose(belief.target_mean, values[0], atol=1e-9)
    assert (belief.target_std > 0).all()


def test_what_is_believed_does_not_depend_on_the_rounds_before() -> None:
    told = [tell(c, truth(c)) for c in pool(33)]
    grown = registry.build("proxy", "points_gp", {})
    for count in range(1, 34):
        grown.fit(told[:count], (DEAR,), 0)
    asked = pool(10, seed=1)
    np.testing.assert_array_equal(grown.predict(asked).mean, fitted(told).predict(asked).mean)


def test_hyperparameters_are_kept_until_there_are_enough_more_answers(monkeypatch) -> None:
    told, sizes = [tell(c, truth(c)) for c in pool(40)], []

    def counted(points, *rest):
        sizes.append(len(points))
        return learn(points, *rest)

    monkeypatch.setattr("proxies.points.learn", counted)
    proxy = registry.build("proxy", "points_gp", {"refit": 0.5})
    for count in range(1, 41):
        proxy.fit(told[:count], (DEAR,), 0)
    assert sizes == [1, 2, 3, 4, 6, 9, 13, 19, 28]


def test_answers_about_nothing_but_cheap_fidelities_are_too_few() -> None:
    with pytest.raises(NotFittedError, match="none of them a value or bound at the target"):
        fitted([tell(point(0.0, 0.0), 1.0, fidelity="cheap")], (CHEAP, DEAR))


def grown(told, fidelities=(DEAR,)):
    proxy = registry.build("proxy", "points_forest", {"trees": 50})
    proxy.fit(told, fidelities, 0)
    return proxy


def test_trees_rank_what_they_have_not_seen_and_doubt_it() -> None:
    learnt, asked = pool(60), pool(200, seed=1)
    proxy = grown([tell(c, truth(c)) for c in learnt])
    belief = proxy.predict(asked)
    assert np.corrcoef(belief.target_mean, [truth(c) for c in asked])[0, 1] > 0.9
    assert belief.target_std.mean() > 1.5 * proxy.predict(learnt).target_std.min()


def test_trees_take_a_bound_for_less_than_it_says() -> None:
    told = [tell(c, truth(c)) for c in pool(30)]
    limited = [tell(point(0.4, y), bound=Bound("left", 60.0)) for y in (0.45, 0.5, 0.55)]
    free = grown(told).predict([point(0.4, 0.5)]).target_mean[0]
    assert grown([*told, *limited]).predict([point(0.4, 0.5)]).target_mean[0] < free - 10


def test_two_answers_grow_no_tree() -> None:
    belief = grown([tell(c, v) for c, v in zip(pool(2), (1.0, 3.0), strict=True)]).predict(pool(5))
    np.testing.assert_array_equal(belief.target_mean, 2.0)
    np.testing.assert_array_equal(belief.target_std, 1.0)
