import numpy as np
import pytest
from physics_cases import crystal, cubic, lithium_phosphide, split_conductor, supercell

from discovery.chemistry.neighbours import neighbour_pairs
from discovery.chemistry.occupation_kernels import EMPTY
from discovery.chemistry.occupations import Supercell
from discovery.chemistry.sendek import HARD_SPHERE


def occupied(one, seed, radius=HARD_SPHERE, sweeps=0):
    """The supercell, (sites, cells) elements in it, and the radius that was kept."""
    block = Supercell(one, HARD_SPHERE)
    rng = np.random.default_rng(seed)
    filled, kept = block.occupy(rng, radius)
    for _ in range(sweeps):
        block.exchange(rng, filled, kept)
    return block, filled.reshape(len(one.sites), -1), kept


def dimers(share=0.5, gap=1.5):
    """Chlorine, and pairs of positions ``gap`` apart of which one holds Li."""
    shift = gap / 12
    return crystal(
        cubic(6.0),
        ("Cl", (0.5, 0.5, 0.5)),
        ({"Li": share}, (0.25 - shift, 0, 0)),
        ({"Li": 1 - share}, (0.25 + shift, 0, 0)),
    )


def test_three_repeats_are_enough_and_fewer_where_they_are_thick():
    def repeats(a, n=1):
        sites = [({"Li": 0.5}, (k / n, 0, 0)) for k in range(n)]
        one = crystal(cubic(a), ("Cl", (0.5, 0.5, 0.5)), *sites)
        return Supercell(one, HARD_SPHERE).repeats.tolist()

    assert repeats(7.9, 6) == [3, 3, 3]
    assert repeats(12.5, 20) == [2, 2, 2]
    assert repeats(25.0, 100) == [1, 1, 1]
    assert np.prod(repeats(7.9)) >= 100  # else fewer than 50 Li


def test_a_thousand_sites_are_not_multiplied_beyond_five_thousand():
    sites = [({"Li": 0.5}, (x / 10, y / 10, z / 10)) for x, y, z in np.ndindex(10, 10, 10)]
    one = crystal(cubic(22.0), ("Cl", (0.05, 0.05, 0.05)), *sites)
    assert Supercell(one, HARD_SPHERE).repeats.prod() * 1001 <= 5000


def test_an_ordered_crystal_has_one_occupation():
    one = lithium_phosphide()
    block, filled, kept = occupied(one, 0)
    assert kept == HARD_SPHERE
    for site, row in zip(one.sites, filled, strict=True):
        assert {block.elements[k] for k in row} == {site.species[0][0]}


def test_occupancies_are_the_mean_of_occupations():
    one = split_conductor()
    shares = np.zeros((len(one.sites), 8))
    for seed in range(30):
        block, filled, _ = occupied(one, seed, sweeps=2)
        for element in range(len(block.elements)):
            shares[:, element] += (filled == element).mean(axis=1) / 30
    for site, row in zip(one.sites, shares, strict=True):
        for element, occupancy in site.species:
            assert row[block.elements.index(element)] == pytest.approx(occupancy, abs=0.02)


def test_alternatives_are_never_filled_together():
    one = split_conductor()
    block, filled, kept = occupied(one, 3, sweeps=10)
    large = supercell(one, tuple(int(n) for n in block.repeats))
    pairs = neighbour_pairs(large, HARD_SPHERE, split_distance=HARD_SPHERE)
    pairs = pairs.take(pairs.exclusive)
    # this triclinic cell is its own reduced cell: sites and cells come in the same order
    full = filled.ravel() != EMPTY
    assert kept == HARD_SPHERE
    assert len(pairs)
    assert not (full[pairs.i] & full[pairs.j]).any()


@pytest.mark.parametrize("share", [0.5, 0.3, 0.97])
def test_two_positions_that_share_one_atom_hold_one(share):
    for seed in range(5):
        _, filled, kept = occupied(dimers(share), seed, sweeps=5)
        assert kept == HARD_SPHERE
        np.testing.assert_array_equal((filled[1:] != EMPTY).sum(axis=0), 1)


def test_rounded_occupancies_leave_no_atom_without_a_place():
    one = crystal(
        cubic(6.0),
        ("Cl", (0.5, 0.5, 0.5)),
        ({"Li": 0.54}, (0.1, 0, 0)),
        ({"Li": 0.54}, (0.28, 0, 0)),
    )
    _, filled, kept = occupied(one, 0)
    assert kept == HARD_SPHERE
    np.testing.assert_array_equal((filled[1:] != EMPTY).sum(axis=0), 1)


def test_atoms_that_cannot_keep_apart_come_nearer():
    """Every site of a ring of three is half full, yet each excludes the other two."""
    ring = [({"Li": 0.5}, place) for place in ((0.13, 0, 0), (0, 0.13, 0), (0, 0, 0.13))]
    one = crystal(cubic(10.0), ("Cl", (0.5, 0.5, 0.5)), *ring)
    _, filled, kept = occupied(one, 0)
    assert kept == pytest.approx(1.8)  # the sites are 1.84 apart
    assert (filled[1:] != EMPTY).mean() == pytest.approx(0.5, abs=0.02)


def test_exchanges_keep_all_atoms_and_move_them():
    one = split_conductor()
    block, before, _ = occupied(one, 5)
    _, after, _ = occupied(one, 5, sweeps=3)
    for element in range(len(block.elements)):
        assert (before == element).sum() == (after == element).sum()
    assert (before != after).mean() > 0.1


def test_the_same_source_of_randomness_gives_the_same_occupation():
    np.testing.assert_array_equal(
        occupied(split_conductor(), 7, sweeps=2)[1], occupied(split_conductor(), 7, sweeps=2)[1]
    )


def test_neighbours_are_those_of_a_brute_force_search():
    one = split_conductor()
    block = Supercell(one, HARD_SPHERE)
    size = len(one.sites)
    found = block.neighbours(np.full((size, size), 7.0))
    pairs = neighbour_pairs(one, 7.0)
    for site in range(size):
        own = slice(found.start[site], found.start[site + 1])
        np.testing.assert_allclose(
            found.distance[own], np.sort(pairs.distance[pairs.i == site]), atol=1e-9
        )
