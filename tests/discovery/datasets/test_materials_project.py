import contextlib
import json
import sys
from types import SimpleNamespace

import pytest
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from discovery.datasets import fetch, materials_project
from discovery.datasets.materials_project import MaterialsProjectDataset
from discovery.errors import DatasetError, InvalidInputError

KEY = "k" * 32


def rock_salt(anion, a):
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(a), ["Li", anion], [[0, 0, 0], [0.5, 0.5, 0.5]]
    ).get_primitive_structure()


def record(name, structure, hull=0.0, licence="BY-C"):
    """A summary document in the shape that the service answers with."""
    return {
        "material_id": name,
        "energy_above_hull": hull,
        "structure": structure.as_dict(),
        "builder_meta": {"emmet_version": "0.84", "license": licence},
        "fields_not_requested": ["volume", "band_gap"],
    }


RECORDS = [
    record("mp-22905", rock_salt("Cl", 5.14), hull=0.02),
    record("mp-1009009", rock_salt("F", 4.07)),
    record("mp-3217000", rock_salt("Br", 5.5), licence="BY-NC"),
    record("mp-22899", rock_salt("I", 6.03), hull=0.04),
]


class Service:
    """Answers like ``MPRester(key).materials.summary.search`` from recorded documents."""

    def __init__(self, records):
        self.records = {record["material_id"]: record for record in records}
        self.queries = []
        self.failures = []
        self.keys = set()

    def search(self, **query):
        self.queries.append(query)
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        names = query.get("material_ids", self.records)
        return [
            {key: self.records[name][key] for key in (*query["fields"], "fields_not_requested")}
            for name in names
        ]

    @contextlib.contextmanager
    def connect(self, key):
        self.keys.add(key)
        yield SimpleNamespace(materials=SimpleNamespace(summary=self))


@pytest.fixture
def service(tmp_path, monkeypatch):
    fake = Service(RECORDS)
    monkeypatch.setattr(materials_project, "connect", fake.connect)
    monkeypatch.setattr(materials_project.time, "sleep", lambda _: None)
    monkeypatch.setattr(fetch, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setenv("MP_API_KEY", KEY)
    return fake


def names(dataset):
    return [candidate.name.split()[0] for candidate in dataset.candidates]


def test_records_become_unlabelled_candidates_nearest_to_the_hull_first(service):
    dataset = MaterialsProjectDataset().load()
    assert names(dataset) == ["mp-1009009", "mp-22905", "mp-22899"]
    assert dataset.labels == {}
    candidate = dataset.candidates[1]
    assert (candidate.formula, candidate.space_group, candidate.z) == ("LiCl", 225, 4)
    assert candidate.lattice.a == pytest.approx(5.14)
    assert candidate.structure.composition == {"Li": 1, "Cl": 1}
    assert service.keys == {KEY}


def test_non_commercial_records_are_left_out_by_query_and_by_their_licence(service):
    dataset = MaterialsProjectDataset().load()
    assert "mp-3217000" not in names(dataset)
    assert all(query["include_gnome"] is False for query in service.queries)
    assert any("1 x non-commercial licence" in remark for remark in dataset.remarks)


def test_the_options_become_the_query(service):
    MaterialsProjectDataset(
        elements=["S", "Li"],
        exclude_elements=["O"],
        max_energy_above_hull=0.1,
        max_sites=40,
        theoretical=False,
    ).load()
    query = service.queries[0]
    assert query["elements"] == ["Li", "S"]
    assert query["exclude_elements"] == ["O"]
    assert query["energy_above_hull"] == (0.0, 0.1)
    assert query["num_sites"] == (1, 40)
    assert query["theoretical"] is False
    assert query["deprecated"] is False


def test_a_limit_keeps_those_nearest_to_the_hull(service):
    assert names(MaterialsProjectDataset(limit=2).load()) == ["mp-1009009", "mp-22905"]
    assert service.queries[-1]["material_ids"] == ["mp-1009009", "mp-22905"]


def test_a_second_load_asks_nothing_and_needs_no_key(service, monkeypatch):
    first = MaterialsProjectDataset().load()
    asked = len(service.queries)
    monkeypatch.delenv("MP_API_KEY")
    assert MaterialsProjectDataset().load() == first
    assert len(service.queries) == asked


def test_another_query_is_asked_anew(service):
    MaterialsProjectDataset().load()
    asked = len(service.queries)
    MaterialsProjectDataset(max_energy_above_hull=0.01).load()
    assert len(service.queries) > asked


def test_structures_are_asked_for_in_chunks(service, monkeypatch):
    monkeypatch.setattr(materials_project, "_CHUNK", 2)
    MaterialsProjectDataset().load()
    chunks = [query["material_ids"] for query in service.queries if "material_ids" in query]
    assert chunks == [["mp-1009009", "mp-22905"], ["mp-22899"]]


def test_a_busy_service_is_asked_again(service):
    service.failures = [ConnectionError("timed out"), RuntimeError("502 Bad Gateway")]
    assert len(MaterialsProjectDataset().load().candidates) == 3


def test_an_interrupted_download_goes_on_where_it_stopped(service, monkeypatch):
    monkeypatch.setattr(materials_project, "_CHUNK", 1)
    service.failures = [None, None, *[ConnectionError("down\nfor long")] * 5]
    with pytest.raises(DatasetError, match=r"did not answer 5 times, last: down; .*same command"):
        MaterialsProjectDataset().load()
    before = len(service.queries)
    assert len(MaterialsProjectDataset().load().candidates) == 3
    again = [query["material_ids"] for query in service.queries[before:]]
    assert again == [["mp-22905"], ["mp-22899"]]


def test_a_refused_key_is_reported_at_once(service):
    service.failures = [RuntimeError("REST query returned with error status code 403")]
    with pytest.raises(DatasetError, match=r"refuses the key: .*403"):
        MaterialsProjectDataset().load()
    assert len(service.queries) == 1


def test_without_a_key_the_message_says_where_to_get_one(service, monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    with pytest.raises(
        DatasetError, match=r"https://materialsproject\.org/api and set .* MP_API_KEY"
    ):
        MaterialsProjectDataset().load()
    assert service.queries == []


def test_the_key_is_not_written_to_the_cache(service, tmp_path):
    MaterialsProjectDataset().load()
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files
    assert not any(KEY in f"{path} {path.read_text()}" for path in files)
    assert service.keys == {KEY}


def test_a_query_that_matches_nothing_is_reported(service):
    service.records = {"mp-3217000": service.records["mp-3217000"]}
    with pytest.raises(DatasetError, match=r"has nothing that matches.*'elements': .'Li'."):
        MaterialsProjectDataset().load()


def test_a_damaged_cache_is_asked_for_again(service, tmp_path):
    first = MaterialsProjectDataset().load()
    for path in (tmp_path / "cache").rglob("*.json"):
        path.write_text(json.dumps(None)[:2])
    assert MaterialsProjectDataset().load() == first
    assert len(service.queries) == 4


def test_elements_are_a_list():
    with pytest.raises(InvalidInputError, match=r"elements is a list .*not 'Li'"):
        MaterialsProjectDataset(elements="Li")


def test_the_client_is_asked_for_plain_documents(monkeypatch):
    module = SimpleNamespace(MPRester=lambda key, **options: (key, options))
    monkeypatch.setitem(sys.modules, "mp_api.client", module)
    key, options = materials_project.connect(KEY)
    assert key == KEY
    assert options == {"mute_progress_bars": True, "use_document_model": False}
