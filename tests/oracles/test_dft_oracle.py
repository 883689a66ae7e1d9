"""The DFT oracle with calculators whose energies are known; GPAW itself is in test_dft_gpaw."""

import math
import sys

import numpy as np
import physics_cases
import pytest
import toy_calculator
from ase.build import bulk

from discovery.chemistry.structures import candidate_from_structure, write_cif
from discovery.errors import BudgetError, InvalidInputError, InvalidStructureError
from discovery.evaluation import evaluate
from discovery.testing import check_oracle
from discovery.types import Candidate, Query, Refusal
from oracles.dft import DftOracle
from oracles.elements import MOLECULES, element_atoms
from oracles.energies import DEFAULT_ARGUMENTS, Energies

TOY = "toy_calculator:ByFormula"
ENERGIES = {"LiF": -9.7, "Li": -1.9, "F2": -3.8, "Li2S": -12.1, "S": -4.1}
LENNARD_JONES = {
    "calculator": "ase.calculators.lj:LennardJones",
    "arguments": {"sigma": 1.8, "epsilon": 0.3, "rc": 7.0, "smooth": True},
}


def candidate(crystal):
    return candidate_from_structure(crystal)


FLUORIDE = candidate(physics_cases.rock_salt("Li", "F", 4.027))
SULFIDE = candidate(physics_cases.antifluorite("S", 5.71))


def toy(energies=ENERGIES, **options):
    shout = options.pop("shout", None)
    arguments = {"energies": energies} | ({"shout": shout} if shout else {})
    return DftOracle(calculator=TOY, arguments=arguments, **options)


def answer(oracle, one):
    (outcome,) = oracle.label([one], 0)
    return outcome


def told(oracle, one):
    return evaluate(oracle, "dft", Query(one, "dft"), cost=0.5, seed=0)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path / "cache"))
    toy_calculator.ASKED.clear()
    return tmp_path / "cache"


def test_where_gpaw_is_not_installed_everything_is_refused_with_instructions(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpaw", None)
    check_oracle(DftOracle())
    outcome = answer(DftOracle(), FLUORIDE)
    assert isinstance(outcome, Refusal)
    assert outcome.reason.startswith("unavailable: gpaw needs 'gpaw'")
    assert "docs/install_gpaw.sh" in outcome.reason


def test_the_energy_is_that_of_the_calculator_per_atom():
    crystal = physics_cases.rock_salt("Li", "F", 3.2)
    atoms = bulk("LiF", "rocksalt", a=3.2)
    direct = Energies(LENNARD_JONES["calculator"], LENNARD_JONES["arguments"]).compute(atoms)[0]
    for form in (
        crystal,
        physics_cases.supercell(crystal, (2, 1, 1)),
        physics_cases.turned(crystal, 1),
    ):
        found = answer(DftOracle(**LENNARD_JONES), candidate(form))
        assert found.value == pytest.approx(direct, abs=1e-9)
        assert found.details["atoms"] == 2
        assert found.details["disorder"] == "none"
    assert found.standard_error is None


@pytest.mark.usefixtures("own_cache")
def test_the_energy_of_formation_counts_from_the_elements():
    found = answer(toy(reference="elements"), FLUORIDE)
    assert found.value == pytest.approx((-9.7 + 1.9 + 3.8 / 2) / 2)
    assert found.details["energy_per_atom"] == pytest.approx(-9.7 / 2)
    assert found.details["energy_per_atom_Li"] == pytest.approx(-1.9)
    assert found.details["energy_per_atom_F"] == pytest.approx(-1.9)


def test_elements_are_computed_once_and_remembered_on_disk(own_cache):
    for oracle in (toy(reference="elements"), toy(reference="elements")):
        answer(oracle, FLUORIDE)
    assert sorted(toy_calculator.ASKED) == ["F2", "Li", "LiF", "LiF"]
    assert any(own_cache.iterdir())
    answer(toy(ENERGIES | {"Li": -2.0}, reference="elements"), FLUORIDE)
    assert sorted(toy_calculator.ASKED) == ["F2", "F2", "Li", "Li", *["LiF"] * 3]


@pytest.mark.usefixtures("own_cache")
def test_an_element_without_reference_structure_is_asked_for_before_anything_is_computed():
    outcome = answer(toy(reference="elements"), SULFIDE)
    assert outcome == Refusal(
        "no reference structure of S is built in; name one with reference_structures: {S: S.cif}"
    )
    assert toy_calculator.ASKED == []


@pytest.fixture
def sulfur(tmp_path):
    """An invented crystal of sulfur."""
    crystal = physics_cases.crystal(physics_cases.cubic(2.5), ("S", (0, 0, 0)))
    path = tmp_path / "S.cif"
    path.write_text(write_cif(Candidate((("S", 1.0),), structure=crystal)))
    return str(path)


@pytest.mark.usefixtures("own_cache")
def test_a_reference_structure_may_be_given(sulfur):
    oracle = toy(reference="elements", reference_structures={"S": sulfur})
    assert answer(oracle, SULFIDE).value == pytest.approx((-12.1 + 2 * 1.9 + 4.1) / 3)
    assert oracle.version != toy(reference="elements").version


def test_a_wrong_reference_structure_is_refused_at_once(sulfur, tmp_path):
    with pytest.raises(InvalidInputError, match=r"S\.cif: the .* structure of P .* not of S"):
        toy(reference_structures={"P": sulfur})
    with pytest.raises(InvalidStructureError, match=r"none\.cif: cannot be read"):
        toy(reference_structures={"S": str(tmp_path / "none.cif")})


def test_a_calculation_that_fails_is_a_failed_observation_in_the_calculators_words():
    observation = told(toy(shout="SCF did not converge in 333 cycles"), FLUORIDE)
    assert observation.status == "failed"
    assert observation.reason.endswith("RuntimeError: SCF did not converge in 333 cycles")
    assert "fails on FLi" in observation.reason
    assert observation.cost == 0.5


def test_an_energy_that_is_no_number_is_a_failure():
    observation = told(toy({}), FLUORIDE)
    assert (observation.status, observation.value) == ("failed", None)
    assert "gives FLi the energy nan" in observation.reason


@pytest.mark.usefixtures("own_cache")
def test_an_element_that_fails_makes_the_formation_energy_fail():
    observation = told(toy({"LiF": -9.7, "F2": -3.8}, reference="elements"), FLUORIDE)
    assert observation.status == "failed"
    assert observation.reason.endswith("gives Li the energy nan")


def displaced():
    crystal = physics_cases.rock_salt("Li", "F", 3.2)
    cell = np.asarray(crystal.matrix) @ np.diag([1.06, 1.03, 1.0])
    sites = [(dict(site.species), site.position) for site in crystal.sites]
    sites[0] = (sites[0][0], (0.02, 0.01, 0.03))
    return candidate(physics_cases.crystal(cell.tolist(), *sites))


def test_the_more_may_move_the_lower_the_energy():
    found = {
        kind: answer(DftOracle(**LENNARD_JONES, relaxation=kind), displaced())
        for kind in ("none", "positions", "cell")
    }
    values = [outcome.value for outcome in found.values()]
    assert values[0] > values[1] + 0.01 > values[2] + 0.02
    assert found["none"].details["relaxation_steps"] == 0
    assert found["cell"].details["relaxation_steps"] > 0
    assert len({DftOracle(relaxation=kind).version for kind in found}) == 3


def test_a_relaxation_that_does_not_converge_is_a_failure():
    oracle = DftOracle(**LENNARD_JONES, relaxation="cell")
    object.__setattr__(oracle._energies, "max_steps", 1)
    observation = told(oracle, displaced())
    assert observation.status == "failed"
    assert "not done after 1 steps" in observation.reason


def test_a_disordered_crystal_is_ordered_first():
    sites = ({"Cl": 0.5, "Br": 0.5}, (0, 0, 0)), ("Li", (0.5, 0.5, 0.5))
    mixed = candidate(physics_cases.face_centred(*sites, a=5.3))
    found = answer(DftOracle(**LENNARD_JONES), mixed)
    assert found.details["disorder"] == "representatives"
    assert found.details["atoms"] % 4 == 0


def test_cells_that_are_too_large_are_refused():
    outcome = answer(toy(max_atoms=7), candidate(physics_cases.lithium_phosphide()))
    assert isinstance(outcome, Refusal)
    assert "8" in outcome.reason


def test_what_is_no_lithium_compound_is_refused():
    sodium = candidate(physics_cases.rock_salt("Na", "Cl", 5.64))
    assert "no Li" in answer(toy(), sodium).reason
    assert "no structure" in answer(toy(), Candidate((("Li", 1.0), ("F", 1.0)))).reason


def test_the_property_says_what_the_energy_counts_from():
    assert (toy().property, toy().unit) == ("energy_per_atom", "eV/atom")
    assert toy(reference="elements").property == "formation_energy_per_atom"


def test_the_version_changes_with_calculator_and_settings():
    cutoff = {"mode": {"name": "pw", "ecut": 400}}
    oracles = [
        DftOracle(),
        DftOracle(arguments=cutoff),
        DftOracle(arguments=cutoff | {"xc": "LDA"}),
    ]
    assert len({oracle.version for oracle in oracles}) == 3
    same = DftOracle(arguments={"mode": DEFAULT_ARGUMENTS["gpaw"]["mode"]})
    assert same.version == DftOracle().version


def test_bad_options_are_refused_at_once():
    with pytest.raises(InvalidInputError, match="reference is 'none' or 'elements', not 'gas'"):
        DftOracle(reference="gas")
    with pytest.raises(InvalidInputError, match="relaxation is 'none', 'positions' or 'cell'"):
        DftOracle(relaxation="all")
    with pytest.raises(InvalidInputError, match="unknown calculator 'vasp'"):
        DftOracle(calculator="vasp")
    with pytest.raises(InvalidInputError, match="max_atoms must be 1 or more"):
        DftOracle(max_atoms=0)
    with pytest.raises(BudgetError, match="price"):
        DftOracle(price=math.nan)


def test_arguments_that_the_calculator_refuses_are_a_refusal():
    outcome = answer(DftOracle(calculator=TOY, arguments={"ecut": 400}), FLUORIDE)
    assert isinstance(outcome, Refusal)
    assert "cannot be made with the arguments" in outcome.reason


@pytest.mark.parametrize("element", ["Li", "Na", "Mg", "Al", "Si", "Y", "Zr", "La", "In", "Sn"])
def test_metals_are_crystals_at_their_experimental_lattice_constant(element):
    atoms = element_atoms(element, {})
    assert set(atoms.get_chemical_symbols()) == {element}
    assert atoms.pbc.all()


@pytest.mark.parametrize("element", MOLECULES)
def test_gases_are_isolated_molecules(element):
    atoms = element_atoms(element, {})
    assert atoms.get_chemical_symbols() == [element, element]
    assert not atoms.pbc.any()
    assert 0.7 < atoms.get_distance(0, 1) < 2.1
    unpaired = 1 if element == "O" else 0
    assert atoms.get_initial_magnetic_moments().tolist() == [unpaired, unpaired]


@pytest.mark.parametrize("element", ["C", "S", "P", "Br", "I", "B", "Se", "Po2", "He"])
def test_elements_without_a_simple_reference_structure_are_asked_for(element):
    with pytest.raises(InvalidInputError, match=rf"reference_structures: {{{element}: "):
        element_atoms(element, {})
