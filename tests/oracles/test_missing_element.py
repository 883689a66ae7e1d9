"""A calculator that lacks an element: one answer, whichever oracle asks it."""

import pytest
from physics_cases import rock_salt

from discovery.chemistry.structures import candidate_from_structure
from discovery.types import Estimate, Refusal
from oracles.ase_bridge import missing_element
from oracles.dft import DftOracle
from oracles.force_field.energy import ForceFieldEnergyOracle

LIMITED = "force_field_cases:Limited"
FLUORIDE = candidate_from_structure(rock_salt("Li", "F", 4.03))
CHLORIDE = candidate_from_structure(rock_salt("Li", "Cl", 5.14))


def oracles(calculator, arguments):
    return (
        DftOracle(calculator=calculator, arguments=arguments),
        DftOracle(calculator=calculator, arguments=arguments, relaxation="cell"),
        ForceFieldEnergyOracle(calculator=calculator, arguments=arguments),
        ForceFieldEnergyOracle(calculator=calculator, arguments=arguments, relax=False),
    )


@pytest.mark.parametrize(
    ("error", "words", "said"),
    [
        ("NotImplementedError", "No potential for {0}", "No potential for F"),
        ("KeyError", "{0}", "'F'"),
        ("KeyError", "{1}", "'9'"),
        ("IndexError", "index {1} is out of bounds", "index 9 is out of bounds"),
        ("FileNotFoundError", "no data set {0}.PBE", "no data set F.PBE"),
    ],
)
def test_every_oracle_refuses_what_the_calculator_lacks_and_names_both(error, words, said):
    reasons = set()
    for oracle in oracles(LIMITED, {"without": 9, "error": error, "words": words}):
        refused, answered = oracle.label([FLUORIDE, CHLORIDE], 0)
        assert isinstance(refused, Refusal)
        assert isinstance(answered, Estimate)
        reasons.add(refused.reason)
    assert reasons == {f"calculator '{LIMITED}' lacks F: {error}: {said}"}


def test_effective_medium_theory_has_no_lithium():
    for oracle in oracles("ase.calculators.emt:EMT", {}):
        (outcome,) = oracle.label([FLUORIDE], 0)
        assert isinstance(outcome, Refusal)
        assert outcome.reason.startswith("calculator 'ase.calculators.emt:EMT' lacks Li: ")


def test_other_failures_name_no_element():
    assert missing_element(RuntimeError("no convergence for Li"), ["Li"]) is None
    assert missing_element(NotImplementedError("stress of Fe"), ["F", "Li"]) is None
    assert missing_element(FileNotFoundError("restart 3.gpw"), ["Li"]) is None
    assert missing_element(KeyError("F"), ["Li", "F"]) == "F"
