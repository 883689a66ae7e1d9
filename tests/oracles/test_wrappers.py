import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unruly import Counting, Unruly, candidate

from discovery import registry
from discovery.errors import BudgetError, InvalidInputError
from discovery.testing import check_oracle
from discovery.testing.probes import oracle_probes, rock_salt
from discovery.types import Bound, Candidate, Estimate, Lattice, Refusal
from oracles.wrappers.costed import CostedOracle
from oracles.wrappers.noisy import NoisyOracle

WRAPPERS = {
    "cached": {},
    "noisy": {"standard_deviation": 0.2, "bias": 0.1},
    "costed": {"price": 3.0, "per_site": 0.01, "exponent": 3.0},
    "time_limited": {"seconds": 60},
}


def section(*names):
    """The section of an oracle within oracles, the outermost first."""
    inner = {"name": "sendek"}
    for name in reversed(names):
        extra = {"directory": section.directory} if name == "cached" else {}
        inner = {"name": name, **WRAPPERS[name], **extra, "oracle": inner}
    return inner


def build(*names):
    options = section(*names)
    return registry.build("oracle", options.pop("name"), options)


@pytest.fixture(autouse=True)
def own_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(section, "directory", str(tmp_path), raising=False)


PAIRS = list(itertools.product(WRAPPERS, repeat=2))
ALL = [tuple(WRAPPERS), tuple(reversed(WRAPPERS))]


@pytest.mark.parametrize("names", [*PAIRS, *ALL], ids="-".join)
def test_wrappers_keep_the_contract_in_any_order(names):
    check_oracle(build(*names))


@pytest.mark.parametrize("names", list(itertools.permutations(WRAPPERS)), ids="-".join)
def test_wrappers_say_the_same_of_themselves_in_any_order(names):
    bare, wrapped = registry.build("oracle", "sendek", {}), build(*names)
    assert (wrapped.property, wrapped.unit) == (bare.property, bare.unit)
    assert wrapped.version == f"{bare.version}+noise(0.1,0.2)"
    salt = rock_salt("Li", "Cl", 5.129)
    assert wrapped.cost(salt) == pytest.approx(3.0 + 0.01 * 8**3)


@given(
    st.floats(-50, 50),
    st.none() | st.floats(0, 5),
    st.floats(0, 5),
    st.floats(-5, 5),
    st.integers(0, 2**62),
)
def test_noise_and_its_standard_error_add_to_what_is_there(value, error, deviation, bias, seed):
    class Sure(Unruly):
        def answer(self, candidate, seed):
            return Estimate(value, error, {"sites": 4})

    noisy = NoisyOracle(oracle=Sure(), standard_deviation=deviation, bias=bias)
    (told,) = noisy.label([candidate()], seed)
    assert abs(told.value - value - bias) <= 9 * deviation + 1e-9
    if error is None and not deviation:
        assert told.standard_error is None
    else:
        assert told.standard_error == pytest.approx(np.hypot(error or 0, deviation))
    assert told.details == {"sites": 4}
    assert noisy.label([candidate()], seed) == [told]


def draws(deviation=0.3, bias=0.5, *, seed=1, layers=1, count=2000):
    """Shifts of the answers for many candidates."""
    oracle = Unruly()
    for _ in range(layers):
        oracle = NoisyOracle(oracle=oracle, standard_deviation=deviation, bias=bias)
    pool = [candidate(amount=1 + i / count) for i in range(count)]
    pairs = zip(oracle.label(pool, seed), Unruly().label(pool, seed), strict=True)
    return np.array([noisy.value - sure.value for noisy, sure in pairs])


def test_noise_is_gaussian_with_its_standard_deviation_and_bias():
    shifts = draws()
    assert shifts.mean() == pytest.approx(0.5, abs=4 * 0.3 / 2000**0.5)
    assert shifts.std() == pytest.approx(0.3, rel=0.07)
    assert ((shifts - 0.5) ** 4).mean() / 0.3**4 == pytest.approx(3.0, abs=0.6)


def test_noise_follows_from_the_seed_and_scales_with_its_standard_deviation():
    assert np.array_equal(draws(), draws())
    assert abs(np.corrcoef(draws(), draws(seed=2))[0, 1]) < 0.1
    assert draws(0.6, 0.0) == pytest.approx(2 * draws(0.3, 0.0))


def test_two_layers_of_noise_are_independent():
    assert draws(bias=0.0, layers=2).std() == pytest.approx(0.3 * 2**0.5, rel=0.07)
    assert draws(bias=0.5, layers=2).mean() == pytest.approx(1.0, abs=0.05)


def test_a_bound_is_shifted_as_the_value_would_have_been_and_a_refusal_stays():
    pool = [candidate("limit"), candidate("deny")]
    noisy = NoisyOracle(oracle=Unruly(), standard_deviation=0.3, bias=1.0)
    bound, refusal = noisy.label(pool, 4)
    (estimate,) = NoisyOracle(oracle=Sure10(), standard_deviation=0.3, bias=1.0).label(pool[:1], 4)
    assert bound == Bound("left", estimate.value, {"why": "detection limit"})
    assert bound.value != -9.0
    assert refusal == Refusal("not today")


class Sure10(Unruly):
    def answer(self, candidate, seed):
        return Estimate(-10.0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"standard_deviation": -1.0}, "0 or more, not -1"),
        ({"standard_deviation": float("nan")}, "0 or more, not nan"),
        ({"standard_deviation": 1.0, "bias": float("inf")}, "bias is a finite number, not inf"),
    ],
)
def test_noise_has_a_size(options, reason):
    with pytest.raises(InvalidInputError, match=reason):
        NoisyOracle(oracle=Unruly(), **options)


def test_a_price_is_fixed_or_grows_with_the_sites_of_the_cell():
    salt = rock_salt("Li", "Cl", 5.129)
    cell = Candidate(salt.composition, z=4, lattice=Lattice(5, 5, 5, 90, 90, 90))
    formula = Candidate(salt.composition)
    fixed = CostedOracle(oracle=Counting(), price=0.5)
    cubic = CostedOracle(oracle=Counting(), price=0.5, per_site=0.001, exponent=3)
    constant = CostedOracle(oracle=Counting(), price=0.5, per_site=0.25, exponent=0)
    assert [fixed.cost(c) for c in (salt, cell, formula)] == [0.5, 0.5, 0.5]
    assert [cubic.cost(c) for c in (salt, cell, formula)] == [1.012, 1.012, 0.5]
    assert [constant.cost(c) for c in (salt, cell, formula)] == [0.75, 0.75, 0.5]


def test_another_price_changes_no_answer():
    bare = registry.build("oracle", "sendek", {})
    assert build("costed").label(oracle_probes(), 1) == bare.label(oracle_probes(), 1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"price": -1.0}, "0 or more, not -1"),
        ({"price": 1.0, "per_site": float("inf")}, "0 or more, not inf"),
        ({"price": 1.0, "exponent": -1.0}, r"not as sites \*\* -1"),
    ],
)
def test_a_price_is_a_price(options, reason):
    with pytest.raises(BudgetError, match=reason):
        CostedOracle(oracle=Unruly(), **options)
