import math
from importlib.metadata import version

import pytest
from force_field_cases import Field
from physics_cases import antifluorite, crystal, cubic, rock_salt, split_conductor

from discovery.errors import BudgetError, InvalidInputError
from discovery.protocols import Oracle
from discovery.rng import derive
from discovery.testing.oracle import check_oracle
from discovery.types import Candidate, Estimate, Refusal
from oracles.force_field.energy import ForceFieldEnergyOracle
from oracles.force_field.migration import ForceFieldBarrierOracle
from oracles.force_field.molecular_dynamics import ForceFieldDynamicsOracle

FREE = {"calculator": "force_field_cases:Field", "arguments": {"stiffness": 40.0}}
HILLS = {  # Li2O: minima at its tetrahedra, 0.4 eV between them
    "calculator": "force_field_cases:Field",
    "arguments": {"height": 0.4, "period": 4.62 / 2, "origin": 4.62 / 4, "stiffness": 40.0},
}
QUICK = FREE | {
    "temperatures": (900.0, 1100.0),
    "min_length": 7.0,
    "time_step_fs": 4.0,
    "friction_per_ps": 50.0,
    "equilibration_ps": 0.0,
    "production_ps": 0.2,
    "blocks": 2,
}

PARTS = [ForceFieldEnergyOracle, ForceFieldBarrierOracle, ForceFieldDynamicsOracle]


def candidate(structure):
    return Candidate(tuple(structure.composition.items()), structure=structure)


def answer(oracle, structure, seed=0):
    (outcome,) = oracle.label([candidate(structure)], seed)
    return outcome


@pytest.mark.parametrize(
    "oracle",
    [
        ForceFieldEnergyOracle(**FREE),
        ForceFieldEnergyOracle(relax=False, representatives=2, device="cpu"),
        ForceFieldBarrierOracle(**HILLS, min_length=4.0, images=1, max_steps=12, band_fmax=0.2),
        ForceFieldDynamicsOracle(**QUICK),
    ],
    ids=["energy", "single points of chgnet", "barrier", "molecular dynamics"],
)
def test_the_contract_of_an_oracle_is_kept(oracle):
    assert isinstance(oracle, Oracle)
    check_oracle(oracle)


@pytest.mark.parametrize("part", PARTS)
def test_numbers_must_be_positive_and_the_price_a_price(part):
    with pytest.raises(BudgetError, match="0 or more, not -1"):
        part(price=-1.0)
    for name in ("max_sites", "max_atoms", "representatives", "fmax", "max_steps"):
        with pytest.raises(InvalidInputError, match=f"{name} must be .*, not 0"):
            part(**{name: 0})
    with pytest.raises(InvalidInputError, match="fmax must be positive, not nan"):
        part(fmax=math.nan)


def test_the_version_names_the_calculator():
    assert ForceFieldEnergyOracle().version.startswith("1 chgnet 0.")
    assert ForceFieldDynamicsOracle(**FREE).version == (
        "1 force_field_cases:Field unknown+ordering.1"
    )
    other = ForceFieldEnergyOracle(calculator="ase.calculators.emt:EMT")
    assert other.version == f"1 ase.calculators.emt:EMT {version('ase')}+ordering.1"


@pytest.mark.parametrize("relax", [True, False])
def test_cells_that_are_too_large_are_refused(relax):
    oracle = ForceFieldEnergyOracle(**FREE, max_atoms=2, relax=relax)
    assert isinstance(answer(oracle, antifluorite("O", 4.62)), Refusal)
    small = ForceFieldEnergyOracle(**FREE, max_atoms=8, relax=relax)
    assert isinstance(answer(small, rock_salt("Li", "Cl", 5.13)), Estimate)


@pytest.mark.parametrize("relax", [True, False])
@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (rock_salt("Na", "Cl", 5.64), "no Li in the structure"),
        (crystal(cubic(5.0), ("Li", (0, 0, 0)), ("F", (0.05, 0, 0))), "two atoms overlap"),
    ],
)
def test_what_does_not_apply_is_refused_with_its_reason(relax, structure, reason):
    outcome = answer(ForceFieldEnergyOracle(**FREE, relax=relax), structure)
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


def test_an_energy_comes_with_how_it_was_relaxed():
    lj = {"sigma": 1.8, "epsilon": 0.2, "rc": 6.0}
    oracle = ForceFieldEnergyOracle(calculator="ase.calculators.lj:LennardJones", arguments=lj)
    relaxed = answer(oracle, rock_salt("Li", "Cl", 5.13))
    asis = ForceFieldEnergyOracle(
        calculator="ase.calculators.lj:LennardJones", arguments=lj, relax=False
    )
    single = answer(asis, rock_salt("Li", "Cl", 5.13))
    assert relaxed.value == pytest.approx(single.value - relaxed.details["relaxation_energy"])
    assert relaxed.details["volume_change"] < -0.1
    assert relaxed.details["steps"] > 1
    assert relaxed.details["max_force"] < 0.02
    assert relaxed.details["disorder"] == single.details["disorder"] == "none"
    too_short = ForceFieldEnergyOracle(
        calculator="ase.calculators.lj:LennardJones", arguments=lj, max_steps=1
    )
    refusal = answer(too_short, rock_salt("Li", "Cl", 5.13))
    assert isinstance(refusal, Refusal)
    assert "relaxation of ClLi is not done after 1 steps" in refusal.reason


def test_disorder_is_averaged_over_representatives_alone_or_in_a_batch():
    one = candidate(split_conductor())
    oracle = ForceFieldEnergyOracle(relax=False, representatives=3, device="cpu", batch_size=2)
    alone = oracle.label([one], 5)[0]
    assert isinstance(alone, Estimate)
    assert alone.details["representatives"] == 3
    assert alone.standard_error == pytest.approx(alone.details["spread"] / 3**0.5)
    direct = oracle.evaluate(split_conductor(), derive(5, one.id))
    assert direct.value == pytest.approx(alone.value, abs=1e-6)
    assert direct.details["disorder"] == alone.details["disorder"] == "representatives"


@pytest.mark.parametrize("initial_path", ["landscape", "idpp"])
def test_the_barrier_of_a_known_field_is_found_from_the_crystal_alone(initial_path):
    oracle = ForceFieldBarrierOracle(**HILLS, min_length=7.0, initial_path=initial_path)
    found = answer(oracle, antifluorite("O", 4.62))
    assert found.value == pytest.approx(0.4, abs=1e-3)
    assert found.details["hop_distance"] == pytest.approx(4.62 / 2, abs=1e-3)
    assert found.details["forward"] == pytest.approx(found.details["backward"], abs=1e-3)
    assert found.details["atoms"] == 3 * 27 - 1
    assert 0.1 < found.details["bond_valence_barrier"] < 0.5


def test_a_hop_without_a_barrier_is_refused():
    oracle = ForceFieldBarrierOracle(**FREE, min_length=5.0)
    outcome = answer(oracle, antifluorite("O", 4.62))
    assert isinstance(outcome, Refusal)
    assert "no barrier on the hop" in outcome.reason


def test_a_landscape_that_cannot_be_drawn_is_refused():
    outcome = answer(ForceFieldBarrierOracle(**FREE), rock_salt("Li", "H", 4.08))
    assert isinstance(outcome, Refusal)
    assert "H" in outcome.reason


def test_free_ions_conduct_as_closed_formulas_say():
    oracle = ForceFieldDynamicsOracle(
        **(QUICK | {"production_ps": 4.0, "blocks": 4, "equilibration_ps": 0.2})
    )
    found = answer(oracle, rock_salt("Li", "Cl", 5.13), seed=4)
    assert isinstance(found, Estimate)
    mass, friction, charge, boltzmann = 6.94 * 1.66054e-27, 5e13, 1.602177e-19, 1.380649e-23
    for kelvin in (900, 1100):
        expected = boltzmann * kelvin / (mass * friction) * 1e4
        error = found.details[f"tracer_error_{kelvin}K"]
        assert found.details[f"tracer_{kelvin}K"] == pytest.approx(expected, abs=4 * error)
        assert error < 0.3 * expected
    # n e^2 / (m friction) at every temperature: sigma T rises with T
    sigma = 4 / (5.13e-10) ** 3 * charge**2 / (mass * friction) / 100
    assert found.value == pytest.approx(math.log10(sigma), abs=4 * found.standard_error)
    assert found.details["temperatures_used"] == "900, 1100"
    assert found.details["atoms"] == 54
    assert found.standard_error > 0


def test_ions_that_stay_are_refused_with_what_was_seen():
    bound = QUICK | {"arguments": {"height": 5.0, "period": 5.13 / 4, "stiffness": 40.0}}
    outcome = answer(ForceFieldDynamicsOracle(**bound), rock_salt("Li", "Cl", 5.13))
    assert isinstance(outcome, Refusal)
    assert "measurably through a solid at 0 of 2 temperatures" in outcome.reason
    assert "900 K: D = " in outcome.reason


def test_dynamics_needs_two_temperatures_and_room():
    with pytest.raises(InvalidInputError, match=r"different ones, not \[900.0, 900.0\]"):
        ForceFieldDynamicsOracle(temperatures=(900.0, 900.0))
    with pytest.raises(InvalidInputError, match=r"temperatures\[1\] must be positive, not -5"):
        ForceFieldDynamicsOracle(temperatures=(900.0, -5.0))
    with pytest.raises(InvalidInputError, match="10 frames of 20 fs; 4 blocks of 3 or more do not"):
        ForceFieldDynamicsOracle(production_ps=0.2)
    with pytest.raises(InvalidInputError, match="equilibration_ps must be 0 or more, not -1"):
        ForceFieldDynamicsOracle(equilibration_ps=-1.0)
    outcome = answer(ForceFieldDynamicsOracle(**QUICK, max_atoms=40), rock_salt("Li", "Cl", 5.13))
    assert outcome == Refusal(
        "a supercell with sides of 7 A has 54 atoms, more than max_atoms = 40; allow more, or a "
        "smaller min_length"
    )


def test_a_run_that_is_asked_for_again_is_read_from_its_folder(tmp_path, monkeypatch):
    oracle = ForceFieldDynamicsOracle(**QUICK, checkpoint_dir=str(tmp_path / "runs"))
    first = answer(oracle, rock_salt("Li", "Cl", 5.13))
    files = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert [name.partition("-")[0] for name in files] == ["1100K", "900K"]
    calls = []
    real = Field.calculate
    monkeypatch.setattr(Field, "calculate", lambda *a, **k: (calls.append(1), real(*a, **k))[1])
    again = answer(oracle, rock_salt("Li", "Cl", 5.13))
    assert again == first
    assert len(calls) < 10
    other = answer(oracle, rock_salt("Li", "Cl", 5.13), seed=1)
    assert other != first
    assert len(list((tmp_path / "runs").iterdir())) == 4
    plain = answer(ForceFieldDynamicsOracle(**QUICK), rock_salt("Li", "Cl", 5.13))
    assert plain == first
