import numpy as np
import pytest
from physics_cases import crystal, cubic
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.analysis.local_env import CrystalNN

from discovery.chemistry.bond_parameters import bonds
from discovery.chemistry.structures import to_pymatgen
from discovery.crystal import Lattice
from discovery.errors import UnknownNameError
from discovery.features.report_composition import EMBEDDINGS, embedding, stage_0
from discovery.features.report_sets import FEATURE_SETS, feature_set
from discovery.features.report_stages import stage_2
from discovery.features.report_strict import strict_stage_2
from discovery.testing.probes import antifluorite, defect_rock_salt, rock_salt
from discovery.types import Candidate

ARGYRODITE = Candidate(
    (("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0)),
    z=4,
    space_group=216,
    lattice=Lattice(9.85, 9.85, 9.85, 90, 90, 90),
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path))


def test_with_the_flag_the_sets_have_as_many_features_as_the_report_says():
    counts = {name: len(feature_set([ARGYRODITE], name).names) + 1 for name in FEATURE_SETS}
    assert counts == {
        "composition": 129,
        "basic": 133,
        "geometry": 152,
        "full": 382,
        "physics": 160,
        "physics_full": 390,
    }


@pytest.mark.parametrize("name", FEATURE_SETS)
@pytest.mark.parametrize("reading", ["honest", "historical"])
def test_names_are_unique_and_none_is_made_from_the_label(name, reading):
    table = feature_set([ARGYRODITE, antifluorite()], name, reading)
    assert len(set(table.names)) == len(table.names) == table.values.shape[1]
    assert not any("coerced" in column or "sigma" in column for column in table.names)


def test_a_formula_gives_three_ratios_103_fractions_and_22_means():
    columns = stage_0([ARGYRODITE])
    assert len(columns) == 128
    assert columns["ratio_li"] == pytest.approx(6 / 13)
    assert columns["ratio_anion"] == pytest.approx(7 / 13)
    assert columns["elements"] == 4
    assert sum(columns[f"fraction_{e}"][0] for e in ("Li", "P", "S", "Cl")) == pytest.approx(1)
    assert sum(name.startswith("fraction_") for name in columns) == 103
    assert sum(name.startswith("magpie_emb_") for name in columns) == 22


def test_element_vectors_are_averaged_over_the_atoms():
    sizes = {name: len(embedding([ARGYRODITE], name)) for name in EMBEDDINGS}
    assert sizes == {"magpie": 22, "mat2vec": 200, "megnet16": 16}
    lithium, oxygen, oxide = (
        np.array(list(embedding([Candidate(c)], "mat2vec").values()))[:, 0]
        for c in ((("Li", 1.0),), (("O", 1.0),), (("Li", 2.0), ("O", 1.0)))
    )
    assert oxide == pytest.approx((2 * lithium + oxygen) / 3)


def test_an_element_without_a_vector_makes_the_mean_unknown():
    heavy = Candidate((("Li", 1.0), ("Lr", 1.0)))
    assert np.isnan(np.array(list(embedding([heavy], "megnet16").values()))).all()
    assert np.isfinite(feature_set([heavy], "composition", "historical").values).all()


def test_unknown_features_are_unknown_or_zero():
    bare = Candidate((("Li", 2.0), ("O", 1.0)))
    honest, historical = (feature_set([bare], "geometry", r) for r in ("honest", "historical"))
    column = honest.names.index("lattice_c")
    assert np.isnan(honest.values[0, column])
    assert historical.values[0, column] == 0


def test_what_the_report_took_from_files_is_zero_without_one():
    columns = {
        reading: dict(
            zip(
                (table := feature_set([ARGYRODITE], "geometry", reading)).names,
                table.values[0],
                strict=True,
            )
        )
        for reading in ("honest", "historical")
    }
    for name in ("anisotropy_ca", "li_concentration", "framework_density"):
        assert columns["honest"][name] > 0
        assert columns["historical"][name] == 0
    for name in ("lattice_c", "density", "volume_per_atom", "n_li_sites"):
        assert columns["historical"][name] == columns["honest"][name] > 0


def test_space_groups_are_one_column_each():
    table = feature_set([ARGYRODITE, Candidate((("Li", 1.0), ("F", 1.0)))], "full")
    groups = table.values[:, [n.startswith("space_group_") for n in table.names]]
    assert groups.shape == (2, 230)
    assert groups.sum(axis=1).tolist() == [1, 0]
    assert groups[0, 215] == 1


def test_an_unknown_set_or_embedding_is_refused_with_those_that_exist():
    with pytest.raises(UnknownNameError, match="did you mean 'geometry'"):
        feature_set([ARGYRODITE], "geometri")
    with pytest.raises(UnknownNameError, match="did you mean 'magpie'"):
        embedding([ARGYRODITE], "magpi")


def test_strict_physics_of_an_ordered_crystal_is_that_of_pymatgen():
    candidate = rock_salt("Li", "Cl", 5.129)
    found = {name: values[0] for name, values in strict_stage_2([candidate]).items()}
    structure = to_pymatgen(candidate.structure)
    structure.add_oxidation_state_by_guess()
    lithium = next(k for k, site in enumerate(structure) if site.specie.symbol == "Li")
    energy = EwaldSummation(structure).get_site_energy(lithium)
    assert found["ewald_energy_avg"] == pytest.approx(energy)
    assert found["voronoi_cn_avg"] == pytest.approx(6)
    neighbours = CrystalNN().get_nn_info(structure, lithium)
    length = bonds(("Li", "Cl")).length[0, 1]
    valence = len(neighbours) * np.exp((length - 5.129 / 2) / 0.37)
    assert found["bv_mismatch_avg"] == pytest.approx(abs(1 - valence))
    assert found["bv_mismatch_std"] == pytest.approx(0, abs=1e-9)


def test_strict_physics_gives_up_on_disorder_where_ours_does_not():
    mixed = defect_rock_salt()
    strict, ours = strict_stage_2([mixed]), stage_2([mixed])
    assert list(strict) == list(ours)
    assert ours["has_voronoi_cn"] == ours["has_ewald_energy"] == ours["has_bv_mismatch"] == 1
    known = [strict[name][0] for name in strict if name.startswith("has_")]
    assert 0 in known


def test_a_crystal_without_oxidation_states_has_no_energies_and_no_mismatch():
    odd = crystal(cubic(4.0), ({"Li": 0.7}, (0, 0, 0)), ("O", (0.5, 0.5, 0.5)))
    found = strict_stage_2([Candidate((("Li", 0.7), ("O", 1.0)), structure=odd)])
    assert np.isnan([found["bv_mismatch_avg"], found["ewald_energy_avg"]]).all()
    assert found["has_bv_mismatch"] == found["has_ewald_energy"] == 0
