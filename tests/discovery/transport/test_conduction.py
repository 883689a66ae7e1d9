import math
from dataclasses import replace

import numpy as np
import pytest
from hop_cases import lattice

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN
from discovery.transport.conduction import FEWEST_IONS, hopping_conduction
from discovery.transport.diffusion import nernst_einstein
from discovery.transport.lattice_gas import NO_REPULSION, Repulsion
from discovery.transport.network import HopNetwork

HOT = (1000.0, 1400.0, 2000.0)


def conduct(network, ions=1, **options):
    options = {
        "repulsion": NO_REPULSION,
        "temperatures": HOT,
        "events": 20_000,
        "seed": 1,
        **options,
    }
    return hopping_conduction(network, network.position[:ions], **options)


def chain(low, high, across, a=4.0):
    """Pairs of sites along x: a low pass within the pair, a high one to the next; others across."""
    i, j = [0, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1]
    shift = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    return HopNetwork(
        a * np.eye(3),
        np.array([[0.0, 0, 0], [0.5, 0, 0]]),
        np.zeros(2),
        np.array(i),
        np.array(j),
        np.array(shift),
        np.array([low, high, across, across, across, across]),
    )


def test_vacancies_on_a_lattice_conduct_as_they_hop():
    found = conduct(lattice(barrier=0.45), defects=0.05)
    assert found.repeats == (6, 6, 6)
    assert (found.sites, found.ions, found.left_out) == (216, 205, 11)
    assert found.sites >= FEWEST_IONS
    assert found.line.activation_energy == pytest.approx(
        0.45, abs=3 * found.line.activation_energy_error
    )
    for one in found.measured:
        hops = 1e13 * math.exp(-0.45 / (BOLTZMANN * one.temperature)) * 9e-16 * 11 / 216
        expected = nernst_einstein(hops, 205 / 216 / 27, one.temperature)
        assert one.is_measured
        assert one.sigma == pytest.approx(expected, abs=4 * one.error)
        assert one.diffusion.haven < 1


def test_room_temperature_errors_are_the_scatter_of_seeds():
    runs = [conduct(lattice(), events=2000, seed=seed).line.log10_sigma() for seed in range(20)]
    values, errors = np.array(runs).T
    assert np.median(errors) == pytest.approx(values.std(), rel=0.4)
    exact = math.log10(
        nernst_einstein(1e13 * math.exp(-0.3 / (BOLTZMANN * 300)) * 9e-16 * 4 / 216, 1 / 27, 300)
    )
    assert values.mean() == pytest.approx(exact, abs=3 * values.std() / math.sqrt(20) + 0.05)


def test_low_passes_in_series_with_high_ones_cost_neither_events_nor_truth():
    network = chain(low=0.05, high=0.6, across=0.6)
    found = conduct(network, ions=1, events=60_000)  # half of the sites are filled
    for one in found.measured:
        low, high = (
            1e13 * math.exp(-barrier / (BOLTZMANN * one.temperature)) for barrier in (0.05, 0.6)
        )
        along = 16e-16 / (1 / low + 1 / high) / 2  # resistors in series, two sites per period
        across = 16e-16 * high
        # without correlation, hops to sites half of which are taken
        vacant = 1 - found.ions / found.sites
        expected = nernst_einstein(
            3 / (1 / along + 2 / across) * vacant, found.ions / found.sites / 32, one.temperature
        )
        assert one.sigma == pytest.approx(expected, rel=0.25)


def test_parallel_grains_conduct_at_least_as_well_as_grains_in_series():
    network = replace(lattice(), saddle=np.array([0.2, 0.5, 0.5]))
    series, parallel = (conduct(network, average=average) for average in ("series", "parallel"))
    assert parallel.line.log10_sigma()[0] > series.line.log10_sigma()[0] + 2
    assert parallel.line.activation_energy == pytest.approx(0.2, abs=0.03)
    assert series.line.activation_energy == pytest.approx(0.5, abs=0.06)


def test_repulsion_that_orders_ions_costs_activation_energy():
    free, repelled = (
        conduct(lattice(), defects=0.5, repulsion=repulsion).line.activation_energy
        for repulsion in (NO_REPULSION, Repulsion(dielectric=3.0, screening=3.0))
    )
    assert free == pytest.approx(0.3, abs=0.05)
    assert repelled > free + 0.15


def test_the_seed_decides():
    one, same, other = (conduct(lattice(), seed=seed, events=2000).line for seed in (3, 3, 4))
    assert one.log10_sigma() == same.log10_sigma()
    assert one.log10_sigma() != other.log10_sigma()


def test_a_crystal_that_is_closed_in_some_direction_is_refused():
    network = lattice()
    flat = replace(
        network, i=network.i[:2], j=network.j[:2], shift=network.shift[:2], saddle=np.full(2, 0.3)
    )
    with pytest.raises(InvalidInputError, match=r"no way through the crystal in 3 dimensions"):
        conduct(flat)
    assert conduct(flat, average="parallel").line.activation_energy == pytest.approx(0.3, abs=0.05)
    shut = replace(flat, i=flat.i[:0], j=flat.j[:0], shift=flat.shift[:0], saddle=flat.saddle[:0])
    with pytest.raises(InvalidInputError, match=r"in 1 dimension: the 1 sites of Li are not"):
        conduct(shut, average="parallel")


def test_what_cannot_be_told_from_so_few_hops_is_refused():
    with pytest.raises(InvalidInputError, match=r"Li moves measurably at \d of 3 temperatures"):
        conduct(lattice(), events=4)
