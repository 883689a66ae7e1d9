"""Numbers of docs/physics.md that no other test measures: minutes, so only in the slow suite."""

import time
from dataclasses import replace

import numpy as np
import pytest
import real_data
from scipy.stats import spearmanr

from discovery.chemistry.donors import donor
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.chemistry.ordering import representatives
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError
from discovery.types import Estimate, Refusal
from oracles.bond_valence import BondValenceOracle
from oracles.ewald import EwaldOracle
from oracles.site_energy import SiteEnergyOracle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset():
    return ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()


@pytest.fixture(scope="module")
def crystals(dataset):
    return [candidate for candidate in dataset.candidates if candidate.structure is not None]


def test_the_mean_field_ranks_like_three_representatives_and_is_another_number(crystals):
    pairs = []
    for candidate in crystals:
        one = candidate.structure
        if one.is_ordered:
            continue
        try:
            cells = representatives(one, count=3)
            own = [mean_field_site_energies(cell).mean for cell in cells]
            pairs.append((mean_field_site_energies(one).mean, np.mean(own)))
        except InvalidInputError:
            continue
    mean_field, ordered = np.array(pairs).T
    apart = np.median(np.abs(mean_field - ordered))
    print(len(pairs), spearmanr(mean_field, ordered).statistic, apart)  # noqa: T201
    assert len(pairs) == 238
    assert spearmanr(mean_field, ordered).statistic == pytest.approx(0.87, abs=0.02)
    assert apart == pytest.approx(0.84, abs=0.05)


@pytest.mark.parametrize(
    ("oracle", "own", "borrowed"),
    [(EwaldOracle(), 0.50, -0.08), (BondValenceOracle(), 0.25, 0.19)],
    ids=["ewald", "bond valence"],
)
def test_borrowed_structures_do_not_rank_conductivities(dataset, crystals, oracle, own, borrowed):
    lent = []
    for candidate in dataset.candidates:
        if candidate.structure is None:
            found = donor(candidate, crystals)
            if found is not None:
                lent.append((candidate.id, replace(candidate, structure=found.crystal)))
    assert len(lent) == 232
    for asked, rho in (([(c.id, c) for c in crystals], own), (lent, borrowed)):
        outcomes = oracle.label([candidate for _, candidate in asked], 0)
        found = [
            (outcome.value, dataset.labels[key].value)  # a bound stands for its limit
            for (key, _), outcome in zip(asked, outcomes, strict=True)
            if isinstance(outcome, Estimate)
        ]
        values, labels = np.array(found).T
        print(len(found), spearmanr(values, labels).statistic)  # noqa: T201
        assert spearmanr(values, labels).statistic == pytest.approx(rho, abs=0.02)


def test_all_crystals_but_sixteen_have_a_barrier_within_minutes(crystals):
    oracle = SiteEnergyOracle()
    oracle.label(crystals[:3], 0)  # compiles
    begun = time.process_time()
    outcomes = oracle.label(crystals, 0)
    seconds = time.process_time() - begun
    print(f"{seconds:.0f} s")  # noqa: T201
    assert sum(isinstance(outcome, Estimate) for outcome in outcomes) == 298
    assert all(outcome.reason for outcome in outcomes if isinstance(outcome, Refusal))
    assert seconds < 180
