import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unruly import Unruly, candidate

from discovery.errors import InvalidInputError
from discovery.testing.probes import rock_salt
from discovery.types import Bound, Estimate, Refusal
from oracles.wrappers.arrhenius import ArrheniusOracle


class Barrier(Unruly):
    """Answers what it is told to."""

    property, unit = "migration_barrier", "eV"

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def label(self, candidates, seed):
        return [self.answer] * len(candidates)


def told(answer, **options):
    (outcome,) = ArrheniusOracle(oracle=Barrier(answer), **options).label([candidate()], 0)
    return outcome


def test_the_law_gives_back_the_conductivity_that_its_line_was_measured_with():
    assert told(Estimate(0.25), intercept=4.78).value == pytest.approx(math.log10(1.2e-2), abs=0.01)
    assert told(Estimate(0.30), intercept=4.02).value == pytest.approx(math.log10(3e-4), abs=0.05)


@given(st.floats(0, 10), st.floats(0, 10), st.floats(100, 2000))
def test_the_lower_barrier_has_the_higher_conductivity(one, other, temperature):
    options = {"temperature": temperature, "floor": -1e3}
    values = [told(Estimate(barrier), **options).value for barrier in (one, other)]
    assert (values[0] > values[1]) == (one < other) or one == pytest.approx(other)


def test_sixty_millivolt_are_a_decade_at_room_temperature():
    low, high = (told(Estimate(barrier, 0.0592)) for barrier in (0.3, 0.3592))
    assert low.value - high.value == pytest.approx(1, abs=0.002)
    assert low.standard_error == pytest.approx(1, abs=0.002)
    assert low.details["barrier"] == 0.3


def test_a_barrier_of_at_least_so_much_is_a_conductivity_of_at_most_so_much():
    assert told(Bound("right", 0.7)).side == "left"
    assert told(Bound("right", 0.7)).value == told(Estimate(0.7)).value
    assert told(Bound("left", 0.7)) == Bound("right", told(Estimate(0.7)).value)
    assert told(Refusal("no lithium")) == Refusal("no lithium")


def test_how_well_an_insulator_insulates_is_a_bound():
    assert told(Estimate(3.0)) == Bound("left", -15.0, {"barrier": 3.0})
    assert told(Bound("right", 3.0)) == Bound("left", -15.0)
    assert told(Estimate(3.0), floor=-60.0).value == pytest.approx(-48.7, abs=0.1)


def test_it_says_what_it_answers_and_from_what():
    oracle = ArrheniusOracle(oracle=Barrier(Estimate(0.3)))
    assert (oracle.property, oracle.unit) == ("log10_sigma", "log10(S/cm)")
    assert oracle.version.endswith("+arrhenius(4.5,298,-15)")
    assert oracle.cost(rock_salt("Li", "Cl", 5.1)) == Barrier(None).cost(candidate())


def test_only_energies_become_conductivities():
    class Volts(Barrier):
        property, unit = "stability_window", "V"

    with pytest.raises(InvalidInputError, match=r"in eV; Volts answers stability_window in V"):
        ArrheniusOracle(oracle=Volts(None))
    for wrong in (
        {"intercept": math.nan},
        {"floor": -math.inf},
        {"temperature": 0.0},
        {"temperature": math.inf},
    ):
        with pytest.raises(InvalidInputError, match="number, not"):
            ArrheniusOracle(oracle=Barrier(None), **wrong)
