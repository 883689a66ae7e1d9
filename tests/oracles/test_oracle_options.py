import inspect
from importlib import import_module

import pytest
from pydantic import ValidationError

from oracles import CATALOGUE
from oracles.options import OPTIONS


def test_every_oracle_has_options_and_none_is_left_over():
    assert CATALOGUE.keys() == OPTIONS.keys()


@pytest.mark.parametrize("name", CATALOGUE)
def test_options_are_the_arguments_of_the_oracle_with_the_same_defaults(name):
    module, _, attribute = CATALOGUE[name].partition(":")
    part = getattr(import_module(module), attribute)
    arguments = dict(inspect.signature(part).parameters)
    for resource in getattr(part, "needs", ()):
        arguments.pop(resource)
    defaults = {key: argument.default for key, argument in arguments.items()}
    assert defaults == OPTIONS[name]().model_dump()
    assert all(field.description for field in OPTIONS[name].model_fields.values())


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_price_below_zero_and_an_unknown_field_are_mistakes(name):
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        OPTIONS[name](price=-1)
    with pytest.raises(ValidationError, match="Extra inputs"):
        OPTIONS[name](prize=1)


def test_a_calculation_is_far_cheaper_than_an_experiment():
    prices = {name: options().price for name, options in OPTIONS.items()}
    assert prices == {"table": 1.0, "sendek": 0.01, "bond_valence": 0.02, "ewald": 0.02}
