import builtins
import pickle
import sys
import warnings

import numpy as np
import pytest
from ase import Atoms
from physics_cases import antifluorite, rock_salt

from discovery.errors import InvalidInputError
from discovery.testing.probes import lithium_nitride
from discovery.types import Refusal
from oracles import ase_bridge
from oracles.force_field.calculators import ForceField
from oracles.force_field.energy import ForceFieldEnergyOracle
from oracles.force_field.molecular_dynamics import ForceFieldDynamicsOracle

LITHIUM_OXIDE = antifluorite("O", 4.62)


def atoms(calculator):
    found = ase_bridge.atoms(LITHIUM_OXIDE)
    found.calc = calculator
    return found


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chgnett", "unknown calculator 'chgnett'.*did you mean 'chgnet'"),
        ("ase.calculators.lj", "unknown calculator 'ase.calculators.lj'"),
        ("ase.calculators.lj:LenardJones", "'ase.calculators.lj' has no 'LenardJones'"),
    ],
)
@pytest.mark.parametrize("part", [ForceFieldEnergyOracle, ForceFieldDynamicsOracle])
def test_a_wrong_name_is_told_before_anything_runs(part, name, reason):
    with pytest.raises(InvalidInputError, match=reason):
        part(calculator=name)


def test_a_device_is_one_of_three_and_belongs_to_chgnet():
    with pytest.raises(InvalidInputError, match="device is one of auto, cpu, cuda, not 'gpu'"):
        ForceField(device="gpu")
    with pytest.raises(InvalidInputError, match="device belongs to chgnet; tell 'ase"):
        ForceField("ase.calculators.lj:LennardJones", device="cpu")


def test_a_gpu_that_is_not_here_is_a_refusal(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    (outcome,) = ForceFieldEnergyOracle(device="cuda").label([lithium_nitride()], 0)
    assert isinstance(outcome, Refusal)
    assert "device 'cuda' is not here: torch sees no GPU" in outcome.reason


@pytest.mark.parametrize("relax", [True, False])
def test_without_chgnet_the_refusal_says_how_to_install_it(monkeypatch, relax):
    for module in [name for name in sys.modules if name.partition(".")[0] == "chgnet"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, "oracles.force_field.chgnet_model", raising=False)
    real = builtins.__import__

    def no_chgnet(name, *arguments, **named):
        if name.partition(".")[0] == "chgnet":
            raise ModuleNotFoundError("No module named 'chgnet'", name="chgnet")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", no_chgnet)
    oracle = ForceFieldEnergyOracle(relax=relax)
    (outcome,) = oracle.label([lithium_nitride()], 0)
    assert isinstance(outcome, Refusal)
    assert outcome.reason.startswith("unavailable: chgnet needs 'chgnet'")
    assert outcome.reason.endswith("pip install 'ion-discovery[mlip]'")


def test_a_calculator_that_is_not_installed_is_no_mistake_before_it_is_used():
    oracle = ForceFieldEnergyOracle(calculator="no_such_package:Calculator")
    (outcome,) = oracle.label([lithium_nitride()], 0)
    assert isinstance(outcome, Refusal)
    assert "unavailable: no_such_package:Calculator needs 'no_such_package'" in outcome.reason


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"no_such": 1}, "cannot be made with the arguments {'no_such': 1}"),
        ({"error": "out of luck"}, "has no energy for Li8O4: RuntimeError: out of luck"),
        ({}, "gives energy of Li8O4 that are no finite numbers"),
    ],
)
def test_a_calculator_that_fails_gives_its_reason(arguments, reason):
    field = ForceField("force_field_cases:Broken", arguments)
    with pytest.raises(InvalidInputError) as caught:
        atoms(field.calculator()).get_potential_energy()
    assert reason in str(caught.value)
    (answer,) = field.energies([LITHIUM_OXIDE], 4)
    assert isinstance(answer, InvalidInputError)
    assert reason in str(answer)


def test_a_guarded_calculator_answers_as_the_one_inside():
    field = ForceField("ase.calculators.lj:LennardJones", {"sigma": 1.7, "epsilon": 0.1, "rc": 5.0})
    inner = ase_bridge.load_calculator(field.name, field.arguments)
    guarded, bare = atoms(field.calculator()), atoms(inner)
    for each in (guarded, bare):
        each.rattle(0.1, seed=1)
    assert guarded.get_potential_energy() == bare.get_potential_energy()
    assert np.array_equal(guarded.get_forces(), bare.get_forces())
    assert np.array_equal(guarded.get_stress(), bare.get_stress())


def test_energies_are_per_atom_and_single_failures_stay_single():
    field = ForceField("ase.calculators.emt:EMT")
    copper = rock_salt("Cu", "Au", 5.0)
    first, second = field.energies([copper, LITHIUM_OXIDE], 4)
    whole = ase_bridge.atoms(copper)
    whole.calc = field.calculator()
    assert first == pytest.approx(whole.get_potential_energy() / 8)
    assert isinstance(second, InvalidInputError)
    assert "No EMT-potential for Li" in str(second)


def test_a_force_field_travels_to_other_processes():
    field = ForceField("ase.calculators.emt:EMT", {"asap_cutoff": True})
    assert pickle.loads(pickle.dumps(field)) == field


def test_chgnet_gives_forces_and_stress_that_are_slopes_of_its_energy():
    calculator = ForceField(device="cpu").calculator()
    start = ase_bridge.atoms(lithium_nitride().structure)
    start.rattle(0.1, seed=2)

    def energy(displaced):
        displaced.calc = calculator
        return float(displaced.get_potential_energy())

    start.calc = calculator
    forces, stress = start.get_forces(), start.get_stress(voigt=False)
    step = 0.02
    for index, axis in ((0, 0), (2, 1), (3, 2)):
        sides = []
        for sign in (-1, 1):
            moved = start.copy()
            moved.positions[index, axis] += sign * step
            sides.append(energy(moved))
        assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(forces[index, axis], abs=0.01)
    for i, j in ((0, 0), (1, 2)):
        sides = []
        for sign in (-1, 1):
            strain = np.eye(3)
            strain[i, j] += sign * step / 4
            strain[j, i] = strain[i, j]
            strained = start.copy()
            strained.set_cell(start.cell @ strain, scale_atoms=True)
            sides.append(energy(strained))
        both = 1 if i == j else 2
        slope = (sides[1] - sides[0]) / (step / 2) / both / start.get_volume()
        assert slope == pytest.approx(stress[i, j], abs=1e-3)


def test_chgnet_is_the_calculator_that_ships_with_it():
    dynamics = pytest.importorskip("chgnet.model.dynamics")
    ours, theirs = (ase_bridge.atoms(LITHIUM_OXIDE) for _ in range(2))
    for each in (ours, theirs):
        each.rattle(0.1, seed=2)
    ours.calc = ForceField(device="cpu").calculator()
    theirs.calc = dynamics.CHGNetCalculator(use_device="cpu")
    with warnings.catch_warnings():  # torch warns of its own calculator, once per process
        warnings.filterwarnings("ignore", message="Converting a tensor with requires_grad")
        expected = theirs.get_forces()
    assert ours.get_potential_energy() == pytest.approx(theirs.get_potential_energy(), abs=1e-4)
    assert ours.get_forces() == pytest.approx(expected, abs=1e-4)
    assert ours.get_stress() == pytest.approx(theirs.get_stress(), abs=1e-5)


def test_lonely_atoms_are_refused_by_chgnet():
    lonely = Atoms("LiF", [[0, 0, 0], [15, 0, 0]], cell=[30] * 3, pbc=True)
    lonely.calc = ForceField(device="cpu").calculator()
    with pytest.raises(InvalidInputError, match="isolated atom"):
        lonely.get_potential_energy()
