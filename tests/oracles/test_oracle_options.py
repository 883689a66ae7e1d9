import pytest
from pydantic import ValidationError

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


def test_a_calculation_is_far_cheaper_than_an_experiment():
    assert PRICES["table"] == 1.0
    assert PRICES["sendek"] == 0.01
    assert PRICES["bond_valence"] == PRICES["ewald"] == 0.02
    assert max(price for name, price in PRICES.items() if name != "table") <= 0.5
