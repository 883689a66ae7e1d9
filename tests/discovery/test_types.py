import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.crystal import Crystal, Lattice, Site
from discovery.errors import BudgetError, InvalidInputError, InvalidStructureError
from discovery.types import (
    Batch,
    Belief,
    Bound,
    Candidate,
    Estimate,
    Fidelity,
    Observation,
    Query,
    Refusal,
)

CUBE = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))
LITHIUM = Site((("Li", 1.0),), (0.0, 0.0, 0.0))
OXIDE = Candidate((("Li", 2), ("O", 1)))
QUERY = Query(OXIDE, "measured")


def belief(mean, covariance, noise, **extra):
    return Belief(
        ("cheap", "measured"),
        "measured",
        np.asarray(mean, float),
        np.asarray(covariance, float),
        np.asarray(noise, float),
        **extra,
    )


@given(st.floats(2, 20), st.floats(2, 20), st.floats(2, 20), st.floats(60, 119))
def test_the_volume_of_a_monoclinic_cell_is_the_closed_form(a, b, c, beta):
    volume = Lattice(a, b, c, 90, beta, 90).volume
    assert volume == pytest.approx(a * b * c * math.sin(math.radians(beta)))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ((0, 4, 4, 90, 90, 90), "must be positive numbers.*a=0"),
        ((4, math.nan, 4, 90, 90, 90), "must be positive numbers.*b=nan"),
        ((4, 4, math.inf, 90, 90, 90), "must be positive numbers"),
        ((4, 4, 4, 30, 30, 90), "the angles 30, 30, 90 close no cell"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(cell, reason):
    with pytest.raises(InvalidStructureError, match=reason):
        Lattice(*cell)


@pytest.mark.parametrize(
    ("matrix", "sites", "reason"),
    [
        (CUBE, (), "no site"),
        (((1, 0, 0), (0, 1, 0), (1, 1, 0)), (LITHIUM,), "no volume"),
        (((math.nan, 0, 0), *CUBE[1:]), (LITHIUM,), "finite 3 x 3 matrix"),
        (CUBE[:2], (LITHIUM,), "finite 3 x 3 matrix"),
        (((1e200, 0, 0), *CUBE[1:]), (LITHIUM,), r"1e\+200 A is longer than any crystal's"),
        (((0.01, 0, 0), *CUBE[1:]), (LITHIUM,), "repeats itself every 0.01 A"),
        (CUBE, (Site((("Li", 1.0),), (0, math.nan, 0)),), "site 0 has position"),
        (CUBE, (LITHIUM, Site((("Li", 0.7), ("Na", 0.4)), (0, 0, 0))), "site 1.*occupancy 1.1"),
        (CUBE, (Site((), (0, 0, 0)),), "total occupancy 0"),
        (CUBE, (Site((("Li", 0.5), ("Na", 0.0)), (0, 0, 0)),), "site 0 .*occupancy 0 of Na"),
        (CUBE, (Site((("Li", 1.2), ("Na", -0.3)), (0, 0, 0)),), "occupancy -0.3 of Na"),
        (CUBE, (Site((("Li", math.nan),), (0, 0, 0)),), "occupancy nan of Li"),
    ],
)
def test_a_structure_that_cannot_be_is_refused(matrix, sites, reason):
    with pytest.raises(InvalidStructureError, match=reason):
        Crystal(matrix, sites)


def test_a_crystal_counts_its_atoms_by_occupancy():
    mixed = Site((("Li", 0.5), ("Na", 0.25)), (0.5, 0.5, 0.5))
    crystal = Crystal(CUBE, (LITHIUM, mixed))
    assert crystal.composition == {"Li": 1.5, "Na": 0.25}
    assert crystal.volume == pytest.approx(64)
    assert (LITHIUM.is_ordered, mixed.is_ordered, crystal.is_ordered) == (True, False, False)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"composition": ()}, "this one is empty"),
        ({"composition": (("Li", 0),)}, "amount of Li must be positive, not 0"),
        ({"composition": (("Li", math.nan),)}, "amount of Li must be positive, not nan"),
        ({"composition": (("Li", -1),)}, "not -1"),
        ({"composition": (("Li", 1),), "space_group": 231}, "space group 231 is outside 1-230"),
        ({"composition": (("Li", 1),), "space_group": 0}, "space group 0"),
        ({"composition": (("Li", 1),), "z": 0}, "formula units per cell must be positive, not 0"),
    ],
)
def test_a_candidate_that_cannot_be_is_refused(arguments, reason):
    with pytest.raises(InvalidInputError, match=reason):
        Candidate(**arguments)


@given(st.dictionaries(st.sampled_from(["Li", "P", "S", "O"]), st.floats(0.01, 99), min_size=1))
def test_atomic_fractions_sum_to_one(composition):
    fractions = Candidate(tuple(composition.items())).fractions
    assert sum(fractions.values()) == pytest.approx(1)
    assert list(fractions) == list(composition)


def test_a_formula_shows_as_written():
    candidate = Candidate((("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 0.5)))
    assert candidate.formula == "Li6PS5Cl0.5"


def test_a_candidate_survives_pickling_with_its_identity():
    candidate = Candidate((("Li", 1),), 2, 229, Lattice(3.5, 3.5, 3.5, 90, 90, 90), name="lithium")
    again = pickle.loads(pickle.dumps(candidate))
    assert (again, again.name, again.id) == (candidate, "lithium", candidate.id)


def test_a_candidate_equals_no_other_kind_of_thing():
    assert OXIDE.id != OXIDE


def test_a_query_is_named_by_candidate_and_fidelity():
    assert QUERY.id == f"{OXIDE.id}@measured"


@pytest.mark.parametrize("cost", [-1, math.nan, math.inf])
def test_a_cost_that_is_no_cost_is_refused(cost):
    with pytest.raises(BudgetError, match=f"'dft' costs {cost}"):
        Fidelity("dft", cost)
    with pytest.raises(BudgetError, match=f"a cost is 0 or more, not {cost}"):
        Observation(QUERY, "ok", "log10_sigma", "log10(S/cm)", value=-3.0, cost=cost)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_answer_is_finite(value):
    with pytest.raises(InvalidInputError, match=f"finite number, not {value}"):
        Estimate(value)
    with pytest.raises(InvalidInputError, match=f"finite number, not {value}"):
        Bound("left", value)
    with pytest.raises(InvalidInputError, match=f"standard error must be 0 or more, not {value}"):
        Estimate(1.0, value)
    with pytest.raises(InvalidInputError, match=f"finite, not {value}"):
        Observation(QUERY, "ok", "p", "u", value=value)


def test_a_bound_has_a_side():
    with pytest.raises(InvalidInputError, match="not 'below'"):
        Bound("below", -10.0)


def test_a_refusal_has_a_reason_and_no_value():
    assert not hasattr(Refusal("no lithium"), "value")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("ok", {}),
        ("ok", {"value": -3.0, "bound": Bound("left", -10.0)}),
        ("failed", {"value": -3.0}),
        ("refused", {"bound": Bound("left", -10.0)}),
    ],
)
def test_an_observation_has_a_value_or_a_bound_exactly_when_it_is_ok(status, answer):
    with pytest.raises(InvalidInputError, match=f"{QUERY.id}.*got status '{status}'"):
        Observation(QUERY, status, "log10_sigma", "log10(S/cm)", **answer)


def test_a_batch_has_one_score_per_query():
    assert len(Batch((QUERY,), (1.0,))) == 1
    with pytest.raises(InvalidInputError, match="not 2 for 1"):
        Batch((QUERY,), (1.0, 2.0))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mean": np.zeros((3, 1))}, r"mean has shape \(3, 1\), expected \(3, 2\)"),
        ({"covariance": np.zeros((3, 2))}, r"covariance has shape \(3, 2\), expected \(3, 2, 2\)"),
        ({"noise": np.zeros(3)}, r"noise has shape \(3,\), expected \(2,\)"),
        ({"factor": np.zeros((4, 5))}, r"factor has shape \(4, 5\), expected \(3, 5\)"),
    ],
)
def test_a_belief_of_the_wrong_shape_is_refused(changes, reason):
    parts = {"mean": np.zeros((3, 2)), "covariance": np.zeros((3, 2, 2)), "noise": np.zeros(2)}
    with pytest.raises(InvalidInputError, match=reason):
        belief(**(parts | changes))


def test_a_belief_needs_its_target_among_its_fidelities():
    with pytest.raises(InvalidInputError, match="target 'dft' is not among"):
        Belief(("cheap",), "dft", np.zeros((1, 1)), np.zeros((1, 1, 1)), np.zeros(1))


def test_the_correlation_of_a_fidelity_with_the_target_loses_its_noise():
    covariance = [[[4.0, 1.0], [1.0, 1.0]]]
    exact = belief([[0, 0]], covariance, [0, 0])
    noisy = belief([[0, 0]], covariance, [0, 3.0])
    assert exact.correlation == pytest.approx(np.array([[0.5, 1.0]]))
    assert noisy.correlation == pytest.approx(np.array([[0.5, 0.5]]))
    assert exact.target_std == pytest.approx([1.0])


def test_joint_draws_have_the_mean_and_covariance_of_the_belief():
    factor = np.array([[1.0], [0.8], [0.0]])
    covariance = np.zeros((3, 2, 2))
    covariance[:, 1, 1] = [1.0, 1.0, 0.25]
    mean = [[0, -3], [0, -5], [0, -9]]
    draws = belief(mean, covariance, [0, 0], factor=factor).draw(40_000, np.random.default_rng(0))
    expected = factor @ factor.T + np.diag([0, 0.36, 0.25])
    assert draws.mean(axis=0) == pytest.approx(np.array([-3, -5, -9]), abs=0.03)
    assert np.cov(draws.T) == pytest.approx(expected, abs=0.03)


def test_descriptors_are_part_of_what_a_candidate_is_in_any_order():
    plain = Candidate((("Li", 2.0), ("O", 1.0)))
    fired = Candidate(plain.composition, descriptors=(("hours", 12.0), ("temperature", 1373.0)))
    again = Candidate(plain.composition, descriptors=(("temperature", 1373.0), ("hours", 12.0)))
    assert fired == again
    assert fired != plain
    assert fired != Candidate(plain.composition, descriptors=(("hours", 12.0),))


def test_a_candidate_that_is_no_material_is_called_by_its_descriptors():
    point = Candidate((), descriptors=(("flow", 0.25), ("power", 40.0)))
    assert point.formula == "flow=0.25 power=40"
    assert point.fractions == {}
    assert len(point.id) == 16


@pytest.mark.parametrize(
    ("descriptors", "match"),
    [
        ((), "needs a composition"),
        ((("flow", math.nan),), "descriptor 'flow' must be a number, not nan"),
        ((("flow", 1.0), ("flow", 2.0)), "different names, got flow, flow"),
    ],
)
def test_descriptors_are_finite_numbers_with_names_of_their_own(descriptors, match):
    with pytest.raises(InvalidInputError, match=match):
        Candidate((), descriptors=descriptors)
