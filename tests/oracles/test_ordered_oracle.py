import math
import statistics

import pytest
from physics_cases import crystal, cubic, lithium_phosphide, rock_salt, split_conductor

from discovery import registry
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.chemistry.ordering import REVISION
from discovery.errors import BudgetError, InvalidInputError
from discovery.testing.oracle import check_oracle
from discovery.types import Candidate, Estimate, Refusal
from oracles import CATALOGUE, ordered
from oracles.ordered import OrderedOracle, average

ORDERED = [name for name in CATALOGUE if issubclass(registry.load("oracle", name), OrderedOracle)]


class SiteEnergy(OrderedOracle):
    """Mean electrostatic energy of Li, with a made-up error."""

    version = "1"
    property = "li_site_energy"
    unit = "eV"

    def __init__(self, *, price=0.1, max_sites=1000, representatives=3, max_atoms=200):
        super().__init__(
            price=price, max_sites=max_sites, representatives=representatives, max_atoms=max_atoms
        )

    def estimate_ordered(self, crystal, seed):
        assert crystal.is_ordered
        energies = mean_field_site_energies(crystal)
        return Estimate(energies.mean, 0.1, {"atoms": len(crystal.sites)})


class Dice(SiteEnergy):
    """Returns its seed."""

    def estimate_ordered(self, crystal, seed):
        return Estimate(float(seed % 1000))


def candidate(structure):
    return Candidate(tuple(structure.composition.items()), structure=structure)


def answer(oracle, structure, seed=0):
    (outcome,) = oracle.label([candidate(structure)], seed)
    return outcome


def test_the_contract_of_an_oracle_is_kept():
    check_oracle(SiteEnergy(representatives=2), [candidate(split_conductor())])


def test_other_orderings_are_another_version(monkeypatch):
    assert {"site_energy", "softbv_kmc", "dft", "force_field", "force_field_md"} <= set(ORDERED)
    assert SiteEnergy().version == f"1+ordering.{REVISION}"
    before = {name: registry.build("oracle", name, {}).version for name in ORDERED}
    monkeypatch.setattr(ordered, "REVISION", "next")
    for name, version in before.items():
        changed = registry.build("oracle", name, {}).version
        assert changed == version.removesuffix(REVISION) + "next"


def test_answers_on_other_orderings_are_not_found_again(monkeypatch, tmp_path):
    section = {"oracle": {"name": "site_energy"}, "directory": str(tmp_path)}
    asked = [candidate(lithium_phosphide())]
    oracle = registry.build("oracle", "cached", section)
    oracle.label(asked, 0)
    assert oracle.recall(asked) != [None]
    monkeypatch.setattr(ordered, "REVISION", "next")
    assert registry.build("oracle", "cached", section).recall(asked) == [None]


def test_an_ordered_crystal_is_answered_once_without_a_spread():
    outcome = answer(SiteEnergy(), lithium_phosphide())
    assert outcome.standard_error == pytest.approx(0.1)
    assert outcome.details == {"atoms": 8, "disorder": "none", "representatives": 1}


def test_a_disordered_crystal_gets_the_mean_of_its_representatives_and_their_spread():
    outcome = answer(SiteEnergy(), split_conductor())
    assert outcome.details["disorder"] == "representatives"
    assert outcome.details["representatives"] == 3
    spread = outcome.details["spread"]
    assert spread > 0
    assert outcome.standard_error == pytest.approx(math.hypot(spread, 0.1) / math.sqrt(3))
    one = answer(SiteEnergy(representatives=1), split_conductor())
    assert one.standard_error == pytest.approx(0.1)
    assert "spread" not in one.details


def test_what_is_drawn_depends_on_seed_and_candidate():
    first, again = (answer(Dice(representatives=1), split_conductor()) for _ in range(2))
    assert first == again
    assert answer(Dice(representatives=1), split_conductor(), seed=1) != first
    assert (
        answer(Dice(), lithium_phosphide()).value != answer(Dice(), rock_salt("Li", "F", 4.0)).value
    )


def test_numbers_in_details_are_averaged_and_others_kept_where_all_agree():
    estimates = [
        Estimate(1.0, None, {"z": 1, "kind": "a", "flag": True, "note": "x", "own": 1}),
        Estimate(3.0, None, {"z": 2, "kind": "a", "flag": False, "note": "y"}),
    ]
    outcome = average(split_conductor(), estimates)
    assert outcome.value == 2.0
    assert outcome.standard_error == pytest.approx(statistics.stdev([1.0, 3.0]) / math.sqrt(2))
    assert outcome.details == {
        "z": 1.5,
        "kind": "a",
        "disorder": "representatives",
        "representatives": 2,
        "spread": pytest.approx(math.sqrt(2)),
    }


@pytest.mark.parametrize(
    ("structure", "options", "reason"),
    [
        (lithium_phosphide(), {"max_atoms": 7}, "8 atoms are more than max_atoms = 7"),
        (split_conductor(), {"max_atoms": 9}, "no neutral cell of at most max_atoms = 9 has"),
        (split_conductor(), {"max_sites": 7}, "8 sites are more than max_sites = 7"),
        (rock_salt("Na", "Cl", 5.6), {}, "no Li in the structure"),
        (
            crystal(cubic(4.0), ({"Li": 0.5, "Al": 0.5}, (0, 0, 0)), ("Mg", (0.5, 0.5, 0.5))),
            {},
            "no oxidation states balance Li0.5Al0.5Mg",
        ),
    ],
    ids=["too large", "no cell", "too many sites", "no Li", "never neutral"],
)
def test_what_cannot_be_ordered_is_refused_with_its_reason(structure, options, reason):
    outcome = answer(SiteEnergy(**options), structure)
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


def test_options_have_to_make_sense():
    with pytest.raises(InvalidInputError, match="representatives must be 1 or more, not 0"):
        SiteEnergy(representatives=0)
    with pytest.raises(InvalidInputError, match="max_atoms must be 1 or more, not 0"):
        SiteEnergy(max_atoms=0)
    with pytest.raises(BudgetError, match="not -1"):
        SiteEnergy(price=-1)
