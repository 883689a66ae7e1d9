import math
import re

import pytest
from physics_cases import (
    antifluorite,
    crystal,
    cubic,
    lithium_phosphate,
    lithium_phosphide,
    rock_salt,
    skewed,
    split_conductor,
    supercell,
    turned,
)

from discovery.errors import BudgetError, InvalidInputError
from discovery.testing.oracle import check_oracle
from discovery.transport.landscape import CEILING, Landscape
from discovery.transport.migration import migration
from discovery.transport.saddle import refined_percolation
from discovery.types import Candidate, Estimate, Refusal
from oracles import site_energy
from oracles.site_energy import SiteEnergyOracle


def candidate(structure):
    return Candidate(tuple(structure.composition.items()), structure=structure)


def answer(structure, seed=0, **options):
    (outcome,) = SiteEnergyOracle(**options).label([candidate(structure)], seed=seed)
    return outcome


def test_the_contract_of_an_oracle_is_kept():
    check_oracle(
        SiteEnergyOracle(),
        [
            candidate(one)
            for one in (lithium_phosphate(), lithium_phosphide(), antifluorite("S", 5.7))
        ],
    )


def test_the_value_is_the_barrier_in_three_dimensions():
    found = answer(lithium_phosphate())
    assert isinstance(found, Estimate)
    parts = migration(lithium_phosphate())
    assert found.value == parts.percolation.levels[2]
    assert found.details["e_1d"] == parts.percolation.levels[0]
    assert found.details["path_length"] == parts.path.length
    assert found.details["passing_void_3d"] == parts.voids.passing[2]
    assert found.details["void"] > found.details["passing_void_1d"] > 0
    assert found.details["disorder"] == "none"
    assert found.standard_error is None


@pytest.mark.parametrize(
    "change", [skewed, lambda one: turned(one, 3), lambda one: supercell(one, (1, 2, 1))]
)
def test_the_value_is_a_property_of_the_crystal_not_of_its_description(change):
    assert answer(change(lithium_phosphate())).value == pytest.approx(
        answer(lithium_phosphate()).value, abs=1e-4
    )


def test_the_value_hardly_depends_on_the_resolution():
    coarse, fine = (
        answer(lithium_phosphate(), resolution=0.25),
        answer(lithium_phosphate(), resolution=0.15),
    )
    assert coarse.value == pytest.approx(fine.value, abs=1e-3)


def test_disordered_crystals_are_averaged_over_orderings():
    one = split_conductor()
    found = answer(one, representatives=2)
    assert isinstance(found, Estimate)
    assert found.details["disorder"] == "representatives"
    assert found.details["representatives"] == 2
    assert found.standard_error == pytest.approx(found.details["spread"] / math.sqrt(2))
    assert answer(one, representatives=2) == found


@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (lithium_phosphide(), r"no parameters for Li\+ with P3-"),
        (rock_salt("Li", "H", 4.08), r"no parameters for Li\+ with H-"),
        (rock_salt("Li", "O", 4.3), "oxidation states|O-"),
        (rock_salt("Na", "Cl", 5.64), "no Li in the structure"),
        (crystal(cubic(4.0), ("Li", (0, 0, 0)), ("F", (0.05, 0, 0))), "two atoms overlap"),
        (supercell(rock_salt("Li", "F", 4.0), (3, 3, 3)), "216 atoms|216 sites"),
    ],
)
def test_what_does_not_apply_is_refused_with_the_reason(structure, reason):
    refused = answer(structure)
    assert isinstance(refused, Refusal)
    assert re.search(reason, refused.reason)


def test_a_crystal_that_is_shut_is_refused(monkeypatch):
    def walled(structure, **options):
        found = migration(structure, **options)
        energy = found.landscape.energy.copy()
        energy[0] = CEILING
        shut = Landscape(found.landscape.cell, energy)
        levels = refined_percolation(found.field, shut)
        return type(found)(found.crystal, found.field, shut, levels, None, None)

    monkeypatch.setattr(site_energy, "migration", walled)
    assert answer(lithium_phosphate()) == Refusal(
        "no way through the crystal in three dimensions: Li is shut in at 100 eV"
    )


def test_options_are_checked():
    assert SiteEnergyOracle(price=0.3).cost(candidate(lithium_phosphate())) == 0.3
    with pytest.raises(BudgetError, match="not -1"):
        SiteEnergyOracle(price=-1)
    with pytest.raises(InvalidInputError, match="resolution must be a positive distance, not 0"):
        SiteEnergyOracle(resolution=0)
    with pytest.raises(InvalidInputError, match="representatives must be 1 or more, not 0"):
        SiteEnergyOracle(representatives=0)
