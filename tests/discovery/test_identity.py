import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.structures import candidate_from_structure, from_pymatgen, to_pymatgen
from discovery.crystal import Crystal, Lattice, Site
from discovery.types import Candidate

coordinate = st.floats(0, 1, exclude_max=True)
point = st.tuples(coordinate, coordinate, coordinate)
kind = st.sampled_from(
    [(("Li", 1.0),), (("Li", 0.4),), (("Ge", 0.35), ("P", 0.65)), (("S", 1.0),), (("O", 1.0),)]
)
length = st.floats(4, 9)
tilt = st.floats(-1.5, 1.5)
matrices = st.tuples(length, length, length, tilt, tilt, tilt).map(
    lambda v: ((v[0], 0.0, 0.0), (v[3], v[1], 0.0), (v[4], v[5], v[2]))
)
crystals = st.builds(
    lambda matrix, rows: Crystal(matrix, tuple(Site(s, p) for s, p in rows)),
    matrices,
    st.lists(st.tuples(kind, point), min_size=1, max_size=8),
)
thorough = settings(max_examples=40, deadline=None)


def identity(crystal):
    return Candidate(tuple(crystal.composition.items()), structure=crystal).id


def as_rows(matrix):
    return tuple(tuple(float(x) for x in row) for row in matrix)


def moved(crystal, index, step):
    """The crystal with one site displaced by ``step`` (Angstrom)."""
    shift = np.asarray(step) @ np.linalg.inv(np.asarray(crystal.matrix))
    sites = list(crystal.sites)
    sites[index] = Site(sites[index].species, tuple(np.asarray(sites[index].position) + shift))
    return Crystal(crystal.matrix, tuple(sites))


def rotation(seed):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.linalg.det(q)


def lithium_oxide():
    """Antifluorite, conventional cell, a = 4.62 Angstrom."""
    corners = [(0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)]
    holes = [(x, y, z) for x in (0.25, 0.75) for y in (0.25, 0.75) for z in (0.25, 0.75)]
    sites = [Site((("Li", 1.0),), p) for p in holes] + [Site((("O", 1.0),), p) for p in corners]
    return Crystal(as_rows(np.eye(3) * 4.62), tuple(sites))


@given(crystals, st.randoms(use_true_random=False))
@thorough
def test_the_order_of_sites_and_species_does_not_count(crystal, random):
    sites = [Site(tuple(reversed(site.species)), site.position) for site in crystal.sites]
    random.shuffle(sites)
    assert identity(Crystal(crystal.matrix, tuple(sites))) == identity(crystal)


@given(crystals, point, st.integers(-2, 2))
@thorough
def test_the_origin_and_whole_cells_do_not_count(crystal, shift, cells):
    sites = tuple(
        Site(site.species, tuple(np.asarray(site.position) + shift + [cells, 0, -cells]))
        for site in crystal.sites
    )
    assert identity(Crystal(crystal.matrix, sites)) == identity(crystal)


@given(crystals, st.integers(0, 99))
@thorough
def test_the_orientation_does_not_count(crystal, seed):
    turned = as_rows(np.asarray(crystal.matrix) @ rotation(seed))
    assert identity(Crystal(turned, crystal.sites)) == identity(crystal)


@given(
    crystals,
    st.sampled_from(
        [
            [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[1, 0, 0], [0, 1, 0], [1, -1, 3]],
            [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
            [[1, 1, 0], [-1, 1, 0], [0, 0, 1]],
        ]
    ),
)
@thorough
def test_another_basis_or_a_supercell_is_the_same_material(crystal, transformation):
    larger = from_pymatgen(to_pymatgen(crystal) * transformation)
    assert identity(larger) == identity(crystal)


def test_a_cell_of_extreme_skew_is_the_same_material():
    one = lithium_oxide()
    cell = np.asarray(one.matrix)
    skewed = cell + 20_000 * cell[[1, 2, 0]] * np.array([[1], [0], [0]])
    places = np.array([site.position for site in one.sites]) @ cell @ np.linalg.inv(skewed)
    sites = [Site(s.species, tuple(p)) for s, p in zip(one.sites, places.tolist(), strict=True)]
    assert identity(Crystal(as_rows(skewed), tuple(sites))) == identity(one)


def test_primitive_and_conventional_cell_are_the_same_material():
    conventional = lithium_oxide()
    primitive = from_pymatgen(to_pymatgen(conventional).get_primitive_structure())
    assert len(primitive.sites) == 3
    assert candidate_from_structure(primitive) == candidate_from_structure(conventional)


def test_split_species_at_one_point_are_the_same_as_one_mixed_site():
    matrix = as_rows(np.eye(3) * 4)
    origin = (0.0, 0.0, 0.0)
    mixed = Crystal(matrix, (Site((("Ge", 0.35), ("P", 0.65)), origin),))
    split = Crystal(matrix, (Site((("Ge", 0.35),), origin), Site((("P", 0.65),), origin)))
    assert identity(mixed) == identity(split)


@given(st.integers(0, 999), st.integers(0, 11))
@thorough
def test_moving_an_atom_by_a_tenth_of_an_angstrom_is_another_material(seed, index):
    rng = np.random.default_rng(seed)
    perfect = lithium_oxide()
    positions = [site.position + rng.normal(scale=0.02, size=3) for site in perfect.sites]
    sites = (Site(s.species, tuple(p)) for s, p in zip(perfect.sites, positions, strict=True))
    rattled = Crystal(perfect.matrix, tuple(sites))
    assert identity(moved(rattled, index, 0.1 * rotation(seed)[0])) != identity(rattled)


@pytest.mark.parametrize("index", [0, 8])
def test_moving_an_atom_of_a_symmetric_supercell_is_another_material(index):
    crystal = from_pymatgen(to_pymatgen(lithium_oxide()) * (2, 2, 2))
    assert len(crystal.sites) == 96
    assert identity(moved(crystal, index * 8, [0.1, 0.0, 0.0])) != identity(crystal)


def test_swapping_elements_is_another_material():
    crystal = lithium_oxide()
    swap = {"Li": "O", "O": "Li"}
    swapped = tuple(Site(((swap[s.species[0][0]], 1.0),), s.position) for s in crystal.sites)
    assert identity(Crystal(crystal.matrix, swapped)) != identity(crystal)


def test_swapping_two_atoms_of_a_cell_is_another_material():
    crystal = lithium_oxide()
    sites = list(crystal.sites)
    sites[0], sites[8] = (
        Site(sites[8].species, sites[0].position),
        Site(sites[0].species, sites[8].position),
    )
    assert identity(Crystal(crystal.matrix, tuple(sites))) != identity(crystal)


@given(st.floats(0.99, 1.01).filter(lambda factor: abs(factor - 1) > 1e-3))
def test_another_volume_is_another_material(factor):
    crystal = lithium_oxide()
    scaled = as_rows(np.asarray(crystal.matrix) * factor)
    assert identity(Crystal(scaled, crystal.sites)) != identity(crystal)


def test_another_occupancy_is_another_material():
    crystal = lithium_oxide()
    less = (Site((("Li", 0.9),), crystal.sites[0].position), *crystal.sites[1:])
    full = tuple(crystal.composition.items())
    first = Candidate(full, structure=crystal)
    assert Candidate(full, structure=Crystal(crystal.matrix, less)).id != first.id


amounts = st.dictionaries(
    st.sampled_from(["Li", "P", "S", "Cl", "O"]),
    st.integers(1, 2000).map(lambda n: n / 100),
    min_size=1,
)


@given(amounts, st.integers(1, 24), st.sampled_from([0.5, 2, 3, 7]))
def test_a_multiple_of_the_formula_unit_is_the_same_material(composition, z, factor):
    pairs = tuple(composition.items())
    multiple = tuple((element, amount * factor) for element, amount in reversed(pairs))
    assert Candidate(pairs, z=z) == Candidate(multiple, z=z / factor)
    assert Candidate(pairs) == Candidate(multiple)


LATTICE = Lattice(8.5, 8.5, 12.5, 90, 90, 90)
BASE = Candidate((("Li", 10), ("Ge", 1), ("P", 2), ("S", 12)), 2, 137, LATTICE)


@pytest.mark.parametrize(
    "other",
    [
        Candidate((("Li", 10), ("Sn", 1), ("P", 2), ("S", 12)), 2, 137, LATTICE),
        Candidate((("Li", 10.01), ("Ge", 1), ("P", 2), ("S", 12)), 2, 137, LATTICE),
        Candidate(BASE.composition, 4, 137, LATTICE),
        Candidate(BASE.composition, 2, 105, LATTICE),
        Candidate(BASE.composition, 2, None, LATTICE),
        Candidate(BASE.composition, 2, 137, Lattice(8.501, 8.5, 12.5, 90, 90, 90)),
        Candidate(BASE.composition, 2, 137, Lattice(8.5, 8.5, 12.5, 90, 90.01, 90)),
        Candidate(BASE.composition, 2, 137),
    ],
)
def test_without_structure_composition_group_contents_and_lattice_decide(other):
    assert other.id != BASE.id
    assert other != BASE


def test_the_name_is_no_part_of_the_identity():
    named = Candidate(BASE.composition, 2, 137, LATTICE, name="LGPS")
    assert named == BASE
    assert hash(named) == hash(BASE)
    assert len({named, BASE}) == 1


def test_an_identity_is_sixteen_hexadecimal_digits_that_never_change():
    assert candidate_of_record().id == "8ba32ca66996c786"


def candidate_of_record():
    return Candidate((("Li", 2.0), ("O", 1.0)), structure=lithium_oxide())
