import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.chemistry.units import parse_conductivity, parse_value
from discovery.errors import InvalidInputError
from discovery.types import Bound, Estimate


def test_a_conductivity_becomes_a_logarithm() -> None:
    assert parse_conductivity("1e-4") == Estimate(-4.0)


@pytest.mark.parametrize("text", ["<1E-10", "< 1e-10", "<=1e-10", "≤1e-10"])
def test_a_detection_limit_becomes_a_bound(text: str) -> None:
    assert parse_conductivity(text) == Bound("left", -10.0)


def test_at_least_is_a_bound_on_the_right() -> None:
    assert parse_value(">-3") == Bound("right", -3.0)


@pytest.mark.parametrize("text", ["", "nan", "inf", "high", "1,5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"row 3: .* is not a number"):
        parse_value(text, "row 3")


@pytest.mark.parametrize("text", ["0", "-1e-4", "<0"])
def test_a_conductivity_is_positive(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is more than 0"):
        parse_conductivity(text)


@given(st.floats(min_value=-300, max_value=300))
def test_any_written_number_reads_back(value: float) -> None:
    assert parse_value(repr(value)) == Estimate(value)
