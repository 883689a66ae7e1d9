import itertools
import math

import numpy as np
import pytest
from hop_cases import jagged, lattice

from discovery.chemistry.electrostatics import COULOMB
from discovery.errors import InvalidInputError
from discovery.transport.lattice_gas import NO_REPULSION, Repulsion, lattice_gas


def rows(lists):
    return [lists.item[a:b] for a, b in itertools.pairwise(lists.start)]


def test_a_supercell_repeats_sites_and_hops():
    network, repeats = jagged(), (2, 3, 2)
    gas = lattice_gas(network, repeats)
    assert gas.energy.tolist() == network.energy.tolist() * 12
    assert gas.volume == pytest.approx(12 * abs(np.linalg.det(network.cell)))
    assert len(gas.hops.item) == 2 * 12 * len(network.i)
    source = np.repeat(np.arange(len(gas.energy)), np.diff(gas.hops.start))
    origins = np.array(list(itertools.product(range(2), range(3), range(2))))
    place = (origins[:, None] + network.position).reshape(-1, 3) @ network.cell
    # a hop leads to its target, up to a translation of the supercell
    left = (gas.vector - place[gas.hops.item] + place[source]) @ np.linalg.inv(gas.cell)
    assert left == pytest.approx(np.rint(left), abs=1e-9)
    there = sorted(zip(source, gas.hops.item, gas.saddle.round(9), strict=True))
    back = sorted(zip(gas.hops.item, source, gas.saddle.round(9), strict=True))
    assert there == back


def test_repulsion_is_summed_over_all_images():
    network = jagged(3)
    repulsion = Repulsion(dielectric=5.0, screening=2.5, cutoff=9.0, exclusion=1.0)
    gas = lattice_gas(network, (1, 2, 1), repulsion)
    place = np.array([[0, 0, 0], [0, 1, 0]])[:, None] + network.position
    place = place.reshape(-1, 3) @ network.cell
    expected = np.zeros((8, 8))
    for image in itertools.product(range(-4, 5), repeat=3):
        apart = np.linalg.norm(place[None] - place[:, None] + np.array(image) @ gas.cell, axis=2)
        near = (apart > 0) & (apart <= 9.0)
        safe = np.where(near, apart, 1.0)
        expected += np.where(near, COULOMB / (5 * safe) * np.exp(-safe / 2.5), 0.0)
    np.fill_diagonal(expected, 0.0)
    found = np.zeros((8, 8))
    for site, (a, b) in enumerate(itertools.pairwise(gas.pairs.start)):
        found[site, gas.pairs.item[a:b]] = gas.pair_energy[a:b]
    assert found == pytest.approx(expected)
    source = np.repeat(np.arange(8), np.diff(gas.hops.start))
    assert gas.hop_energy == pytest.approx(expected[source, gas.hops.item])


def test_near_sites_exclude_each_other():
    gas = lattice_gas(lattice("sc", a=3.0), (4, 4, 4), Repulsion(cutoff=0.0, exclusion=3.1))
    assert {len(row) for row in rows(gas.exclusions)} == {6}
    assert gas.hop_excluded.all()
    assert not lattice_gas(lattice(), (4, 4, 4)).hop_excluded.any()


def test_a_site_reaches_all_whose_hops_it_changes():
    gas = lattice_gas(lattice("sc", a=3.0), (6, 6, 6), Repulsion(cutoff=3.1, exclusion=0.0))
    assert {len(row) for row in rows(gas.pairs)} == {6}
    assert {len(row) for row in rows(gas.reach)} == {1 + 6 + 18}
    free = lattice_gas(lattice("sc", a=3.0), (6, 6, 6), NO_REPULSION)
    assert {len(row) for row in rows(free.reach)} == {1 + 6}


def test_hops_to_the_own_image_need_a_larger_supercell():
    assert len(lattice_gas(lattice(), (1, 1, 1)).hops.item) == 0
    assert len(lattice_gas(lattice(), (2, 1, 1)).hops.item) == 4


def test_repulsion_ends_at_its_cut_off_and_vanishes_without_charge():
    repulsion = Repulsion(dielectric=10.0, screening=3.0, cutoff=6.0)
    energy = repulsion.energy(np.array([3.0, 6.0, 6.1]))
    assert energy == pytest.approx([1.43996 / 3 / math.e, 1.43996 / 6 / math.e**2, 0.0], rel=1e-4)
    assert NO_REPULSION.energy(np.array([1.0])).tolist() == [0.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dielectric": 0.0}, "dielectric and screening must be positive, not 0.0"),
        ({"screening": -1.0}, "must be positive"),
        ({"cutoff": math.inf}, "must be finite, 0 or more, not inf"),
        ({"exclusion": -1.0}, "must be finite, 0 or more"),
    ],
)
def test_what_is_no_repulsion_is_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        Repulsion(**options)


def test_a_supercell_has_a_size():
    with pytest.raises(InvalidInputError, match=r"a supercell of \(0, 1, 1\) cells of 1 sites"):
        lattice_gas(lattice(), (0, 1, 1))
