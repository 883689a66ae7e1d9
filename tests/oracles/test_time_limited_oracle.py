import gc
import os
import pickle
import signal
import subprocess
import sys
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from unruly import Unruly, candidate

from discovery.errors import InvalidInputError
from discovery.evaluation import evaluate
from discovery.types import Bound, Estimate, Query, Refusal
from loops.executors.inline import InlineExecutor
from loops.executors.processes import ProcessExecutor
from oracles.wrappers.crew import crew
from oracles.wrappers.time_limited import TimeLimitedOracle

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 0.5


@pytest.fixture(scope="module")
def oracle():
    """One for all tests: a worker takes half a second to start."""
    return TimeLimitedOracle(oracle=Unruly(), seconds=60)


@pytest.fixture(scope="module")
def hasty():
    """The same workers with less time."""
    return TimeLimitedOracle(oracle=Unruly(), seconds=LIMIT)


def ask(oracle, name):
    (outcome,) = oracle.label([candidate(name)], 5)
    return outcome


def observed(oracle, name):
    query = Query(candidate(name), "mood")
    return evaluate(oracle, "time_limited", query, cost=oracle.cost(query.candidate), seed=1)


def gone(pid, *, within):
    """Whether a process ends in time; a dead one that nobody has buried counts as ended."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_answers_are_those_of_the_oracle_inside(oracle):
    names = ["", "deny", "limit"]
    pool = [candidate(name, 1.0 + i) for i, name in enumerate(names)]
    assert oracle.label(pool, 9) == Unruly().label(pool, 9)
    assert (oracle.version, oracle.property, oracle.unit) == ("7", "mood", "1")
    assert oracle.cost(pool[0]) == 2.5
    assert oracle.label([], 1) == []
    assert ask(oracle, "deny") == Refusal("not today")
    assert ask(oracle, "limit") == Bound("left", -10.0, {"why": "detection limit"})


def test_one_worker_serves_one_query_after_the_other_and_copies_of_the_oracle(oracle):
    first = ask(oracle, "who").value
    assert first != os.getpid()
    assert ask(oracle, "who").value == first
    assert ask(pickle.loads(pickle.dumps(oracle)), "who").value == first
    assert observed(oracle, "protest").status == "failed"
    assert ask(oracle, "who").value == first  # an exception harms nobody


@pytest.mark.parametrize("how", ["hang", "spin"])
def test_an_evaluation_that_takes_too_long_is_a_timeout_at_its_price(oracle, hasty, how):
    worker = int(ask(oracle, "who").value)
    begun = time.monotonic()
    told = observed(hasty, how)
    assert LIMIT <= time.monotonic() - begun < LIMIT + 5
    assert (told.status, told.cost) == ("timeout", 2.5)
    assert told.reason == f"TimeoutError: no answer within {LIMIT:g} s"
    assert gone(worker, within=0.1)
    assert ask(oracle, "who").value != worker


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("leave", "ended its worker process with exit code 3"),
        ("fault", "worker process was ended by SIGSEGV"),
        ("kill", r"worker process was ended by SIGKILL (out of memory?)"),
        ("exit", "RuntimeError: SystemExit: 4"),
        ("protest", "LookupError: no such spell"),
        ("argue", "RuntimeError: TwoArgumentsError: pellet: cracked"),
        ("mumble", "pickle"),
    ],
)
def test_an_evaluation_that_crashes_is_a_failed_observation(oracle, how, reason):
    told = observed(oracle, how)
    assert (told.status, told.cost) == ("failed", 2.5)
    assert reason in told.reason
    assert isinstance(ask(oracle, "who"), Estimate)


def test_an_exception_tells_where_it_was_raised(oracle):
    with pytest.raises(LookupError, match="no such spell") as caught:
        ask(oracle, "protest")
    assert "in protest" in "".join(caught.value.__notes__)


def test_a_worker_that_dies_between_two_queries_is_replaced(oracle):
    worker = int(ask(oracle, "who").value)
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)  # its last thread too
    assert ask(oracle, "who").value != worker


def test_what_an_evaluation_started_ends_with_it(oracle, hasty):
    worker = int(ask(oracle, "who").value)
    with pytest.raises(TimeoutError, match=f"no answer within {LIMIT:g} s"):
        ask(hasty, "delegate")
    end = time.monotonic() + 5  # the kernel ends what was killed a moment later
    while (left := session(worker)) and time.monotonic() < end:
        time.sleep(0.01)
    assert left == []


def session(leader):
    """What is alive in the session of a process."""
    return [
        stat
        for stat in Path("/proc").glob("[0-9]*/stat")
        if len(fields := words(stat)) > 3 and fields[3] == str(leader) and fields[0] != "Z"
    ]


def words(stat):
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def test_threads_have_a_worker_each(oracle):
    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(lambda _: ask(oracle, "who").value, range(8)))
    assert 1 <= len(set(told)) <= 2


def test_an_oracle_that_cannot_be_pickled_is_refused():
    stubborn = Unruly()
    stubborn.spell = lambda: None
    with pytest.raises(InvalidInputError, match=r"Unruly cannot be sent.*keep no lambda"):
        TimeLimitedOracle(oracle=stubborn, seconds=1)


def test_an_oracle_that_the_worker_cannot_import_is_named(monkeypatch):
    module = types.ModuleType("only_here")
    module.Private = type("Private", (Unruly,), {"__module__": "only_here"})
    monkeypatch.setitem(sys.modules, "only_here", module)
    told = observed(TimeLimitedOracle(oracle=module.Private(), seconds=1), "who")
    assert told.status == "failed"
    assert "No module named 'only_here'" in told.reason
    assert "define its class in a module that can be imported" in told.reason


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e7])
def test_a_limit_is_positive_and_no_longer_than_a_system_waits(seconds):
    with pytest.raises(InvalidInputError, match=f"at most 1,000,000 s, not {seconds}"):
        TimeLimitedOracle(oracle=Unruly(), seconds=seconds)


def test_executors_go_on_after_time_outs_and_crashes():
    names = ["", "hang", "leave", "who", "who"]
    queries = [Query(candidate(name, 1.0 + i), "mood") for i, name in enumerate(names)]
    slow = TimeLimitedOracle(oracle=Unruly(), seconds=2.0)
    asking = {"oracles": {"mood": ("time_limited", slow, slow.cost)}, "seed": 2}
    here = list(InlineExecutor(**asking).evaluate(queries))
    pool = ProcessExecutor(**asking, workers=1)
    there = list(pool.evaluate(queries))
    assert [t.status for t in here] == ["ok", "timeout", "failed", "ok", "ok"]
    assert [t.status for t in there] == [t.status for t in here]
    assert there[0].value == here[0].value
    assert there[3].value == there[4].value  # the worker of a worker is reused too
    grandchild = int(there[4].value)
    pool.close()
    assert gone(grandchild, within=5)


CAMPAIGN = """
import signal
import sys
# a shell lets jobs in the background ignore it
signal.signal(signal.SIGINT, signal.default_int_handler)
from unruly import Unruly, candidate
from oracles.wrappers.time_limited import TimeLimitedOracle
oracle = TimeLimitedOracle(oracle=Unruly(), seconds={seconds})
(told,) = oracle.label([candidate("who")], 1)
print(int(told.value), flush=True)
how = {how!r}
if how == "wait":
    sys.stdin.read()
oracle.label([candidate(how)], 1)
"""


def campaign(how, seconds):
    """A process that asks in the main thread, and the worker that it asks."""
    process = subprocess.Popen(
        [sys.executable, "-c", CAMPAIGN.format(how=how, seconds=seconds)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, int(process.stdout.readline())


@pytest.mark.parametrize(("how", "seconds"), [("wait", 60), ("hang", 60), ("spin", 2)])
def test_a_worker_does_not_outlive_a_killed_campaign(how, seconds):
    process, worker = campaign(how, seconds)
    time.sleep(0.2)  # the second query is on its way
    process.kill()
    process.communicate(timeout=20)
    assert gone(worker, within=10)


def test_ctrl_c_ends_the_worker():
    process, worker = campaign("hang", 60)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert gone(worker, within=0.1)


def test_a_campaign_that_ends_ends_its_worker():
    process, worker = campaign("wait", 60)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")
    assert gone(worker, within=0.1)


def test_workers_end_when_their_crew_is_forgotten(oracle):
    worker = int(ask(oracle, "who").value)
    crew.cache_clear()
    gc.collect()
    assert gone(worker, within=5)
    assert isinstance(ask(oracle, "who"), Estimate)


FORK = """
import os
from unruly import Unruly, candidate
from oracles.wrappers.time_limited import TimeLimitedOracle
oracle = TimeLimitedOracle(oracle=Unruly(), seconds=60)
def who():
    return int(oracle.label([candidate("who")], 1)[0].value)
before = who()
child = os.fork()
if child == 0:
    print("fork", who(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("campaign", before, who(), flush=True)
"""


def test_a_fork_of_the_campaign_has_a_worker_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (_, other), (_, before, after) = (line.split() for line in done.stdout.splitlines())
    assert before == after != other
    assert gone(int(other), within=10)
