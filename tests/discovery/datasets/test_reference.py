import math
import re
import subprocess
import sys
from collections import Counter

import pytest

from discovery.chemistry.formula import parse_formula
from discovery.crystal import Lattice
from discovery.datasets import reference
from discovery.datasets.reference import Compound, ReferenceDataset, SiteRow, compounds
from discovery.errors import DatasetError
from discovery.protocols import DatasetLoader
from discovery.types import Bound, Estimate

FAMILIES = {
    "antiperovskite", "argyrodite", "borate", "garnet", "halide", "hydride", "lgps", "lisicon",
    "nasicon", "nitride", "oxide", "perovskite", "phosphate", "phosphide", "sulfide",
    "thio-lisicon",
}  # fmt: skip

# Sendek et al., Energy Environ. Sci. 10, 306 (2017), 300 K; three formulas of a circulating
# transcription do not balance and are written as their electrolytes: Li14ZnGe4O16,
# Li15Ge3VO16 and Li14.8Ge3.4W0.6O16.
SENDEK = {
    "LiLaTi2O6": 1e-3, "Li9.81Sn0.81P2.19S12": 5.5e-3, "Li10GeP2S12": 1.4e-2,
    "Li10.35Si1.35P1.65S12": 6.5e-3, "Li14ZnGe4O16": 1e-6, "Li2CaN2H2": 6.4e-6,
    "Li2Ge7O15": 5e-6, "Li2NH": 2.5e-4, "Li2S": 1e-13, "Li13.6Si2.8S1.2O16": 6e-7,
    "Li14Ge2V2O16": 7e-5, "Li15Ge3VO16": 6.03e-6, "Li14.8Ge3.4W0.6O16": 4e-5,
    "Li3Fe2P3O12": 1e-7, "Li3N": 5.75e-4, "Li3P": 1e-3, "Li3PS4": 3e-7, "Li3Sc2P3O12": 1e-10,
    "Li3VO4": 4.4e-8, "Li4B7O12Cl": 1e-7, "Li4BN3H10": 2e-4, "Li4GeO4": 3.1e-12,
    "Li4SiO4": 2.4e-10, "Li5La3Bi2O12": 2e-5, "Li5La3Nb2O12": 8e-6, "Li5La3Ta2O12": 1.5e-6,
    "Li5NI2": 1.5e-7, "Li6BaLa2Ta2O12": 4e-5, "Li6FeCl8": 1e-4, "Li6NBr3": 1.5e-7,
    "Li6SrLa2Ta2O12": 7e-6, "Li7La3Zr2O12": 3.5e-4, "Li7P3S11": 4.1e-3, "LiAlH4": 2e-9,
    "LiAlSiO4": 1.4e-5, "LiBH4": 2e-8, "LiI": 1e-6, "LiNH2": 4e-10, "LiZr2P3O12": 5e-8,
}  # fmt: skip
COMPILATION = "10.1039/C6EE02697D"


def fractions(formula):
    amounts = parse_formula(formula)
    total = sum(amounts.values())
    return {element: amount / total for element, amount in amounts.items()}


def same_composition(first, second):
    one, two = fractions(first), fractions(second)
    return all(abs(one.get(e, 0) - two.get(e, 0)) < 1e-4 for e in one.keys() | two.keys())


def listed(formula):
    return next((sigma for name, sigma in SENDEK.items() if same_composition(name, formula)), None)


@pytest.fixture(scope="module")
def dataset():
    return ReferenceDataset().load()


def test_it_loads_without_arguments_as_a_dataset_loader():
    assert isinstance(ReferenceDataset(), DatasetLoader)


def test_every_row_becomes_one_candidate_with_a_label(dataset):
    assert dataset.name == "reference"
    assert len(dataset.candidates) == len(compounds()) == len(dataset.labels)
    assert {c.id for c in dataset.candidates} == set(dataset.labels)
    for column in ("doi", "family", "sendek40"):
        assert set(dataset.groups[column]) == set(dataset.labels)


def test_at_least_sixty_rows_have_a_cell_and_thirty_have_sites(dataset):
    cells = [c for c in dataset.candidates if c.lattice and c.space_group and c.z]
    assert len(cells) >= 60
    assert sum(c.structure is not None for c in dataset.candidates) >= 30


def test_labels_are_log10_of_the_conductivity_and_bounds_stay_bounds(dataset):
    by_name = {c.name: dataset.labels[c.id] for c in dataset.candidates}
    for compound in compounds():
        label = by_name[compound.name]
        assert isinstance(label, Bound if compound.censored else Estimate)
        assert label.value == pytest.approx(math.log10(compound.sigma), abs=1e-12)
    assert by_name["lithium diphosphate"] == Bound("left", -10.0)
    assert by_name["alpha lithium nitride"].value == pytest.approx(-3.2403, abs=1e-4)


def test_candidates_carry_formula_cell_and_sites_of_their_row(dataset):
    candidate = next(c for c in dataset.candidates if c.name == "LLZO, tetragonal")
    assert (candidate.formula, candidate.z, candidate.space_group) == ("Li7La3Zr2O12", 8, 142)
    assert candidate.lattice == Lattice(13.134, 13.134, 12.663, 90, 90, 90)
    assert candidate.structure.composition == {"Li": 56, "La": 24, "Zr": 16, "O": 96}


def test_ids_and_names_are_unique():
    assert max(Counter(c.id for c in compounds()).values()) == 1
    assert max(Counter(c.name for c in compounds()).values()) == 1
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", c.id) for c in compounds())


def test_every_family_is_covered():
    assert {c.family for c in compounds()} == FAMILIES


def test_sources_are_given_in_a_form_that_can_be_followed():
    doi = r"10\.\d{4,}/\S+"
    source = rf"{doi}|mp-\d+|https://\S+|[\w-]+/[\w-]+"
    for compound in compounds():
        assert re.fullmatch(doi, compound.doi), compound.id
        sources = compound.structure_source.split()
        assert all(re.fullmatch(source, each) for each in sources), compound.id
        assert bool(sources) == (compound.lattice is not None), compound.id


def test_conductivities_and_temperatures_are_those_of_a_room_temperature_electrolyte():
    for compound in compounds():
        assert 1e-19 < compound.sigma < 1, compound.id
        assert 293 <= compound.temperature <= 303, compound.id


def test_a_row_has_a_whole_cell_or_none():
    for compound in compounds():
        cell = (compound.z, compound.space_group, compound.lattice)
        assert all(cell) or not any(cell), compound.id
        assert bool(compound.setting) == bool(compound.sites), compound.id


def test_rows_without_a_cell_belong_to_the_forty_set():
    without = {c.id for c in compounds() if c.lattice is None}
    assert without <= {c.id for c in compounds() if c.sendek40}


def test_all_39_compositions_of_the_forty_set_are_present_and_marked():
    assert len(SENDEK) == 39
    for name in SENDEK:
        assert any(same_composition(name, c.formula) for c in compounds()), name
    for compound in compounds():
        assert compound.sendek40 == (listed(compound.formula) is not None), compound.id


def test_values_of_the_compilation_are_cited_as_such():
    for compound in compounds():
        if compound.doi == COMPILATION:
            assert compound.sigma == pytest.approx(listed(compound.formula)), compound.id
            assert "compilation" in compound.note, compound.id


def test_a_value_that_differs_from_the_compilation_twofold_says_so():
    for compound in compounds():
        value = listed(compound.formula)
        if value is not None:
            differs = not 0.5 <= compound.sigma / value <= 2
            assert ("the 40-set lists" in compound.note) == differs, compound.id


def test_remarks_count_the_rows_that_have_no_structure(dataset):
    bare = sum(c.lattice is None for c in dataset.candidates)
    cells = sum(c.lattice is not None and c.structure is None for c in dataset.candidates)
    assert [int(remark.split()[0]) for remark in dataset.remarks] == [bare, cells]


def test_importing_the_loader_does_not_load_the_tables():
    code = "from discovery.datasets import reference as r; print(r._load.cache_info().misses)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


ROCK_SALT = Compound(
    id="lix", name="", family="halide", formula="LiI", z=4, space_group=225, setting="Fm-3m",
    lattice=Lattice(6, 6, 6, 90, 90, 90), sigma=1e-6, censored=False, temperature=298,
    doi="10.1000/x", structure_source="", sendek40=False, note="",
    sites=(SiteRow("Li1", "Li", 1, (0, 0, 0)), SiteRow("I1", "I", 1, (0.5, 0.5, 0.5))),
)  # fmt: skip


def changed(**fields):
    return Compound(**{**ROCK_SALT.__dict__, **fields})


def test_sites_are_expanded_by_symmetry():
    assert ROCK_SALT.candidate().structure.composition == {"Li": 4, "I": 4}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"formula": "Li2I"}, "away from Li2I"),
        ({"setting": ""}, "need a cell and a setting"),
        ({"lattice": None}, "need a cell and a setting"),
        ({"setting": "Fm-9m"}, "lix: .*Fm-9m"),
        ({"setting": "P6/mmm"}, "lix: .*lattice"),
        ({"sites": (*ROCK_SALT.sites, SiteRow("I1", "Br", 0.1, (0, 0, 0)))}, "two positions"),
        ({"sites": (SiteRow("Li1", "Li", 1.5, (0, 0, 0)),)}, "lix: .*occupancies"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_by_name(fields, message):
    with pytest.raises(DatasetError, match=message):
        changed(**fields).candidate()


@pytest.fixture
def tables(monkeypatch):
    """Replace records of the embedded tables; ``None`` restores nothing."""
    original = reference._records

    def replace(name, change):
        def records(asked):
            rows = original(asked)
            return change(rows) if asked == name else rows

        monkeypatch.setattr(reference, "_records", records)
        reference._load.cache_clear()

    yield replace
    reference._load.cache_clear()


@pytest.mark.parametrize(
    ("table", "field", "value", "message"),
    [
        ("compounds.csv", "a", "wide", r"compounds\.csv, \w+: .*wide"),
        ("compounds.csv", "alpha", "0", r"compounds\.csv, \w+: "),
        ("compounds.csv", "formula", "Qx3", r"\w+: .*Qx3"),
        ("sites.csv", "x", "?", r"sites\.csv, \w+ \w+: "),
        ("sites.csv", "id", "nobody", "sites of 'nobody'"),
    ],
)
def test_damaged_tables_are_refused_by_name(tables, table, field, value, message):
    tables(table, lambda rows: [{**rows[0], field: value}, *rows[1:]])
    with pytest.raises(DatasetError, match=message):
        ReferenceDataset().load()


def test_a_missing_table_says_how_to_get_it_back(monkeypatch):
    monkeypatch.setattr(reference, "_FOLDER", "nowhere")
    with pytest.raises(DatasetError, match="reinstall ion-discovery"):
        compounds()


def test_a_table_with_other_columns_is_refused(monkeypatch):
    monkeypatch.setitem(reference._COLUMNS, "sites.csv", ("id", "label"))
    with pytest.raises(DatasetError, match=r"sites\.csv has columns"):
        compounds()
