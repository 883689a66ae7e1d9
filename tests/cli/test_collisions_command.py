import json

import pytest
from typer.testing import CliRunner

from discovery.cli.app import app
from discovery.errors import InvalidInputError

ROWS = """formula,z,space_group,a,b,c,alpha,beta,gamma,sigma,id
LiCl,4,225,5.14,5.14,5.14,90,90,90,1e-7,a
LiCl,4,225,5.13,5.13,5.13,90,90,90,<1E-9,b
Li3N,1,191,3.65,3.65,3.87,90,90,120,1e-3,c
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(ROWS)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["data", "collisions", *map(str, arguments)])


def test_the_command_writes_the_page_that_it_prints(table, tmp_path):
    docs = tmp_path / "docs" / "collisions.md"
    found = run("--dataset", table, "--docs", docs)
    assert found.exit_code == 0
    page = docs.read_text()
    assert "2 of 3 rows share even the finest key" in page
    assert "2 of 3 rows share even the finest key" in found.stdout
    assert "2.00 or more" in page


def test_precisions_and_json_are_for_the_asking(table):
    found = run("--dataset", table, "--precision", 0.01, "--json", "--no-structures")
    told = json.loads(found.stdout)
    assert [level["pairs"] for level in told["levels"]] == [1, 1, 0]
    assert told["levels"][0]["same"]["median"]["low"] == 2.0
    assert told["levels"][0]["same"]["median"]["high"] is None


def test_bad_input_is_an_error(table, tmp_path):
    with pytest.raises(InvalidInputError, match="rounded to a positive number of Angstrom, not 0"):
        raise run("--dataset", table, "--precision", 0).exception
    with pytest.raises(InvalidInputError, match="is a path, not the name of a data set"):
        raise run("--dataset", tmp_path).exception
    with pytest.raises(InvalidInputError, match="did you mean 'obelix'"):
        raise run("--dataset", "obelics").exception
