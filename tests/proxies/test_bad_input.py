"""What every proxy of materials makes of data that teach little, or contradict themselves."""

import numpy as np
import pytest

from discovery import registry
from discovery.features.stages import featurise
from discovery.types import Bound, Candidate, Fidelity, Observation, Query
from proxies.options import OPTIONS

SLOW = {"deep_kernel", "tuned"}
POINTS = {"points_gp", "points_forest"}  # know no stages of features; see test_points.py
EVERY = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name, options in OPTIONS.items()
        if "stage" in options.model_fields  # others describe points, not materials
        if name not in POINTS
    ],
)
TARGET = (Fidelity("measured", 1.0, target=True),)
POOL = [
    Candidate((("Li", float(n)), (metal, 1.0), (anion, 4.0)))
    for metal in ("Mg", "Al", "Si", "P", "Zr")
    for anion in ("O", "S")
    for n in (1, 2, 3)
]
QUICK = {
    "staged": {"trees": 10, "folds": 2},
    "staged_gp": {"trees": 10, "folds": 2},
    "multitask": {"trees": 10, "folds": 2},
    "ranker": {"trees": 20},
    "quantile": {"trees": 20},
    "tuned": {"trials": 1},
}


def tell(candidate, value=None, bound=None):
    answer = {"value": value} if bound is None else {"bound": Bound("left", bound)}
    return Observation(Query(candidate, "measured"), "ok", "log10_sigma", "log10(S/cm)", **answer)


def believe(name, told, asked, stage="composition"):
    proxy = registry.build("proxy", name, {**QUICK.get(name, {}), "stage": stage})
    proxy.fit(told, TARGET, 0)
    belief = proxy.predict(asked)
    for array in (belief.mean, belief.covariance, belief.noise):
        assert np.isfinite(array).all()
    assert (belief.target_std > 0).all()
    return belief


@EVERY
def test_bounds_alone_put_everything_on_their_side(name):
    told = [tell(candidate, bound=-8.0) for candidate in POOL[:20]]
    belief = believe(name, told, POOL[:20])
    assert (belief.target_mean < -8.0 + 1e-6).all()


@EVERY
@pytest.mark.parametrize("answer", [{"value": -4.0}, {"bound": -4.0}])
def test_one_observation_falls_back_to_its_place_and_a_wide_doubt(name, answer):
    belief = believe(name, [tell(POOL[0], **answer)], POOL)
    assert belief.target_mean == pytest.approx([-4.0] * len(POOL))
    assert belief.target_std.min() >= 3.0


@EVERY
def test_features_that_tell_no_material_from_another_leave_the_mean_of_all(name):
    told = [
        tell(Candidate((("Li", 3.0), ("P", 1.0), ("S", 4.0)), z=k + 1), -4.0 - k % 3)
        for k in range(12)
    ]
    twins = [observation.query.candidate for observation in told]
    assert np.ptp(featurise(twins, "composition").values, axis=0).max() == pytest.approx(0)
    belief = believe(name, told, POOL)
    # processes tell twins apart by identity and other compositions by distance
    assert np.abs(belief.target_mean + 5.0).max() < 1.5
    assert belief.target_std.min() > 0.2


@EVERY
def test_columns_without_any_value_and_others_that_never_change_are_no_obstacle(name):
    table = featurise(POOL, "physics").values
    assert np.isnan(table).all(axis=0).any()
    assert (np.ptp(table, axis=0) == 0).any()
    truth = [-4.0 - 2 * c.fractions["Li"] * 8 for c in POOL]
    told = [tell(c, value) for c, value in zip(POOL, truth, strict=True)]
    belief = believe(name, told, POOL, stage="physics")
    assert np.abs(belief.target_mean - np.mean(truth)).max() < 5


@EVERY
def test_of_two_labels_for_one_candidate_one_is_kept_whatever_their_order(name):
    told = [tell(c, -4.0 - 0.1 * k) for k, c in enumerate(POOL[:20])]
    twice = [*told, tell(POOL[0], -9.0), tell(POOL[1], bound=-9.0)]
    first, second = believe(name, twice, POOL), believe(name, twice[::-1], POOL)
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.covariance, second.covariance)


@EVERY
def test_equal_labels_teach_their_value_and_no_false_doubt_or_certainty(name):
    belief = believe(name, [tell(c, -5.0) for c in POOL[:20]], POOL)
    assert belief.target_mean == pytest.approx([-5.0] * len(POOL), abs=0.2)
    assert belief.target_std.max() < 3.5
