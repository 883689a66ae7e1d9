import json

import physics_cases
import pytest
import real_data
import toy_calculator

import oracles.stability
from discovery.chemistry.formula import candidate_from_formula, parse_formula
from discovery.chemistry.stability import Phase
from discovery.chemistry.structures import candidate_from_structure, to_pymatgen
from discovery.datasets.phases import read_structures
from discovery.errors import BudgetError, DatasetError, InvalidInputError
from discovery.evaluation import evaluate
from discovery.testing import check_oracle
from discovery.types import Candidate, Query, Refusal
from oracles.ase_bridge import atoms
from oracles.energies import Energies
from oracles.force_field.cells import primitive
from oracles.stability import StabilityOracle

ENERGIES = {
    "Li": -1.9,
    "P": -5.4,
    "S": -4.1,
    "Li2S": -1.9 * 2 - 4.1 - 4.0,
    "Li3P": -1.9 * 3 - 5.4 - 3.0,
    "P2S5": -5.4 * 2 - 4.1 * 5 - 2.0,
    "Li3PS4": -1.9 * 3 - 5.4 - 4.1 * 4 - 10.0,
}
TOY = {"calculator": "toy_calculator:ByFormula", "relaxation": "none"}
THIOPHOSPHATE = candidate_from_formula("Li3PS4")


def answer(oracle, one):
    (outcome,) = oracle.label([one], 0)
    return outcome


def energies_file(folder, energies=ENERGIES):
    path = folder / "phases.json"
    content = [{"composition": f, "energy": e, "source": "toy"} for f, e in energies.items()]
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def from_file(tmp_path):
    return StabilityOracle(source="file", path=energies_file(tmp_path))


def test_the_value_is_the_width_and_the_potentials_are_details(from_file):
    found = answer(from_file, THIOPHOSPHATE)
    reduction, oxidation = 6.0 / 5, 18.0 / 6
    assert found.value == pytest.approx(oxidation - reduction)
    assert found.details["reduction"] == pytest.approx(reduction)
    assert found.details["oxidation"] == pytest.approx(oxidation)
    assert found.details["energy_above_hull"] == 0
    assert found.details["phases"] == "Li3PS4"
    assert found.details["reduced_to"] == "Li2S, P"
    assert found.details["oxidised_to"] == "P2S5, S"
    assert found.details["energies"] == "toy"
    assert found.standard_error is None
    assert (from_file.property, from_file.unit) == ("stability_window", "V")


def test_the_composition_decides_where_energies_are_given(from_file):
    double = Candidate((("Li", 2.0), ("S", 4.0), ("Li", 4.0), ("P", 1.0)))
    crystal = candidate_from_structure(physics_cases.antifluorite("S", 5.71))
    assert answer(from_file, crystal).value == pytest.approx(2.0)
    assert isinstance(answer(from_file, double), Refusal)
    same = Candidate((("Li", 1.0), ("S", 4.0), ("Li", 2.0), ("P", 1.0)))
    assert answer(from_file, same).value == answer(from_file, THIOPHOSPHATE).value


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("Li6PS5Cl", "not the element Cl; Li6PS5Cl itself; a compound of Li and Cl"),
        ("Li7PS6", "not Li7PS6 itself"),
        ("P2S5", "only compounds of Li"),
        ("Li", "only compounds of Li"),
    ],
)
def test_what_is_missing_is_the_reason_of_the_refusal(from_file, formula, reason):
    outcome = answer(from_file, candidate_from_formula(formula))
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


def test_the_contract_is_kept(from_file):
    check_oracle(from_file, [THIOPHOSPHATE, candidate_from_formula("Li2S")])


def test_the_version_follows_the_energies(tmp_path):
    first = StabilityOracle(source="file", path=energies_file(tmp_path)).version
    again = StabilityOracle(source="file", path=energies_file(tmp_path)).version
    other = StabilityOracle(source="file", path=energies_file(tmp_path, {"Li": 0.0})).version
    assert first == again != other


def test_the_materials_project_is_asked_for_the_elements_of_the_candidate(monkeypatch):
    asked = []

    def give(elements):
        asked.append(sorted(elements))
        return [Phase(tuple(parse_formula(f).items()), e) for f, e in ENERGIES.items()]

    monkeypatch.setattr(oracles.stability, "materials_project_phases", give)
    found = answer(StabilityOracle(source="materials_project"), THIOPHOSPHATE)
    assert found.details["oxidation"] == pytest.approx(3.0)
    assert asked == [["Li", "P", "S"]]


def test_without_a_key_the_materials_project_is_unavailable(monkeypatch, tmp_path):
    monkeypatch.delenv("MP_API_KEY", raising=False)
    monkeypatch.setattr("discovery.datasets.fetch.user_cache_path", lambda *_, **__: tmp_path)
    outcome = answer(StabilityOracle(source="materials_project"), THIOPHOSPHATE)
    assert isinstance(outcome, Refusal)
    assert outcome.reason.startswith("unavailable: the Materials Project needs a key")


def test_a_service_that_is_down_is_a_failure_not_a_refusal(monkeypatch):
    def give(_):
        raise DatasetError("down")

    monkeypatch.setattr(oracles.stability, "materials_project_phases", give)
    oracle = StabilityOracle(source="materials_project")
    told = evaluate(oracle, "window", Query(THIOPHOSPHATE, "window"), cost=1, seed=0)
    assert (told.status, told.reason) == ("failed", "DatasetError: down")


def packed(formula):
    """Some crystal of a formula, atoms 3 A apart."""
    content = [e for e, n in parse_formula(formula).items() for _ in range(int(n))]
    side = 3.0 * len(content)
    cell = [[side, 0, 0], [0, 3.0, 0], [0, 0, 3.1]]
    return physics_cases.crystal(
        cell, *((e, ((k + 0.1 * (k == 0)) / len(content), 0, 0)) for k, e in enumerate(content))
    )


def structures_file(folder, formulas):
    path = folder / "structures.json"
    content = [
        {"entry_id": formula, "structure": to_pymatgen(packed(formula)).as_dict()}
        for formula in formulas
    ]
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path / "cache"))
    toy_calculator.ASKED.clear()

    def build(formulas=tuple(ENERGIES), energies=ENERGIES, **options):
        path = structures_file(tmp_path, formulas)
        arguments = {"energies": energies}
        given = {"path": path, "arguments": arguments, **TOY, **options}
        return StabilityOracle(source="calculator", **given)

    return build


@pytest.fixture
def crystal():
    return candidate_from_structure(packed("Li3PS4"))


def test_all_energies_come_from_one_calculator(toy, crystal):
    found = answer(toy(), crystal)
    assert found.details["reduction"] == pytest.approx(6.0 / 5)
    assert found.details["oxidation"] == pytest.approx(3.0)
    assert found.details["energies"].startswith("toy_calculator:ByFormula")


def test_a_candidate_beyond_the_known_phases_brings_its_own_energy(toy, crystal):
    others = [formula for formula in ENERGIES if formula != "Li3PS4"]
    assert answer(toy(others), crystal).value == pytest.approx(3.0 - 6.0 / 5)
    unstable = answer(toy(others, ENERGIES | {"Li3PS4": -20.0}), crystal)
    assert unstable.details["energy_above_hull"] > 0.1
    assert "Li3PS4" not in unstable.details["phases"]


def test_energies_are_computed_once_on_a_machine(toy, crystal):
    first = answer(toy(), crystal)
    count = len(toy_calculator.ASKED)
    assert count == len(ENERGIES)
    assert answer(toy(), crystal) == first
    assert len(toy_calculator.ASKED) == count


def test_phases_of_other_elements_are_not_computed(toy):
    answer(toy(), candidate_from_structure(packed("Li2S")))
    assert sorted(toy_calculator.ASKED) == ["Li", "Li2S", "S"]


def test_what_is_missing_is_told_before_anything_is_computed(toy, crystal):
    outcome = answer(toy(["Li", "S", "Li2S"]), crystal)
    assert isinstance(outcome, Refusal)
    assert "not the element P; a compound of Li and P" in outcome.reason
    assert toy_calculator.ASKED == []


def test_a_calculation_that_fails_fails_the_query(toy, crystal):
    oracle = toy(energies={"Li": -1.9})
    told = evaluate(oracle, "window", Query(crystal, "window"), cost=1, seed=0)
    assert told.status == "failed"
    assert "the energy nan" in told.reason


def test_candidates_that_cannot_be_computed_are_refused(toy, crystal):
    overlapping = physics_cases.crystal(
        physics_cases.cubic(5), ("Li", (0, 0, 0)), ("Li", (0.5, 0, 0)), ("S", (0.51, 0, 0))
    )
    reasons = {
        "no structure": answer(toy(), THIOPHOSPHATE),
        "two atoms overlap": answer(toy(), candidate_from_structure(overlapping)),
        "unavailable: no_such:Thing": answer(toy(calculator="no_such:Thing"), crystal),
        "a competing phase, Li2S2, has 4 atoms, more than max_atoms = 3": answer(
            toy([*ENERGIES, "Li2S2"], max_atoms=3), candidate_from_structure(packed("Li2S"))
        ),
    }
    for reason, outcome in reasons.items():
        assert isinstance(outcome, Refusal)
        assert reason in outcome.reason


def test_competing_phases_are_ordered(tmp_path):
    path = tmp_path / "half.json"
    path.write_text(json.dumps([to_pymatgen(physics_cases.split_conductor()).as_dict()]))
    with pytest.raises(InvalidInputError, match=r"half\.json: .*every site filled .*disordered: 0"):
        StabilityOracle(source="calculator", path=str(path))


def test_bad_options_are_refused_at_once(tmp_path):
    with pytest.raises(InvalidInputError, match=r"source is 'file', .* not 'internet'"):
        StabilityOracle(source="internet")
    with pytest.raises(InvalidInputError, match="source 'file' needs a path, not None"):
        StabilityOracle(source="file")
    with pytest.raises(InvalidInputError, match=r"'materials_project' needs no path"):
        StabilityOracle(source="materials_project", path="x.json")
    with pytest.raises(DatasetError, match=r"x\.json cannot be read"):
        StabilityOracle(source="file", path=str(tmp_path / "x.json"))
    with pytest.raises(InvalidInputError, match="max_atoms must be 1 or more"):
        StabilityOracle(source="materials_project", max_atoms=0)
    with pytest.raises(BudgetError, match="price"):
        StabilityOracle(source="materials_project", price=-1)


@pytest.mark.slow
def test_a_force_field_gives_the_published_windows_of_lithium_phosphorus_sulfides(
    tmp_path, monkeypatch
):
    """Zhu, He & Mo (2015), from PBE: Li3PS4 1.71 to 2.31 V. Li2S gives up Li where sulfur forms.

    CHGNet learned such energies with an error of about 30 meV/atom.
    """
    file = real_data.folder("mp_lips_ref") / "ref_structures.json"
    monkeypatch.setenv("DISCOVERY_CACHE", str(tmp_path))
    oracle = StabilityOracle(source="calculator", path=str(file), relaxation="none")
    structures = read_structures(file)
    sulfide = answer(oracle, candidate_from_structure(structures["mp-1153-r2SCAN"]))
    assert sulfide.details["reduction"] == pytest.approx(0, abs=1e-6)
    energies = Energies("chgnet", {}, "none")
    lithium, sulfur, own = (
        min(
            energies.remembered(atoms(primitive(one)))
            for one in structures.values()
            if {e: n / len(one.sites) for e, n in one.composition.items()} == shares
        )
        for shares in ({"Li": 1}, {"S": 1}, {"Li": 2 / 3, "S": 1 / 3})
    )
    to_the_elements = (2 * lithium + sulfur - 3 * own) / 2
    assert sulfide.details["oxidised_to"] == "LiS4"  # for CHGNet a bit more stable than Li and S
    assert to_the_elements - 0.1 < sulfide.details["oxidation"] < to_the_elements
    assert sulfide.details["energy_above_hull"] == 0
    found = answer(oracle, candidate_from_structure(structures["mp-985583-r2SCAN"]))
    assert found.details["reduction"] == pytest.approx(1.71, abs=0.15)
    assert found.details["oxidation"] == pytest.approx(2.31, abs=0.3)
    assert found.details["reduced_to"] == "Li2S, P"
    assert found.details["energy_above_hull"] < 0.03
    assert found.details["energies"].startswith("chgnet")
