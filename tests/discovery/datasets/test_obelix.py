import hashlib
import io
import math
import tarfile
import time
from pathlib import Path

import pytest
import real_data

from discovery.datasets import archives, fetch, obelix
from discovery.datasets.fetch import RemoteFile
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import ChecksumError, DatasetError, InvalidInputError, InvalidStructureError
from discovery.types import Bound, Estimate

HEADER = (
    "ID,Reduced Composition,Z,True Composition,Ionic conductivity (S cm-1),IC (Total),Space group,"
    " Space group # ,a,b,c,alpha,beta,gamma,Family,DOI"
)
ROWS = {
    "aaa": "LiCl,4,Li4.0Cl4.0,1e-9,,Fm-3m,225,5.14,5.14,5.14,90,90,90,halide,10.1/one",
    "bbb": "Li2O,4,Li8.0O4.0,<1E-10,,Fm-3m,225,4.62,4.62,4.62,90,90,90,,10.1/one",
    "ccc": "Li2CdCl4,8,Li1.6Cd8.0Cl32.0,5.8e-07,,Fd-3m,227,10.6,10.6,10.6,90,90,90,,10.1/two",
    "ddd": "NaCl,4,Na4.0Cl4.0,<1E-8,,Fm-3m,225,5.64,5.64,5.64,90,90,90,halide,10.1/two",
    "eee": "LiCl*(H2O)1,2,Li2.0Cl2.0H4.0O2.0,1e-5,,P4,75,7,7,5,90,90,90,halide,10.1/three",
    "fff": " Li0.5Cl0.5,4,Li2.0Cl2.0,2e-9,,Fm-3m,225,5.2,5.2,5.2,90,90,90,halide,10.1/three",
}
CIF = """data_x
_cell_length_a {a}
_cell_length_b {a}
_cell_length_c {a}
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
 _atom_site_label
 _atom_site_fract_x
 _atom_site_fract_y
 _atom_site_fract_z
 _atom_site_occupancy
  {cation} {cation}1 0 0 0 {occupancy}
  Cl Cl1 0.5 0.5 0.5 1.0
"""
CIFS = {
    "aaa": CIF.format(a=5.14, cation="Li", occupancy=1.0),
    "ddd": CIF.format(a=5.64, cation="Na", occupancy=1.0),
    "fff": CIF.format(a=5.2, cation="Li", occupancy=0.6),
}


def archive(cifs):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in cifs.items():
            info = tarfile.TarInfo(f"all_cifs/{name}.cif")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def table(rows):
    return "\n".join([HEADER, *(f"{name},{row}" for name, row in rows.items()), ""]).encode()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.delenv("DISCOVERY_DATA", raising=False)
    return tmp_path / "cache" / "obelix"


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Write a small release with its checksums and return its folder."""

    def write(rows=ROWS, cifs=CIFS, test=("ccc", "fff")):
        folder = tmp_path / "release"
        folder.mkdir(exist_ok=True)
        contents = {
            "all.csv": table(rows),
            "test.csv": table({name: rows[name] for name in test}),
            "all_cifs.tar.gz": archive(cifs),
        }
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            checksum = hashlib.sha256(content).hexdigest()
            file = RemoteFile((folder / name).as_uri(), checksum, name, "obelix")
            monkeypatch.setitem(obelix.FILES, name, file)
        return str(folder)

    return write


@pytest.fixture
def toy(publish):
    dataset = ObelixDataset(data_dir=publish()).load()
    return dataset, {candidate.name[:3]: candidate for candidate in dataset.candidates}


def test_rows_become_candidates_with_cell_group_and_contents(toy):
    _, named = toy
    candidate = named["aaa"]
    assert (candidate.name, candidate.formula) == ("aaa LiCl", "LiCl")
    assert (candidate.z, candidate.space_group) == (4, 225)
    assert candidate.lattice.parameters == (5.14, 5.14, 5.14, 90, 90, 90)
    assert candidate.structure.composition == {"Li": 4, "Cl": 4}


def test_conductivities_become_logarithms_and_detection_limits_become_bounds(toy):
    dataset, named = toy
    assert dataset.labels[named["aaa"].id] == Estimate(-9.0)
    assert dataset.labels[named["bbb"].id] == Bound("left", -10.0)
    assert dataset.labels[named["ddd"].id] == Bound("left", -8.0)
    assert (dataset.property, dataset.unit) == ("log10_sigma", "log10(S/cm)")


def test_groups_name_paper_family_and_split(toy):
    dataset, named = toy
    assert dataset.groups["doi"][named["ccc"].id] == "10.1/two"
    assert dataset.groups["split"][named["ccc"].id] == "test"
    assert dataset.groups["split"][named["aaa"].id] == "train"
    assert named["bbb"].id not in dataset.groups["family"]


def test_the_traps_of_the_data_are_handled_and_reported(toy):
    dataset, named = toy
    assert list(dataset.remarks) == [
        "2 x conductivity is a bound, not a value: bbb ddd",
        "1 x CIF without lithium, structure not attached: ddd",
        "1 x composition of the CIF differs from the table's by more than 2% of the atoms, "  # noqa: ISC004
        "both kept: fff",
        "1 x 'True Composition' is not Z times 'Reduced Composition', the latter used: ccc",
        "1 x hydrate, its water counted: eee",
        "1 x test row with the composition of a train row: fff (aaa)",
    ]
    assert named["ddd"].structure is None
    assert named["ccc"].formula == "Li2CdCl4"
    assert dict(named["eee"].composition) == {"Li": 1, "Cl": 1, "H": 2, "O": 1}


def test_the_official_split_parts_the_rows(publish):
    folder = publish()
    names = {
        split: {c.name[:3] for c in ObelixDataset(data_dir=folder, split=split).load().candidates}
        for split in ("all", "train", "test")
    }
    assert names["test"] == {"ccc", "fff"}
    assert names["train"] == names["all"] - names["test"]


def test_without_structures_the_archive_is_not_needed(publish):
    folder = publish()
    Path(folder, "all_cifs.tar.gz").unlink()
    dataset = ObelixDataset(data_dir=folder, structures=False).load()
    assert all(candidate.structure is None for candidate in dataset.candidates)


def test_structures_are_parsed_once_and_read_from_the_cache_afterwards(publish, cache, monkeypatch):
    folder = publish()
    first = ObelixDataset(data_dir=folder).load()
    monkeypatch.setattr(archives, "_parse_archive", lambda _: pytest.fail("parsed again"))
    second = ObelixDataset(data_dir=folder).load()
    assert second == first
    assert [c.structure for c in second.candidates] == [c.structure for c in first.candidates]
    assert len(list(cache.iterdir())) == 1


def test_a_damaged_or_unwritable_cache_is_passed_over(publish, cache, tmp_path):
    folder = publish()
    first = ObelixDataset(data_dir=folder).load()
    next(cache.iterdir()).write_text('{"aaa": {"matrix"')
    assert ObelixDataset(data_dir=folder).load() == first
    fetch.shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert ObelixDataset(data_dir=folder).load() == first


def test_a_truncated_file_is_refused(publish):
    folder = publish()
    path = Path(folder, "all_cifs.tar.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ChecksumError, match=r"all_cifs\.tar\.gz has sha256"):
        ObelixDataset(data_dir=folder).load()


def test_a_missing_folder_is_refused_by_name():
    with pytest.raises(DatasetError, match=r"all\.csv is neither in /nowhere"):
        ObelixDataset(data_dir="/nowhere").load()


def test_an_unknown_split_is_refused():
    with pytest.raises(InvalidInputError, match="split 'valid' is not one of 'all', 'train'"):
        ObelixDataset(split="valid")


def test_rows_of_one_material_with_different_conductivities_are_refused(publish):
    folder = publish(rows=ROWS | {"ggg": ROWS["bbb"].replace("<1E-10", "1e-7")})
    with pytest.raises(
        DatasetError, match=r"OBELiX bbb and OBELiX ggg are one material .*log10 <-10, -7;"
    ):
        ObelixDataset(data_dir=folder).load()


def test_rows_that_repeat_each_other_count_once_and_are_reported(publish):
    dataset = ObelixDataset(data_dir=publish(rows=ROWS | {"ggg": ROWS["bbb"]})).load()
    assert len(dataset.candidates) == 6
    assert "counted once: OBELiX bbb and OBELiX ggg" in dataset.remarks[-1]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("LiCl,", "LiQq,", "OBELiX aaa: the formula 'LiQq' contains 'Qq'"),
        ("5.14,5.14,5.14", "5.14,,5.14", "OBELiX aaa: could not convert"),
        ("1e-9", "n/a", "OBELiX aaa: conductivity 'n/a' is no finite number"),
        ("1e-9", "0", "OBELiX aaa: conductivity '0' must be positive"),
    ],
)
def test_a_bad_cell_is_refused_with_its_row(publish, old, new, reason):
    folder = publish(rows=ROWS | {"aaa": ROWS["aaa"].replace(old, new)})
    with pytest.raises(DatasetError, match=reason):
        ObelixDataset(data_dir=folder).load()


def test_a_table_of_something_else_is_refused(publish, monkeypatch):
    monkeypatch.setattr(f"{__name__}.HEADER", HEADER.replace("DOI", "Reference"))
    with pytest.raises(DatasetError, match=r"all\.csv has no column 'DOI'|test\.csv has no column"):
        ObelixDataset(data_dir=publish()).load()


def test_a_bad_cif_in_the_archive_is_refused_by_name(publish):
    folder = publish(cifs={"aaa": CIFS["aaa"][:300]})
    with pytest.raises(InvalidStructureError, match=r"all_cifs\.tar\.gz:all_cifs/aaa\.cif: "):
        ObelixDataset(data_dir=folder).load()


def test_a_damaged_archive_is_refused_by_name(tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(archive(CIFS)[:-40])
    with pytest.raises(DatasetError, match=r"x\.tar\.gz is a damaged archive"):
        archives.read_archive(path, "obelix")


FOLDER = None if (found := real_data.find("obelix")) is None else str(found)
real = pytest.mark.skipif(FOLDER is None, reason="OBELiX is not here; set DISCOVERY_DATA")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "user_cache_path", lambda *_, **__: folder)
        dataset = ObelixDataset(data_dir=FOLDER).load()
        start = time.perf_counter()
        assert ObelixDataset(data_dir=FOLDER).load() == dataset
        seconds = time.perf_counter() - start
    return dataset, seconds


@real
def test_the_release_has_599_different_materials_of_which_314_have_a_usable_structure(release):
    dataset, _ = release
    assert len({candidate.id for candidate in dataset.candidates}) == 599
    assert len(dataset.labels) == 599
    structures = [c.structure for c in dataset.candidates if c.structure is not None]
    assert len(structures) == 321 - 7
    assert all("Li" in structure.composition for structure in structures)


@real
def test_the_release_has_37_bounds_and_otherwise_finite_values(release):
    labels = release[0].labels.values()
    bounds = [label for label in labels if isinstance(label, Bound)]
    assert sorted(bound.value for bound in bounds) == [-10.0] * 36 + [-8.0]
    assert {bound.side for bound in bounds} == {"left"}
    assert all(math.isfinite(label.value) and label.value < 0 for label in labels)


@real
def test_the_release_keeps_its_official_split(release):
    splits = list(release[0].groups["split"].values())
    assert (splits.count("train"), splits.count("test")) == (478, 121)


@real
def test_the_release_reports_its_seven_cifs_without_lithium_and_its_known_mistakes(release):
    remarks = "\n".join(release[0].remarks)
    assert "7 x CIF without lithium, structure not attached: b4c cy2 5tl u2y hta s3h u8r" in remarks
    assert "the latter used: r5y" in remarks
    assert "its water counted: na5" in remarks
    assert "mvq (8po) 2yl (52b)" in remarks


@real
def test_every_cell_of_the_release_fits_its_space_group(release):
    from discovery.chemistry.symmetry import lattice_mismatch  # noqa: PLC0415

    assert all(lattice_mismatch(c.lattice, c.space_group) is None for c in release[0].candidates)


@real
def test_the_release_loads_fast_the_second_time(release):
    assert release[1] < 5  # 0.7 s on an idle core
