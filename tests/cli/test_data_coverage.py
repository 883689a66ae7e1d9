import json
from dataclasses import replace

import pytest
from physics_cases import antifluorite, rock_salt
from typer.testing import CliRunner

from discovery.chemistry.structures import candidate_from_structure
from discovery.cli import sources
from discovery.cli.data import app
from discovery.errors import InvalidInputError
from discovery.features.coverage import coverage
from discovery.features.report_stages import report_features
from discovery.types import Dataset

OXIDE = candidate_from_structure(antifluorite("O", 4.62))
CHLORIDE = candidate_from_structure(rock_salt("Li", "Cl", 5.14))
OTHER = replace(candidate_from_structure(antifluorite("O", 4.6)), structure=None)
POOL = (OXIDE, CHLORIDE, OTHER)


@pytest.fixture
def three_materials(monkeypatch):
    monkeypatch.setattr(sources, "load_named", lambda *_: Dataset("three", POOL, {}))


def run(*arguments):
    return CliRunner().invoke(app, ["coverage", *arguments])


@pytest.mark.usefixtures("three_materials")
def test_each_feature_of_a_data_set_has_a_line_with_number_and_share():
    found = run("three")
    assert found.exit_code == 0
    rows = [line.split() for line in found.stdout.splitlines()]
    known = coverage(report_features(POOL))
    assert rows == [[one.name, str(one.count), *f"{one.share:6.1%}".split()] for one in known]
    assert {row[2] for row in rows} == {"66.7%", "100.0%"}


@pytest.mark.usefixtures("three_materials")
def test_structures_are_borrowed_on_request():
    own, lent = (json.loads(run("three", "--json", *more).stdout) for more in ([], ["--donors"]))
    assert own["materials"] == lent["materials"] == 3
    features = [said["features"]["ewald_energy_avg"] for said in (own, lent)]
    assert features == [{"count": 2, "share": pytest.approx(2 / 3)}, {"count": 3, "share": 1.0}]


def test_a_table_has_compositions_alone(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("formula,sigma\nLi6PS5Cl,1e-3\nLi3N,2e-4\n")
    said = json.loads(run(str(table), "--json").stdout)
    assert said["materials"] == 2
    assert said["features"]["lattice_c"] == {"count": 0, "share": 0.0}


def test_what_is_no_data_set_is_an_error(tmp_path):
    path = tmp_path / "one.cif"
    path.write_text("")
    with pytest.raises(InvalidInputError, match="is a path, not the name of a data set"):
        raise run(str(path)).exception
    with pytest.raises(InvalidInputError, match="did you mean 'reference'"):
        raise run("referense").exception
