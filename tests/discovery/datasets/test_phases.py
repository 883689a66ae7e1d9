import contextlib
import json
import warnings
from types import SimpleNamespace

import physics_cases
import pytest
import real_data
from pymatgen.core.composition import Composition
from pymatgen.entries.computed_entries import (
    CompositionEnergyAdjustment,
    ComputedEntry,
    ComputedStructureEntry,
)

from discovery.chemistry.structures import to_pymatgen, write_cif
from discovery.datasets import fetch, materials_project
from discovery.datasets.phases import (
    THERMO_TYPE,
    materials_project_phases,
    read_phases,
    read_structures,
)
from discovery.errors import DatasetError, InvalidInputError, InvalidStructureError
from discovery.types import Candidate

KEY = "k" * 32
ROCK_SALT = physics_cases.rock_salt("Li", "F", 4.027)


def written(folder, content):
    path = folder / "phases.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_phase_is_a_formula_or_amounts_with_the_energy_of_the_formula(tmp_path):
    items = [
        {"composition": "Li2S", "energy": -12.5},
        {"composition": {"Li": 6, "P": 2, "S": 8}, "energy": -70, "name": "x", "source": "r2SCAN"},
    ]
    first, second = read_phases(written(tmp_path, items))
    assert (first.composition, first.energy, first.source) == ((("Li", 2), ("S", 1)), -12.5, "")
    assert first.energy_per_atom == pytest.approx(-12.5 / 3)
    assert (second.formula, second.name, second.source) == ("Li6P2S8", "x", "r2SCAN")


def test_computed_entries_count_with_their_corrections(tmp_path):
    correction = CompositionEnergyAdjustment(-0.5, 4, name="sulfide")
    plain = ComputedEntry("Li8S4", -40.0, energy_adjustments=[correction], entry_id="mp-1153")
    with_structure = ComputedStructureEntry(to_pymatgen(ROCK_SALT), -30.0, entry_id="mp-1138")
    items = [plain.as_dict(), json.loads(with_structure.to_json())]
    sulfide, fluoride = read_phases(written(tmp_path, items))
    assert (sulfide.formula, sulfide.energy, sulfide.name) == ("Li8S4", -42.0, "mp-1153")
    assert (fluoride.formula, fluoride.energy) == ("Li4F4", -30.0)


def test_hubbard_energies_count_as_the_functional_only_when_they_are_corrected(tmp_path):
    correction = CompositionEnergyAdjustment(-2.0, 1, name="U of Fe")
    entries = [
        ComputedEntry("Li", -1.9, parameters={"run_type": "GGA"}),
        ComputedEntry("FeO", -9, energy_adjustments=[correction], parameters={"run_type": "GGA+U"}),
        ComputedEntry("FeO", -9, parameters={"run_type": "GGA+U"}),
        ComputedEntry("FeO", -9, parameters={"run_type": "r2SCAN"}),
    ]
    found = read_phases(written(tmp_path, [entry.as_dict() for entry in entries]))
    assert [phase.source for phase in found] == ["GGA", "GGA", "GGA+U", "R2SCAN"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no list, or an empty one; expected a list of .composition: Li2S"),
        ('{"Li": 0}', "holds no list"),
        ([{"composition": "Li2S"}], "item 0 is no phase .KeyError: 'energy'"),
        ([{"composition": "Li2S", "energy": "low"}], "item 0 is no phase .ValueError"),
        ([{"composition": "Li2S", "energy": None}], "item 0 is no phase .TypeError"),
        ([{"composition": "Lx2S", "energy": -1}], "item 0 .*Lx"),
        ([{"composition": {"Qq": 2}, "energy": -1}], "item 0 .*Qq"),
        ([{"composition": {"Li": -2}, "energy": -1}], "item 0 is no phase"),
        ([{"composition": "Li", "energy": float("nan")}], "item 0 .*energy nan"),
        (["Li2S"], "item 0 is no phase"),
        ([{"@class": "ComputedEntry", "composition": {"Li": 1}}], "item 0 is no phase"),
    ],
)
def test_a_bad_file_of_phases_is_explained(tmp_path, content, complaint):
    path = written(tmp_path, content)
    with pytest.raises(DatasetError, match=rf"phases\.json.*{complaint}"):
        read_phases(path)


def test_a_missing_file_of_phases_is_reported(tmp_path):
    with pytest.raises(DatasetError, match=r"none\.json cannot be read: No such file"):
        read_phases(tmp_path / "none.json")


def test_structures_are_read_from_a_folder_of_cif_files(tmp_path):
    candidate = Candidate((("Li", 1.0), ("F", 1.0)), structure=ROCK_SALT)
    (tmp_path / "LiF.cif").write_text(write_cif(candidate))
    found = read_structures(tmp_path)
    assert list(found) == ["LiF"]
    assert found["LiF"].composition == {"Li": 4, "F": 4}


def test_a_folder_without_structures_is_reported(tmp_path):
    with pytest.raises(DatasetError, match=r"has no \.cif file"):
        read_structures(tmp_path)
    (tmp_path / "LiF.cif").write_text("data_cut")
    with pytest.raises(InvalidStructureError, match=r"LiF\.cif"):
        read_structures(tmp_path)


def test_structures_are_read_from_json(tmp_path):
    plain = to_pymatgen(ROCK_SALT).as_dict()
    path = written(tmp_path, [plain, {"entry_id": "mp-1138", "structure": plain}])
    found = read_structures(path)
    assert list(found) == ["0", "mp-1138"]
    assert found["0"] == found["mp-1138"]
    path.write_text(json.dumps([plain, {"structure": {}}, 3]))
    with pytest.raises(DatasetError, match="item 1 holds no structure"):
        read_structures(path)


def test_the_published_phases_of_lithium_phosphorus_and_sulfur_are_read():
    found = read_structures(real_data.folder("mp_lips_ref") / "ref_structures.json")
    assert len(found) == 96
    assert all(crystal.is_ordered for crystal in found.values())
    systems = {frozenset(crystal.composition) for crystal in found.values()}
    assert len(systems) == 7


class Rester:
    """Answers like ``MPRester.get_entries_in_chemsys``."""

    def __init__(self):
        self.asked = []
        self.answer = [
            ComputedEntry("Li", -1.9, entry_id="mp-135"),
            ComputedEntry("S", -4.1, entry_id="mp-96"),
            ComputedEntry("Li2S", -12.0, correction=-0.6, entry_id="mp-1153"),
        ]

    def get_entries_in_chemsys(self, elements, additional_criteria):
        warnings.warn("the default thermo type has been changed", UserWarning, stacklevel=1)
        self.asked.append((elements, additional_criteria))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @contextlib.contextmanager
    def connect(self, key):
        assert key == KEY
        yield SimpleNamespace(get_entries_in_chemsys=self.get_entries_in_chemsys)


@pytest.fixture
def rester(tmp_path, monkeypatch):
    fake = Rester()
    monkeypatch.setattr(materials_project, "connect", fake.connect)
    monkeypatch.setattr(fetch, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setenv("MP_API_KEY", KEY)
    return fake


def test_the_materials_project_is_asked_once_for_energies_that_compare(rester, monkeypatch):
    found = materials_project_phases(["S", "Li"])
    assert rester.asked == [(["Li", "S"], {"thermo_types": [THERMO_TYPE]})]
    sulfide = found[-1]
    assert (sulfide.composition, sulfide.energy) == ((("Li", 2), ("S", 1)), -12.6)
    assert (sulfide.name, sulfide.source) == ("mp-1153", f"Materials Project {THERMO_TYPE}")
    monkeypatch.delenv("MP_API_KEY")
    assert materials_project_phases(["Li", "S"]) == found
    assert len(rester.asked) == 1


def test_a_cache_that_cannot_be_written_costs_a_question(rester, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    assert materials_project_phases(["Li", "S"]) == materials_project_phases(["Li", "S"])
    assert len(rester.asked) == 2


@pytest.mark.usefixtures("rester")
def test_the_key_stays_out_of_the_cache(tmp_path):
    materials_project_phases(["Li", "S"])
    (file,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert KEY not in file.read_text()


def test_without_a_key_energies_of_the_materials_project_are_unavailable(rester, monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    with pytest.raises(InvalidInputError, match=r"unavailable: .*materialsproject\.org/api"):
        materials_project_phases(["Li", "S"])
    assert rester.asked == []


def test_a_service_that_does_not_answer_is_reported_and_not_remembered(rester):
    rester.answer = ConnectionError("down\nfor long")
    with pytest.raises(DatasetError, match=r"did not give the phases of Li-S: down$"):
        materials_project_phases(["Li", "S"])
    rester.answer = []
    with pytest.raises(DatasetError, match="has no phases of Li-S"):
        materials_project_phases(["Li", "S"])
    rester.answer = [SimpleNamespace(composition=Composition("Li"), energy=-1.9, entry_id="mp-1")]
    assert len(materials_project_phases(["Li", "S"])) == 1
