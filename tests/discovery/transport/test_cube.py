import numpy as np
import pytest
from ase.io.cube import read_cube
from physics_cases import lithium_phosphate, skewed, split_conductor
from pymatgen.io.common import VolumetricData

from discovery.errors import InvalidInputError
from discovery.transport.cube import write_cube
from discovery.transport.landscape import bond_valence_landscape


@pytest.mark.parametrize("one", [lithium_phosphate(), skewed(lithium_phosphate())])
def test_ase_reads_cell_atoms_and_energies_back(one, tmp_path):
    landscape = bond_valence_landscape(one, resolution=0.5)
    path = write_cube(tmp_path / "one.cube", landscape, one)
    with path.open() as file:
        found = read_cube(file)
    assert found["data"].shape == landscape.shape
    assert found["data"] == pytest.approx(landscape.energy, rel=1e-5)
    assert found["atoms"].cell[:] == pytest.approx(landscape.cell, abs=1e-4)
    assert found["atoms"].get_chemical_symbols() == [site.species[0][0] for site in one.sites]
    places = np.array([site.position for site in one.sites]) @ landscape.cell
    assert found["atoms"].positions == pytest.approx(places, abs=1e-4)


def test_pymatgen_reads_it_too(tmp_path):
    one = lithium_phosphate()
    landscape = bond_valence_landscape(one, resolution=0.7)
    found = VolumetricData.from_cube(str(write_cube(tmp_path / "one.cube", landscape, one)))
    assert found.data["total"] == pytest.approx(landscape.energy, rel=1e-5)
    assert found.structure.volume == pytest.approx(one.volume, rel=1e-4)


def test_a_shared_site_is_written_as_its_most_frequent_element(tmp_path):
    one = split_conductor()
    path = write_cube(tmp_path / "one.cube", bond_valence_landscape(one, resolution=1.0), one)
    with path.open() as file:
        atoms = read_cube(file)["atoms"]
    assert str(atoms.symbols) == "Li3PS4"


def test_the_crystal_is_in_the_cell_of_the_landscape(tmp_path):
    landscape = bond_valence_landscape(lithium_phosphate(), resolution=1.0)
    with pytest.raises(InvalidInputError, match="different cells"):
        write_cube(tmp_path / "one.cube", landscape, skewed(lithium_phosphate()))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    landscape = bond_valence_landscape(lithium_phosphate(), resolution=1.0)
    with pytest.raises(InvalidInputError, match=r"nowhere.*No such file"):
        write_cube(tmp_path / "nowhere" / "one.cube", landscape, lithium_phosphate())
