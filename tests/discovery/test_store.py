import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from campaign_cases import answer, ask, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.errors import InvalidInputError, JournalError
from discovery.store import Event, Journal, schema
from discovery.types import Bound

POSTGRES = os.environ.get("DISCOVERY_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a journal may be: a SQLite file, or a schema of its own in the PostgreSQL named."""
    if request.param == "sqlite":
        yield str(tmp_path / "journal.db")
        return
    if not POSTGRES:
        pytest.skip("name a PostgreSQL database in DISCOVERY_TEST_POSTGRES (SQLAlchemy URL)")
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(POSTGRES, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    url = sa.make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def connection(place):
    """A connection that knows nothing of journals."""
    url = place if "://" in place else f"sqlite:///{place}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as opened_connection:
        yield opened_connection


def written(place, *payloads, campaign="a"):
    with Journal.open(place, campaign) as journal:
        journal.append([Event("told", payload) for payload in payloads])


def payloads(place, campaign="a"):
    with Journal.open(place, campaign, read_only=True) as journal:
        return [event.payload for event in journal.events()]


def test_events_come_back_in_order_with_kind_payload_and_time(place):
    events = [Event("created", {"x": 0.1, "y": ["ü", None, True]}), Event("told", {}, "2026-01-01")]
    with Journal.open(place, "a") as journal:
        journal.append(events[:1])
        journal.append(events[1:])
        assert journal.events() == events
    with Journal.open(place, read_only=True) as journal:
        assert journal.campaign == "a"
        assert journal.events() == events


# file names that are no UTF-8 reach Python as surrogates, and so they reach a reason
text = st.text(st.characters(codec=None))
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | text


@pytest.fixture(scope="module")
def long_journal(tmp_path_factory):
    with Journal.open(tmp_path_factory.mktemp("long") / "journal.db", "a") as journal:
        yield journal


@settings(deadline=None)
@given(st.dictionaries(text, numbers | st.lists(numbers)))
def test_every_payload_survives_bit_by_bit(long_journal, payload):
    long_journal.append([Event("told", payload)])
    assert long_journal.events()[-1].payload == payload


def test_an_append_is_all_or_nothing(place):
    written(place, {"n": 1})
    with Journal.open(place, "a") as journal:
        with pytest.raises(InvalidInputError, match="'told' is not plain JSON"):
            journal.append([Event("told", {"n": 2}), Event("told", {"n": float("nan")})])
        with pytest.raises(JournalError, match="cannot be used as a journal"):
            journal.append([Event("told", {"n": 2}), Event(None, {"n": 3})])
        journal.append([Event("told", {"n": 4}), Event("told", {"n": 5})])
    assert payloads(place) == [{"n": 1}, {"n": 4}, {"n": 5}]


def test_one_database_holds_many_campaigns(place):
    written(place, {"n": 1}, campaign="a")
    written(place, {"n": 2}, campaign="b")
    assert payloads(place, "a") == [{"n": 1}]
    assert payloads(place, "b") == [{"n": 2}]
    with pytest.raises(JournalError, match="holds a, b; say which campaign is meant"):
        Journal.open(place, read_only=True)
    with pytest.raises(JournalError, match="holds a, b, not 'c'"):
        Journal.open(place, "c", read_only=True)


def test_a_second_writer_is_told_who_writes_and_a_reader_is_not_disturbed(place):
    with Journal.open(place, "a") as journal:
        journal.append([Event("told", {"n": 1})])
        with pytest.raises(JournalError, match=f"is being written by process {os.getpid()} on .*"):
            Journal.open(place, "a")
        assert payloads(place) == [{"n": 1}]
        journal.append([Event("told", {"n": 2})])
    assert payloads(place) == [{"n": 1}, {"n": 2}]
    written(place, {"n": 3})


HOLDER = """
import sys, time
from discovery.store import Event, Journal
journal = Journal.open(sys.argv[1], "a")
journal.append([Event("told", {"n": 1})])
print("ready", flush=True)
time.sleep(60)
"""


def test_the_lock_of_another_process_names_it_and_dies_with_it(place):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, place], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(JournalError, match=f"is being written by process {process.pid} on"):
            Journal.open(place, "a")
        process.send_signal(signal.SIGKILL)
    for attempt in range(50):  # a database server needs a moment to notice
        try:
            written(place, {"n": 2})
            break
        except JournalError:
            assert attempt < 49
            time.sleep(0.05)
    assert payloads(place) == [{"n": 1}, {"n": 2}]


def test_the_lock_is_not_kept_by_children_that_outlive_the_writer(tmp_path):
    path = tmp_path / "journal.db"
    with Journal.open(path, "a"):
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        written(path, {"n": 1})
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_events SET payload = '{}'", "DELETE FROM journal_events WHERE seq = 2"],
)
def test_the_database_itself_refuses_to_change_or_to_lose_an_event(place, statement):
    written(place, {"n": 1}, {"n": 2})
    with pytest.raises(sa.exc.DBAPIError, match="a journal is append-only"), connection(place) as c:
        c.exec_driver_sql(statement)
    assert payloads(place) == [{"n": 1}, {"n": 2}]


def test_postgresql_refuses_to_empty_a_journal(place):
    if "://" not in place:
        pytest.skip("SQLite has no TRUNCATE")
    written(place, {"n": 1})
    with pytest.raises(sa.exc.DBAPIError, match="a journal is append-only"), connection(place) as c:
        c.exec_driver_sql("TRUNCATE journal_events")
    assert payloads(place) == [{"n": 1}]


@pytest.mark.parametrize("seq", [1, 4])
def test_sqlite_refuses_to_replace_an_event_and_to_leave_a_gap(tmp_path, seq):
    path = str(tmp_path / "journal.db")
    written(path, {"n": 1}, {"n": 2})
    insert = f"INSERT OR REPLACE INTO journal_events VALUES ('a', {seq}, 'now', 'told', '')"
    with pytest.raises(sa.exc.DBAPIError, match="appended in sequence"), connection(path) as c:
        c.exec_driver_sql(insert)
    assert payloads(path) == [{"n": 1}, {"n": 2}]


def test_a_journal_of_a_newer_schema_says_which_and_to_upgrade(place):
    written(place, {"n": 1})
    with connection(place) as c:
        c.execute(sa.insert(schema.versions).values(version=schema.VERSION + 6))
    for read_only in (True, False):
        with pytest.raises(JournalError, match=r"has journal schema 7; .* reads schema 1. Upgrade"):
            Journal.open(place, "a", read_only=read_only)


def test_a_schema_without_a_version_is_not_guessed(tmp_path):
    path = tmp_path / "journal.db"
    written(path, {"n": 1})
    with connection(str(path)) as c:
        c.exec_driver_sql("DELETE FROM journal_schema")
    with pytest.raises(JournalError, match="no readable journal schema"):
        Journal.open(path, "a")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_not_a_journal(tmp_path, read_only):
    path = tmp_path / "journal.db"
    path.write_text("not a database, " * 100)
    with pytest.raises(JournalError, match="cannot be used as a journal: file is not a database"):
        Journal.open(path, "a", read_only=read_only)
    assert path.read_text().startswith("not a database")


def test_a_database_of_something_else_is_not_a_journal_and_stays_as_it_is(tmp_path):
    path = tmp_path / "other.db"
    with connection(str(path)) as c:
        c.exec_driver_sql("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(JournalError, match=r"is a database but not a journal \(it holds recipes\)"):
        Journal.open(path, "a")


def test_a_damaged_journal_says_so(tmp_path):
    path = tmp_path / "journal.db"
    written(path, *({"n": n, "filler": "x" * 200} for n in range(200)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 9000] = b"\xff" * 9000
    path.write_bytes(data)
    with pytest.raises(JournalError, match=r"damaged|malformed"):
        Journal.open(path, "a")


def test_a_journal_cut_short_says_so(tmp_path):
    path = tmp_path / "journal.db"
    written(path, *({"n": n, "filler": "x" * 200} for n in range(200)))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(JournalError, match=r"damaged|malformed"):
        Journal.open(path, "a", read_only=True)


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_an_event_that_cannot_be_read_says_so(tmp_path, text):
    path = tmp_path / "journal.db"
    written(path, {"n": 1})
    with connection(str(path)) as c:
        c.exec_driver_sql(f"INSERT INTO journal_events VALUES ('a', 2, 'now', 'told', '{text}')")
    with pytest.raises(JournalError, match="holds an event that cannot be read"):
        payloads(path)


def test_lost_events_are_noticed(tmp_path):
    path = tmp_path / "journal.db"
    written(path, {"n": 1}, {"n": 2}, {"n": 3})
    with connection(str(path)) as c:
        c.exec_driver_sql("DROP TRIGGER journal_no_delete")
        c.exec_driver_sql("DELETE FROM journal_events WHERE seq = 2")
    with pytest.raises(JournalError, match="has lost events"):
        payloads(path)


@contextmanager
def somebody_without_rights(folder):
    """Root may write everywhere, so tests that run as root become nobody for a while."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_written_holds_no_new_journal_but_is_read():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(folder / "old.db", {"n": 1})
        (folder / "old.db.lock").unlink()
        with somebody_without_rights(folder):
            for path in (folder / "new.db", folder / "old.db"):
                with pytest.raises(JournalError, match=f"cannot write to {folder}: Permission den"):
                    Journal.open(path, "a")
            assert payloads(folder / "old.db") == [{"n": 1}]


def test_a_folder_that_does_not_exist_holds_no_journal(tmp_path):
    with pytest.raises(JournalError, match=r"cannot write to .*: No such file or directory"):
        Journal.open(tmp_path / "missing" / "journal.db", "a")


def test_reading_creates_nothing(tmp_path):
    with pytest.raises(JournalError, match="there is no journal at"):
        Journal.open(tmp_path / "journal.db", "a", read_only=True)
    (tmp_path / "empty.db").touch()
    with pytest.raises(JournalError, match="holds no journal; run the campaign first"):
        Journal.open(tmp_path / "empty.db", "a", read_only=True)
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]


def test_reading_does_not_write(tmp_path):
    written(tmp_path / "journal.db", {"n": 1})
    with (
        Journal.open(tmp_path / "journal.db", "a", read_only=True) as journal,
        pytest.raises(JournalError, match="was opened for reading"),
    ):
        journal.append([Event("told", {})])


def test_a_closed_journal_says_so_and_may_be_closed_twice(tmp_path):
    journal = Journal.open(tmp_path / "journal.db", "a")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed; open it again"):
        journal.append([Event("told", {})])


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("mysql://host/database", "lives in SQLite or PostgreSQL, not in 'mysql'"),
        ("sqlite://", "would be lost with the process"),
        ("sqlite:///:memory:", "would be lost with the process"),
        ("://", "neither a path nor a database URL"),
    ],
)
def test_a_url_that_cannot_hold_a_journal_is_refused(url, match):
    with pytest.raises(InvalidInputError, match=match):
        Journal.open(url, "a")


def test_postgresql_out_of_reach_or_without_a_driver_is_one_line():
    with pytest.raises(JournalError, match="postgresql") as caught:
        Journal.open("postgresql://user:secret@127.0.0.1:1/none", "a")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["with space.db", "50% off?.db", "a#b&c=d.db", "ü.db"])
def test_a_path_may_have_any_character(tmp_path, name):
    written(tmp_path / name, {"n": 1})
    assert payloads(tmp_path / name) == [{"n": 1}]
    assert (tmp_path / name).is_file()


def test_sqlite_runs_in_wal_mode_and_syncs_every_commit(tmp_path):
    with Journal.open(tmp_path / "journal.db", "a") as journal:
        assert journal._connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert journal._connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    with sqlite3.connect(tmp_path / "journal.db") as plain:
        assert plain.execute("SELECT count(*) FROM journal_events").fetchone() == (0,)
    plain.close()


@pytest.fixture
def told(tmp_path):
    """The path of a journal with a value, a bound, a refusal and an open query."""
    path = tmp_path / "journal.db"
    with opened(path) as campaign:
        a, b, c, _ = ask(campaign, (0, "hint"), (1, "real"), (2, "real"), (3, "real"))
        campaign.tell(answer(a, 1 / 3, cost=0.05, standard_error=0.2, details={"x": 1}))
        campaign.tell(answer(b, bound=Bound("left", -10.0)))
        campaign.tell(answer(c, status="refused", reason="no lithium"))
    return path


def exported(path, suffix):
    target = path.with_suffix(suffix)
    with Journal.open(path, read_only=True) as journal:
        journal.export(target)
    return target


def test_an_export_has_one_row_per_query_and_a_bound_is_never_a_value(told):
    rows = json.loads(exported(told, ".json").read_text())
    first, second, third, fourth = rows
    assert first["query"] == f"{first['candidate']}@hint"
    assert (first["formula"], first["fidelity"], first["status"]) == ("LiPS4", "hint", "ok")
    assert (first["value"], first["standard_error"], first["cost"]) == (1 / 3, 0.2, 0.05)
    assert (first["reserved"], json.loads(first["details"])) == (0.1, {"x": 1})
    assert first["asked"] < first["answered"]
    assert (second["value"], second["bound_side"], second["bound"]) == (None, "left", -10.0)
    assert (third["status"], third["reason"], third["cost"]) == ("refused", "no lithium", 0.0)
    assert (fourth["status"], fourth["cost"], fourth["answered"]) == ("open", None, None)


def test_the_three_formats_hold_the_same(told):
    rows = json.loads(exported(told, ".json").read_text())
    with exported(told, ".csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    assert table == as_text
    frame = pd.read_parquet(exported(told, ".parquet"))
    assert list(frame.columns) == list(rows[0])
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == rows


def test_an_empty_journal_exports_an_empty_table(tmp_path):
    with opened(tmp_path / "journal.db"):
        pass
    assert len(pd.read_parquet(exported(tmp_path / "journal.db", ".parquet"))) == 0
    assert exported(tmp_path / "journal.db", ".csv").read_text().startswith("query,candidate,")


def test_an_export_to_an_unknown_format_or_a_missing_folder_is_refused(told):
    with pytest.raises(InvalidInputError, match=r"use .parquet, .csv or .json"):
        exported(told, ".xlsx")
    with (
        Journal.open(told, read_only=True) as journal,
        pytest.raises(InvalidInputError, match=r"cannot write .*: No such file or directory"),
    ):
        journal.export(told.parent / "missing" / "table.csv")
