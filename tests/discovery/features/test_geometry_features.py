import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.crystal import Lattice
from discovery.features.geometry import geometry_features, has_geometry
from discovery.testing.probes import antifluorite
from discovery.types import Candidate

GARNET = Candidate(
    (("Li", 6.4), ("La", 3.0), ("Zr", 1.4), ("Ta", 0.6), ("O", 12.0)),
    z=8,
    space_group=230,
    lattice=Lattice(12.92, 12.92, 12.92, 90, 90, 90),
)

SYSTEMS = (
    *("triclinic", "monoclinic", "orthorhombic", "tetragonal"),
    *("trigonal", "hexagonal", "cubic"),
)


def one(candidate):
    return {name: float(values[0]) for name, values in geometry_features([candidate]).items()}


def test_volumes_follow_from_cell_and_contents():
    values = one(GARNET)
    volume = 12.92**3
    assert values["cell volume"] == pytest.approx(volume)
    assert values["volume/anion"] == pytest.approx(volume / 96)
    assert values["volume/Li"] == pytest.approx(volume / 51.2)
    assert values["atoms/cell"] == pytest.approx(8 * 23.4)
    assert 5.0 < values["density"] < 5.7
    assert 0 < values["free volume fraction"] < 1


def test_partial_contents_of_the_cell_show_disorder():
    values = one(GARNET)
    assert values["partial Li"] == pytest.approx(0.2)
    assert values["partial framework"] == pytest.approx(0.2)
    assert one(antifluorite())["partial atoms"] == pytest.approx(0, abs=1e-6)


def test_symmetry_is_described_by_group_system_and_order():
    values = one(GARNET)
    assert (values["space group"], values["crystal system"]) == (230, 6)
    assert (values["point group order"], values["centrosymmetric"]) == (48, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 230))
def test_point_groups_agree_with_pymatgen(number):
    from pymatgen.symmetry.groups import SpaceGroup, sg_symbol_from_int_number  # noqa: PLC0415

    group = SpaceGroup(sg_symbol_from_int_number(number, hexagonal=True))
    values = one(Candidate((("Li", 1.0), ("F", 1.0)), space_group=number))
    rotations = {np.round(op.rotation_matrix).astype(int).tobytes() for op in group.symmetry_ops}
    inversion = (-np.eye(3)).astype(int).tobytes()
    assert values["point group order"] == len(rotations)
    assert values["centrosymmetric"] == (inversion in rotations)
    assert SYSTEMS[int(values["crystal system"])] == group.crystal_system


def test_without_any_cell_everything_is_unknown():
    formula = Candidate((("Li", 1.0), ("F", 1.0)))
    assert not has_geometry(formula)
    assert np.isnan(list(one(formula).values())).all()


def test_a_structure_alone_gives_volumes_and_contents():
    crystal = antifluorite()
    bare = Candidate(crystal.composition, structure=crystal.structure)
    assert has_geometry(bare)
    assert one(bare)["volume/atom"] == pytest.approx(crystal.structure.volume / 12)
    assert np.isnan(one(bare)["a"])


def test_a_skewed_cell_deviates_from_right_angles():
    skewed = Candidate((("Li", 1.0), ("F", 1.0)), lattice=Lattice(4, 5, 8, 90, 97, 90))
    assert one(skewed)["angle deviation"] == pytest.approx(7)
    assert one(skewed)["anisotropy"] == pytest.approx(2)
    assert np.isnan(one(skewed)["volume/atom"])
