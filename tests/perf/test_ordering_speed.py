"""How fast arrangements are searched; run with `pytest -m perf`, one process."""

import statistics
import time

import numpy as np
import pytest
from physics_cases import antifluorite, supercell
from pymatgen.analysis.ewald import EwaldSummation

from discovery.chemistry.annealing import Interactions, anneal, arrange
from discovery.chemistry.ewald_matrix import ewald_matrix, swap, swap_change
from discovery.chemistry.neighbours import cell_matrix, fractional
from discovery.chemistry.structures import to_pymatgen

pytestmark = pytest.mark.perf


@pytest.fixture(scope="module")
def half_filled():
    """Matrix, species and charges of a crystal of 324 sites, half of the 216 cations' empty."""
    large = supercell(antifluorite("O", 4.6), (3, 3, 3))
    matrix = ewald_matrix(cell_matrix(large), fractional(large))
    kind = np.array([0 if site.species[0][0] == "Li" else 2 for site in large.sites])
    cations = np.flatnonzero(kind == 0)
    kind[cations[::2]] = 1
    return large, matrix, kind, cations


def seconds(work, repeat=5):
    work()
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def test_a_hundred_thousand_orderings_are_weighed_in_a_second(half_filled):
    _, matrix, kind, cations = half_filled
    nothing = np.empty(0, dtype=np.intp)
    interactions = Interactions(
        matrix, np.zeros(len(kind) + 1, dtype=np.intp), nothing, np.empty(0)
    )
    bounds, steps = np.array([0, len(cations)]), 1000
    charges = np.array([0.0, 2.0, -2.0])

    def work():
        state = arrange(interactions, kind.copy(), charges[kind])
        anneal(interactions, state, cations, bounds, np.geomspace(3.0, 0.03, steps), rng)

    rng = np.random.default_rng(0)
    rate = steps * len(cations) / seconds(work)
    assert rate > 1e5, f"{rate:.3g} per second"


def test_a_hundred_thousand_accepted_orderings_are_followed_in_a_second(half_filled):
    _, matrix, kind, cations = half_filled
    charge = np.array([0.0, 2.0, -2.0])[kind]
    potential = matrix @ charge
    rng = np.random.default_rng(0)
    pairs = rng.choice(cations, (2000, 2))

    def work():
        for a, b in pairs:
            swap_change(matrix, potential, charge, a, b)
            swap(matrix, potential, charge, a, b)

    rate = len(pairs) / seconds(work)
    assert rate > 1e5, f"{rate:.3g} per second"


def test_an_exchange_is_ten_thousand_times_faster_than_a_new_sum(half_filled):
    large, matrix, kind, cations = half_filled
    charge = np.array([0.0, 2.0, -2.0])[kind]
    potential = matrix @ charge
    a, b = cations[0], cations[1]

    def exchanges():
        for _ in range(1000):
            swap_change(matrix, potential, charge, a, b)
            swap(matrix, potential, charge, a, b)

    def fresh():
        structure = to_pymatgen(large).add_oxidation_state_by_site(charge.tolist())
        return EwaldSummation(structure).total_energy

    ratio = seconds(fresh, repeat=2) / (seconds(exchanges) / 1000)
    assert ratio > 1e4, f"{ratio:.3g} times"
