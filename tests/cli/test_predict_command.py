import csv
import io
import json
import math

import pytest
from physics_cases import antifluorite
from typer.testing import CliRunner

from discovery.chemistry.structures import candidate_from_structure, write_cif
from discovery.cli.app import app
from discovery.cli.predict import _COLUMNS
from discovery.errors import InvalidInputError

MINE = "formula,space_group\nLi3YCl6,\nLi6PS5Cl,216\nLiCoO2,\nNa2O,\n"
QUICK = ["--dataset", "reference", "--proxy", 'staged={"trees": 10}', "--quiet"]


def run(*arguments):
    return CliRunner().invoke(app, ["predict", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(MINE)
    return path


def test_a_table_is_ranked_best_first_with_intervals(mine):
    found = run(mine, *QUICK)
    assert found.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert tuple(rows[0]) == _COLUMNS
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    means = [float(row["mean"]) for row in rows]
    assert means == sorted(means, reverse=True)
    assert {row["formula"] for row in rows} == {"Li3YCl6", "Li6PS5Cl", "LiCoO2", "Na2O"}
    for row in rows:
        mean, std, low, high = (float(row[name]) for name in ("mean", "std", "low", "high"))
        # 90 % of a normal distribution
        assert (high - mean, mean - low) == pytest.approx((1.6449 * std,) * 2, abs=2e-3)
        normal = 0.5 * (1 + math.erf((mean + 4) / std / math.sqrt(2)))
        assert float(row["probability"]) == pytest.approx(normal, abs=2e-3)
    stages = {row["formula"]: row["stage"] for row in rows}
    assert (stages["Li6PS5Cl"], stages["Na2O"]) == ("geometry", "composition")


def test_json_says_what_was_learned_from(mine):
    told = json.loads(run(mine, *QUICK, "--json", "--top", 2, "--threshold", -30).stdout)
    assert [row["rank"] for row in told["predictions"]] == [1, 2]
    assert all(row["probability"] > 0.99 for row in told["predictions"])
    about = told["about"]
    assert (about["dataset"], about["property"]) == ("reference", "log10_sigma")
    assert about["rows"] > 20
    assert len(about["data_hash"]) == 64
    assert {"numpy", "scikit-learn", "python"} <= set(about["versions"])
    assert len(about["features"]) == len(set(about["features"])) > 50


def test_structures_use_physics_and_what_cannot_be_read_is_told_at_the_end(tmp_path, mine):
    good, bad = tmp_path / "oxide.cif", tmp_path / "bad.cif"
    good.write_text(write_cif(candidate_from_structure(antifluorite("O", 4.62))))
    bad.write_text("data_nothing")
    out = tmp_path / "ranked.csv"
    found = run(good, bad, mine, *QUICK, "--out", out)
    assert found.exit_code == 1
    assert "5 predictions in" in found.stdout
    assert "bad.cif: " in found.stderr
    stages = {row["formula"]: row["stage"] for row in csv.DictReader(io.StringIO(out.read_text()))}
    assert stages["Li2O"] == "physics"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--level", "1.5"], r"covers a share between 0 and 1, not 1\.5"),
        (["--dataset", "nothing"], "'nothing' is no file, no folder and no data set"),
        (["--model", "nowhere.model"], "there is no file nowhere.model"),
    ],
)
def test_mistakes_are_told(mine, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        run(mine, *QUICK, *arguments)
