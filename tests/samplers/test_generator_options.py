import pytest
from pydantic import ValidationError

from discovery.options import mistakes
from samplers.generators.options import EvolutionOptions, SubstitutionOptions
from samplers.limits import Limits

OPTIONS = [SubstitutionOptions, EvolutionOptions]


@pytest.mark.parametrize("model", OPTIONS)
def test_limits_are_written_as_what_differs_from_the_default(model):
    found = model.model_validate({"limits": {"elements": ["Li", "O"], "atoms": [2, 40]}})
    assert found.limits == Limits(elements=("Li", "O"), atoms=(2, 40))
    assert model().limits == Limits()
    assert model.model_validate(found.model_dump(mode="json")) == found
    assert model.model_json_schema()["$defs"]["Limits"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"element": ["Li"]}, "limits: unknown field 'element'; did you mean 'elements'?"),
        ({"atoms": [5, 2]}, "limits: atoms = (5, 2): give a least above 0"),
        ({"elements": ["Na"]}, "limits: required element 'Li' is not among the elements Na"),
        ({"space_groups": [231]}, "limits: space group 231 is outside 1-230"),
        ({"atoms": "x"}, "limits.atoms: Input should be a valid tuple, not 'x'"),
        (3, "limits: Input should be a dictionary or an instance of Limits, not 3"),
    ],
)
@pytest.mark.parametrize("model", OPTIONS)
def test_a_mistake_in_limits_is_told_with_its_place(model, limits, message):
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"limits": limits})
    (line,) = mistakes(caught.value, model)
    assert line.startswith(message)
