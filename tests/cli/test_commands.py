"""The commands as a user meets them: what they print, what they write, how they fail."""

import csv
import json
import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest
import yaml

from discovery import cli
from discovery.chemistry.formula import candidate_from_formula
from discovery.cli.label import row, sentence
from discovery.evaluation import observe
from discovery.types import Bound, Dataset, Estimate, Query, Refusal
from oracles.table import TableOracle

FORMULAS = [
    "Li2O", "Li2S", "LiCl", "LiBr", "LiI", "Li3N", "Li3P", "Li3PO4", "Li3PS4", "Li4SiO4",
    "Li6PS5Cl", "Li7La3Zr2O12", "Li10GeP2S12", "Li3YCl6",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a small table of the user's and a configuration for it."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{formula},{10.0 ** -(3 + index % 7)}" for index, formula in enumerate(FORMULAS)]
    (tmp_path / "mine.csv").write_text("formula,sigma\n" + "\n".join(rows) + "\n")
    return tmp_path


def config(folder: Path, **changes: object) -> str:
    """Write a configuration and return its path."""
    data: dict[str, object] = {
        "name": "mine",
        "seed": 3,
        "budget": 8,
        "dataset": {"name": "table", "path": str(folder / "mine.csv")},
        "fidelities": [{"name": "experiment", "oracle": {"name": "table"}, "cost": 1}],
        "proxy": {"name": "staged", "stage": "composition", "trees": 10},
        "acquisition": {"name": "ucb"},
        "sampler": {"name": "greedy"},
        "loop": {"name": "sequential", "batch_size": 2, "initial": 4},
    } | changes
    fidelities = data["fidelities"]
    assert isinstance(fidelities, list)
    fidelities[-1]["target"] = True
    path = folder / f"{data['name']}.yaml"
    path.write_text(yaml.safe_dump(data))
    return str(path)


LABORATORY = [{"name": "laboratory", "cost": 1}]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run ``discovery`` in this process; return exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["discovery", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        code = end.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run


def test_a_campaign_runs_and_writes_its_folder(folder, call) -> None:
    code, out, err = call("run", config(folder), "--json")
    assert code == 0, err
    facts = json.loads(out)
    assert facts["spent"] == 8
    assert facts["measured"] == 8
    run = folder / "runs" / "mine"
    assert {p.name for p in run.iterdir()} >= {"journal.db", "config.yaml", "report.html"}
    assert (run / "candidates" / "top.csv").is_file()


def test_running_again_buys_nothing_twice(folder, call) -> None:
    path = config(folder)
    first = json.loads(call("run", path, "--json")[1])
    again = json.loads(call("run", path, "--json")[1])
    assert (again["spent"], again["asked"]) == (first["spent"], first["asked"])


def test_a_larger_budget_goes_on(folder, call) -> None:
    path = config(folder)
    call("run", path, "--json")
    assert json.loads(call("run", path, "--budget", "10", "--json")[1])["spent"] == 10


def test_repeats_are_averaged(folder, call) -> None:
    code, out, err = call("run", config(folder), "--repeats", "2", "--json")
    assert code == 0, err
    facts = json.loads(out)
    assert facts["campaigns"] == len(facts["results"]) == 2
    assert facts["recall_mean"] == pytest.approx(sum(facts["recalls"]) / 2)


def test_ask_and_tell_are_the_loop_cut_in_two(folder, call) -> None:
    path = config(folder, fidelities=LABORATORY)
    code, out, err = call("ask", path)
    assert code == 0, err
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == 4
    assert call("ask", path)[1] == out, "open queries are printed again, not asked again"
    rows[0]["value"], rows[1]["value"] = "-4.5", "<-10"
    results = folder / "results.csv"
    with results.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    told = json.loads(call("tell", "mine", str(results), "--json")[1])
    assert (told["told"], told["rows_without_result"], told["still_open"]) == (2, 2, 2)
    told = json.loads(call("tell", "mine", str(results), "--json")[1])
    assert (told["told"], told["known_already"], told["spent"]) == (0, 2, 2)
    results.write_text(
        json.dumps([{"query": rows[2]["query"], "sigma": "1e-3"}, {"query": rows[3]["query"],
                    "status": "failed", "reason": "pellet broke"}])
    )  # fmt: skip
    results = results.rename(folder / "results.json")
    assert json.loads(call("tell", "mine", str(results), "--json")[1])["told"] == 2
    status = json.loads(call("status", "mine", "--json")[1])
    assert status["spent"] == 4
    assert status["best"]["value"] == pytest.approx(-3)
    code, out, err = call("ask", path, "--json")
    assert code == 0, err
    assert len(json.loads(out)) == 2, "the next batch follows"


def test_run_waits_for_the_laboratory(folder, call) -> None:
    code, out, err = call("run", config(folder, fidelities=LABORATORY), "--json")
    assert code == 0, err
    assert json.loads(out)["ended"] == "waiting for 4 results"


def test_export_writes_one_row_per_query(folder, call) -> None:
    call("run", config(folder), "--json")
    assert call("export", "mine", "all.csv")[0] == 0
    rows = csv.DictReader((folder / "all.csv").read_text().splitlines())
    assert len(list(rows)) == 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"proxy": {"name": "stagd"}}, "unknown name 'stagd'; did you mean 'staged'?"),
        ({"budget": 0}, "budget must be more than 0"),
        ({"fidelities": [{"name": "e", "cost": -1}]}, "fidelities.0.cost: "),
        ({"dataset": {"name": "table", "path": "none.csv"}}, "none.csv"),
        (
            {"dataset": {"name": "table", "path": "mine.csv", "columns": {"sigma": "sgma"}}},
            "did you mean 'sigma'",
        ),
    ],
)
def test_mistakes_in_a_configuration_are_told_without_a_trace(
    folder, call, changes, message
) -> None:
    code, _, err = call("run", config(folder, **changes))
    assert code == 2
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("formula,sigma\nLi2O,1e-5\nXx3,1e-4\n", "row 3"),
        ("formula,sigma\nLi2O,nan\n", "row 2: conductivity 'nan' is no finite number"),
        ("formula,sigma\nLi2O,1e-5\nLi4O2,1e-7\n", "row 2 and .* row 3 are one material"),
    ],
)
def test_mistakes_in_a_table_are_told_with_the_row(folder, call, table, message) -> None:
    (folder / "mine.csv").write_text(table)
    code, _, err = call("run", config(folder))
    assert code == 2
    assert re.search(message, err), err


def test_a_folder_that_cannot_be_written_is_a_journal_error(folder, call, monkeypatch) -> None:
    closed = folder / "closed"
    closed.mkdir()
    if os.geteuid() == 0:  # root may write anywhere, so the refusal is played
        monkeypatch.setattr(os, "access", lambda _, mode, **__: mode != os.W_OK)
    else:
        closed.chmod(stat.S_IREAD | stat.S_IEXEC)
    code, _, err = call("run", config(folder), "--out", str(closed))
    assert code == 3
    assert "choose another folder with --out" in err


def test_the_journal_of_another_campaign_is_refused(folder, call) -> None:
    path = config(folder)
    call("run", path, "--json")
    code, _, err = call("run", path, "--seed", "9")
    assert code == 3
    assert "is the journal of another campaign (seed: 3 in the journal, 9 now" in err


def test_a_journal_of_a_newer_schema_is_refused(folder, call) -> None:
    path = config(folder)
    call("run", path, "--json")
    with sqlite3.connect(folder / "runs" / "mine" / "journal.db") as database:
        tables = [
            n for (n,) in database.execute("select name from sqlite_master where type='table'")
        ]
        (versions,) = [name for name in tables if "version" in name or "schema" in name]
        for (trigger,) in list(
            database.execute("select name from sqlite_master where type='trigger'")
        ):
            database.execute(f"drop trigger {trigger}")
        database.execute(f"update {versions} set version = 99")
    code, _, err = call("status", "mine")
    assert code == 3
    assert "99" in err
    assert "upgrade" in err


def test_a_result_for_a_query_never_asked_is_refused(folder, call) -> None:
    call("ask", config(folder, fidelities=LABORATORY))
    (folder / "r.csv").write_text("query,value\nabc@laboratory,-3\n")
    code, _, err = call("tell", "mine", "r.csv")
    assert code == 2
    assert "r.csv, row 2: query 'abc@laboratory' was never asked" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,value\nx,1\n", "column 'query' is missing"),
        ("query,valu\nx,1\n", "did you mean 'value'"),
    ],
)
def test_results_without_a_column_name_it(folder, call, text, message) -> None:
    call("ask", config(folder, fidelities=LABORATORY))
    (folder / "r.csv").write_text(text)
    code, _, err = call("tell", "mine", "r.csv")
    assert code == 2
    assert message in err


def test_an_unknown_campaign_names_the_nearest(folder, call) -> None:
    call("ask", config(folder, fidelities=LABORATORY))
    code, _, err = call("status", "mime")
    assert code == 2
    assert "did you mean 'mine'" in err


@pytest.mark.usefixtures("folder")
def test_errors_are_json_for_machines(call) -> None:
    code, _, err = call("status", "nothing", "--json")
    assert code == 2
    assert json.loads(err)["kind"] == "InvalidInputError"


def test_a_truncated_download_is_refused(folder, call) -> None:
    (folder / "obelix").mkdir()
    for name in ("all.csv", "test.csv", "all_cifs.tar.gz"):
        (folder / "obelix" / name).write_text("half")
    code, _, err = call("data", "info", "obelix", "--data-dir", "obelix")
    assert code == 2
    assert "sha256" in err


CIF = """data_x
_cell_length_a 5.1
_cell_length_b 5.1
_cell_length_c 5.1
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{metal} {metal} 0 0 0 1
Cl Cl 0.5 0.5 0.5 1
"""


def test_label_prints_one_line_per_crystal_whatever_happens(folder, call) -> None:
    (folder / "licl.cif").write_text(CIF.format(metal="Li"))
    (folder / "nacl.cif").write_text(CIF.format(metal="Na"))
    (folder / "half.cif").write_text(CIF[:200])
    files = ("licl.cif", "nacl.cif", "half.cif")
    code, out, _ = call("label", "sendek", *files, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 1, "one file cannot be read"
    assert [row["status"] for row in rows] == ["ok", "refused", "failed"]
    assert rows[0]["unit"] == "1"
    assert 0 <= rows[0]["value"] <= 1
    assert "lithium" in rows[1]["reason"].lower() or "Li" in rows[1]["reason"]
    assert rows[1]["cost"] == 0


def test_label_keeps_the_order_of_the_files_in_worker_processes(folder, call) -> None:
    for index, metal in enumerate(("Li", "Na", "Li")):
        (folder / f"{index}.cif").write_text(CIF.format(metal=metal))
    (folder / "1.5.cif").write_text("data_x\n")
    files = ("2.cif", "1.5.cif", "missing.cif", "1.cif", "0.cif")
    code, out, _ = call("label", "sendek", *files, "--workers", "2", "--no-cache", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [row["source"] for row in rows] == list(files)
    assert [row["status"] for row in rows] == ["ok", "failed", "failed", "refused", "ok"]
    assert "missing.cif" in rows[2]["reason"]
    assert call("label", "sendek", "0.cif", "2.cif", "--quiet")[0] == 0


@pytest.mark.usefixtures("folder")
def test_label_remembers_what_was_answered(call, monkeypatch) -> None:
    Path("0.cif").write_text(CIF.format(metal="Li"))
    first = json.loads(call("label", "ewald", "0.cif", "--seed", "5", "--json")[1])

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("oracles.ewald.EwaldOracle.estimate", never)
    assert json.loads(call("label", "ewald", "0.cif", "--seed", "5", "--json")[1]) == first
    anew = ("label", "ewald", "0.cif", "--json")
    assert call(*anew, "--seed", "6")[0] == call(*anew, "--no-cache")[0] == 1


@pytest.mark.usefixtures("folder")
def test_label_takes_folders_tables_and_data_sets(call) -> None:
    Path("some").mkdir()
    for name in ("b", "a"):
        Path(f"some/{name}.cif").write_text(CIF.format(metal="Li"))
    code, out, _ = call("label", "ewald", "some", "mine.csv", "reference", "--no-cache", "--json")
    sources = [json.loads(line)["source"] for line in out.splitlines()]
    assert code == 0
    assert sources[:3] == ["some/a.cif", "some/b.cif", "mine.csv:Li2O"]
    assert sources[2 + len(FORMULAS)].startswith("reference:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sendek", "refernce"), "no file, no folder and no data set; did you mean 'reference'"),
        (("sendek", "empty"), "there is no .cif file in empty"),
        (("sendek", 'reference={"a": 1}'), "a: unknown field"),
        (("own.py:Own", "mine.csv", "--workers", "2"), "runs in this process only"),
        (("sendek", "mine.csv", "--options", "[]"), "--options is a JSON object, e.g. '{\"price"),
    ],
)
def test_label_tells_mistakes_in_one_line(folder, call, arguments, message) -> None:
    (folder / "empty").mkdir()
    code, _, err = call("label", *arguments)
    assert code == 2
    assert message in err


def test_list_names_every_role(call) -> None:
    table = json.loads(call("list", "--json")[1])
    assert {"name": "sendek", "source": "ion-discovery"} in table["oracle"]
    assert set(table) >= {"oracle", "proxy", "sampler", "acquisition", "loop", "dataset"}


def test_schema_is_json(call) -> None:
    assert json.loads(call("schema")[1])["title"] == "Campaign"


def test_check_oracle_judges_a_file_of_ones_own(folder, call) -> None:
    (folder / "own.py").write_text(
        "from discovery.types import Estimate\n"
        "class Own:\n"
        "    version, property, unit = '1', 'atoms', '1'\n"
        "    def cost(self, candidate): return 1.0\n"
        "    def label(self, candidates, seed):\n"
        "        return [Estimate(float(len(c.composition))) for c in candidates]\n"
        "class Unitless(Own):\n"
        "    unit = ''\n"
    )
    assert call("check-oracle", "own.py:Own")[0] == 0
    code, _, err = call("check-oracle", "own.py:Unitless")
    assert code == 1
    assert "unit" in err
    assert call("check-oracle", "sendeck")[0] == 2


def test_doctor_finds_the_five_packages(call) -> None:
    findings = json.loads(call("doctor", "--json")[1])["findings"]
    assert {"package discovery", "package loops"} <= {finding["what"] for finding in findings}


def test_a_larger_budget_stays_for_what_follows(folder, call) -> None:
    path = config(folder)
    call("run", path, "--json")
    call("run", path, "--budget", "10", "--json")
    for again in (path, "runs/mine", "mine.yaml"):
        code, out, err = call("run", again, "--json")
        assert code == 0, err
        assert json.loads(out)["budget"] == 10


def test_an_edited_budget_counts(folder, call) -> None:
    call("run", config(folder), "--json")
    code, out, err = call("run", config(folder, budget=9), "--json")
    assert code == 0, err
    assert json.loads(out)["spent"] == 9


def test_ask_lets_oracles_answer_and_leaves_the_target_to_be_told(folder, call) -> None:
    hint = {"name": "hint", "oracle": {"name": "sendek"}, "cost": 0.1}
    path = config(
        folder,
        fidelities=[hint, *LABORATORY],
        loop={"name": "sequential", "initial": {"hint": 2, "target": 3}},
    )
    rows = list(csv.DictReader(call("ask", path)[1].splitlines()))
    assert [row["fidelity"] for row in rows] == ["laboratory"] * 3
    counts = json.loads(call("status", "mine", "--json")[1])["fidelities"]["hint"]
    assert counts["pending"] == 0
    assert counts["refused"] > 0, "formulas alone are no crystals"


def test_ask_heeds_the_stopping_rules(folder, call) -> None:
    path = config(folder, fidelities=LABORATORY, stopping=[{"name": "target_found", "value": -3.0}])
    rows = list(csv.DictReader(call("ask", path)[1].splitlines()))
    (folder / "r.json").write_text(
        json.dumps([{"query": row["query"], "value": -2.0} for row in rows])
    )
    call("tell", "mine", "r.json")
    code, out, err = call("ask", path)
    assert code == 0
    assert len(out.splitlines()) == 1, "only the header"
    assert "nothing is to be measured" in err


def test_recall_is_told_only_where_answers_are_looked_up(folder, call) -> None:
    assert "recall" in json.loads(call("run", config(folder), "--json")[1])
    told = config(folder, name="told", fidelities=LABORATORY)
    assert "recall" not in json.loads(call("run", told, "--json")[1])


def test_a_folder_may_have_any_name(folder, call) -> None:
    code, _, err = call("run", config(folder), "--out", "a?b #ü", "--json")
    assert code == 0, err
    assert (folder / "a?b #ü" / "mine" / "journal.db").is_file()


@pytest.mark.parametrize(
    ("answer", "printed"),
    [
        (Estimate(-3.5, 0.25), "x.cif: Li3N: -3.5 ± 0.25 log10(S/cm)"),
        (Bound("left", -10.0), "x.cif: Li3N: <-10 log10(S/cm)"),
        (Refusal("no lithium"), "x.cif: refused: no lithium"),
    ],
)
def test_label_prints_a_value_a_bound_and_a_refusal(answer, printed) -> None:
    query = Query(candidate_from_formula("Li3N"), "table")
    oracle = TableOracle(dataset=Dataset("none", (), {}))
    told = observe(query, answer, oracle=oracle, name="table", cost=1.0)
    assert sentence(row("x.cif", told)) == printed


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"value": "1.2e-5"}, "'1.2e-5' would be 1e1.2e-05 S/cm; 'value' is the decimal logarithm"),
        ({"value": "<1e-10"}, "a conductivity in S/cm goes to 'sigma'"),
        ({"value": "-250"}, "would be 1e-250 S/cm"),
        ({"sigma": "5"}, "'5' would be"),
        ({"value": "nan"}, "'nan' is not a number"),
        ({"value": "-4", "sigma": "1e-4"}, "give either 'value'"),
        ({"value": "-4", "status": "failed"}, "a result with status 'failed' has no value"),
        ({"status": "faild"}, "unknown status 'faild'; did you mean 'failed'?"),
        ({"value": "-4", "cost": "-1"}, "cost must be a number of 0 or more"),
    ],
)
def test_a_result_that_makes_no_sense_is_told_with_its_row(folder, call, row, message) -> None:
    asked = json.loads(call("ask", config(folder, fidelities=LABORATORY), "--json")[1])
    good = {"query": asked[0]["query"], "value": -4.0}
    (folder / "r.json").write_text(json.dumps([good, {"query": asked[1]["query"], **row}]))
    code, _, err = call("tell", "mine", "r.json")
    assert code == 2
    assert "r.json, row 2" in err
    assert message in err
    assert json.loads(call("status", "mine", "--json")[1])["measured"] == 0, "all or nothing"


def test_a_conflict_stops_the_whole_file(folder, call) -> None:
    asked = json.loads(call("ask", config(folder, fidelities=LABORATORY), "--json")[1])
    first, second = asked[0]["query"], asked[1]["query"]
    (folder / "a.json").write_text(json.dumps([{"query": second, "value": -4.0}]))
    call("tell", "mine", "a.json")
    rows = [{"query": first, "value": -5.0}, {"query": second, "value": -6.0}]
    (folder / "b.json").write_text(json.dumps(rows))
    code, _, err = call("tell", "mine", "b.json")
    assert code == 2
    assert "was told as -4 log10(S/cm) and is now told as -6" in err
    assert json.loads(call("status", "mine", "--json")[1])["measured"] == 1


def test_a_campaign_that_lost_its_journal_is_not_bought_again(folder, call) -> None:
    path = config(folder)
    call("run", path, "--json")
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (folder / "runs" / "mine" / name).unlink(missing_ok=True)
    code, _, err = call("run", path)
    assert code == 3
    assert "of a campaign that was begun is gone" in err


def test_a_mistake_that_was_repaired_is_forgotten(folder, call) -> None:
    wrong = {"name": "table", "path": "mine.csv", "columns": {"sigma": "sgma"}}
    assert call("ask", config(folder, dataset=wrong, fidelities=LABORATORY))[0] == 2
    asked = json.loads(call("ask", config(folder, fidelities=LABORATORY), "--json")[1])
    (folder / "r.json").write_text(json.dumps([{"query": asked[0]["query"], "value": -4.0}]))
    code, _, err = call("tell", "mine", "r.json")
    assert code == 0, err


@pytest.mark.parametrize("text", ["a: [1", "\t- x", "- 1", "", "name: 2020-13-45"])
def test_a_file_that_is_no_configuration_is_told_in_one_line(folder, call, text) -> None:
    (folder / "bad.yaml").write_text(text)
    for command in ("run", "ask", "validate"):
        code, _, err = call(command, "bad.yaml")
        assert code == 2
        assert err.startswith("error: bad.yaml")
