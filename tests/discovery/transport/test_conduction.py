import math
from dataclasses import replace

import numpy as np
import pytest
from hop_cases import lattice

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN
from discovery.transport.conduction import FEWEST_HOPS, _line, hopping_conduction
from discovery.transport.diffusion import nernst_einstein
from discovery.transport.lattice_gas import NO_REPULSION, Repulsion
from discovery.transport.network import HopNetwork

HOT = (1000.0, 1400.0, 2000.0)


def conduct(network, ions=1, **options):
    options = {
        "repulsion": NO_REPULSION,
        "temperatures": HOT,
        "hops_per_ion": FEWEST_HOPS,
        "fewest_ions": 16,
        "seed": 1,
        **options,
    }
    return hopping_conduction(network, network.position[:ions], **options)


def chain(passes, across, length=20.0):
    """Equal sites along x with the given passes to the next ones; the same pass to all others."""
    sites = len(passes)
    here = np.arange(sites)
    step = np.zeros((sites, 3), dtype=int)
    step[-1, 0] = 1
    aside = np.repeat([[0, 1, 0], [0, 0, 1]], sites, axis=0)
    return HopNetwork(
        np.diag([length, 4.0, 4.0]),
        np.column_stack([here / sites, 0 * here, 0 * here]),
        np.zeros(sites),
        np.tile(here, 3),
        np.concatenate([(here + 1) % sites, here, here]),
        np.concatenate([step, aside]),
        np.concatenate([passes, np.full(2 * sites, across)]),
    )


def exact(passes, across, temperature, filled, length=20.0):
    """Conductivity of :func:`chain` in series: a symmetric exclusion process has no correlation.

    Its charge moves as if every ion were alone and hopped to the share of sites that is free.
    """
    rate = 1e13 * np.exp(-np.append(passes, across) / (BOLTZMANN * temperature))
    along = length**2 / len(passes) / (1 / rate[:-1]).sum()
    mean = 3e-16 / (1 / along + 2 / (16 * rate[-1]))
    density = filled * len(passes) / (16 * length)
    return nernst_einstein(mean * (1 - filled), density, temperature)


def test_vacancies_on_a_lattice_conduct_as_they_hop():
    found = conduct(lattice(barrier=0.45), defects=0.1)
    assert found.repeats == (3, 3, 3)
    assert (found.sites, found.ions, found.left_out) == (27, 24, 3)
    assert found.line.activation_energy == pytest.approx(
        0.45, abs=3 * found.line.activation_energy_error
    )
    for one in found.measured:
        hops = 1e13 * math.exp(-0.45 / (BOLTZMANN * one.temperature)) * 9e-16 * 3 / 27
        expected = nernst_einstein(hops, 24 / 27 / 27, one.temperature)
        assert one.is_measured
        assert one.sigma == pytest.approx(expected, abs=4 * one.error)
        assert one.diffusion.haven < 1


def test_room_temperature_errors_are_the_scatter_of_seeds():
    runs = [conduct(lattice(), seed=seed).line.log10_sigma() for seed in range(12)]
    values, errors = np.array(runs).T
    assert np.median(errors) == pytest.approx(values.std(), rel=0.5)
    exact = math.log10(
        nernst_einstein(1e13 * math.exp(-0.3 / (BOLTZMANN * 300)) * 9e-16 * 1 / 27, 1 / 27, 300)
    )
    assert values.mean() == pytest.approx(exact, abs=3 * values.std() / math.sqrt(12) + 0.05)


def test_low_passes_in_series_with_a_high_one_cost_neither_hops_nor_truth():
    passes = np.array([0.6, *[0.05] * 9])
    errors = []
    for seed in range(3):
        found = conduct(chain(passes, 0.45), ions=5, seed=seed)
        filled = found.ions / found.sites
        assert found.repeats == (1, 2, 2)
        errors += [
            math.log10(one.sigma / exact(passes, 0.45, one.temperature, filled))
            for one in found.measured
        ]
    # nine raised passes add at most 9/55 to the resistance along x
    assert np.mean(errors) == pytest.approx(-0.03, abs=0.05)


def test_parallel_grains_conduct_at_least_as_well_as_grains_in_series():
    network = replace(lattice(), saddle=np.array([0.2, 0.5, 0.5]))
    series, parallel = (
        conduct(network, average=average).line for average in ("series", "parallel")
    )
    assert parallel.log10_sigma()[0] > series.log10_sigma()[0] + 2
    for line, barrier in ((parallel, 0.2), (series, 0.5)):
        assert line.activation_energy == pytest.approx(
            barrier, abs=3 * line.activation_energy_error
        )
        assert line.activation_energy_error < 0.1


def test_repulsion_that_orders_ions_costs_activation_energy():
    free, repelled = (
        conduct(lattice(), defects=0.5, repulsion=repulsion).line.activation_energy
        for repulsion in (NO_REPULSION, Repulsion(dielectric=3.0, screening=3.0))
    )
    assert free == pytest.approx(0.3, abs=0.05)
    assert repelled > free + 0.15


def test_the_seed_decides():
    one, same, other = (conduct(lattice(), seed=seed).line for seed in (3, 3, 4))
    assert one.log10_sigma() == same.log10_sigma()
    assert one.log10_sigma() != other.log10_sigma()


def test_a_crystal_that_is_closed_in_some_direction_is_refused():
    network = lattice()
    flat = replace(
        network, i=network.i[:2], j=network.j[:2], shift=network.shift[:2], saddle=np.full(2, 0.3)
    )
    with pytest.raises(InvalidInputError, match=r"no way through the crystal in 3 dimensions"):
        conduct(flat)
    open_line = conduct(flat, average="parallel").line
    assert open_line.activation_energy == pytest.approx(
        0.3, abs=3 * open_line.activation_energy_error
    )
    shut = replace(flat, i=flat.i[:0], j=flat.j[:0], shift=flat.shift[:0], saddle=flat.saddle[:0])
    with pytest.raises(InvalidInputError, match=r"in 1 dimension: the 1 sites of Li are not"):
        conduct(shut, average="parallel")


def test_what_the_ions_do_not_tell_is_refused():
    measured = conduct(lattice()).measured
    vague = [replace(one, error=one.sigma) for one in measured[1:]]
    with pytest.raises(InvalidInputError, match=r"Li moves measurably at 1 of 3 temperatures"):
        _line([measured[0], *vague])


def test_too_few_hops_are_refused():
    with pytest.raises(InvalidInputError, match=r"^4 hops per ion are too few .* simulate 5000"):
        conduct(lattice(), hops_per_ion=4)
