import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.datasets.rows import conductivity
from discovery.datasets.table import TableDataset
from discovery.errors import DatasetError, InvalidInputError, UnknownNameError
from discovery.types import Bound, Estimate

CIF = """data_x
_cell_length_a 5.14
_cell_length_b 5.14
_cell_length_c 5.14
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
 _symmetry_equiv_pos_as_xyz
  'x, y, z'
  'x, y+1/2, z+1/2'
  'x+1/2, y, z+1/2'
  'x+1/2, y+1/2, z'
loop_
 _atom_site_type_symbol
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 _atom_site_label
  Li 0 0 0 1
  Cl 0.5 0.5 0.5 2
"""


@pytest.fixture
def load(tmp_path):
    def write(text, **options):
        path = tmp_path / "mine.csv"
        path.write_text(text)
        return TableDataset(str(path), **options).load()

    return write


def labels(dataset):
    return [dataset.labels.get(candidate.id) for candidate in dataset.candidates]


def test_columns_of_the_roles_names_need_no_mapping(load):
    dataset = load(
        "formula,sigma,space_group,z,a,b,c,alpha,beta,gamma,name\n"
        "Li6PS5Cl,1e-3,216,4,9.85,9.85,9.85,90,90,90,argyrodite\n"
    )
    (candidate,) = dataset.candidates
    assert (candidate.formula, candidate.name) == ("Li6PS5Cl", "argyrodite")
    assert (candidate.space_group, candidate.z) == (216, 4)
    assert candidate.lattice.a == 9.85
    assert labels(dataset) == [Estimate(-3.0)]
    assert dataset.name == "mine"


def test_columns_are_mapped_by_role_and_groups_by_name(load):
    dataset = load(
        "Material , Conductivity,DOI,Family\nLi3InCl6,2.04e-3,10.1/x,halide\nLi2O,<1E-10,10.1/y,\n",
        columns={"formula": "Material", "sigma": "Conductivity"},
        groups=["DOI", "Family"],
    )
    first, second = dataset.candidates
    assert labels(dataset) == [Estimate(math.log10(2.04e-3)), Bound("left", -10.0)]
    assert dataset.groups["DOI"] == {first.id: "10.1/x", second.id: "10.1/y"}
    assert dataset.groups["Family"] == {first.id: "halide"}


def test_descriptors_tell_samples_of_one_material_apart(load):
    dataset = load(
        "formula,sigma,temperature\nLi3PS4,1e-4,500\nLi3PS4,1e-3,700\n",
        descriptors=["temperature"],
    )
    assert [c.descriptors for c in dataset.candidates] == [
        (("temperature", 500.0),),
        (("temperature", 700.0),),
    ]
    assert labels(dataset) == [Estimate(-4.0), Estimate(-3.0)]


def test_a_table_with_descriptors_needs_no_formula(load):
    dataset = load("x,y,sigma\n1,0.5,1e-4\n2,0.5,1e-3\n", descriptors=["x", "y"])
    assert [c.formula for c in dataset.candidates] == ["x=1 y=0.5", "x=2 y=0.5"]
    assert not any(c.composition for c in dataset.candidates)


def test_labels_that_are_all_the_same_are_remarked(load):
    same = "all conductivities are the same"
    assert any(same in r for r in load("formula,sigma\nLi2O,1\nLiCl,1\n").remarks)
    assert not any(same in r for r in load("formula,sigma\nLi2O,1\nLiCl,2\n").remarks)


def test_rows_without_a_conductivity_are_candidates_without_a_label(load):
    dataset = load("formula,sigma\nLi2O,\nLiCl,1e-9\n")
    assert labels(dataset) == [None, Estimate(-9.0)]
    assert dataset.remarks == ("1 x without a conductivity, not labelled: mine.csv row 2",)


def test_a_table_may_have_no_conductivities_at_all(load):
    assert load("formula\nLi2O\nLiCl\n").labels == {}


@pytest.mark.parametrize(("unit", "value"), [("S/cm", -3.0), ("mS/cm", -6.0), ("S/m", -5.0)])
def test_units_become_siemens_per_centimetre(load, unit, value):
    (linear,) = labels(load("formula,sigma\nLi2O,1e-3\n", unit=unit))
    assert linear.value == pytest.approx(value)
    logarithms = load("formula,sigma\nLi2O,-3\nLiCl,<-10\n", unit=unit, log10=True)
    exact, bound = labels(logarithms)
    assert exact.value == pytest.approx(value)
    assert (bound.side, bound.value) == ("left", pytest.approx(value - 7))


def test_a_standard_error_is_carried_over_to_the_logarithm(load):
    linear = load("formula,sigma,standard_error\nLi2O,1e-3,1e-4\n")
    assert labels(linear)[0].standard_error == pytest.approx(0.1 / math.log(10))
    logarithmic = load("formula,sigma,standard_error\nLi2O,-3,0.2\n", log10=True)
    assert labels(logarithmic)[0].standard_error == 0.2


def test_parquet_is_read_like_csv(tmp_path):
    path = tmp_path / "mine.parquet"
    table = {"formula": ["Li2O", "LiCl"], "sigma": [1e-9, None], "space_group": [225, 225]}
    pq.write_table(pa.table(table), path)
    dataset = TableDataset(str(path)).load()
    assert labels(dataset) == [Estimate(-9.0), None]
    assert [candidate.space_group for candidate in dataset.candidates] == [225, 225]


@pytest.fixture
def cifs(tmp_path):
    folder = tmp_path / "cifs"
    folder.mkdir()
    (folder / "one.cif").write_text(CIF)
    (folder / "sodium.cif").write_text(CIF.replace("  Li ", "  Na "))
    (folder / "broken.cif").write_text(CIF[:-30])
    return str(folder)


def test_structures_come_from_a_folder_by_id(load, cifs):
    dataset = load(
        "key,formula\none,LiCl\ntwo,Li2O\none.cif,Li3Cl\n", columns={"id": "key"}, cif_dir=cifs
    )
    first, second, third = dataset.candidates
    assert first.structure.composition == {"Li": 4, "Cl": 4}
    assert (first.name, second.structure) == ("one", None)
    assert third.structure == first.structure
    assert any("without a CIF in" in remark and "row 3" in remark for remark in dataset.remarks)
    assert any("differs by more than 5%" in r and r.endswith("row 4") for r in dataset.remarks)


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, r"mine\.csv has no row below its header"),
        ("formula,sigma\n", {}, r"mine\.csv has no row below its header"),
        (
            "Formula,sigma\nLi2O,1\n",
            {},
            "no column 'formula' .columns.formula.; did you mean 'Form",
        ),
        ("x,y\nLi2O,1\n", {}, "no column 'formula' .columns.formula.; choose one of: x, y"),
        (
            "formula,sigma_total\nLi2O,1\n",
            {"columns": {"sigma": "sigma_totl"}},
            "no column 'sigma_totl' .columns.sigma.; did you mean 'sigma_total'",
        ),
        ("formula,doi\nLi2O,1\n", {"groups": ["DOIs"]}, r"no column 'DOIs' .groups\[0\]."),
        ("formula\nLi2O\nLi2Q\n", {}, r"mine\.csv row 3: the formula 'Li2Q' contains 'Q'"),
        ('formula\nLi2O\n" "\n', {}, "row 3: the formula '' is empty"),
        ("formula,sigma\nLi2O,nan\n", {}, "row 2: conductivity 'nan' is no finite number"),
        ("formula,sigma\nLi2O,inf\n", {}, "row 2: conductivity 'inf' is no finite number"),
        ("formula,sigma\nLi2O,high\n", {}, "row 2: conductivity 'high' is no finite number"),
        ("formula,sigma\nLi2O,0\n", {}, "row 2: conductivity '0' must be positive"),
        ("formula,sigma\nLi2O,-3.5\n", {}, "row 2: conductivity '-3.5' must be.*set log10: true"),
        ("formula,z\nLi2O,nan\n", {}, "row 2: z is nan; leave the cell empty"),
        ("formula,z\nLi2O,four\n", {}, "row 2: z 'four' is no number"),
        ("formula,space_group\nLi2O,231\n", {}, "row 2: space group 231 is outside 1-230"),
        ("formula,space_group\nLi2O,2.5\n", {}, "row 2: space_group 2.5 is no international"),
        ("formula,a,b\nLi2O,4,4\n", {}, "row 2: the cell lacks c, alpha, beta, gamma"),
        (
            "formula,a,b,c,alpha,beta,gamma\nLi2O,4,4,0,90,90,90\n",
            {},
            "row 2: cell parameters must be positive",
        ),
        ("x\n1\n", {"descriptors": ["X"]}, r"no column 'X' .descriptors\[0\]..*: x"),
        ("x\n \n", {"descriptors": ["x"]}, "row 2: descriptor 'x' is empty"),
        ("x\nhot\n", {"descriptors": ["x"]}, "row 2: x 'hot' is no number"),
        ("formula,cif\nLi2O,x\n", {"cif_dir": "."}, "columns.id must name the column"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_where_and_why(load, text, options, reason):
    with pytest.raises(DatasetError, match=reason):
        load(text, **options)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sodium", r"row 2: .*sodium\.cif has no lithium, only Na4Cl4"),
        ("broken", r"row 2: .*broken\.cif: no crystal structure can be read"),
    ],
)
def test_a_cif_that_cannot_be_used_is_refused_with_its_row(load, cifs, name, reason):
    with pytest.raises(DatasetError, match=reason):
        load(f"id,formula\n{name},LiCl\n", cif_dir=cifs)


CONFLICT = "formula,sigma\nLi2O,1e-4\nLiCl,1e-9\nLi4O2,1e-6\n"


def test_rows_of_one_material_with_different_conductivities_are_refused_with_their_numbers(load):
    with pytest.raises(
        DatasetError,
        match=r"mine\.csv row 2 and mine\.csv row 4 are one material \(Li2O\).*-4, -6;",
    ):
        load(CONFLICT)


def test_different_conductivities_of_one_material_can_be_averaged_as_logarithms(load):
    dataset = load(CONFLICT, duplicates="mean")
    mean = labels(dataset)[0]
    assert len(dataset.candidates) == 2
    assert mean.value == pytest.approx(-5)
    assert mean.standard_error == pytest.approx(1.0)
    assert mean.details == {"measurements": 2}
    assert "row 2 and mine.csv row 4" in dataset.remarks[-1]


def test_a_bound_has_no_place_in_a_mean(load):
    with pytest.raises(DatasetError, match="a bound has no place in a mean: keep one"):
        load("formula,sigma\nLi2O,1e-4\nLi2O,<1e-6\n", duplicates="mean")


def test_rows_that_agree_count_once_and_are_reported(load):
    dataset = load("formula,sigma\nLi2O,1e-4\nLi2O,0.0001\nLi2O,\n")
    assert labels(dataset) == [Estimate(-4.0)]
    assert "counted once" in dataset.remarks[-1]


def test_rows_told_apart_by_space_group_are_different_materials(load):
    dataset = load("formula,sigma,space_group\nLi2O,1e-4,225\nLi2O,1e-6,62\n")
    assert len(dataset.candidates) == 2


def test_options_that_do_not_exist_are_refused():
    with pytest.raises(UnknownNameError, match="unknown column role 'sigam'; did you mean 'sigma'"):
        TableDataset("x.csv", columns={"sigam": "x"})
    with pytest.raises(UnknownNameError, match="unknown unit 'S/mm'"):
        TableDataset("x.csv", unit="S/mm")
    with pytest.raises(InvalidInputError, match="'error' or 'mean', not 'first'"):
        TableDataset("x.csv", duplicates="first")


def test_a_missing_or_binary_file_is_refused_by_name(tmp_path):
    with pytest.raises(DatasetError, match=r"none\.csv cannot be read as a table"):
        TableDataset(str(tmp_path / "none.csv")).load()
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(DatasetError, match=r"x\.parquet cannot be read as a table"):
        TableDataset(str(tmp_path / "x.parquet")).load()
    (tmp_path / "x.csv").write_bytes(b"formula\n\xff\xfe\x00")
    with pytest.raises(DatasetError, match=r"x\.csv cannot be read as a table"):
        TableDataset(str(tmp_path / "x.csv")).load()


@given(st.floats(-17, 1))
def test_a_conductivity_survives_the_logarithm(exponent):
    assert conductivity(10**exponent, "here").value == pytest.approx(exponent)


@pytest.mark.parametrize(
    ("raw", "bound"),
    [
        ("<1E-10", Bound("left", -10)),
        (" < 1e-8 ", Bound("left", -8)),
        ("≤1e-8", Bound("left", -8)),
        ("<=1e-8", Bound("left", -8)),
        (">1e-2", Bound("right", -2)),
    ],
)
def test_a_comparison_sign_makes_a_bound(raw, bound):
    assert conductivity(raw, "here") == bound
