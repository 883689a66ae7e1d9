"""Materials that also have descriptors, and points that are no materials."""

import numpy as np
import pytest

from discovery import registry
from discovery.errors import InvalidInputError
from discovery.protocols import Marginal
from discovery.types import Candidate, Fidelity, Observation, Query

TARGET = Fidelity("lab", 1.0, target=True)
ANIONS = ("O", "S", "Cl", "Br", "Se", "F")


def material(row, temperature):
    """One of six lithium salts, sintered."""
    amounts = (("Li", 1.0 + row % 3), ("P", 1.0), (ANIONS[row % 6], 4.0))
    return Candidate(amounts, descriptors=(("sintered at", temperature),))


def sintered(count, seed):
    rng = np.random.default_rng(seed)
    return [material(row, float(t)) for row, t in enumerate(rng.uniform(700, 1300, count))]


def value(candidate):
    (_, temperature), *_ = candidate.descriptors
    return temperature / 100


def told(candidates):
    return [
        Observation(Query(c, TARGET.name), "ok", "log10_sigma", "log10(S/cm)", value=value(c))
        for c in candidates
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("staged", {"learner": "extra_trees", "trees": 30, "stage": "composition"}),
        ("multitask", {"mean": "constant", "trees": 20, "stage": "composition"}),
        ("ranker", {"stage": "composition"}),
        ("quantile", {"stage": "composition"}),
        ("tuned", {"trials": 1, "stage": "composition"}),
        ("report", {"stage": "composition"}),
    ],
)
def test_what_only_a_descriptor_tells_is_learnt_and_stored(name, options):
    proxy = registry.build("proxy", name, options)
    proxy.fit(told(sintered(50, 0)), (TARGET,), 0)
    new = sintered(40, 1)
    belief = proxy.predict(new)
    truth = np.array([value(candidate) for candidate in new])
    assert np.corrcoef(belief.target_mean, truth)[0, 1] > 0.9
    again = registry.build("proxy", name, options)
    again.restore(proxy.state())
    np.testing.assert_array_equal(again.predict(new).mean, belief.mean)
    if isinstance(proxy, Marginal):
        alone = proxy.marginal(new)
        assert alone.factor is None
        assert belief.factor is not None
        np.testing.assert_array_equal(alone.mean, belief.mean)
        np.testing.assert_array_equal(alone.covariance, belief.covariance)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("staged", {"learner": "extra_trees", "trees": 20}),
        ("quantile", {"trees": 20, "stage": "composition"}),
    ],
)
def test_descriptors_are_among_the_inputs_of_an_explanation(name, options):
    proxy = registry.build("proxy", name, options)
    proxy.fit(told(sintered(30, 0)), (TARGET,), 0)
    some = sintered(5, 1)
    table = proxy.inputs(some)
    assert table.names[-1] == "sintered at"
    assert table.values[:, -1].tolist() == [c.descriptors[0][1] for c in some]
    np.testing.assert_allclose(proxy.respond(table.values).shape, (5,))


def test_a_material_without_its_descriptor_is_predicted_all_the_same():
    proxy = registry.build("proxy", "staged", {"learner": "extra_trees", "trees": 20})
    proxy.fit(told(sintered(30, 0)), (TARGET,), 0)
    bare = Candidate((("Li", 3.0), ("P", 1.0), ("O", 4.0)))
    assert np.isfinite(proxy.predict([bare]).target_mean).all()


@pytest.mark.parametrize("name", ["staged", "gp", "ranker", "quantile", "tuned", "report"])
def test_points_without_a_composition_are_refused_with_the_proxy_that_can(name):
    points = [Candidate((), descriptors=(("x", row / 20),)) for row in range(20)]
    observations = [
        Observation(Query(c, TARGET.name), "ok", "y", "", value=c.descriptors[0][1]) for c in points
    ]
    proxy = registry.build("proxy", name, {"stage": "composition"})
    with pytest.raises(
        InvalidInputError, match=r"20 of 20 candidates .*'x=0.*' is one.* use points_gp"
    ):
        proxy.fit(observations, (TARGET,), 0)
    proxy.fit(told(sintered(8, 0)), (TARGET,), 0)
    with pytest.raises(InvalidInputError, match="1 of 2 candidates have no composition"):
        proxy.predict([sintered(1, 0)[0], points[3]])
