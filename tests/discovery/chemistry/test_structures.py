import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice as PymatgenLattice
from pymatgen.core.structure import Structure

from discovery.chemistry.formula import candidate_from_formula
from discovery.chemistry.structures import (
    candidate_from_structure,
    from_pymatgen,
    parse_cif,
    read_cif,
    to_pymatgen,
    write_cif,
)
from discovery.crystal import Crystal, Site
from discovery.errors import InvalidInputError, InvalidStructureError

CUBE = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))

# Li3SbS4-like: Pmn2_1 with four operations
CIF = """data_Li3SbS4
_symmetry_space_group_name_H-M   Pmn2_1
_cell_length_a   7.9645
_cell_length_b   6.8404
_cell_length_c   6.3774
_cell_angle_alpha   90.0
_cell_angle_beta   90.0
_cell_angle_gamma   90.0
_symmetry_Int_Tables_number   31
_chemical_formula_sum   'Li6 Sb2 S8'
loop_
 _symmetry_equiv_pos_as_xyz
  'x, y, z'
  '-x+1/2, -y, z+1/2'
  '-x, y, z'
  'x+1/2, -y, z+1/2'
loop_
 _atom_site_type_symbol
 _atom_site_label
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 _atom_site_occupancy
  Li  Li0  0.2228  0.1601  0.4624  1.0
  Li  Li1  0.0000  0.6283  0.4602  1.0
  Sb  Sb2  0.0000  0.3185  0.9958  1.0
  S   S3   0.2494  0.1725  0.1354  1.0
  S   S4   0.0000  0.3134  0.6317  1.0
  S   S5   0.0000  0.6635  0.1081  1.0
"""
OPERATIONS = CIF[CIF.index("loop_") : CIF.index("loop_\n _atom")]
GROUP = ("_symmetry_space_group_name_H-M   Pmn2_1\n", "_symmetry_Int_Tables_number   31\n")
FORMULA = "_chemical_formula_sum   'Li6 Sb2 S8'\n"


def rock_salt():
    return Structure.from_spacegroup(
        "Fm-3m", PymatgenLattice.cubic(5.14), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )


def test_a_cif_gives_all_sites_of_its_cell(tmp_path):
    path = tmp_path / "x.cif"
    path.write_text(CIF)
    crystal = read_cif(path)
    assert crystal.composition == {"Li": 6, "Sb": 2, "S": 8}
    assert crystal.volume == pytest.approx(7.9645 * 6.8404 * 6.3774)


def test_a_known_group_stands_in_for_missing_operations():
    crystals = [parse_cif(CIF.replace(OPERATIONS, ""), "x.cif"), parse_cif(CIF, "x.cif")]
    assert len({candidate_from_structure(crystal) for crystal in crystals}) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "truncated or no CIF"),
        ("hello", "truncated or no CIF"),
        (CIF[:60], "truncated or no CIF"),
        (CIF[: CIF.index("  S   S3")], "declares Li6Sb2S8 but its sites hold Li6Sb2; truncated"),
        (CIF[: CIF.index("S4   0.0000")], "truncated or no CIF"),
        (CIF.replace("0.2228", "nan"), "atom Li0 has the coordinate x = nan"),
        (CIF.replace("0.1601", "?"), r"atom Li0 has the coordinate y = \?"),
        (CIF.replace("0.4624", "."), r"atom Li0 has the coordinate z = \."),
        (CIF.replace("0.4624  1.0", "0.4624  nan"), "atom Li0 has the occupancy nan"),
        (CIF.replace("0.4624  1.0", "0.4624  -1"), "atom Li0 has the occupancy -1"),
        (CIF.replace("0.4624  1.0", "0.4624  0"), "atom Li0 has the occupancy 0; .* no such atom"),
        (CIF.replace("0.4624  1.0", "0.4624  0.0(1)"), "atom Li0 has the occupancy 0.0"),
        (re.sub(" (Li|Sb|S)  ", " X  ", CIF), r"all 6 sites are vacancies or unknown .*\(Va, "),
        (CIF.replace("7.9645", "nan"), "the cell has the length a = nan"),
        (CIF.replace("7.9645", "0.0"), "the cell has the length a = 0.0"),
        (CIF.replace("7.9645", "-7.9645"), "the cell has the length a = -7.9645"),
        (CIF.replace("0.4624  1.0", "0.4624  1.3"), "1.3 exceeded"),
        (CIF.replace("  Li  Li0", "  Qq  Qq0"), "'Qq', which is no element"),
        (
            CIF.replace(OPERATIONS, "").replace(GROUP[0], "").replace(GROUP[1], ""),
            "neither symmetry operations nor a known space group",
        ),
    ],
)
def test_a_bad_cif_is_refused_with_file_and_reason(text, reason, tmp_path):
    path = tmp_path / "broken.cif"
    path.write_text(text)
    with pytest.raises(InvalidStructureError, match=rf"broken\.cif: .*{reason}"):
        read_cif(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidStructureError, match=r"none\.cif: cannot be read: No such file"):
        read_cif(tmp_path / "none.cif")


def test_an_occupancy_slightly_above_one_is_taken_for_rounding():
    crystal = parse_cif(CIF.replace("0.4624  1.0", "0.4624  1.04"), "x.cif")
    assert crystal.is_ordered
    assert crystal.composition["Li"] == 6


def test_partial_occupancies_survive():
    crystal = parse_cif(CIF.replace("0.4624  1.0", "0.4624  0.75"), "x.cif")
    assert not crystal.is_ordered
    assert crystal.composition["Li"] == pytest.approx(5)


def test_charges_and_isotopes_are_stripped_to_elements():
    text = CIF.replace("  Li  Li0", "  Li1+  Li0").replace("  S   S5", "  S2-  S5")
    assert parse_cif(text, "x.cif").composition == {"Li": 6, "Sb": 2, "S": 8}
    heavy = CIF.replace(FORMULA, "").replace("  S   S5", "  D   D5")
    assert parse_cif(heavy, "x.cif").composition == {"Li": 6, "Sb": 2, "S": 6, "H": 2}


@pytest.mark.parametrize("symbol", ["Vac Vac6", "Va Va6", "X X6"])
def test_a_vacancy_written_as_a_site_is_dropped(symbol):
    partial = CIF.replace("0.4624  1.0", "0.4624  0.75")
    text = partial + f"  {symbol}  0.2228  0.1601  0.4624  0.25\n"
    assert parse_cif(text, "x.cif") == parse_cif(partial, "x.cif")


def test_vanadium_is_no_vacancy():
    text = CIF.replace(FORMULA, "").replace("  Sb  Sb2", "  V   Va2")
    assert parse_cif(text, "x.cif").composition == {"Li": 6, "V": 2, "S": 8}


def test_vacancies_of_a_pymatgen_structure_are_dropped_and_other_dummies_refused():
    lattice = PymatgenLattice.cubic(4)
    crystal = from_pymatgen(Structure(lattice, [{"Li+": 0.5, "X": 0.5}, "X", "O2-"], np.eye(3) / 2))
    assert [site.species for site in crystal.sites] == [(("Li", 0.5),), (("O", 1.0),)]
    with pytest.raises(InvalidStructureError, match="site 0 holds 'Qa', which is no element"):
        from_pymatgen(Structure(lattice, ["Qa"], [[0, 0, 0]]))
    with pytest.raises(InvalidStructureError, match="all 1 sites are vacancies or unknown"):
        from_pymatgen(Structure(lattice, ["X"], [[0, 0, 0]]))


coordinates = st.floats(0, 0.999).map(lambda x: round(x, 4))
species = st.sampled_from(
    [(("Li", 1.0),), (("Li", 0.5),), (("Ge", 0.35), ("P", 0.65)), (("S", 1.0),), (("O", 0.9),)]
)
crystals = st.lists(st.tuples(species, coordinates, coordinates, coordinates), min_size=1).map(
    lambda rows: Crystal(
        ((5.0, 0.1, 0.0), (0.0, 6.0, 0.2), (-1.0, 0.0, 7.0)),
        tuple(Site(s, (x, y, z)) for s, x, y, z in rows),
    )
)


@given(crystals)
@settings(max_examples=50)
def test_pymatgen_and_back_changes_nothing(crystal):
    assert from_pymatgen(to_pymatgen(crystal)) == crystal


@pytest.mark.parametrize("occupied", [1.0, 0.6])
def test_a_written_cif_reads_back_as_the_same_material(occupied):
    sites = from_pymatgen(rock_salt()).sites
    mixed = tuple(
        Site((("Li", occupied),), s.position) if s.species[0][0] == "Li" else s for s in sites
    )
    crystal = Crystal(tuple(map(tuple, np.eye(3) * 5.14)), mixed)
    candidate = candidate_from_structure(crystal)
    again = parse_cif(write_cif(candidate), "again.cif")
    assert candidate_from_structure(again).id == candidate.id


def test_a_candidate_without_structure_cannot_be_written():
    with pytest.raises(InvalidInputError, match="Li2O has no structure"):
        write_cif(candidate_from_formula("Li2O"))


@pytest.mark.parametrize("primitive", [True, False])
def test_symmetry_analysis_fills_group_cell_and_contents(primitive):
    structure = rock_salt()
    cell = structure.get_primitive_structure() if primitive else structure
    candidate = candidate_from_structure(from_pymatgen(cell), name="lithium chloride")
    assert (candidate.formula, candidate.name) == ("LiCl", "lithium chloride")
    assert (candidate.space_group, candidate.z) == (225, 4)
    assert candidate.lattice.parameters == pytest.approx((5.14, 5.14, 5.14, 90, 90, 90))


def test_a_given_composition_counts_as_the_formula_unit():
    candidate = candidate_from_structure(from_pymatgen(rock_salt()), composition={"Li": 2, "Cl": 2})
    assert (candidate.formula, candidate.z) == ("Li2Cl2", 2)


def test_where_symmetry_analysis_fails_the_group_stays_unknown():
    close = (Site((("Li", 0.5),), (0.0, 0.0, 0.0)), Site((("Li", 0.5),), (1e-4, 0.0, 0.0)))
    candidate = candidate_from_structure(Crystal(CUBE, close))
    assert candidate.structure is not None
    assert (candidate.space_group, candidate.lattice, candidate.z) == (None, None, None)
