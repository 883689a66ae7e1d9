import csv
import math
import tarfile
import time

import pytest
import real_data
from physics_cases import (
    crystal,
    cubic,
    lithium_phosphide,
    rock_salt,
    split_conductor,
    turned,
)
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from discovery.chemistry.bond_valence import valence_mismatch
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.chemistry.formula import parse_formula
from discovery.chemistry.structures import parse_cif
from discovery.errors import BudgetError, InvalidInputError
from discovery.protocols import Oracle
from discovery.testing.oracle import check_oracle
from discovery.types import Candidate, Estimate, Refusal
from oracles.bond_valence import BondValenceOracle
from oracles.ewald import EwaldOracle
from oracles.sendek import SendekOracle

ORACLES = [SendekOracle, BondValenceOracle, EwaldOracle]
every_oracle = pytest.mark.parametrize("part", ORACLES)


def candidate(structure):
    return Candidate(tuple(structure.composition.items()), structure=structure)


def answer(oracle, structure):
    (outcome,) = oracle.label([candidate(structure)], seed=0)
    return outcome


@every_oracle
def test_the_contract_of_an_oracle_is_kept(part):
    oracle = part()
    assert isinstance(oracle, Oracle)
    check_oracle(oracle, [candidate(split_conductor()), candidate(lithium_phosphide())])


@every_oracle
def test_the_price_is_the_same_for_all_and_must_be_one(part):
    oracle = part(price=0.3)
    assert oracle.cost(candidate(lithium_phosphide())) == 0.3
    assert oracle.cost(Candidate((("Na", 1.0),))) == 0.3
    with pytest.raises(BudgetError, match="0 or more, not -1"):
        part(price=-1.0)
    with pytest.raises(BudgetError, match="not nan"):
        part(price=math.nan)
    with pytest.raises(InvalidInputError, match="max_sites must be 1 or more, not 0"):
        part(max_sites=0)


@every_oracle
@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (rock_salt("Na", "Cl", 5.64), "no Li in the structure, only Na, Cl"),
        (rock_salt("Li", "Na", 6.0), "no anion: nothing in Li, Na is more electronegative"),
        (
            crystal(cubic(5.0), ("Li", (0, 0, 0)), ("F", (0.05, 0, 0))),
            "two atoms overlap: 0.250 A apart",
        ),
        (
            crystal([[4, 0, 0], [0, 4, 0], [0, 0, 1000]], ("Li", (0, 0, 0)), ("F", (0, 0, 0.002))),
            "8000 A^3 per atom are more than the 200 of any crystal: take the vacuum out",
        ),
        (
            rock_salt("Li", "F", 1.2),
            "0.216 A^3 per atom are less than the 3 of any crystal: check the size of",
        ),
        (
            crystal(cubic(5.0), ("Li", (0, 0, 0)), ("He", (0.5, 0, 0))),
            "He has no electronegativity",
        ),
    ],
    ids=["no Li", "no anion", "overlap", "vacuum", "too dense", "unknown element"],
)
def test_what_does_not_apply_is_refused_with_its_reason(part, structure, reason):
    outcome = answer(part(), structure)
    assert isinstance(outcome, Refusal)
    assert reason in outcome.reason


@every_oracle
def test_a_structure_is_needed_and_not_too_large_a_one(part):
    (outcome,) = part().label([Candidate((("Li", 1.0), ("F", 1.0)))], seed=0)
    assert outcome == Refusal("no structure: only the composition is known")
    outcome = answer(part(max_sites=7), lithium_phosphide())
    assert outcome == Refusal("8 sites are more than max_sites = 7")


@pytest.mark.parametrize("part", [BondValenceOracle, EwaldOracle])
def test_impossible_charges_are_refused(part):
    outcome = answer(part(), rock_salt("Li", "Al", 5.0))
    assert isinstance(outcome, Refusal)
    assert "no oxidation states balance Li4Al4" in outcome.reason


def test_bond_valences_need_parameters():
    fluorines = (("F", place) for place in ((0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (0.5, 0.5, 0)))
    structure = crystal(cubic(6.0), ("Li", (0, 0, 0)), ("Pm", (0.5, 0.5, 0.5)), *fluorines)
    outcome = answer(BondValenceOracle(), structure)
    assert isinstance(outcome, Refusal)
    assert "no bond valence parameters for Pm" in outcome.reason
    assert isinstance(answer(EwaldOracle(), structure), Estimate)


def test_answers_are_the_kernels_numbers_under_their_names():
    one = lithium_phosphide()
    sendek = answer(SendekOracle(), one)
    assert isinstance(sendek, Estimate)
    assert sendek.details["llb"] == pytest.approx(11.33, abs=0.01)
    assert sendek.details["sbi"] == pytest.approx(1.21)
    assert sendek.value == pytest.approx(1 / (1 + math.exp(-float(sendek.details["z"]))))
    assert answer(EwaldOracle(), one).value == mean_field_site_energies(one).mean
    mismatch = valence_mismatch(one)
    valence = answer(BondValenceOracle(), one)
    assert valence.value == mismatch.mean
    assert valence.details["global_instability_index"] == mismatch.instability
    properties = [(part.property, part.unit) for part in ORACLES]
    assert properties == [
        ("superionic_probability", "1"),
        ("li_bond_valence_mismatch", "v.u."),
        ("li_site_energy", "eV"),
    ]


@pytest.mark.parametrize(
    "oracle",
    [SendekOracle(disorder="mean-field"), BondValenceOracle(), EwaldOracle()],
    ids=["sendek", "bond valence", "ewald"],
)
def test_disorder_is_averaged_and_said(oracle):
    ordered, disordered = (answer(oracle, one) for one in (lithium_phosphide(), split_conductor()))
    assert ordered.details["disorder"] == "none"
    assert disordered.details["disorder"] == "mean-field"
    assert disordered.standard_error is None
    same = answer(oracle, turned(split_conductor(), 3))
    assert same.value == pytest.approx(disordered.value, abs=1e-8)


def test_sampled_disorder_follows_the_seed_and_states_its_error():
    oracle, one = SendekOracle(), candidate(split_conductor())
    (first,), (again,), (other,) = (oracle.label([one], seed) for seed in (1, 1, 2))
    assert first == again
    assert first.value != other.value
    assert first.value == pytest.approx(other.value, abs=0.02)
    assert first.details["disorder"] == "sampled"
    assert first.details["steps"] >= 100
    p = first.value
    assert first.standard_error == pytest.approx(p * (1 - p) * first.details["z_standard_error"])
    ordered = answer(oracle, lithium_phosphide())
    assert ordered.details["disorder"] == "none"
    assert ordered.standard_error is None


def test_the_parameters_of_bond_valences_are_chosen_by_name():
    one = split_conductor()
    plain, soft = (
        answer(BondValenceOracle(parameters=name), one) for name in ("okeeffe_brese", "softbv")
    )
    assert plain.value == answer(BondValenceOracle(), one).value
    assert soft.value == valence_mismatch(one, parameters="softbv").mean
    assert soft.details["parameters"] == "softbv"
    refused = answer(BondValenceOracle(parameters="softbv"), lithium_phosphide())
    assert isinstance(refused, Refusal)
    assert "softBV has no parameters for Li+ with P3-" in refused.reason


def test_a_treatment_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(InvalidInputError, match="one of sampled, mean-field, not 'ordered'"):
        SendekOracle(disorder="ordered")
    with pytest.raises(InvalidInputError, match="one of okeeffe_brese, softbv, not 'brown'"):
        BondValenceOracle(parameters="brown")


@pytest.fixture(scope="module")
def obelix():
    """(log10 sigma, crystal) of every entry of OBELiX with a structure; bounds at their value."""
    folder = real_data.folder("obelix")
    with (folder / "all.csv").open(encoding="utf-8") as file:
        sigma = {
            row["ID"]: math.log10(float(row["Ionic conductivity (S cm-1)"].lstrip("<")))
            for row in csv.DictReader(file)
        }
    with tarfile.open(folder / "all_cifs.tar.gz") as archive:
        files = {
            member.name.rsplit("/", 1)[-1].removesuffix(".cif"): archive.extractfile(member)
            for member in archive
            if member.name.endswith(".cif")
        }
        return {
            name: (sigma[name], parse_cif(file.read().decode(), source=name))
            for name, file in files.items()
            if file is not None
        }


@pytest.mark.parametrize(
    ("oracle", "answered", "seconds", "correlation"),
    [
        (SendekOracle(disorder="mean-field"), 314, 8, 0.45),
        (BondValenceOracle(), 312, 10, 0.25),
        (BondValenceOracle(parameters="softbv"), 301, 10, -0.10),
        (EwaldOracle(), 312, 30, 0.50),
    ],
    ids=["sendek", "bond valence", "softbv", "ewald"],
)
def test_obelix_is_covered_ranked_and_done_in_seconds(
    obelix, oracle, answered, seconds, correlation
):
    start = time.process_time()
    outcomes = {name: answer(oracle, one) for name, (_, one) in obelix.items()}
    assert time.process_time() - start < seconds
    values = {name: o.value for name, o in outcomes.items() if isinstance(o, Estimate)}
    assert len(values) == answered
    refused = [o.reason for o in outcomes.values() if isinstance(o, Refusal)]
    assert sum("no Li" in reason for reason in refused) == 7
    rho = spearmanr(list(values.values()), [obelix[name][0] for name in values]).statistic
    assert rho == pytest.approx(correlation, abs=0.03)


@pytest.mark.slow
def test_sampled_probabilities_rank_obelix_with_and_without_the_training_compositions(obelix):
    table = real_data.folder("sendek39_mtp") / "Sendek_clean.csv"
    with table.open(encoding="utf-8") as file:
        trained = [parse_formula(row["comp"].replace("(2)", "")) for row in csv.DictReader(file)]

    def known(one):
        own = one.composition
        return any(
            max(
                abs(own.get(e, 0) / sum(own.values()) - f.get(e, 0) / sum(f.values()))
                for e in own.keys() | f.keys()
            )
            < 0.005
            for f in trained
        )

    oracle = SendekOracle()
    start = time.process_time()
    found = {name: answer(oracle, one) for name, (_, one) in obelix.items()}
    assert time.process_time() - start < 90
    names = [name for name, outcome in found.items() if isinstance(outcome, Estimate)]
    assert len(names) == 314
    unseen = [name for name in names if not known(obelix[name][1])]
    assert 260 < len(unseen) < 300
    for chosen, area, correlation in ((names, 0.765, 0.485), (unseen, 0.75, 0.475)):
        z = [found[name].details["z"] for name in chosen]
        sigma = [obelix[name][0] for name in chosen]
        assert spearmanr(z, sigma).statistic == pytest.approx(correlation, abs=0.02)
        assert roc_auc_score([x >= -4 for x in sigma], z) == pytest.approx(area, abs=0.02)
