import math

import numpy as np
import pytest
import real_data
from physics_cases import (
    antifluorite,
    crystal,
    cubic,
    lithium_phosphide,
    rock_salt,
    skewed,
    split_conductor,
    turned,
)

from discovery.chemistry.structures import candidate_from_structure
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import BudgetError, InvalidInputError
from discovery.protocols import Oracle
from discovery.transport import conduction
from discovery.transport.landscape import CEILING, Landscape, bond_valence_landscape
from discovery.transport.percolation import percolation
from discovery.types import Bound, Candidate, Estimate, Refusal
from oracles import kmc
from oracles.kmc import SoftBVKMCOracle


def answer(oracle, structure, seed=0):
    candidate = Candidate(tuple(structure.composition.items()), structure=structure)
    (outcome,) = oracle.label([candidate], seed)
    return outcome


def oxide():
    return antifluorite("O", 4.62)


def quick(**options):
    cheap = {"hops_per_ion": 5000, "ions": 16, "resolution": 0.3, "temperatures": (1000.0, 2000.0)}
    return SoftBVKMCOracle(**{**cheap, **options})


def test_it_predicts_a_conductivity():
    oracle = SoftBVKMCOracle()
    assert isinstance(oracle, Oracle)
    assert (oracle.property, oracle.unit) == ("log10_sigma", "log10(S/cm)")
    assert oracle.cost(Candidate((("Li", 1.0),))) == 0.05


def test_antifluorite_conducts_over_the_barrier_of_its_landscape():
    outcome = answer(quick(), oxide())
    assert isinstance(outcome, Estimate)
    *_, barrier = percolation(bond_valence_landscape(oxide(), resolution=0.3)).levels
    details = outcome.details
    # vacancies hop between equal sites in a cubic crystal: one barrier rules all directions
    assert details["activation_energy"] == pytest.approx(
        barrier, abs=3 * details["activation_energy_error"] + 0.05
    )
    assert 0 < details["haven_low"] < details["haven_ratio"] < details["haven_high"]
    assert details["left_out"] == pytest.approx(
        0.02 * (details["ions"] + details["left_out"]), abs=1
    )
    assert details["temperatures"] == 2
    assert details["log10_sigma_2000K"] > details["log10_sigma_1000K"] > outcome.value
    assert outcome.standard_error > 0
    assert details["disorder"] == "none"


def test_the_seed_draws_and_the_error_covers_it():
    outcomes = [answer(quick(), oxide(), seed) for seed in (0, 0, 1, 2, 3)]
    assert outcomes[0] == outcomes[1]
    values = np.array([one.value for one in outcomes[1:]])
    error = np.median([one.standard_error for one in outcomes[1:]])
    assert len(set(values)) == 4
    # 95 % of four deviate by 0.27 to 1.77 of their standard deviation
    assert 0.2 * error < values.std(ddof=1) < 2 * error


def test_how_the_crystal_is_written_matters_no_more_than_the_seed():
    first, second, third = (
        answer(quick(resolution=0.2), one) for one in (oxide(), skewed(oxide()), turned(oxide(), 1))
    )
    for other in (second, third):
        error = math.hypot(first.standard_error, other.standard_error)
        assert first.value == pytest.approx(other.value, abs=3 * error)


def test_faster_attempts_conduct_better_by_as_much_and_defects_are_left_out():
    usual, slow = (answer(quick(attempt_frequency=nu), oxide()) for nu in (1e13, 1e12))
    assert slow.value == pytest.approx(usual.value - 1, abs=1e-9)
    many = answer(quick(defects=0.1), oxide())
    assert [one.details["left_out"] for one in (usual, many)] == [1, 6]


def test_disordered_crystals_are_represented():
    outcome = answer(quick(representatives=2), split_conductor())
    assert isinstance(outcome, Estimate)
    assert outcome.details["disorder"] == "representatives"
    assert outcome.details["representatives"] == 2


@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (rock_salt("Na", "Cl", 5.64), "no Li in the structure"),
        (lithium_phosphide(), "softBV has no parameters for Li+ with P3-"),
        (rock_salt("Li", "H", 4.08), "softBV has no parameters for Li+ with H-"),
        (crystal(cubic(5.0), ("Li", (0, 0, 0)), ("F", (0.05, 0, 0))), "two atoms overlap"),
        (rock_salt("Li", "Al", 5.0), "no oxidation states balance Li4Al4"),
    ],
    ids=["no Li", "phosphide", "hydride", "overlap", "charges"],
)
def test_what_does_not_apply_is_refused_with_its_reason(structure, reason):
    outcome = answer(quick(), structure)
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


def test_what_nobody_could_measure_is_a_bound():
    estimate, bound = (answer(quick(floor=floor), oxide()) for floor in (-20.0, 0.0))
    assert isinstance(estimate, Estimate)
    assert isinstance(bound, Bound)
    assert (bound.side, bound.value) == ("left", 0.0)
    assert bound.details["extrapolated"] == estimate.value


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"price": -1.0}, BudgetError, "0 or more, not -1"),
        ({"temperatures": [500.0]}, InvalidInputError, r"two temperatures make a line, not \[500"),
        ({"temperatures": [500.0, -1.0]}, InvalidInputError, r"temperatures\[1\] must be a pos"),
        ({"hops_per_ion": 9}, InvalidInputError, "hops_per_ion must be 5000 or more, not 9"),
        ({"resolution": math.nan}, InvalidInputError, "resolution must be a positive number"),
        ({"attempt_frequency": 0.0}, InvalidInputError, "attempt_frequency must be a positive"),
        ({"defects": 0.0}, InvalidInputError, "defects is a share between 0 and 1, not 0"),
        ({"average": "best"}, InvalidInputError, "average is 'series' or 'parallel', not 'best'"),
        ({"floor": -math.inf}, InvalidInputError, "floor must be a finite number, not -inf"),
        ({"dielectric": 0.0}, InvalidInputError, "dielectric and screening must be positive"),
        ({"max_atoms": 0}, InvalidInputError, "max_atoms must be 1 or more, not 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        SoftBVKMCOracle(**options)


def test_a_crystal_that_is_shut_is_refused(monkeypatch):
    def shut(crystal, *, resolution):
        assert resolution == 0.3
        energy = np.full((8, 8, 8), CEILING)
        energy[:4, :4, :4] = np.arange(64).reshape(4, 4, 4)
        return Landscape(np.array(crystal.matrix), energy)

    monkeypatch.setattr(kmc, "bond_valence_landscape", shut)
    outcome = answer(quick(), oxide())
    assert outcome == Refusal("no way through the crystal: Li is shut in at 100 eV")


def obelix_crystals(*names):
    dataset = ObelixDataset(data_dir=str(real_data.folder("obelix"))).load()
    by_name = {c.name.split()[0]: c for c in dataset.candidates}
    return [by_name[name] for name in names]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ard", "47i", "opo", "ro9"])
def test_six_times_the_hops_and_five_times_the_lags_tell_the_same(name, monkeypatch):
    (candidate,) = obelix_crystals(name)
    (usual,) = SoftBVKMCOracle().label([candidate], seed=0)
    monkeypatch.setattr(conduction, "_LAGS", (150.0, 750.0))
    (longer,) = SoftBVKMCOracle(hops_per_ion=60_000).label([candidate], seed=1)
    error = math.hypot(usual.standard_error, longer.standard_error)
    assert usual.value == pytest.approx(longer.value, abs=3 * error)
    for temperature in (1250, 1500, 2000):
        key = f"log10_sigma_{temperature}K"
        assert usual.details[key] == pytest.approx(longer.details[key], abs=0.3)


def test_large_cells_are_refused():
    (outcome,) = quick(max_sites=11).label([candidate_from_structure(oxide())], seed=0)
    assert outcome == Refusal("12 sites are more than max_sites = 11")
