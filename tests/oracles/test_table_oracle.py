import pickle

import pytest

from discovery.errors import BudgetError
from discovery.protocols import Oracle
from discovery.testing.oracle import check_oracle
from discovery.testing.probes import antifluorite, lithium_nitride, rock_salt
from discovery.types import Bound, Candidate, Dataset, Estimate, Refusal
from oracles.table import TableOracle

SECRET = -3.141592653589793
MEASURED, CENSORED, UNKNOWN = antifluorite(), lithium_nitride(), rock_salt("Li", "Cl", 5.129)


def dataset(**changes):
    content = {
        "name": "toy",
        "candidates": (MEASURED, CENSORED, UNKNOWN),
        "labels": {MEASURED.id: Estimate(SECRET, 0.2), CENSORED.id: Bound("left", -10.0)},
    }
    return Dataset(**(content | changes))


def test_the_contract_of_an_oracle_is_kept():
    oracle = TableOracle(dataset=dataset())
    assert isinstance(oracle, Oracle)
    check_oracle(oracle, [MEASURED, CENSORED, UNKNOWN])


def test_measured_values_and_bounds_come_back_as_they_are():
    outcomes = TableOracle(dataset=dataset()).label([UNKNOWN, CENSORED, MEASURED], seed=0)
    assert outcomes == [
        Refusal("not in the table 'toy'"),
        Bound("left", -10.0),
        Estimate(SECRET, 0.2),
    ]


def test_a_candidate_is_found_however_it_is_written():
    renamed = Candidate(
        (("O", 2.0), ("Li", 4.0)), structure=MEASURED.structure, name="another name"
    )
    assert TableOracle(dataset=dataset()).label([renamed], seed=0) == [Estimate(SECRET, 0.2)]


def test_property_and_unit_are_those_of_the_data():
    oracle = TableOracle(dataset=dataset(property="barrier", unit="eV"), price=2.5)
    assert (oracle.property, oracle.unit) == ("barrier", "eV")
    assert oracle.cost(MEASURED) == 2.5


def test_the_proposing_side_learns_no_label():
    data = dataset()
    oracle = TableOracle(dataset=data, price=1.0)
    assert {oracle.cost(candidate) for candidate in data.candidates} == {1.0}
    shown = repr(oracle) + str(oracle) + oracle.version
    assert "3.14" not in shown
    pool = pickle.loads(pickle.dumps(data.candidates))
    assert "3.14" not in repr(pool)
    assert not any(isinstance(x, Estimate | Bound) for c in pool for x in vars(c).values())


def test_the_version_follows_the_labels():
    version = TableOracle(dataset=dataset()).version
    assert TableOracle(dataset=dataset()).version == version
    other = dataset(labels={MEASURED.id: Estimate(SECRET + 1), CENSORED.id: Bound("left", -10.0)})
    assert TableOracle(dataset=other).version != version
    right = dataset(labels={MEASURED.id: Estimate(SECRET), CENSORED.id: Bound("right", -10.0)})
    assert TableOracle(dataset=right).version != version


def test_labels_changed_later_do_not_change_the_oracle():
    labels = {MEASURED.id: Estimate(SECRET)}
    oracle = TableOracle(dataset=dataset(labels=labels))
    labels.clear()
    assert oracle.label([MEASURED], seed=0) == [Estimate(SECRET)]


def test_a_price_below_zero_is_refused():
    with pytest.raises(BudgetError, match="0 or more, not -2"):
        TableOracle(dataset=dataset(), price=-2.0)
