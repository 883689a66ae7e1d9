import itertools
import math

import numpy as np
import pytest
from hop_cases import CORRELATION, jagged, lattice

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN, fit_arrhenius
from discovery.transport.diffusion import diffusion
from discovery.transport.gas_arrays import gas_arrays
from discovery.transport.hopping import _run, _start, simulate
from discovery.transport.lattice_gas import NO_REPULSION, Repulsion, lattice_gas

STRONG = Repulsion(dielectric=8.0, screening=3.0, cutoff=7.0, exclusion=1.2)
TEMPERATURE = 900.0


def states(gas, ions):
    """All allowed occupations (k, n), and their energies in kT."""
    count = len(gas.energy)
    pair, excluded = np.zeros((count, count)), np.zeros((count, count), dtype=bool)
    for site in range(count):
        near = slice(*gas.pairs.start[site : site + 2])
        pair[site, gas.pairs.item[near]] = gas.pair_energy[near]
        excluded[site, gas.exclusions.item[slice(*gas.exclusions.start[site : site + 2])]] = True
    filled = np.zeros((math.comb(count, ions), count))
    for row, sites in zip(filled, itertools.combinations(range(count), ions), strict=True):
        row[list(sites)] = 1
    filled = filled[np.einsum("ki,ij,kj->k", filled, excluded, filled) == 0]
    energy = filled @ gas.energy + np.einsum("ki,ij,kj->k", filled, pair, filled) / 2
    return filled > 0, energy / (BOLTZMANN * TEMPERATURE)


def small_gas():
    gas = lattice_gas(jagged(5), (1, 3, 1), STRONG)
    assert gas.pair_energy.max() > 0.5  # eV
    assert len(gas.exclusions.item)
    return gas


def test_rates_obey_detailed_balance_in_every_state():
    gas = small_gas()
    filled, energy = states(gas, 3)
    index = {row.tobytes(): k for k, row in enumerate(filled)}
    arrays = gas_arrays(gas, BOLTZMANN * TEMPERATURE)
    flow = {}
    for k, row in enumerate(filled):
        state = _start(arrays, row)
        for site in np.flatnonzero(row):
            for hop in range(gas.hops.start[site], gas.hops.start[site + 1]):
                after = row.copy()
                after[[site, gas.hops.item[hop]]] = after[[gas.hops.item[hop], site]]
                key = (k, index.get(after.tobytes(), -1))
                if state.rate[hop] > 0:
                    flow[key] = flow.get(key, 0.0) + state.rate[hop] * math.exp(-energy[k])
    assert len(flow) > 200
    for (a, b), value in flow.items():
        assert value == pytest.approx(flow[b, a], rel=1e-9)


def test_sites_are_filled_as_boltzmann_says():
    gas = small_gas()
    filled, energy = states(gas, 3)
    weight = np.exp(-energy + energy.min())
    expected = weight @ filled / weight.sum()
    start = filled[np.argmax(energy)]
    found = simulate(gas, start, TEMPERATURE, events=400_000, seed=1, frames=10)
    assert expected.max() - expected.min() > 0.3
    assert found.occupation == pytest.approx(expected, abs=0.01)
    assert found.occupation.sum() == pytest.approx(3)


def test_rates_kept_up_to_date_are_rates_made_anew():
    gas = lattice_gas(jagged(7, sites=6), (3, 3, 3), STRONG)
    occupied = np.zeros(len(gas.energy), dtype=bool)
    for site in np.random.default_rng(0).permutation(len(occupied)):
        near = gas.exclusions.item[slice(*gas.exclusions.start[site : site + 2])]
        occupied[site] = not occupied[near].any() and occupied.sum() < 60
    arrays = gas_arrays(gas, BOLTZMANN * TEMPERATURE)
    state = _start(arrays, occupied)
    _run(arrays, state, np.random.default_rng(1), 3000, 1, math.inf)
    anew = _start(arrays, state.ion >= 0)
    assert ((state.ion >= 0) != occupied).any()
    assert state.felt == pytest.approx(anew.felt, rel=1e-9)
    assert (state.excluding == anew.excluding).all()
    rates = [s.rate * np.repeat(s.ion >= 0, np.diff(gas.hops.start)) for s in (state, anew)]
    assert rates[0] == pytest.approx(rates[1], rel=1e-9)
    assert state.tree[1] == pytest.approx(anew.tree[1])


@pytest.mark.parametrize("kind", CORRELATION)
def test_a_single_vacancy_correlates_the_hops_of_ions(kind):
    network = lattice(kind)
    length = float(np.linalg.norm(network.displacement[0]))
    gas = lattice_gas(network, (10, 10, 10))
    ions = len(gas.energy) - 1
    occupied = np.arange(ions + 1) > 0
    ran = simulate(gas, occupied, 1000.0, events=1_600_000, seed=0, frames=4001)
    # slopes over 3 to 30 hops per ion: shorter ones miss returns, longer ones lose statistics
    found = diffusion(ran.positions, ran.time_step, blocks=10, window=(0.02, 0.2))
    pace = ran.events / (ran.time_step * (len(ran.positions) - 1)) / ions
    uncorrelated = pace * length**2 / 6 * 1e-16
    factor = found.tracer / uncorrelated
    assert found.tracer_error < 0.005 * found.tracer
    assert factor == pytest.approx(CORRELATION[kind], rel=0.01)
    # the vacancy itself walks at random, so that the Haven ratio is the correlation factor
    assert found.haven_interval[0] < CORRELATION[kind] < found.haven_interval[1]
    assert found.charge == pytest.approx(uncorrelated, abs=4 * found.charge_error)


def test_few_carriers_do_not_know_of_each_other():
    gas = lattice_gas(lattice("sc", barrier=0.2, a=3.0), (14, 14, 14))
    occupied = np.zeros(len(gas.energy), dtype=bool)
    occupied[np.random.default_rng(0).choice(len(occupied), 27, replace=False)] = True
    ran = simulate(gas, occupied, 600.0, events=300_000, seed=3, frames=3001)
    found = diffusion(ran.positions, ran.time_step, blocks=20, window=(0.02, 0.2))
    expected = 1e13 * math.exp(-0.2 / (BOLTZMANN * 600)) * 3.0**2 * 1e-16
    free = 1 - 27 / len(occupied)
    assert found.tracer == pytest.approx(expected * free, rel=0.03)
    assert found.haven_interval[0] < 1 < found.haven_interval[1]
    assert found.haven == pytest.approx(1, abs=0.15)


def test_one_barrier_is_exactly_the_activation_energy():
    gas = lattice_gas(lattice("fcc", barrier=0.37), (5, 5, 5))
    occupied = np.random.default_rng(0).random(len(gas.energy)) < 0.7
    temperatures = np.array([300.0, 700.0, 2000.0])
    log_sigma = []
    for temperature in temperatures:
        ran = simulate(gas, occupied, temperature, events=2000, seed=4, frames=101)
        found = diffusion(ran.positions, ran.time_step, blocks=2)
        log_sigma.append(math.log10(found.charge / temperature))
    fit = fit_arrhenius(temperatures, np.array(log_sigma))
    assert fit.activation_energy == pytest.approx(0.37, abs=1e-10)


def test_a_pass_below_its_end_counts_as_high_as_that():
    network = jagged(2)
    network.saddle[:] = -1.0
    gas = lattice_gas(network, (2, 2, 2))
    arrays = gas_arrays(gas, 0.1)
    rate = np.minimum(np.minimum(arrays.over, arrays.down), 1.0)
    start = np.repeat(gas.energy, np.diff(gas.hops.start))
    rise = np.maximum(gas.energy[gas.hops.item] - start, 0)
    assert rate == pytest.approx(np.exp(-rise / 0.1))


def test_the_seed_decides():
    gas = lattice_gas(jagged(1), (2, 2, 2))
    occupied = np.arange(len(gas.energy)) % 3 == 0
    runs = [
        simulate(gas, occupied, 800.0, events=500, seed=seed, frames=20).positions
        for seed in (0, 0, 1)
    ]
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).any()
    assert (runs[0][0] == 0).all()


def test_frames_are_equally_spaced_in_time():
    gas = lattice_gas(lattice(), (6, 6, 6))
    occupied = np.arange(216) < 20
    ran = simulate(gas, occupied, 1000.0, events=20_000, seed=0, frames=501)
    pace = 20 * 6 * 1e13 * math.exp(-0.3 / (BOLTZMANN * 1000))
    seconds = ran.time_step * 500
    assert ran.positions.shape == (501, 20, 3)
    assert ran.events == pytest.approx(20_000, rel=0.1)
    assert ran.events / seconds == pytest.approx(pace, rel=0.2)  # blocked hops slow it down


@pytest.mark.parametrize(
    ("occupied", "options", "message"),
    [
        (np.ones(8, dtype=bool), {}, "none of 8 ions on 8 sites can hop: no site that is free"),
        (np.zeros(8, dtype=bool), {}, "none of 0 ions on 8 sites"),
        (np.arange(8) < 4, {"temperature": 0.0}, "must be positive"),
        (np.arange(8) < 4, {"events": 0}, "must be positive"),
        (np.arange(8) < 4, {"frames": 1}, "frames 2 or more"),
    ],
)
def test_what_cannot_hop_is_said(occupied, options, message):
    gas = lattice_gas(lattice(), (2, 2, 2), NO_REPULSION)
    options = {"temperature": 500.0, "events": 10, "seed": 0, "frames": 2, **options}
    with pytest.raises(InvalidInputError, match=message):
        simulate(gas, occupied, **options)


def test_ions_on_sites_that_exclude_each_other_are_refused():
    gas = lattice_gas(lattice(), (4, 4, 4), Repulsion(cutoff=0.0, exclusion=3.5))
    with pytest.raises(InvalidInputError, match="ions sit on sites that exclude each other"):
        simulate(gas, np.arange(64) < 2, 500.0, events=10, seed=0)
