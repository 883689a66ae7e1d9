"""How fast ions hop. Run with `pytest -m perf`."""

import statistics
import time

import numpy as np
import pytest
from hop_cases import lattice
from physics_cases import lithium_phosphate

from discovery.transport.hopping import simulate
from discovery.transport.lattice_gas import NO_REPULSION, Repulsion, lattice_gas
from discovery.types import Candidate, Estimate
from oracles.kmc import SoftBVKMCOracle

pytestmark = pytest.mark.perf

EVENTS = 300_000


def pace(repulsion: Repulsion) -> tuple[float, int]:
    """Hops per second of CPU on a half-filled lattice, and how many hops are possible at a time."""
    gas = lattice_gas(lattice("sc", a=3.0), (20, 20, 20), repulsion)
    occupied = np.random.default_rng(0).random(len(gas.energy)) < 0.5
    source = np.repeat(np.arange(len(gas.energy)), np.diff(gas.hops.start))
    possible = int((occupied[source] & ~occupied[gas.hops.item]).sum())
    simulate(gas, occupied, 1000.0, events=100, seed=0, frames=2)
    seconds = []
    for seed in range(7):
        begun = time.process_time()
        done = simulate(gas, occupied, 1000.0, events=EVENTS, seed=seed, frames=2).events
        seconds.append((time.process_time() - begun) / (done + EVENTS / 10))
    return 1 / statistics.median(seconds), possible


def test_a_million_hops_take_a_second() -> None:
    rate, possible = pace(NO_REPULSION)
    assert possible > 10_000
    assert rate > 1e6


def test_ions_that_repel_each_other_hop_at_a_twentieth_of_that() -> None:
    rate, _ = pace(Repulsion(cutoff=6.0))
    assert rate > 5e4


def test_a_crystal_takes_ten_seconds() -> None:
    crystal = lithium_phosphate()
    candidate = Candidate(tuple(crystal.composition.items()), structure=crystal)
    oracle = SoftBVKMCOracle()
    seconds = []
    for seed in range(4):
        begun = time.process_time()
        (outcome,) = oracle.label([candidate], seed)
        seconds.append(time.process_time() - begun)
        assert isinstance(outcome, Estimate)
    assert min(seconds) < 10.0
