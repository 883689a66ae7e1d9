"""``discovery agree`` as a user meets it."""

import csv
import json
from pathlib import Path

import pytest
import typer
from physics_cases import antifluorite, rock_salt
from typer.testing import CliRunner

from discovery.chemistry.structures import to_pymatgen
from discovery.cli.agree import agree
from discovery.cli.comparing import listed, oracles_of
from discovery.errors import ConfigError, DiscoveryError, InvalidInputError
from oracles.ewald import EwaldOracle

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(agree)
SOME = ("--oracle", "ewald", "--oracle", "bond_valence")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> str:
    """Run the command and return what it prints; raise what it raises."""
    result = CliRunner().invoke(app, [*arguments, "--out", "out"])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def crystals(folder: Path) -> Path:
    made = folder / "crystals"
    made.mkdir()
    for name, a in {"Cl": 5.14, "F": 4.03, "Br": 5.5, "I": 6.0}.items():
        to_pymatgen(rock_salt("Li", name, a)).to(str(made / f"li{name}.cif"))
    for name, a in {"O": 4.62, "S": 5.71, "Se": 6.0}.items():
        to_pymatgen(antifluorite(name, a)).to(str(made / f"li2{name}.cif"))
    (made / "broken.cif").write_text("data_x\n_cell_length_a 5\nloop_\n")
    return made


def test_labels_of_a_data_set_are_the_truth(folder) -> None:
    told = json.loads(call("reference", *SOME, "--json"))
    assert told["truth"] == "experiment"
    assert told["threshold"] == -4.0
    scores = {power["agreement"]["first"]: power for power in told["powers"]}
    assert set(scores) == {"ewald", "bond_valence"}
    ewald = scores["ewald"]["agreement"]["spearman"]
    low, high = ewald["interval"]
    assert low < ewald["value"] < high
    assert {path.name for path in (folder / "out").iterdir()} == {
        "agreement.html", "agreement.md", "agreement.json", "values.csv",
    }  # fmt: skip
    assert json.loads((folder / "out" / "agreement.json").read_text()) == told
    rows = list(csv.DictReader((folder / "out" / "values.csv").read_text().splitlines()))
    assert len(rows) == told["candidates"]
    assert set(rows[0]) == {"id", "formula", "name", "experiment", "ewald", "bond_valence"}


@pytest.mark.usefixtures("folder")
def test_people_read_the_table_the_findings_and_where_the_report_is() -> None:
    text = call("reference", *SOME)
    assert "Rank power" in text
    assert "- ewald: " in text
    assert text.splitlines()[-1] == "report     out/agreement.html"


@pytest.mark.usefixtures("folder")
def test_the_second_time_nothing_is_computed(monkeypatch) -> None:
    first = call("reference", *SOME, "--json")

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(EwaldOracle, "estimate", never)
    assert call("reference", *SOME, "--json") == first
    with_cache_off = json.loads(call("reference", *SOME, "--json", "--no-cache"))
    assert with_cache_off["coverage"][1]["failed"] > 0


@pytest.mark.usefixtures("crystals")
def test_crystals_without_labels_are_compared_by_the_oracles_alone() -> None:
    told = json.loads(call("crystals", *SOME, "--json"))
    assert told["truth"] is None
    assert told["candidates"] == 7
    (pair,) = told["pairs"]
    assert (pair["first"], pair["second"], pair["answered"]) == ("ewald", "bond_valence", 7)


@pytest.mark.usefixtures("crystals")
def test_a_file_that_cannot_be_read_is_told_and_stops_nobody() -> None:
    result = CliRunner().invoke(app, ["crystals", *SOME, "--out", "out"])
    assert result.exit_code == 0
    assert "left out: crystals/broken.cif" in result.stderr


@pytest.mark.usefixtures("crystals")
def test_an_oracle_may_be_the_truth_and_appear_twice() -> None:
    twice = 'far={"name": "ewald", "max_sites": 4}'
    told = json.loads(call("crystals", *SOME, "--oracle", twice, "--truth", "ewald", "--json"))
    assert told["truth"] == "ewald"
    assert told["threshold"] is None, "an energy is no conductivity"
    coverage = {each["fidelity"]: each for each in told["coverage"]}
    assert coverage["far"]["refused"] == 7
    assert coverage["far"]["reasons"][0][0].endswith("sites are more than max_sites = …")


def test_oracles_come_from_a_file_too(folder) -> None:
    (folder / "oracles.yaml").write_text("E: {name: ewald, price: 2}\nsendek: {}\n")
    assert oracles_of(["bond_valence"], folder / "oracles.yaml") == {
        "bond_valence": ("bond_valence", {}),
        "E": ("ewald", {"price": 2}),
        "sendek": ("sendek", {}),
    }
    (folder / "wrong.yaml").write_text("E: ewald\n")
    with pytest.raises(ConfigError, match="E: expected options"):
        oracles_of([], folder / "wrong.yaml")


def test_listed_compositions_are_left_out_of_a_second_table(folder) -> None:
    (folder / "known.txt").write_text("# trained on\nLi4SnS4\nLi6P2  # twice the formula\n\n")
    told = json.loads(call("reference", *SOME, "--without", "known.txt", "--json"))
    assert told["listed"] == 2
    both = [
        {p["agreement"]["first"]: p["agreement"]["answered"] for p in told[key]}
        for key in ("powers", "without")
    ]
    assert both[0]["ewald"] - both[1]["ewald"] == 2
    assert "without the listed compositions" in (folder / "out" / "agreement.md").read_text()


@pytest.mark.usefixtures("crystals")
def test_worker_processes_find_the_same() -> None:
    alone = json.loads(call("crystals", *SOME, "--json", "--no-cache"))
    assert json.loads(call("crystals", *SOME, "--json", "--no-cache", "--workers", "2")) == alone


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("reference",), "nothing to compare: only .'experiment'.; name oracles with --oracle"),
        (("refernce", *SOME), "no file, no folder and no data set; did you mean 'reference'"),
        (("reference", "--oracle", "sendeck"), "unknown oracle 'sendeck'; did you mean 'sendek'"),
        (("reference", *SOME, "--truth", "exp"), "no column 'exp' to be the truth"),
        (("reference", "--oracle", "sendek={"), "what follows 'sendek'= is not JSON"),
        (("reference", "--oracle", "sendek=[]"), "what follows 'sendek'= is a JSON object"),
        (("reference", "--oracle", 'sendek={"a": 1}'), "a: unknown field"),
        (("reference", *SOME, "--oracle", "ewald"), "two columns would be called 'ewald'"),
        (("reference", "--oracle", 'experiment={"name": "sendek"}'), "would be called 'experim"),
        (("reference", "nothing.cif", *SOME), "on one data set or table, or on CIF files"),
        (("nothing.cif", *SOME), "none of 1 CIF files can be read"),
        (("reference", *SOME, "--without", "no.txt"), "cannot read no.txt"),
        (("reference", "--oracle", "own.py:Own", "--workers", "2"), "in this process only"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, message) -> None:
    with pytest.raises(DiscoveryError, match=message):
        call(*arguments)


def test_a_line_that_is_no_formula_is_told_with_its_number(folder) -> None:
    (folder / "known.txt").write_text("Li2O\nXy3\n")
    with pytest.raises(InvalidInputError, match=r"known\.txt, line 2: "):
        listed(folder / "known.txt", [])
