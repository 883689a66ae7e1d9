import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice as PymatgenLattice
from pymatgen.symmetry.groups import SpaceGroup

from discovery.chemistry.symmetry import (
    RHOMBOHEDRAL,
    SPACE_GROUPS,
    crystal_system,
    lattice_mismatch,
    lattice_system,
    point_group,
    space_groups,
)
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError

lengths = st.floats(3, 30)


@pytest.fixture(scope="module")
def tabulated():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {number: SpaceGroup.from_int_number(number) for number in SPACE_GROUPS}


def test_all_230_groups_agree_with_the_tables_of_pymatgen(tabulated):
    for number, group in tabulated.items():
        assert crystal_system(number) == group.crystal_system
        # pymatgen writes -62m, -6m2, 3m1 ... by orientation; the crystal class is the same
        classes = {"-4m2": "-42m", "-62m": "-6m2", "321": "32", "312": "32", "3m1": "3m"}
        classes |= {"31m": "3m", "-3m1": "-3m", "-31m": "-3m"}
        assert point_group(number) == classes.get(group.point_group, group.point_group)
        assert (number in RHOMBOHEDRAL) == group.symbol.startswith("R")


def test_the_seven_systems_partition_the_230_groups():
    systems = ["triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal"]
    systems += ["hexagonal", "cubic"]
    numbers = [number for system in systems for number in space_groups(system)]
    assert numbers == list(range(1, 231))
    assert all(n in space_groups(crystal_system(n)) for n in numbers)


@pytest.mark.parametrize("number", [0, 231, -1])
def test_a_group_outside_1_to_230_is_refused(number):
    for function in (crystal_system, lattice_system, point_group):
        with pytest.raises(InvalidInputError, match=f"space group {number} is outside 1-230"):
            function(number)


def test_an_r_group_is_rhombohedral_and_other_trigonal_groups_are_hexagonal():
    assert lattice_system(167) == "rhombohedral"
    assert lattice_system(164) == "hexagonal"
    assert lattice_system(194) == "hexagonal"


@given(lengths, lengths)
def test_both_settings_of_a_rhombohedral_cell_fit(a, c):
    assert lattice_mismatch(Lattice(a, a, c, 90, 90, 120), 167) is None
    vectors = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3
    hexagonal = PymatgenLattice.hexagonal(a, c)
    primitive = PymatgenLattice(vectors @ hexagonal.matrix)
    assert lattice_mismatch(Lattice(*primitive.parameters), 167) is None
    assert (primitive.volume * 3) == pytest.approx(hexagonal.volume)


@pytest.mark.parametrize(
    ("cell", "number", "reason"),
    [
        ((5, 5, 5.2, 90, 90, 90), 225, "225 is cubic, but a = 5 and b = 5 and c = 5.2 differ"),
        ((5, 5.1, 9, 90, 90, 90), 137, "137 is tetragonal, but a = 5 and b = 5.1 differ"),
        ((5, 6, 7, 90, 91, 90), 62, "62 is orthorhombic, but beta = 91 is not 90"),
        ((5, 5, 9, 90, 90, 118), 194, "gamma = 118 is not 120"),
        ((5, 6, 7, 92, 95, 90), 14, "14 is monoclinic, but alpha = 92 is not 90 or else"),
        ((8, 8, 9, 60, 60, 60), 166, "or else a = 8 and b = 8 and c = 9 differ"),
        ((8, 8, 8, 60, 61, 60), 166, "alpha = 60 and beta = 61 and gamma = 60 differ"),
    ],
)
def test_a_cell_that_breaks_its_group_is_told_why(cell, number, reason):
    assert reason in str(lattice_mismatch(Lattice(*cell), number))


@pytest.mark.parametrize("angles", [(90, 100, 90), (90, 90, 100), (100, 90, 90)])
def test_a_monoclinic_cell_may_have_any_unique_axis(angles):
    assert lattice_mismatch(Lattice(5, 6, 7, *angles), 14) is None


@given(lengths, lengths, lengths, st.floats(70, 110), st.floats(70, 110), st.floats(70, 110))
def test_every_cell_is_triclinic(a, b, c, alpha, beta, gamma):
    assert lattice_mismatch(Lattice(a, b, c, alpha, beta, gamma), 2) is None
