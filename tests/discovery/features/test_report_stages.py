import csv
import tarfile
import warnings

import numpy as np
import pytest
import real_data
from physics_cases import crystal, cubic
from pymatgen.analysis.bond_valence import BVAnalyzer
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.analysis.local_env import CrystalNN, VoronoiNN
from pymatgen.io.cif import CifParser

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.chemistry.electrostatics import ewald_site_energies, mean_field_site_energies
from discovery.chemistry.voronoi import voronoi_coordination
from discovery.crystal import Lattice
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError
from discovery.features.coverage import coverage
from discovery.features.report_stages import report_features, stage_1, stage_2
from discovery.features.stages import FeatureTable
from discovery.testing.probes import antifluorite, defect_rock_salt, lithium_metal, rock_salt
from discovery.types import Candidate

PHYSICS = ("bv_mismatch_avg", "ewald_energy_avg", "voronoi_cn_avg")


def row(candidate, known=()):
    table = report_features([candidate], known)
    return dict(zip(table.names, table.values[0], strict=True))


def known_physics(table):
    columns = [table.names.index(name) for name in PHYSICS]
    return np.isfinite(table.values[:, columns]).all(axis=1)


def test_the_stages_have_as_many_features_as_the_report_says():
    assert len(stage_1([antifluorite()])) == 23
    assert len(stage_2([antifluorite()])) == 8
    names = report_features([antifluorite()]).names
    assert len(set(names)) == 32
    assert {"lattice_c", "framework_density", "is_cubic_like", "has_cif_struct"} <= set(names)
    assert {"has_bv_mismatch", "has_ewald_energy", "has_voronoi_cn", "donated"} <= set(names)


def test_lithium_oxide_has_the_geometry_of_antifluorite():
    values, a = row(antifluorite()), 4.619
    assert values["lattice_a"] == values["lattice_c"] == a
    assert values["lattice_beta"] == 90
    assert values["density"] == pytest.approx(4 * 29.881 / (a**3 * 0.60221), rel=1e-3)
    assert values["volume_per_atom"] == pytest.approx(a**3 / 12)
    assert values["n_li_sites"] == pytest.approx(8)
    assert values["li_fraction"] == pytest.approx(2 / 3)
    assert values["li_concentration"] == pytest.approx(8 / a**3)
    assert values["framework_density"] == pytest.approx(4 / a**3)
    assert values["li_li_min"] == values["li_li_mean"] == pytest.approx(a / 2)
    assert values["li_anion_min"] == values["li_anion_mean"] == pytest.approx(a * 0.75**0.5 / 2)
    assert values["li_coordination"] == pytest.approx(4)
    assert values["li_multiplicity"] == pytest.approx(8)
    assert values["anisotropy_ba"] == values["anisotropy_ca"] == 1
    assert values["angle_deviation"] == 0
    assert values["is_cubic_like"] == values["has_cif_struct"] == 1
    assert values["donated"] == 0


@pytest.mark.parametrize("candidate", [antifluorite(), defect_rock_salt()], ids=["Li2O", "mixed"])
def test_physics_is_that_of_the_kernels(candidate):
    values, one = row(candidate), candidate.structure
    mismatch, energies = valence_mismatch(one), mean_field_site_energies(one)
    assert values["bv_mismatch_avg"] == mismatch.mean
    assert values["bv_mismatch_std"] == mismatch.std
    assert values["ewald_energy_avg"] == energies.mean
    assert values["ewald_energy_std"] == energies.std
    numbers, weights = voronoi_coordination(one)
    assert values["voronoi_cn_avg"] == pytest.approx(np.average(numbers, weights=weights))
    assert values["has_bv_mismatch"] == values["has_ewald_energy"] == values["has_voronoi_cn"] == 1


def test_a_cell_without_structure_has_the_geometry_of_a_cell_only():
    candidate = Candidate(
        (("Li", 6.0), ("P", 1.0), ("S", 5.0), ("Cl", 1.0)),
        z=4,
        space_group=216,
        lattice=Lattice(9.85, 9.85, 10.5, 90, 90, 95),
    )
    values = row(candidate)
    assert values["n_li_sites"] == pytest.approx(24)
    assert values["anisotropy_ca"] == pytest.approx(10.5 / 9.85)
    assert values["angle_deviation"] == 5
    assert values["is_cubic_like"] == values["has_cif_struct"] == values["has_voronoi_cn"] == 0
    unknown = ("li_li_mean", "li_anion_min", "li_coordination", "li_multiplicity", *PHYSICS)
    assert np.isnan([values[name] for name in unknown]).all()
    bare = row(Candidate(candidate.composition))
    assert bare["li_fraction"] == pytest.approx(6 / 13)
    assert np.isnan([bare[name] for name in ("lattice_a", "density", "is_cubic_like")]).all()


def test_lithium_far_from_lithium_and_from_anions_still_has_distances():
    large = row(rock_salt("Li", "I", 9.0))
    assert large["li_li_min"] == pytest.approx(9.0 / 2**0.5)
    assert np.isnan(row(lithium_metal())["li_anion_min"])


def test_no_lithium_means_no_physics():
    values = row(rock_salt("Na", "Cl", 5.64))
    assert values["li_fraction"] == values["has_cif_struct"] == 0
    assert np.isnan([values[name] for name in PHYSICS]).all()


def test_a_borrowed_structure_gives_physics_and_says_so():
    known = rock_salt("Li", "Cl", 5.129)
    a = 5.2
    wanted = Candidate(
        known.composition, z=4, space_group=225, lattice=Lattice(a, a, a, 90, 90, 90)
    )
    without, borrowed = row(wanted), row(wanted, known=[known])
    assert without["donated"] == 0
    assert borrowed["donated"] == 1
    assert borrowed["has_cif_struct"] == 0
    assert borrowed["li_anion_mean"] == pytest.approx(a / 2)
    assert borrowed["voronoi_cn_avg"] == pytest.approx(6)
    assert row(known, known=[known])["donated"] == 0


def test_charges_come_from_the_formula_where_the_cell_as_reported_balances_none():
    broken = crystal(cubic(4.0), ("Li", (0, 0, 0)), ("F", (0.5, 0.5, 0.5)), ("F", (0.5, 0, 0)))
    with pytest.raises(InvalidInputError, match="balance LiF2"):
        mean_field_site_energies(broken)
    values = row(Candidate((("Li", 1.0), ("F", 1.0)), structure=broken))
    charges = np.array([1.0, -1.0, -1.0])
    positions = np.array([site.position for site in broken.sites])
    energy = ewald_site_energies(np.array(broken.matrix), positions, charges)[0]
    assert values["ewald_energy_avg"] == pytest.approx(energy)
    assert values["has_bv_mismatch"] == 1
    unknown = row(Candidate((("Li", 1.0), ("F", 2.0)), structure=broken))
    assert unknown["has_ewald_energy"] == unknown["has_bv_mismatch"] == 0
    assert unknown["has_voronoi_cn"] == 1


def test_coverage_counts_what_is_finite():
    table = FeatureTable(("a", "b"), np.array([[1.0, np.nan], [np.inf, np.nan], [0.0, 2.0]]))
    first, second = coverage(table)
    assert (first.name, first.count, first.share) == ("a", 2, pytest.approx(2 / 3))
    assert (second.name, second.count, second.share) == ("b", 1, pytest.approx(1 / 3))
    empty = coverage(FeatureTable(("a",), np.empty((0, 1))))
    assert [(c.count, c.share) for c in empty] == [(0, 0.0)]


@pytest.mark.slow
def test_every_crystal_of_obelix_with_lithium_has_all_three_physics_features():
    dataset = ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()
    crystals = [c for c in dataset.candidates if c.structure is not None]
    assert len(crystals) == 314
    table = report_features(crystals)
    assert all(column.count == 314 for column in coverage(table))


@pytest.mark.slow
def test_with_borrowed_structures_nine_of_ten_materials_of_obelix_have_physics():
    dataset = ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()
    table = report_features(dataset.candidates, known=dataset.candidates)
    assert len(table.values) == 599
    assert known_physics(table).mean() > 0.9
    borrowed = table.values[:, table.names.index("donated")]
    assert borrowed.sum() == known_physics(table).sum() - 314


@pytest.mark.slow
def test_the_coverage_of_the_report_is_what_pymatgen_does_without_giving_up_on_any_error():
    """Of 478 training rows, 254 with CIF: Voronoi 92, Ewald 120, bond valence 63, all three 57.

    The report does not say how; this is what its counts say. Voronoi numbers exist where every Li
    site has a majority species. Ewald energies exist where ``BVAnalyzer`` finds oxidation states,
    or the crystal is ordered and pymatgen guesses them from its composition (asked of ordered
    crystals only, which takes seconds; a disordered one may take minutes). Mismatches exist where
    ``BVAnalyzer`` works and ``CrystalNN`` does on the first Li, whose neighbours are all ordered.
    Two of the rows with energies have no Li in their CIF.
    """
    counted = [_strict(text) for text in _training_files()]
    assert len(counted) == 254
    voronoi, ewald, valence = np.array(counted).T
    assert voronoi.sum() == 92
    assert ewald.sum() == 120
    assert valence.sum() == 63
    assert (voronoi & ewald & valence).sum() in (57, 58)


def _training_files():
    folder = real_data.folder("obelix")
    with (folder / "train.csv").open(encoding="utf-8") as file:
        wanted = {record["ID"] for record in csv.DictReader(file)}
    assert len(wanted) == 478
    with tarfile.open(folder / "all_cifs.tar.gz") as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            if name.endswith(".cif") and name.removesuffix(".cif") in wanted:
                yield archive.extractfile(member).read().decode(errors="replace")


def _strict(text):
    """Whether pymatgen alone finds Voronoi numbers, Ewald energies, bond valences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = CifParser.from_str(text, occupancy_tolerance=1.05)
        structure = parser.parse_structures(primitive=False)[0]
        lithium = [k for k, site in enumerate(structure) if "Li" in _symbols(site)]
        numbers = VoronoiNN(cutoff=5.0)
        voronoi = bool(lithium) and all(_works(numbers.get_cn, structure, k) for k in lithium)
        decorated = _decorated(structure)
        valence = (
            decorated is not None
            and bool(lithium)
            and _works(CrystalNN().get_nn_info, decorated, lithium[0])
        )
        if decorated is None and structure.is_ordered:
            decorated = structure.copy()
            if not _works(decorated.add_oxidation_state_by_guess):
                decorated = None
        ewald = decorated is not None and _works(EwaldSummation, decorated)
    return voronoi, ewald, valence


def _symbols(site):
    return {species.symbol for species in site.species.elements}


def _decorated(structure):
    try:
        return BVAnalyzer().get_oxi_state_decorated_structure(structure)
    except ValueError:
        return None


def _works(function, *arguments):
    try:
        function(*arguments)
    except (ValueError, AttributeError, TypeError, RuntimeError):
        return False
    return True
