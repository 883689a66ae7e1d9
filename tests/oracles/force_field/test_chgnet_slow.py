"""CHGNet really relaxes, hops and moves; minutes on one core, so not in the default suite."""

import numpy as np
import pytest
from physics_cases import antifluorite, crystal, rock_salt

from discovery.testing.oracle import check_oracle
from discovery.testing.probes import lithium_nitride
from discovery.types import Candidate, Estimate
from oracles import ase_bridge
from oracles.force_field.calculators import ForceField
from oracles.force_field.dynamics import run
from oracles.force_field.energy import ForceFieldEnergyOracle
from oracles.force_field.migration import ForceFieldBarrierOracle
from oracles.force_field.molecular_dynamics import ForceFieldDynamicsOracle
from oracles.force_field.protocol import Protocol

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("chgnet")]


@pytest.fixture(scope="module")
def chgnet():
    pytest.importorskip("chgnet", reason="CHGNet (mlip extra) is not installed")
    return ForceField(device="cpu")


def answer(oracle, structure):
    candidate = Candidate(tuple(structure.composition.items()), structure=structure)
    (outcome,) = oracle.label([candidate], 1)
    assert isinstance(outcome, Estimate), outcome
    return outcome


def argyrodite():
    """Ordered Li6PS5Cl, one of its 13-atom cells: Li halfway between the pairs of site 48h.

    Cell and sites near those of Deiseroth et al., Angew. Chem. Int. Ed. 47, 755 (2008).
    """
    a = 9.86
    cell = np.array([[0, a / 2, a / 2], [a / 2, 0, a / 2], [a / 2, a / 2, 0]])
    turns = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])
    cage = 0.23 * np.concatenate([np.eye(3), -np.eye(3)])
    places = [
        ("P", np.full((1, 3), 0.5)),
        ("S", 0.5 + 0.1195 * turns),
        ("S", np.full((1, 3), 0.25)),
        ("Cl", np.zeros((1, 3))),
        ("Li", 0.25 + cage),
    ]
    inverse = np.linalg.inv(cell)
    return crystal(
        cell.tolist(), *((element, x * a @ inverse) for element, found in places for x in found)
    )


def test_the_oracle_of_relaxed_energies_keeps_its_contract():
    check_oracle(ForceFieldEnergyOracle(device="cpu"))


@pytest.mark.parametrize(
    ("structure", "volume"),
    [
        (rock_salt("Li", "F", 4.1), 4.0263**3),
        (rock_salt("Li", "Cl", 5.0), 5.1396**3),
        (antifluorite("O", 4.5), 4.619**3),
        (antifluorite("S", 5.6), 5.710**3),
        (lithium_nitride().structure, 3.648**2 * 0.75**0.5 * 3.875),
    ],
    ids=["LiF", "LiCl", "Li2O", "Li2S", "Li3N"],
)
def test_lattice_constants_are_those_of_experiment_within_two_percent(structure, volume):
    """Wyckoff, Crystal Structures (1963); Rabenau & Schulz, J. Less-Common Met. 50, 155 (1976)."""
    found = answer(ForceFieldEnergyOracle(device="cpu", fmax=0.005), structure)
    relaxed = structure.volume * (1 + found.details["volume_change"])
    assert (relaxed / volume) ** (1 / 3) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("structure", "lowest", "highest", "min_length"),
    [(antifluorite("O", 4.62), 0.1, 0.5, 5.0), (rock_salt("Li", "Cl", 5.14), 0.25, 0.6, 5.5)],
    ids=["Li2O", "LiCl"],
)
def test_vacancies_hop_over_barriers_of_the_size_that_is_known(
    structure, lowest, highest, min_length
):
    """Experiment and DFT: about 0.3 eV in Li2O, 0.4 eV in LiCl."""
    oracle = ForceFieldBarrierOracle(device="cpu", images=3, min_length=min_length)
    found = answer(oracle, structure)
    assert lowest < found.value < highest
    assert found.details["forward"] == pytest.approx(found.details["backward"], abs=0.02)
    assert found.details["max_force"] < 0.05


def test_lithium_flows_through_argyrodite(tmp_path):
    oracle = ForceFieldDynamicsOracle(
        device="cpu",
        temperatures=(650.0, 800.0, 950.0),
        min_length=5.0,
        equilibration_ps=0.5,
        production_ps=5.0,
        checkpoint_dir=str(tmp_path),
    )
    found = answer(oracle, argyrodite())
    assert 5e-6 < found.details["tracer_800K"] < 5e-4
    assert 0 < found.details["tracer_error_800K"] < found.details["tracer_800K"]
    assert -8 < found.value < 2
    assert found.standard_error > 0
    assert found.details["activation_energy"] + 2 * found.details["activation_energy_error"] > 0
    assert answer(oracle, argyrodite()) == found


def test_a_run_with_chgnet_that_is_cut_in_two_is_the_same_run(chgnet, tmp_path):
    start = ase_bridge.atoms(argyrodite())
    whole = Protocol(800.0, 2.0, 1.0, stride=10, equilibration=1, production=4)
    half = Protocol(800.0, 2.0, 1.0, stride=10, equilibration=1, production=2)
    path = tmp_path / "run.npz"
    run(start, chgnet.calculator(), half, 3, checkpoint=path, checkpoint_every=1)
    resumed = run(start, chgnet.calculator(), whole, 3, checkpoint=path)
    straight = run(start, chgnet.calculator(), whole, 3)
    assert np.array_equal(resumed.positions, straight.positions)
