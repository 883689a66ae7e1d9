import importlib.metadata
import sys

import numpy as np
import physics_cases
import pytest

from discovery.errors import InvalidInputError
from oracles import ase_bridge


@pytest.mark.parametrize(
    "one",
    [
        physics_cases.lithium_phosphide(),
        physics_cases.skewed(physics_cases.rock_salt("Li", "F", 4.027)),
        physics_cases.turned(physics_cases.lithium_phosphate(), 3),
    ],
)
def test_a_crystal_comes_back_from_atoms_as_it_was(one):
    atoms = ase_bridge.atoms(one)
    assert atoms.pbc.all()
    assert atoms.get_volume() == pytest.approx(one.volume)
    back = ase_bridge.crystal(atoms)
    assert [site.species for site in back.sites] == [site.species for site in one.sites]
    assert np.allclose(back.matrix, one.matrix)
    assert np.allclose([s.position for s in back.sites], [s.position for s in one.sites])


def test_half_an_atom_is_none():
    with pytest.raises(InvalidInputError, match="partial occupancies"):
        ase_bridge.atoms(physics_cases.split_conductor())


def test_a_calculator_is_named_by_its_path():
    calculator = ase_bridge.load_calculator("ase.calculators.lj:LennardJones", {"sigma": 2.5})
    assert calculator.parameters.sigma == 2.5


@pytest.mark.parametrize("name", ["gpa", "", "gpaw.GPAW", "os.system('x'):y", "a b:c", ":x", "x:"])
def test_a_malformed_name_of_a_calculator_is_explained(name):
    with pytest.raises(InvalidInputError, match=r"unknown calculator .*; write module:Class"):
        ase_bridge.calculator_path(name)


def test_a_near_miss_is_corrected():
    with pytest.raises(InvalidInputError, match=r"or did you mean 'gpaw'\?$"):
        ase_bridge.load_calculator("gpwa")


def test_a_class_that_is_not_in_the_module_is_reported():
    with pytest.raises(InvalidInputError, match=r"'ase\.calculators\.lj' has no 'Lennard'"):
        ase_bridge.load_calculator("ase.calculators.lj:Lennard")


def test_arguments_that_the_class_refuses_are_reported():
    with pytest.raises(InvalidInputError, match=r"'ase.calculators.emt:EMT' .* TypeError"):
        ase_bridge.load_calculator("ase.calculators.emt:EMT", {"sigma": 1, "asap_cutof": 2, 3: 4})


@pytest.mark.parametrize(
    ("name", "package", "hint"),
    [
        ("gpaw", "gpaw", r"bash docs/install_gpaw\.sh"),
        ("somewhere.else:Calculator", "somewhere", "package that provides 'somewhere'"),
        ("ase.calculators.emt:EMT", "ase", r"ion-discovery\[mlip\]"),
    ],
)
def test_a_missing_package_is_unavailable_with_instructions(monkeypatch, name, package, hint):
    for module in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InvalidInputError, match=rf"^unavailable: {name} needs '{package}'.*{hint}"):
        ase_bridge.calculator_class(name)


def test_a_package_that_is_broken_is_unavailable_with_the_reason(monkeypatch, tmp_path):
    (tmp_path / "broken_physics.py").write_text("raise ImportError('libxc.so.9: not found')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InvalidInputError, match=r"unavailable: .*libxc\.so\.9: not found"):
        ase_bridge.calculator_class("broken_physics:Calculator")


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("ase.calculators.emt:EMT", "ase"),
        ("chgnet", "chgnet"),
        ("sklearn.svm:SVC", "scikit-learn"),
    ],
)
def test_the_version_is_that_of_the_distribution_whatever_its_name(name, distribution):
    assert ase_bridge.calculator_version(name) == importlib.metadata.version(distribution)


def test_a_calculator_of_no_distribution_has_no_version():
    assert ase_bridge.calculator_version("toy_calculator:Toy") == "unknown"
    assert ase_bridge.calculator_version("surely_not.here:Nothing") == "unknown"
