import numpy as np
import pytest

from discovery.errors import NotFittedError
from discovery.testing.toys import FIDELITIES, TARGET, observations
from discovery.types import Bound, Candidate, Observation, Query
from proxies.evidence import gather

SALT = Candidate((("Li", 1.0), ("Cl", 1.0)))


def told(value=None, bound=None, fidelity=TARGET.name, error=None):
    query = Query(SALT, fidelity)
    return Observation(
        query, "ok", "log10_sigma", "log10(S/cm)", value=value, bound=bound, standard_error=error
    )


def test_the_order_of_telling_has_no_influence():
    seen = observations()
    first, second = gather(seen, FIDELITIES), gather(seen[::-1], FIDELITIES)
    assert first.candidates == second.candidates
    np.testing.assert_array_equal(first.value, second.value)
    np.testing.assert_array_equal(first.side, second.side)


def test_a_bound_is_known_but_not_measured():
    evidence = gather([told(bound=Bound("left", -10.0))], FIDELITIES)
    assert evidence.known[0, 1]
    assert evidence.side[0, 1] == -1
    assert np.isnan(evidence.measured).all()


def test_a_value_outranks_a_bound_of_the_same_query():
    for order in (1, -1):
        both = [told(bound=Bound("left", -10.0)), told(value=-11.5)][::order]
        assert gather(both, FIDELITIES).measured[0, 1] == -11.5


def test_without_target_observations_there_is_nothing_to_learn():
    with pytest.raises(NotFittedError, match="none of them a value or bound at the target"):
        gather([told(value=1.0, fidelity="hint")], FIDELITIES)


def test_noise_is_the_mean_squared_standard_error():
    assert gather([told(value=-5.0, error=0.3)], FIDELITIES).noise(1) == pytest.approx(0.09)
    assert gather([told(value=-5.0)], FIDELITIES).noise(1) == 0
