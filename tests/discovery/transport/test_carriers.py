import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hop_cases import jagged, lattice
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN
from discovery.transport.carriers import nearest_sites, place_ions, supercell_repeats, thermalise
from discovery.transport.lattice_gas import Repulsion, lattice_gas

NOWHERE = np.zeros(0, dtype=int)


@given(
    shape=st.tuples(*[st.floats(2, 15)] * 3), ions=st.integers(1, 60), fewest=st.integers(1, 300)
)
@settings(deadline=None)
def test_supercells_hold_enough_ions_and_are_round(shape, ions, fewest):
    network = replace(lattice(), cell=np.diag(shape))
    repeats = supercell_repeats(network, ions, fewest)
    assert math.prod(repeats) * ions >= fewest
    assert min(repeats) >= 2  # every hop of the lattice leads to an image
    width = min(n * length for n, length in zip(repeats, shape, strict=True))
    for n, length in zip(repeats, shape, strict=True):
        assert n == 2 or (n - 1) * length < width + 0.5


def test_a_large_cell_is_a_supercell_of_itself():
    network = jagged()
    inner = replace(network, shift=np.zeros_like(network.shift))
    keep = inner.i != inner.j
    inner = replace(
        inner, i=inner.i[keep], j=inner.j[keep], shift=inner.shift[keep], saddle=inner.saddle[keep]
    )
    assert supercell_repeats(inner, 40, 30) == (1, 1, 1)


def test_without_ions_there_is_no_supercell():
    with pytest.raises(InvalidInputError, match="a cell with 0 ions has none that could move"):
        supercell_repeats(lattice(), 0, 10)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_every_ion_gets_a_site_of_its_own_where_it_is(seed):
    rng = np.random.default_rng(seed)
    network = jagged(seed, sites=7)
    order = rng.permutation(7)[:5]
    moved = network.position[order] + rng.normal(0, 1e-3, (5, 3)) + rng.integers(-2, 3, (5, 3))
    assert nearest_sites(network, moved).tolist() == order.tolist()
    crowd = np.repeat(network.position[:1], 9, axis=0)
    assert sorted(nearest_sites(network, crowd)) == list(range(7))


def test_ions_start_where_they_are_known_to_be_and_then_where_energy_is_low():
    gas = lattice_gas(jagged(sites=5), (3, 3, 3))
    known = np.array([40, 2, 7])
    filled = place_ions(gas, 30, known, defects=0.0, seed=0)
    assert filled[known].all()
    others = np.delete(np.arange(len(filled)), known)
    chosen = np.sort(gas.energy[others][filled[others]])
    assert chosen.tolist() == np.sort(gas.energy[others])[:27].tolist()


@pytest.mark.parametrize(
    ("ions", "defects", "placed"), [(50, 0.1, 45), (64, 0.1, 58), (64, 0.0, 63), (80, 0.1, 63)]
)
def test_the_stated_share_of_vacancies_is_there_and_never_none(ions, defects, placed):
    gas = lattice_gas(lattice(), (4, 4, 4))
    filled = place_ions(gas, ions, NOWHERE, defects=defects, seed=1)
    assert filled.sum() == placed
    again = place_ions(gas, ions, NOWHERE, defects=defects, seed=1)
    assert (again == filled).all()


def test_sites_that_exclude_each_other_are_not_filled_together():
    gas = lattice_gas(lattice("sc", a=3.0), (4, 4, 4), Repulsion(cutoff=0.0, exclusion=3.1))
    filled = place_ions(gas, 64, np.array([0, 1]), defects=0.02, seed=0)
    assert filled.sum() == 31  # a checkerboard, but for one vacancy
    for site in np.flatnonzero(filled):
        assert not filled[gas.exclusions.item[slice(*gas.exclusions.start[site : site + 2])]].any()


def test_far_moves_lead_to_boltzmanns_distribution():
    repulsion = Repulsion(dielectric=6.0, screening=3.0, cutoff=6.0, exclusion=1.0)
    gas = lattice_gas(jagged(4), (1, 1, 2), repulsion)
    pair = np.zeros((8, 8))
    for site, (a, b) in enumerate(itertools.pairwise(gas.pairs.start)):
        pair[site, gas.pairs.item[a:b]] = gas.pair_energy[a:b]
    states = list(itertools.combinations(range(8), 2))
    energy = np.array([gas.energy[a] + gas.energy[b] + pair[a, b] for a, b in states])
    barred = [b in gas.exclusions.item[slice(*gas.exclusions.start[a : a + 2])] for a, b in states]
    weight = np.where(barred, 0.0, np.exp(-energy / (BOLTZMANN * 1200)))
    expected = np.zeros(8)
    for (a, b), w in zip(states, weight / weight.sum(), strict=True):
        expected[[a, b]] += w
    start = np.zeros(8, dtype=bool)
    start[list(states[int(np.argmax(weight))])] = True
    count = 1500
    mean = np.mean(
        [thermalise(gas, start, 1200.0, sweeps=40, seed=seed) for seed in range(count)], axis=0
    )
    assert mean == pytest.approx(expected, abs=4 * 0.5 / math.sqrt(count))


def test_a_full_crystal_and_an_empty_one_stay_as_they_are():
    gas = lattice_gas(lattice(), (2, 2, 2))
    for occupied in (np.ones(8, dtype=bool), np.zeros(8, dtype=bool)):
        assert (thermalise(gas, occupied, 500.0, sweeps=3, seed=0) == occupied).all()
