import json
import math
from dataclasses import asdict

import pytest
import strategies as own
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.codec import (
    candidate_from_json,
    candidate_to_json,
    fidelity_from_json,
    fidelity_to_json,
    forecast_from_json,
    forecast_to_json,
    observation_from_json,
    observation_to_json,
)
from discovery.errors import InvalidInputError
from discovery.types import Candidate, Fidelity, Forecast, Observation, Query

QUERY = Query(Candidate((("Li", 3.0), ("N", 1.0))), "measured")
anything = st.floats(allow_nan=False, allow_infinity=False)


def through_text(data):
    return json.loads(json.dumps(data, allow_nan=False))


@settings(deadline=None)  # the first structure loads scipy
@given(own.candidates())
def test_a_candidate_survives_the_journal_field_by_field(candidate):
    back = candidate_from_json(through_text(candidate_to_json(candidate)))
    assert back.id == candidate.id
    assert asdict(back) == asdict(candidate)  # equality of candidates looks at the id only


@given(own.observations())
def test_an_observation_survives_the_journal(observation):
    data = through_text(observation_to_json(observation))
    assert data["query"] == observation.query.id
    assert observation_from_json(data, observation.query) == observation


@given(own.fidelity_sets())
def test_fidelities_survive_the_journal(fidelities):
    assert fidelities == tuple(
        fidelity_from_json(through_text(fidelity_to_json(fidelity))) for fidelity in fidelities
    )


@given(st.builds(Forecast, st.none() | anything, st.none() | anything, anything, st.text()))
def test_a_forecast_survives_the_journal_bit_by_bit(forecast):
    assert forecast_from_json(through_text(forecast_to_json(forecast))) == forecast


def test_what_is_not_known_of_a_candidate_is_left_out():
    data = candidate_to_json(Candidate((("Li", 3.0), ("N", 1.0))))
    assert data == {"composition": [["Li", 3.0], ["N", 1.0]]}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["standard_error", "wall_time"])
def test_a_number_that_is_not_finite_is_refused_by_name(field, number):
    observation = Observation(QUERY, "ok", "log10_sigma", "log10(S/cm)", -3.0, **{field: number})
    with pytest.raises(InvalidInputError, match=f"{field.replace('_', ' ')} must be a finite"):
        observation_to_json(observation)


def test_not_a_number_in_the_details_is_refused_by_name():
    observation = Observation(
        QUERY, "ok", "log10_sigma", "log10(S/cm)", -3.0, details={"barrier": math.nan}
    )
    with pytest.raises(InvalidInputError, match="detail 'barrier' must be a finite number"):
        observation_to_json(observation)


def test_details_that_are_no_plain_values_are_refused_by_name():
    observation = Observation(
        QUERY, "ok", "log10_sigma", "log10(S/cm)", -3.0, details={"path": [1, 2]}
    )
    with pytest.raises(InvalidInputError, match=r"detail 'path' must be text.*not a list"):
        observation_to_json(observation)


@pytest.mark.parametrize("field", ["mean", "std", "score"])
def test_a_forecast_that_is_not_a_number_is_refused(field):
    numbers = {"mean": -4.0, "std": 1.0, "score": 0.5} | {field: math.nan}
    with pytest.raises(InvalidInputError, match="of a forecast must be a finite number, not nan"):
        forecast_to_json(Forecast(**numbers, reason=""))


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (candidate_from_json, {"formula": "Li3N"}),
        (candidate_from_json, {"composition": [["Li", "three"]]}),
        (fidelity_from_json, {"name": "x", "price": 1}),
        (forecast_from_json, {"mean": 1.0}),
        (lambda data: observation_from_json(data, QUERY), {"status": "ok"}),
    ],
)
def test_data_of_another_shape_are_refused_and_shown(read, data):
    with pytest.raises(InvalidInputError, match=r"these data are not an? .*") as caught:
        read(data)
    assert str(data) in str(caught.value)


def test_data_that_contradict_themselves_are_refused():
    data = observation_to_json(Observation(QUERY, "ok", "log10_sigma", "log10(S/cm)", -3.0))
    with pytest.raises(InvalidInputError, match="an observation that is 'ok' has a value"):
        observation_from_json(data | {"value": None}, QUERY)


def test_a_negative_cost_is_refused_when_read():
    with pytest.raises(Exception, match="a cost is 0 or more"):
        fidelity_from_json(fidelity_to_json(Fidelity("x", 1.0)) | {"cost": -1.0})
