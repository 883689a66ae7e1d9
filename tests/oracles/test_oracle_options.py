import math

import pytest
from pydantic import ValidationError

from discovery import registry
from discovery.errors import ConfigError
from oracles import CATALOGUE
from oracles.options import OPTIONS

PRICED = [name for name, options in OPTIONS.items() if "price" in options.model_fields]
PRICES = {
    name: OPTIONS[name].model_fields["price"].get_default()
    for name in PRICED
    if not OPTIONS[name].model_fields["price"].is_required()
}


def test_every_oracle_has_options_and_none_is_left_over():
    assert CATALOGUE.keys() == OPTIONS.keys()


@pytest.mark.parametrize("name", PRICED)
def test_a_price_below_zero_and_an_unknown_field_are_mistakes(name):
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        OPTIONS[name](price=-1)
    with pytest.raises(ValidationError, match="Extra inputs"):
        OPTIONS[name](prize=1)


def numbers(model):
    """Fields of numbers, with an example of what a value looks like."""
    for field, info in model.model_fields.items():
        text = str(info.annotation)
        if field in ("oracle", "arguments"):
            continue
        if "tuple" in text and "float" in text:
            yield field, lambda x: (x, 1000.0)
        elif info.annotation in (int, float):
            yield field, lambda x: x


NUMBERS = [
    pytest.param(name, field, wrap, id=f"{name}-{field}")
    for name, model in OPTIONS.items()
    for field, wrap in numbers(model)
]
UNLIMITED = {"price", "per_site", "bias", "standard_deviation", "floor"}


def mistake(name, field, value):
    with pytest.raises(ValidationError) as caught:
        OPTIONS[name](**{field: value})
    return [e for e in caught.value.errors() if e["loc"][0] == field]


@pytest.mark.parametrize(("name", "field", "wrap"), NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_every_number_of_every_oracle_is_finite(name, field, wrap, value):
    assert mistake(name, field, wrap(value))


@pytest.mark.parametrize(("name", "field", "wrap"), NUMBERS)
def test_every_number_of_every_oracle_ends_where_memory_time_or_sense_does(name, field, wrap):
    if field not in UNLIMITED:
        assert mistake(name, field, wrap(10**20))
    if field not in {"bias", "floor"}:
        assert mistake(name, field, wrap(-1))
    zeros = {"equilibration_ps", "seed", "exponent"} | UNLIMITED
    if field not in zeros:
        assert mistake(name, field, wrap(0))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("site_energy", {"resolution": 0.01}, "resolution: .*than or equal to 0.05, not 0.01"),
        ("site_energy", {"representatives": 65}, "representatives: .*equal to 64, not 65"),
        ("site_energy", {"max_atoms": 10**6}, "max_atoms: .*less than or equal to 5000"),
        ("ewald", {"max_sites": 5001}, "max_sites: .*less than or equal to 5000, not 5001"),
        ("force_field_md", {"temperatures": [0, 300]}, "temperatures.0: .*equal to 10, not 0"),
        ("force_field_neb", {"min_length": 100}, "min_length: .*less than or equal to 60"),
    ],
)
def test_a_limit_is_told_with_the_option_and_the_value(name, options, message):
    with pytest.raises(ConfigError, match=message):
        registry.build("oracle", name, options)


def test_a_calculation_is_far_cheaper_than_an_experiment():
    assert PRICES["table"] == 1.0
    assert PRICES["sendek"] == 0.01
    assert PRICES["bond_valence"] == PRICES["ewald"] == 0.02
    assert max(price for name, price in PRICES.items() if name != "table") <= 0.5
