"""Every embedded row must make physical sense by itself; OBELiX confirms it where present."""

import csv
import itertools
import math
from statistics import median

import numpy as np
import pytest
from pymatgen.core import Composition
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from pymatgen.symmetry.groups import SpaceGroup

from discovery.chemistry.formula import parse_formula
from discovery.chemistry.neighbours import compatible_pairs
from discovery.chemistry.structures import to_pymatgen
from discovery.chemistry.symmetry import lattice_mismatch
from discovery.datasets.reference import compounds

ROWS = compounds()
CELLS = [row for row in ROWS if row.lattice]
SITES = [row for row in ROWS if row.sites]
CRYSTALS = {row.id: row.candidate().structure for row in SITES}

STATES = {
    "Li": 1, "H": 1, "Mg": 2, "Sr": 2, "Ca": 2, "Ba": 2, "Zn": 2, "Cd": 2, "Mn": 2, "Cu": 2,
    "Co": 2, "B": 3, "Al": 3, "Ga": 3, "In": 3, "Sc": 3, "Y": 3, "La": 3, "Ce": 3, "Er": 3,
    "Cr": 3, "Fe": 3, "Si": 4, "Ge": 4, "Sn": 4, "Ti": 4, "Zr": 4, "Hf": 4, "P": 5, "V": 5,
    "Nb": 5, "Ta": 5, "Sb": 5, "Bi": 5, "W": 6, "O": -2, "S": -2, "N": -3, "F": -1, "Cl": -1,
    "Br": -1, "I": -1,
}  # fmt: skip
# hydridic hydrogen (in Li4BN3H10 four of ten), phosphides, sulfate, lower transition metal states
UNUSUAL = {
    "lialh4": {"H": -1}, "li3alh6": {"H": -1}, "libh4": {"H": -1}, "liceb3h12cl": {"H": -1},
    "li5ps4b2h8": {"H": -1}, "li4bn3h10": {"H": 0.2}, "li3p": {"P": -3}, "li8gep4": {"P": -3},
    "li3_4si0_7s0_3o4": {"S": 6}, "li6fecl8": {"Fe": 2}, "livpo4f": {"V": 3},
}  # fmt: skip

# Li-X, b = 0.37 Angstrom: Brown & Altermatt, Acta Cryst. B 41, 244 (1985) for O, F, Cl; Brese &
# O'Keeffe, Acta Cryst. B 47, 192 (1991) for the others.
BOND_VALENCE = {
    "O": 1.466, "F": 1.360, "Cl": 1.91, "Br": 2.02, "I": 2.22, "S": 1.94, "N": 1.61
}  # fmt: skip

# g/cm3; CRC Handbook of Chemistry and Physics for the binaries and LiAlH4, X-ray densities
# near 5.1 for LLZO (Murugan et al., doi 10.1002/anie.200701144)
DENSITIES = {
    "lii": 4.06, "li2s": 1.64, "li3n_alpha": 1.27, "lialh4": 0.917, "llzo_cubic": 5.1,
    "li3vo4": 2.64, "li3po4": 2.46,
}  # fmt: skip

# cubic Angstrom per atom, the range of these compounds and their relatives by majority anion; a
# wrong number of formula units leaves it
VOLUMES = {
    "O": (8.5, 14.5), "S": (15, 23), "N": (7.5, 12), "H": (8, 13), "Cl": (17, 25.5),
    "Br": (16, 31), "I": (25, 35), "P": (14, 17),
}  # fmt: skip


def by_id(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.id)


def density(row):
    return Composition(row.formula).weight * row.z * 1.66053907 / row.lattice.volume


@by_id(ROWS)
def test_charges_balance(row):
    states = STATES | UNUSUAL.get(row.id, {})
    charge = sum(states[e] * amount for e, amount in parse_formula(row.formula).items())
    assert abs(charge) <= 0.03


@by_id(CELLS)
def test_density_and_volume_per_atom_are_those_of_a_solid(row):
    assert 0.6 < density(row) < 8
    amounts = parse_formula(row.formula)
    states = STATES | UNUSUAL.get(row.id, {})
    anions = [e for e in VOLUMES if e in amounts and (states[e] < 0 or e == "H")]
    # as many halide as oxide ions, packed as densely as an oxide
    oxide = row.family == "antiperovskite"
    low, high = VOLUMES["O" if oxide else max(anions, key=amounts.__getitem__)]
    assert low < row.lattice.volume / (row.z * sum(amounts.values())) < high


@pytest.mark.parametrize(("identifier", "expected"), DENSITIES.items())
def test_density_agrees_with_the_handbook(identifier, expected):
    row = next(row for row in ROWS if row.id == identifier)
    assert density(row) == pytest.approx(expected, rel=0.03)


@by_id(CELLS)
def test_the_cell_can_carry_its_space_group(row):
    assert lattice_mismatch(row.lattice, row.space_group, length_tolerance=1e-6) is None


@by_id(CELLS)
def test_the_setting_belongs_to_the_space_group(row):
    if row.setting:
        assert SpaceGroup(row.setting).int_number == row.space_group


@by_id(SITES)
def test_every_orbit_has_a_wyckoff_multiplicity(row):
    group = SpaceGroup(row.setting)
    for label, same in itertools.groupby(row.sites, key=lambda site: site.label):
        orbit = group.get_orbit(next(same).position, tol=1e-5)
        assert group.order % len(orbit) == 0, label


@by_id(SITES)
def test_occupancies_are_shares(row):
    labels = itertools.groupby(row.sites, key=lambda site: site.label)
    for label, same in labels:
        amounts = [site.occupancy for site in same]
        assert min(amounts) > 0, label
        assert sum(amounts) <= 1.001, label


@by_id(SITES)
def test_sites_make_the_formula_units_of_the_cell(row):
    content, formula = CRYSTALS[row.id].composition, parse_formula(row.formula)
    assert set(content) == set(formula)
    atoms = row.z * sum(formula.values())
    for element, amount in formula.items():
        assert abs(content[element] - row.z * amount) <= 0.01 * atoms, element
    assert content["Li"] == pytest.approx(row.z * formula["Li"], rel=0.02)


def least_distance(first, second):
    """Angstrom; bonds to hydrogen, boron and phosphorus are the short ones of chemistry."""
    pair = {first, second}
    if pair == {"H"}:
        return 1.1
    if "H" in pair:
        return 0.85 if "N" in pair else 1.15
    if "B" in pair:
        return 1.3
    if "P" in pair or "Si" in pair:
        return 1.45
    anions = sum(STATES[element] < 0 for element in (first, second))
    return {1: 1.6, 2: 2.2, 0: 1.7}[anions]


@by_id(SITES)
def test_atoms_that_are_there_together_keep_their_distance(row):
    crystal = CRYSTALS[row.id]
    pairs = compatible_pairs(crystal, 2.3)
    for i, j, distance in zip(pairs.i, pairs.j, pairs.distance, strict=True):
        one, two = (crystal.sites[k].species for k in (i, j))
        for (first, _), (second, _) in itertools.product(one, two):
            assert distance >= least_distance(first, second), (first, second, distance)


@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")  # of spglib
@by_id(SITES)
def test_symmetry_analysis_finds_the_declared_space_group(row):
    structure = to_pymatgen(CRYSTALS[row.id])
    found = SpacegroupAnalyzer(structure, symprec=0.02).get_space_group_number()
    assert found == row.space_group


def lithium_valences(row):
    """Return (valence sum, amount of Li) of each Li site, anions weighted by occupancy."""
    crystal = CRYSTALS[row.id]
    structure = to_pymatgen(crystal)
    valences = []
    for site, neighbours in zip(crystal.sites, structure.get_all_neighbors(6.0), strict=True):
        lithium = dict(site.species).get("Li", 0.0)
        if lithium:
            total = sum(
                amount * math.exp((BOND_VALENCE[element] - other.nn_distance) / 0.37)
                for other in neighbours
                for element, amount in other.species.get_el_amt_dict().items()
                if element in BOND_VALENCE
            )
            valences.append((total, lithium))
    return np.array(valences)


# neither table has Li-P or Li-H with hydridic hydrogen
VALENCES = [row for row in SITES if row.id not in {"li3p", "lialh4", "li4bn3h10"}]


@by_id([row for row in VALENCES if row.family != "perovskite"])
def test_bond_valences_add_up_to_about_one_at_every_lithium(row):
    values = lithium_valences(row)
    assert values[:, 0].min() > 0.6
    assert values[:, 0].max() < 1.4
    assert np.average(values[:, 0], weights=values[:, 1]) == pytest.approx(0.95, abs=0.25)


@by_id([row for row in VALENCES if row.family == "perovskite"])
def test_lithium_at_the_centre_of_the_perovskite_cage_is_underbonded(row):
    values = lithium_valences(row)[:, 0]
    assert 0.25 < values.min() <= values.max() < 0.5


def test_the_typical_lithium_has_a_bond_valence_sum_of_one():
    means = [np.average(v[:, 0], weights=v[:, 1]) for v in map(lithium_valences, VALENCES)]
    assert median(means) == pytest.approx(0.95, abs=0.07)


def test_the_best_of_each_family_rank_as_published():
    best = {}
    for row in ROWS:
        best[row.family] = max(best.get(row.family, 0.0), row.sigma)
    assert best["lgps"] > best["garnet"] > best["lisicon"] > best["phosphate"]


def test_rows_agree_with_obelix(obelix_directory):
    with (obelix_directory / "all.csv").open(encoding="utf-8-sig", newline="") as stream:
        records = list(csv.DictReader(stream))
    compared = 0
    for row in CELLS:
        wanted = Composition(row.formula).fractional_composition
        same = [
            record
            for record in records
            if row.doi.lower() in record["DOI"].lower().split("|")
            and wanted.almost_equals(
                Composition(record["Reduced Composition"].replace(" ", "")).fractional_composition,
                rtol=1e-3,
                atol=1e-4,
            )
        ]
        compared += bool(same)
        assert not same or any(agrees(row, record) for record in same), row.id
    assert compared >= 90


def agrees(row, record):
    sigma = record["Ionic conductivity (S cm-1)"].strip()
    lattice = [float(record[key]) for key in ("a", "b", "c", "alpha", "beta", "gamma")]
    gaps = [abs(x - y) for x, y in zip(row.lattice.parameters, lattice, strict=True)]
    return (
        max(gaps[:3]) <= 0.02
        and max(gaps[3:]) <= 0.1
        and int(record["Space group #"]) == row.space_group
        and sigma.startswith("<") == row.censored
        and math.isclose(float(sigma.lstrip("<")), row.sigma, rel_tol=0.01)
    )
